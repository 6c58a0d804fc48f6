"""Rows 18 to 21 of the decision table: changes that are withdrawn, on every engine."""

from datetime import date

import pytest

from service.domain.access import Actor, Scope
from service.domain.instants import parse_instant
from service.domain.refusals import Conflict, Forbidden, NotFound, Stale
from service.usecases.assignments import read_timeline
from service.usecases.changes import activate_due, employees_due
from service.usecases.recorded_changes import read_change
from tests.builders import DESIGN, ENGINEERING
from tests.stage import HR, Stage, publish
from tests.usecases.amending import FUTURE, HIRE, LATER, PAST, TODAY, clock_list, correct, refused, told_of, withdraw


async def test_row_18_cancelling_a_plan_takes_it_off_the_record_and_the_clock(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    known = parse_instant(planned["known_at"])
    answer = await withdraw(stage, "cancelled", planned)
    told = (await stage.events())[-1]

    assert (answer["id"], answer["status"], answer["kind"], answer["revision"]) == (
        *(planned["id"], "cancelled", "track_switch", 3),
    )
    assert (answer["from"]["level"], answer["to"]["level"], answer["effective_on"]) == ("em3", "ic3", FUTURE)
    assert told_of(told) == ("change.cancelled", "track.switched", planned["id"], FUTURE, "em3", "ic3")
    assert told["sequence"] == 3
    change = told["data"]["change"]
    assert (change["reason"], change["recorded_at"], change["retroactive"]) == (
        *("mistake", planned["recorded_at"], False),
    )
    assert (told["data"]["affected"]["from"], told["data"]["affected"]["to"]) == (FUTURE, None)
    assert [part["assignment"]["level"] for part in told["data"]["affected"]["timeline"]] == ["ic3"]
    assert await stage.rows() == [(PAST, None, "ic3")]
    assert await clock_list(stage) == []
    shown = await read_change(stage.runtime, HR, planned["id"])
    assert (shown.status, shown.superseded_by) == ("cancelled", None)
    # What was known before is still known.
    assert (await stage.assignment(FUTURE, known_at=known)).level == "em3"
    assert (await stage.assignment(FUTURE)).level == "ic3"

    stage.clock.move_to(date(2026, 9, 2))
    assert await employees_due(stage.runtime) == ()


async def test_row_18_a_plan_on_which_another_rests_is_not_cancelled(stage: Stage) -> None:
    hire = await stage.change(HIRE, FUTURE)
    later = await stage.change({"level": "ic4"}, LATER)
    refusal = await refused(stage, Conflict, "breaks-later-changes", withdraw(stage, "cancelled", hire))
    assert refusal.extra == {"changes": [later["id"]]}


async def test_row_19_what_has_taken_effect_is_not_cancelled(stage: Stage) -> None:
    hire = await stage.change(HIRE, PAST)
    today = await stage.change({"team": "web"}, TODAY)
    planned = await stage.change({"level": "ic4"}, FUTURE)
    for one in (hire, today):
        await refused(stage, Conflict, "already-effective", withdraw(stage, "cancelled", one))
    # Its day has come, whether or not the clock has been round; what is due takes effect with the act that is refused
    # only if something is kept.
    stage.clock.move_to(date(2026, 9, 1))
    await refused(stage, Conflict, "already-effective", withdraw(stage, "cancelled", planned))
    assert [event["type"] for event in await stage.events()][-1] == "change.scheduled"


async def test_row_20_rescinding_a_fact_lets_what_was_before_hold_again(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    wrong = await stage.change({"level": "ic4"}, "2026-05-01")
    later = await stage.change({"team": "web"}, "2026-06-01")
    answer = await withdraw(stage, "rescinded", wrong)
    told = (await stage.events())[-1]

    assert (answer["status"], answer["retroactive"], answer["revision"]) == ("rescinded", True, 4)
    assert told_of(told) == ("change.rescinded", "level.changed", wrong["id"], "2026-05-01", "ic4", "ic3")
    assert told["data"]["changed"] == ["level", "grade", "step"]
    affected = told["data"]["affected"]
    assert [(part["from"], part["to"], part["assignment"]["level"]) for part in affected["timeline"]] == [
        *(("2026-05-01", "2026-06-01", "ic3"), ("2026-06-01", None, "ic3")),
    ]
    assert affected["timeline"][1]["assignment"]["team"] == "web"
    assert await stage.rows() == [(PAST, "2026-06-01", "ic3"), ("2026-06-01", None, "ic3")]
    # The one that came later has its event already and gets no other.
    assert (await read_change(stage.runtime, HR, later["id"])).status == "effective"
    assert len(await stage.events()) == 4
    before = parse_instant(later["known_at"])
    assert (await stage.assignment("2026-05-15", known_at=before)).level == "ic4"


async def test_row_20_a_hire_on_which_others_rest_is_not_rescinded(stage: Stage) -> None:
    hire = await stage.change(HIRE, PAST)
    later = await stage.change({"level": "ic4"}, TODAY)
    refusal = await refused(stage, Conflict, "breaks-later-changes", withdraw(stage, "rescinded", hire))
    assert refusal.extra == {"changes": [later["id"]]}
    await withdraw(stage, "rescinded", later)
    answer = await withdraw(stage, "rescinded", hire)
    assert (answer["from"]["level"], answer["to"]) == ("ic3", None)
    assert await stage.rows() == []
    again = await stage.change(HIRE, PAST)
    # Nobody has ever held the job, as far as is known now.
    assert (again["kind"], again["revision"]) == ("hire", 5)


async def test_row_20_rescinding_a_correction_does_not_bring_the_original_back(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    wrong = await stage.change({"level": "ic4"}, "2026-05-01")
    right = await correct(stage, wrong, to={"level": "em3"})
    answer = await withdraw(stage, "rescinded", right)
    assert (answer["from"]["level"], answer["to"]["level"]) == ("em3", "ic3")
    assert await stage.rows() == [(PAST, None, "ic3")]


async def test_row_21_a_plan_is_not_rescinded(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "ic4"}, FUTURE)
    await refused(stage, Conflict, "not-effective", withdraw(stage, "rescinded", planned))


async def test_row_19_what_has_taken_effect_is_a_fact_whatever_the_clock_says_now(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    stage.clock.move_to(date(2026, 9, 1))
    await activate_due(stage.runtime, planned["employee"])
    stage.clock.move_to(date(2026, 8, 31))
    await refused(stage, Conflict, "already-effective", withdraw(stage, "cancelled", planned))
    assert (await withdraw(stage, "rescinded", planned))["status"] == "rescinded"


async def test_row_20_what_is_withdrawn_is_called_what_it_was_told_as(stage: Stage) -> None:
    """A switch that was planned became a promotion by what was recorded before it later."""
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    await stage.change({"level": "e2"}, "2026-07-01")
    stage.clock.move_to(date(2026, 9, 1))
    await activate_due(stage.runtime, planned["employee"])
    told = (await stage.events())[-1]
    answer = await withdraw(stage, "rescinded", planned)
    withdrawn = (await stage.events())[-1]
    assert planned["kind"] == "track_switch"
    assert (told["type"], told["data"]["change"]["kind"]) == ("level.changed", "promotion")
    assert (withdrawn["data"]["announces"], answer["kind"], answer["grade_delta"]) == ("level.changed", "promotion", 1)


async def test_a_plan_that_another_of_its_day_hides_keeps_its_level_in_force(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    hidden = await stage.change({"level": "ic4"}, FUTURE)
    await stage.change({"level": "ic5"}, FUTURE)
    levels = [level for level in ENGINEERING["levels"] if level["key"] != "ic4"]
    later = {**ENGINEERING, "version": "2", "effective_from": FUTURE, "levels": levels, "overlays": []}
    with pytest.raises(Conflict) as caught:
        await publish(stage, ladders=(later, DESIGN))
    assert (caught.value.code, caught.value.extra["levels"]) == ("people-unmapped", ["ic4"])
    answer = await withdraw(stage, "cancelled", hidden)
    told = (await stage.events())[-1]
    # Nothing but the act itself was to be seen on its day, and its day is what is told.
    assert (told["data"]["affected"]["from"], told["data"]["affected"]["to"]) == (FUTURE, "2026-09-02")
    assert (answer["from"]["level"], answer["to"]["level"]) == ("ic4", "ic5")
    await publish(stage, ladders=(later, DESIGN))


async def test_acts_on_changes_are_guarded_and_tried_like_any_other(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    await refused(stage, Stale, "revision-stale", withdraw(stage, "cancelled", planned, expected=1))
    unknown = withdraw(stage, "cancelled", {"id": "chg_00000000000000000000000000"})
    await refused(stage, NotFound, "no-such-change", unknown)
    reader = Actor(id="key:r", scopes=frozenset({Scope.ASSIGNMENTS_READ}))
    await refused(stage, Forbidden, "missing-scope", withdraw(stage, "cancelled", planned, actor=reader))

    await stage.change({"team": "web"}, "2026-08-01")
    # The transfer is due, and the clock has not been round: it takes effect first, in a try as in earnest.
    stage.clock.move_to(date(2026, 8, 2))
    before = await stage.counts()
    tried = await withdraw(stage, "cancelled", planned, dry_run=True)
    assert await stage.counts() == before
    done = await withdraw(stage, "cancelled", planned, expected=3)
    unknown_in_a_try = ("recorded_at", "known_at", "events")
    assert {**tried, **dict.fromkeys(unknown_in_a_try)} == {**done, **dict.fromkeys(unknown_in_a_try)}
    told = [[one["type"] for one in answer["events"]] for answer in (tried, done)]
    assert told == [["assignment.changed", "change.cancelled"]] * 2


async def test_a_past_revision_counts_what_was_withdrawn(stage: Stage) -> None:
    """A correction is one act, a withdrawal another; an answer of then keeps the revision of then."""
    made = [await stage.change(HIRE, PAST), await stage.change({"level": "ic4"}, "2026-05-01")]
    made.append(await correct(stage, made[1], on="2026-04-01"))
    made.append(await withdraw(stage, "rescinded", made[2]))
    for answer in made:
        instant = parse_instant(answer["known_at"])
        held = await stage.assignment("2026-06-01", known_at=instant)
        timeline = await read_timeline(stage.runtime, HR, "ada", known_at=instant)
        assert held.revision == timeline.revision == answer["revision"]
    statuses = {change.id: change.status for change in timeline.changes}
    assert statuses == {made[0]["id"]: "effective", made[1]["id"]: "superseded", made[2]["id"]: "rescinded"}
