"""The decision table, each row by its number, on every engine. The stage's today is 2026-06-15."""

from datetime import date
from typing import Any

import pytest

from service.domain.refusals import Conflict, Invalid, Refused
from service.domain.statements import Override
from tests.stage import Stage
from tests.usecases.amending import exactly

PAST, TODAY, FUTURE = "2026-03-01", "2026-06-15", "2026-09-01"
HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}


async def refused(stage: Stage, kind: type[Refused], code: str, *args: Any, **kwargs: Any) -> Refused:
    """The change is refused with the code, and nothing whatever was kept."""
    before = await stage.counts()
    with pytest.raises(kind) as caught:
        await stage.change(*args, **kwargs)
    assert caught.value.code == code
    assert await stage.counts() == before
    return caught.value


async def test_row_1_hire_today_or_before_starts_the_assignment(stage: Stage) -> None:
    answer = await stage.change(HIRE, PAST)
    (told,) = await stage.events()
    assert (answer["kind"], answer["status"], answer["grade_delta"]) == ("hire", "effective", None)
    assert await exactly(stage, answer) == ("assignment.started", None, None, "ic3", PAST, True, 1, (PAST, None))
    assert told["sequence"] == 1
    assert told["data"]["affected"] == {
        "from": PAST,
        "to": None,
        "timeline": [{"from": PAST, "to": None, "assignment": told["data"]["current"]}],
    }
    assert await stage.rows() == [(PAST, None, "ic3")]


async def test_row_1_hire_today_is_not_retroactive(stage: Stage) -> None:
    told = await exactly(stage, await stage.change(HIRE, TODAY))
    assert told == ("assignment.started", None, None, "ic3", TODAY, False, 1, (TODAY, None))
    assert await stage.rows() == [(TODAY, None, "ic3")]


async def test_row_2_hire_ahead_is_a_plan_and_nothing_holds_yet(stage: Stage) -> None:
    answer = await stage.change(HIRE, FUTURE)
    assert (answer["kind"], answer["status"]) == ("hire", "scheduled")
    planned = ("change.scheduled", "assignment.started", None, "ic3", FUTURE, False, 1, (FUTURE, None))
    assert await exactly(stage, answer) == planned
    assert len(await stage.events()) == 1
    assert await stage.rows() == [(FUTURE, None, "ic3")]


async def test_row_3_rehire_inherits_nothing(stage: Stage) -> None:
    await stage.change({**HIRE, "step": "b", "title": "Wizard"}, "2020-01-01")
    await stage.change(None, "2022-01-01")
    answer = await stage.change({"ladder": "engineering", "level": "ic3"}, PAST)
    assert answer["kind"] == "rehire"
    assert {name: answer["to"][name] for name in ("step", "role", "team", "zone", "title", "grade_since")} == {
        "step": "a",
        "role": None,
        "team": None,
        "zone": None,
        "title": "IC3",
        "grade_since": PAST,
    }
    assert await exactly(stage, answer) == ("assignment.started", None, None, "ic3", PAST, True, 3, (PAST, None))
    assert [event["type"] for event in await stage.events()] == [
        "assignment.started",
        "assignment.ended",
        "assignment.started",
    ]
    assert await stage.rows() == [("2020-01-01", "2022-01-01", "ic3"), (PAST, None, "ic3")]


