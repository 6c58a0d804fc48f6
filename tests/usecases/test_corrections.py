"""Rows 22 and 23 of the decision table: changes in whose place another is put, on every engine."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.access import Actor, Scope
from service.domain.instants import parse_instant
from service.domain.refusals import Conflict, Forbidden, Invalid
from service.domain.statements import Override
from service.usecases.assignments import read_timeline
from service.usecases.changes import activate_due, employees_due
from service.usecases.recorded_changes import read_change
from service.webhooks.tables import event
from tests.stage import HR, Stage
from tests.usecases.amending import FUTURE, HIRE, LATER, PAST, TODAY, clock_list, correct, refused, told_of, withdraw


async def test_row_22_correcting_the_day_of_a_fact(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    wrong = await stage.change({"level": "ic4"}, "2026-05-01")
    answer = await correct(stage, wrong, on="2026-04-01")
    told = (await stage.events())[-1]

    assert answer["id"] != wrong["id"]
    assert (answer["kind"], answer["status"], answer["effective_on"]) == ("promotion", "effective", "2026-04-01")
    assert (answer["from"]["level"], answer["to"]["level"], answer["revision"]) == ("ic4", "ic4", 3)
    assert told_of(told) == ("change.corrected", "level.changed", answer["id"], "2026-04-01", "ic4", "ic4")
    change = told["data"]["change"]
    assert (change["supersedes"], change["supersedes_effective_on"]) == (wrong["id"], "2026-05-01")
    assert (told["data"]["affected"]["from"], told["data"]["affected"]["to"]) == ("2026-04-01", None)
    assert await stage.rows() == [(PAST, "2026-04-01", "ic3"), ("2026-04-01", None, "ic4")]
    assert (await stage.assignment(TODAY)).grade_since == date(2026, 4, 1)
    shown = await read_change(stage.runtime, HR, wrong["id"])
    assert (shown.status, shown.superseded_by) == ("superseded", answer["id"])
    assert (await stage.assignment("2026-04-15", known_at=parse_instant(wrong["known_at"]))).level == "ic3"


async def test_row_22_a_plan_that_is_moved_is_told_on_its_new_day(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    moved = await correct(stage, planned, on=LATER)
    assert (moved["status"], await clock_list(stage)) == ("scheduled", [moved["id"]])
    told = (await stage.events())[-1]
    assert told_of(told) == ("change.corrected", "track.switched", moved["id"], LATER, "em3", "em3")
    # To the end: what holds from the later day on is the same, but has held since another day.
    assert (told["data"]["affected"]["from"], told["data"]["affected"]["to"]) == (FUTURE, None)
    stage.clock.move_to(date(2026, 9, 1))
    assert await employees_due(stage.runtime) == ()
    stage.clock.move_to(date(2026, 11, 1))
    assert len(await employees_due(stage.runtime)) == 1
    # Whatever is done next lets it take effect first.
    await stage.change({"team": "web"}, LATER)
    assert [event["type"] for event in await stage.events()][-2:] == ["track.switched", "assignment.changed"]


async def test_row_22_a_plan_that_is_moved_to_today_holds_at_once(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    planned = await stage.change({"level": "em3"}, FUTURE)
    answer = await correct(stage, planned, on=TODAY)
    assert (answer["status"], await clock_list(stage)) == ("effective", [])
    # The one event stands for the plain one.
    assert [event["type"] for event in await stage.events()][1:] == ["change.scheduled", "change.corrected"]
    assert (await stage.assignment(TODAY)).level == "em3"


async def test_row_22_a_correction_keeps_its_place_within_the_day(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    first = await stage.change({"level": "ic4"}, TODAY)
    await stage.change({"level": "em4"}, TODAY)
    answer = await correct(stage, first, to={"level": "ic3", "team": "web"})
    # It states what it altered then; the second of the day still decides the level.
    held = await stage.assignment(TODAY)
    assert (held.level, held.team) == ("em4", "web")
    assert (answer["from"]["level"], answer["to"]["level"], answer["to"]["team"]) == ("ic4", "ic3", "web")


async def test_row_22_what_it_states_already_is_no_correction(stage: Stage) -> None:
    hire = await stage.change(HIRE, PAST)
    promoted = await stage.change({"level": "ic4"}, TODAY)
    for again in (correct(stage, promoted), correct(stage, promoted, on=TODAY), correct(stage, hire, to=HIRE)):
        await refused(stage, Conflict, "no-change", again)
    await refused(stage, Conflict, "no-change", correct(stage, promoted, to={"level": "ic3"}))


async def test_row_22_a_correction_is_refused_as_a_change_would_be(stage: Stage) -> None:
    hire = await stage.change(HIRE, PAST)
    promoted = await stage.change({"level": "ic4"}, TODAY)
    refusal = await refused(stage, Conflict, "breaks-later-changes", correct(stage, hire, on=FUTURE))
    assert refusal.extra == {"changes": [promoted["id"]]}
    await refused(stage, Conflict, "not-employed", correct(stage, promoted, to=None, on="2026-01-01"))
    await refused(stage, Invalid, "unknown-team", correct(stage, promoted, to={"team": "nowhere"}))
    await refused(stage, Invalid, "move-not-allowed", correct(stage, promoted, to={"level": "em4"}))
    passing = Override(codes=("move-not-allowed",), reason="it happened")
    allowed = Actor(id="key:a", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
    doing = correct(stage, promoted, to={"level": "em4"}, override=passing, actor=allowed)
    await refused(stage, Forbidden, "missing-scope", doing)
    assert (await correct(stage, promoted, to={"level": "em4"}, override=passing))["kind"] == "track_switch"


async def test_row_23_what_counts_no_more_names_its_successor(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    wrong = await stage.change({"level": "ic4"}, TODAY)
    right = await correct(stage, wrong, to={"level": "em3"})
    best = await correct(stage, right, to={"level": "e2"})
    for again in (withdraw(stage, "rescinded", wrong), correct(stage, wrong, on=PAST)):
        refusal = await refused(stage, Conflict, "change-not-live", again)
        # Not the one that took its place, which is gone too.
        assert refusal.extra == {"change_status": "superseded", "superseded_by": best["id"]}
        assert best["id"] in refusal.detail
    await withdraw(stage, "rescinded", best)
    refusal = await refused(stage, Conflict, "change-not-live", withdraw(stage, "rescinded", wrong))
    assert refusal.extra == {"change_status": "superseded", "superseded_by": None}
    planned = await stage.change({"team": "web"}, FUTURE)
    await withdraw(stage, "cancelled", planned)
    refusal = await refused(stage, Conflict, "change-not-live", withdraw(stage, "cancelled", planned))
    assert refusal.extra == {"change_status": "cancelled", "superseded_by": None}


async def test_what_is_not_restated_stays_what_it_is_wherever_it_is_moved(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    promoted = await stage.change({"level": "ic4"}, "2026-04-01")
    await stage.change(None, "2026-05-01")
    again = await stage.change({"ladder": "engineering", "level": "ic4"}, "2026-06-01")
    # A start within an employment would take the job away at its end; a change outside of any has nobody to change.
    await refused(stage, Conflict, "already-employed", correct(stage, again, on="2026-04-30"))
    await refused(stage, Conflict, "not-employed", correct(stage, promoted, on="2026-05-15"))
    moved = await correct(stage, again, on="2026-05-20")
    assert (moved["kind"], moved["to"]["team"]) == ("rehire", None)


@pytest.mark.parametrize(
    "to",
    [
        {**HIRE, "title": None},
        {**HIRE, "step": "a"},
        {**HIRE, "band_set": None},
    ],
)
async def test_saying_the_same_at_greater_length_corrects_nothing(stage: Stage, to: dict[str, Any]) -> None:
    hire = await stage.change(HIRE, PAST)
    await refused(stage, Conflict, "no-change", correct(stage, hire, to=to))


async def test_who_filters_is_told_of_days_that_neither_side_shows(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    ending = await stage.change(None, "2026-12-01")
    await correct(stage, ending, on="2027-01-01")
    told = (await stage.events())[-1]
    assert (told["data"]["previous"], told["data"]["current"]) == (None, None)
    assert [part["assignment"] and part["assignment"]["team"] for part in told["data"]["affected"]["timeline"]] == [
        *("core", None),
    ]
    async with stage.database.read() as connection:
        facets = (await connection.execute(select(event.c.facets).order_by(event.c.seq.desc()))).scalars().first()
    assert json.loads(facets or "{}")["team"] == ["core"]


async def test_a_correction_keeps_reason_comment_and_override_unless_others_are_given(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    passing = Override(codes=("move-not-allowed",), reason="it happened")
    switched = await stage.change({"level": "em4"}, FUTURE, override=passing, reason="reorganisation")
    moved = await correct(stage, switched, on=LATER, reason=None)
    shown = await read_change(stage.runtime, HR, moved["id"])
    assert (shown.reason, shown.supersedes, moved["kind"]) == ("reorganisation", switched["id"], "track_switch")
    stage.clock.move_to(date(2026, 11, 1))
    await activate_due(stage.runtime, moved["employee"])
    plain = (await stage.events())[-1]["data"]["change"]
    assert (plain["reason"], plain["supersedes"], plain["supersedes_effective_on"]) == (
        *("reorganisation", switched["id"], FUTURE),
    )


async def test_an_override_is_not_lent_to_other_content(stage: Stage) -> None:
    """Who may not override may move what somebody else let pass, and not let pass anything else by it."""
    await stage.change(HIRE, PAST)
    passing = Override(codes=("move-not-allowed",), reason="it happened")
    switched = await stage.change({"level": "em4"}, FUTURE, override=passing)
    writer = Actor(id="key:w", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
    doing = correct(stage, switched, to={"level": "em4", "team": "web"}, actor=writer)
    await refused(stage, Invalid, "move-not-allowed", doing)
    assert (await correct(stage, switched, on=LATER, actor=writer))["to"]["level"] == "em4"


async def test_a_correction_stands_behind_what_it_replaced(stage: Stage) -> None:
    ids = [(await stage.change(HIRE, PAST))["id"]]
    ids.append((await stage.change({"team": "web"}, TODAY))["id"])
    for team in ("core", "web", "core", "web"):
        last = {"id": ids[-1]}
        ids.append((await correct(stage, last, to={"team": team, "title": f"{team} {len(ids)}"}))["id"])
    timeline = await read_timeline(stage.runtime, HR, "ada")
    assert [change.id for change in timeline.changes] == ids


async def test_correcting_a_past_day_is_retroactive_wherever_it_goes(stage: Stage) -> None:
    await stage.change(HIRE, PAST)
    wrong = await stage.change({"level": "ic4"}, "2026-05-01")
    moved = await correct(stage, wrong, on=FUTURE)
    assert (moved["status"], moved["retroactive"]) == ("scheduled", True)
    assert (await stage.events())[-1]["data"]["change"]["retroactive"] is True
