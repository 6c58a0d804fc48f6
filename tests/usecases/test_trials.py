"""Switches on trial: the way back passes the rules of moves until it is closed. The stage's today is 2026-06-15."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.domain.instants import parse_instant
from service.domain.refusals import Invalid
from service.domain.trials import TrialRequest
from service.usecases.changes import ChangeRequest, record_change
from service.usecases.path import read_path
from service.usecases.recorded_changes import read_change
from tests.builders import BANDS, DESIGN, ENGINEERING, level
from tests.stage import HR, Stage, publish
from tests.usecases.amending import FUTURE, LATER, PAST, TODAY, correct, refused, withdraw

REVIEW, UNTIL = "2026-08-01", "2026-10-01"
START = {"ladder": "engineering", "level": "ic5"}
SHOWN = {
    "review_on": REVIEW,
    "return": {"until": UNTIL, "ladder": "engineering", "level": "ic5", "step": None},
}


async def on_trial(
    stage: Stage,
    to: Mapping[str, str | None] | None,
    on: str,
    *,
    review: str = REVIEW,
    until: str = UNTIL,
    back: str = "ic5",
    step: str | None = None,
) -> dict[str, Any]:
    trial = TrialRequest(review_on=date.fromisoformat(review), until=date.fromisoformat(until), level=back, step=step)
    request = ChangeRequest(
        effective_on=date.fromisoformat(on),
        job="primary",
        to=to,
        reason=None,
        comment=None,
        override=None,
        trial=trial,
    )
    return (await record_change(stage.runtime, HR, "ada", request, expected="*")).answer


async def back(stage: Stage, on: str, known_at: int | None = None) -> list[tuple[str, str, bool, str]]:
    """Ways back from a trial among the next steps: (level, kind, whether allowed, until)."""
    path = await read_path(stage.runtime, HR, "ada", effective_on=date.fromisoformat(on), known_at=known_at)
    return [(one.to.level, one.kind, one.allowed, str(one.trial_until)) for one in path.steps if one.trial_until]


async def test_the_way_back_is_among_the_next_steps_while_it_is_open(stage: Stage) -> None:
    # From em4 to ic5 the ladder leads nobody but whoever is on trial.
    await stage.change(START, PAST)
    made = await on_trial(stage, {"level": "em4"}, TODAY)
    open_ = [("ic5", "track_switch", True, UNTIL)]
    assert [await back(stage, on) for on in (TODAY, "2026-09-30", UNTIL, PAST)] == [open_, open_, [], []]
    levels = [one for one in ENGINEERING["levels"] if one["key"] != "ic5"]
    newer = {
        **ENGINEERING,
        "version": "2",
        "effective_from": "2026-08-15",
        "levels": [*levels, level("staff", ["ic"], "5")],
        "moves": [{"from_level": "em4", "to_level": "staff", "kind": "track_switch", "allowed": False}],
        "maps": {"ic5": "staff"},
    }
    await publish(stage, ladders=(newer, DESIGN), bands=(BANDS,))
    mapped = [("staff", "track_switch", True, UNTIL)]
    assert (await back(stage, FUTURE), await back(stage, TODAY)) == (mapped, open_)
    withdrawn = await withdraw(stage, "rescinded", made)
    await stage.change({"level": "em4"}, TODAY)
    then = parse_instant(made["known_at"]), parse_instant(withdrawn["known_at"]) - 1
    assert [await back(stage, FUTURE, at) for at in (*then, None)] == [open_, mapped, []]


async def test_the_way_back_passes_the_moves_until_it_is_closed(stage: Stage) -> None:
    # The ladder lets ic5 become em4, and nobody from em4 become ic5.
    await stage.change(START, PAST)
    made = await on_trial(stage, {"level": "em4"}, TODAY)
    told = (await stage.events())[-1]
    assert (made["kind"], made["trial"], told["type"]) == ("track_switch", SHOWN, "track.switched")
    assert told["data"]["change"]["trial"] == SHOWN
    shown = await read_change(stage.runtime, HR, made["id"])
    assert shown.trial and (str(shown.trial.review_on), shown.trial.return_.level) == (REVIEW, "ic5")
    # Not on its last day, not to another level, and nothing of pay is kept with it.
    await refused(stage, Invalid, "move-not-allowed", stage.change({"level": "ic5"}, UNTIL))
    await refused(stage, Invalid, "move-not-allowed", stage.change({"level": "ic3"}, FUTURE))
    back = await stage.change({"level": "ic5"}, "2026-09-30")
    assert (back["kind"], back["grade_delta"], back["trial"]) == ("track_switch", 1, None)
    # The plain event of a planned one has it as well.
    await withdraw(stage, "cancelled", back)
    await withdraw(stage, "rescinded", made)
    await on_trial(stage, {"level": "em4"}, FUTURE, review=LATER, until=LATER)
    assert (await stage.events())[-1]["data"]["change"]["trial"]["review_on"] == LATER
    stage.clock.move_to(date(2026, 9, 1))
    await stage.change({"team": "web"}, FUTURE)
    switched = (await stage.events())[-2]
    assert (switched["type"], switched["data"]["change"]["trial"]["return"]["until"]) == ("track.switched", LATER)


async def test_it_goes_with_its_change_and_stays_when_only_the_day_is_corrected(stage: Stage) -> None:
    await stage.change(START, PAST)
    made = await on_trial(stage, {"level": "em4"}, TODAY)
    moved = await correct(stage, made, on="2026-07-01")
    assert moved["trial"] == SHOWN
    # Before it there is nothing to come back from.
    assert (await stage.change({"level": "ic5"}, "2026-09-01", dry_run=True))["kind"] == "track_switch"
    await refused(stage, Invalid, "invalid-date", correct(stage, moved, on=REVIEW))
    plain = await correct(stage, moved, to={"level": "em4"})
    assert plain["trial"] is None
    await refused(stage, Invalid, "move-not-allowed", stage.change({"level": "ic5"}, "2026-09-01"))


async def test_only_a_switch_can_be_on_trial_with_days_and_a_level_that_there_are(stage: Stage) -> None:
    await stage.change(START, PAST)
    for to in ({"level": "ic4"}, {"team": "web"}, None):
        refusal = await refused(stage, Invalid, "trial-not-a-switch", on_trial(stage, to, TODAY))
        assert [error.pointer for error in refusal.errors] == ["/return"]
    switch = {"level": "em4"}
    for wrong, code, pointers in (
        ({"review": TODAY}, "invalid-date", ["/review_on"]),
        ({"review": PAST, "until": TODAY}, "invalid-date", ["/review_on", "/return/until"]),
        ({"back": "ic9"}, "level-not-in-force", ["/return/level"]),
        ({"back": "ic4"}, "move-not-allowed", ["/return/level"]),
        ({"step": "a"}, "unknown-step", ["/return/step"]),
    ):
        refusal = await refused(stage, Invalid, code, on_trial(stage, switch, TODAY, **wrong))
        assert [error.pointer for error in refusal.errors] == pointers


async def test_the_way_back_follows_the_maps_of_later_versions(stage: Stage) -> None:
    await stage.change(START, PAST)
    await on_trial(stage, {"level": "em4"}, TODAY)
    levels = [one for one in ENGINEERING["levels"] if one["key"] != "ic5"]
    newer = {
        **ENGINEERING,
        "version": "2",
        "effective_from": "2026-08-15",
        "levels": [*levels, level("staff", ["ic"], "5")],
        "moves": [],
        "maps": {"ic5": "staff"},
    }
    await publish(stage, ladders=(newer, DESIGN), bands=(BANDS,))
    assert (await stage.change({"level": "staff"}, FUTURE))["kind"] == "track_switch"


async def test_the_day_of_a_trial_is_corrected_across_a_map(stage: Stage) -> None:
    """What was meant by the level of the way back is meant still, by whatever it is called then."""
    await stage.change(START, PAST)
    planned = await on_trial(stage, {"level": "em4"}, FUTURE, review="2026-12-01", until="2027-01-01")
    levels = [one for one in ENGINEERING["levels"] if one["key"] != "ic5"]
    newer = {
        **ENGINEERING,
        "version": "2",
        "effective_from": "2026-10-01",
        "levels": [*levels, level("staff", ["ic"], "5")],
        "moves": [{"from_level": "staff", "to_level": "em4", "kind": "track_switch"}],
        "maps": {"ic5": "staff"},
    }
    await publish(stage, ladders=(newer, DESIGN), bands=(BANDS,))
    moved = await correct(stage, planned, on=LATER)
    assert (moved["from"]["level"], moved["to"]["level"]) == ("em4", "em4")
    assert moved["trial"]["return"]["level"] == "staff"
    assert (await stage.rows())[-2:] == [("2026-10-01", LATER, "staff"), (LATER, None, "em4")]