async def test_row_3_a_rehire_ahead_is_a_plan(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    await stage.change(None, "2022-01-01")
    answer = await stage.change(HIRE, FUTURE)
    assert (answer["kind"], answer["status"], answer["grade_delta"]) == ("rehire", "scheduled", None)
    planned = ("change.scheduled", "assignment.started", None, "ic3", FUTURE, False, 3, (FUTURE, None))
    assert await exactly(stage, answer) == planned


@pytest.mark.parametrize("missing", ["ladder", "level"])
async def test_row_4_a_start_needs_ladder_and_level(stage: Stage, missing: str) -> None:
    to = {name: value for name, value in HIRE.items() if name != missing}
    refusal = await refused(stage, Invalid, "incomplete-assignment", to, PAST)
    assert [error.pointer for error in refusal.errors] == [f"/to/{missing}"]


async def test_row_5_a_change_before_the_hire_would_break_it(stage: Stage) -> None:
    hire = await stage.change(HIRE, PAST)
    refusal = await refused(stage, Conflict, "breaks-later-changes", HIRE, "2026-01-01")
    assert refusal.extra == {"changes": [hire["id"]]}


async def test_row_6_a_change_today_closes_and_opens(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    answer = await stage.change({"level": "ic4"}, TODAY)
    told = (await stage.events())[-1]
    assert (answer["kind"], answer["grade_delta"], answer["from"]["level"], answer["to"]["level"]) == (
        "promotion",
        1,
        "ic3",
        "ic4",
    )
    assert told["data"]["changed"] == ["level", "grade", "step"]
    assert await exactly(stage, answer) == ("level.changed", None, "ic3", "ic4", TODAY, False, 2, (TODAY, None))
    assert await stage.rows() == [(PAST, TODAY, "ic3"), (TODAY, None, "ic4")]


async def test_row_7_a_change_ahead_is_scheduled(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    answer = await stage.change({"level": "em3"}, FUTURE)
    told = (await stage.events())[-1]
    assert (answer["kind"], answer["status"]) == ("track_switch", "scheduled")
    assert told["data"]["changed"] == ["track", "level"]
    planned = ("change.scheduled", "track.switched", "ic3", "em3", FUTURE, False, 2, (FUTURE, None))
    assert await exactly(stage, answer) == planned
    assert await stage.rows() == [(PAST, FUTURE, "ic3"), (FUTURE, None, "em3")]
    assert (await stage.assignment(TODAY)).level == "ic3"
    assert (await stage.assignment(FUTURE)).level == "em3"


async def test_row_8_a_change_before_today_is_retroactive(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    known = (await stage.assignment("2026-05-01")).known_at
    answer = await stage.change({"level": "ic4"}, "2026-05-01")
    day = "2026-05-01"
    assert await exactly(stage, answer) == ("level.changed", None, "ic3", "ic4", day, True, 2, (day, None))
    assert await stage.rows() == [(PAST, day, "ic3"), (day, None, "ic4")]
    assert (await stage.assignment("2026-05-01")).level == "ic4"
    assert known < answer["recorded_at"]


async def test_row_9_later_changes_keep_what_they_state_and_let_the_rest_flow(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    await stage.change({"level": "ic4"}, "2022-01-01")
    answer = await stage.change({"team": "web"}, "2021-01-01")
    told = await stage.events()
    assert (answer["kind"], len(told)) == ("transfer", 3)
    first = "2021-01-01"
    assert await exactly(stage, answer) == ("assignment.changed", None, "ic3", "ic3", first, True, 3, (first, None))
    assert await stage.rows() == [
        ("2020-01-01", first, "ic3"),
        (first, "2022-01-01", "ic3"),
        ("2022-01-01", None, "ic4"),
    ]
    assert [
        (part["from"], part["to"], part["assignment"]["level"], part["assignment"]["team"])
        for part in told[-1]["data"]["affected"]["timeline"]
    ] == [("2021-01-01", "2022-01-01", "ic3", "web"), ("2022-01-01", None, "ic4", "web")]


async def test_row_9_what_is_altered_ends_where_a_later_change_says_the_same(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    await stage.change({"team": None}, "2022-01-01")
    answer = await stage.change({"team": "web"}, "2021-01-01")
    altered = ("2021-01-01", "2022-01-01")
    told = await exactly(stage, answer)
    assert told == ("assignment.changed", None, "ic3", "ic3", "2021-01-01", True, 3, altered)


async def test_row_9_is_refused_when_a_later_change_would_have_nobody(stage: Stage) -> None:
    await stage.change(HIRE, "2020-01-01")
    later = await stage.change({"level": "ic4"}, "2022-01-01")
    refusal = await refused(stage, Conflict, "breaks-later-changes", None, "2021-01-01")
    assert refusal.extra == {"changes": [later["id"]]}


async def test_row_10_two_changes_on_one_day_fold_in_the_order_of_recording(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    await stage.change({"level": "ic4"}, TODAY)
    answer = await stage.change({"level": "ic5"}, TODAY)
    assert await exactly(stage, answer) == ("level.changed", None, "ic4", "ic5", TODAY, False, 3, (TODAY, None))
    assert await stage.rows() == [(PAST, TODAY, "ic3"), (TODAY, None, "ic5")]


async def test_row_11_nothing_differs(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    await refused(stage, Conflict, "no-change", HIRE, TODAY)
    await refused(stage, Conflict, "no-change", {"team": "core"}, TODAY)


async def test_row_12_a_level_that_is_not_in_force(stage: Stage) -> None:
    await refused(stage, Invalid, "level-not-in-force", {**HIRE, "level": "ic9"}, PAST)
    await refused(stage, Invalid, "level-not-in-force", HIRE, "1999-12-31")
    refusal = await refused(stage, Invalid, "unknown-ladder", {**HIRE, "ladder": "sales"}, PAST)
    assert [error.pointer for error in refusal.errors] == ["/to/ladder"]


async def test_row_13_a_switch_at_another_grade_needs_an_edge(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    await refused(stage, Invalid, "move-not-allowed", {"level": "em4"}, TODAY)
    override = Override(codes=("move-not-allowed",), reason="happened before we came")
    assert (await stage.change({"level": "em4"}, TODAY, override=override))["kind"] == "track_switch"


async def test_row_13_an_edge_of_the_ladder_allows_it(stage: Stage) -> None:
    await stage.change({**HIRE, "level": "ic5"}, PAST)
    answer = await stage.change({"level": "em4"}, TODAY)
    assert (answer["kind"], answer["grade_delta"]) == ("track_switch", -1)
    assert await exactly(stage, answer) == ("track.switched", None, "ic5", "em4", TODAY, False, 2, (TODAY, None))
    guarantee = (await stage.events())[-1]["data"]["guarantee"]
    assert guarantee == {"same_grade": False, "step_kept": True, "band_not_lower": False, "tenure_kept": False}


async def test_row_13_a_switch_at_an_equal_grade_says_what_it_does_not_keep(stage: Stage) -> None:
    await stage.change({**HIRE, "step": "b"}, PAST)
    answer = await stage.change({"level": "em3", "step": "a", "zone": None}, TODAY)
    assert (answer["kind"], answer["from"]["step"], answer["to"]["step"]) == ("track_switch", "b", "a")
    guarantee = (await stage.events())[-1]["data"]["guarantee"]
    # Without a zone there is no band to compare.
    assert guarantee == {"same_grade": True, "step_kept": False, "band_not_lower": None, "tenure_kept": True}


async def test_row_14_from_the_trunk_to_a_manager_level_is_a_promotion(stage: Stage) -> None:
    await stage.change({**HIRE, "level": "e2"}, PAST)
    answer = await stage.change({"level": "em3"}, TODAY)
    assert (answer["kind"], answer["from"]["track"], answer["to"]["track"]) == ("promotion", None, "manager")
    assert await exactly(stage, answer) == ("level.changed", None, "e2", "em3", TODAY, False, 2, (TODAY, None))
    assert await stage.rows() == [(PAST, TODAY, "e2"), (TODAY, None, "em3")]


async def test_row_15_ladder_and_grade_differ_on_a_track_of_the_same_kind(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    answer = await stage.change({"ladder": "design", "level": "d4"}, TODAY)
    told = (await stage.events())[-1]
    assert (answer["kind"], answer["grade_delta"]) == ("promotion", 1)
    assert await exactly(stage, answer) == ("level.changed", None, "ic3", "d4", TODAY, False, 2, (TODAY, None))
    assert told["data"]["changed"] == ["ladder", "level", "grade", "step"]
    assert await stage.rows() == [(PAST, TODAY, "ic3"), (TODAY, None, "d4")]
    assert answer["warnings"] == ["role engineer belongs to ladder engineering, not design"]


async def test_row_15_tracks_of_two_ladders_are_compared_by_what_they_are(stage: Stage) -> None:
    await stage.change({**HIRE, "level": "em3"}, PAST)
    answer = await stage.change({"ladder": "design", "level": "l3"}, TODAY)
    assert (answer["kind"], answer["from"]["track"], answer["to"]["track"]) == ("transfer", "manager", "lead")
    assert await exactly(stage, answer) == ("assignment.changed", None, "em3", "l3", TODAY, False, 2, (TODAY, None))
    assert (await stage.change({"level": "d3"}, TODAY))["kind"] == "track_switch"
    assert (await stage.change({"ladder": "engineering", "level": "em3"}, TODAY))["kind"] == "track_switch"


async def test_row_16_an_end_names_the_first_day_without_the_job(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    answer = await stage.change(None, TODAY)
    assert (answer["kind"], answer["grade_delta"], answer["status"]) == ("end", None, "effective")
    assert await exactly(stage, answer) == ("assignment.ended", None, "ic3", None, TODAY, False, 2, (TODAY, None))
    assert await stage.rows() == [(PAST, TODAY, "ic3")]
    await refused(stage, Conflict, "not-employed", None, TODAY)


async def test_row_16_an_end_ahead_is_scheduled(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    answer = await stage.change(None, FUTURE)
    planned = ("change.scheduled", "assignment.ended", "ic3", None, FUTURE, False, 2, (FUTURE, None))
    assert (answer["status"], await exactly(stage, answer)) == ("scheduled", planned)
    assert await stage.rows() == [(PAST, FUTURE, "ic3")]
    assert date.fromisoformat(FUTURE) > date.fromisoformat(TODAY)
