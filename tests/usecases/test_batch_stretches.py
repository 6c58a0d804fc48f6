"""A partial batch goes on in stretches: the next rows are decided while some are written, with the same result."""

import pytest

from service.usecases import batch_work
from service.usecases.act import Act, act
from service.usecases.batch_crowd import drafted_crowd
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_work import advance_batch
from service.usecases.employees import create_employee, read_employee
from service.usecases.reading import company_today
from tests.stage import HR, Stage
from tests.usecases.batching import HIRE, counters, many, outcomes, row, state, stored


async def test_somebody_of_two_parts_is_decided_by_what_the_first_left(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_work, "CHUNK", 2)
    await many(stage, 4)
    same = (await read_employee(stage.runtime, HR, "p2")).id
    made = await stored(
        stage,
        [
            {"who": "p1", "to": {"level": "ic4"}, "on": "2026-05-01"},
            {"who": "p2", "to": {"level": "ic4"}, "on": "2026-05-01"},
            # By the name of the part before, and by another of the same person.
            {"who": "p1", "to": {"level": "em4"}, "on": "2026-06-01"},
            {"who": same, "to": {"level": "em4"}, "on": "2026-06-01"},
            {"who": "p3", "to": {"team": "core"}, "on": "2026-05-01"},
            {"who": "p4", "to": {"team": "core"}, "on": "2026-05-01"},
        ],
    )
    assert made["report"]["problems"] == []
    await apply_batch(stage.runtime, HR, made["id"])
    assert await advance_batch(stage.runtime, made["id"]) is True
    assert await state(stage, made["id"]) == {"state": "applied", "applied": 6, "failed": 0, "waiting": 0}
    told = [(one["type"], one["sequence"]) for one in await stage.events()][-6:]
    assert told == [
        *[("level.changed", 2), ("level.changed", 2)],
        *[("track.switched", 3), ("track.switched", 3)],
        *[("assignment.changed", 2), ("assignment.changed", 2)],
    ]
    assert [await counters(stage, one) for one in ("p1", "p2", "p3", "p4")] == [(3, 3), (3, 3), (2, 2), (2, 2)]


async def test_people_made_known_by_one_part_are_there_for_the_next(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_work, "CHUNK", 2)
    made = await stored(
        stage,
        [
            {"key": "n1", "external_ids": {"hr": "1"}, "to": HIRE, "on": "2025-01-01"},
            {"key": "n2", "external_ids": {"hr": "2"}, "to": HIRE, "on": "2025-01-01"},
            {"who": "hr:2", "to": {"level": "ic4"}, "on": "2025-06-01"},
            {"who": "hr:1", "to": {"level": "ic4"}, "on": "2025-06-01"},
        ],
        backfill=True,
    )
    await apply_batch(stage.runtime, HR, made["id"])
    assert await advance_batch(stage.runtime, made["id"]) is True
    assert [one[1] for one in await outcomes(stage, made["id"])] == ["applied"] * 4
    assert [await counters(stage, one) for one in ("n1", "n2")] == [(2, 2), (2, 2)]


async def test_a_long_one_gives_way_to_others_after_a_stretch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_work, "CHUNK", 2)
    monkeypatch.setattr(batch_work, "STRETCH", 2)
    await many(stage, 7)
    rows = [{"who": f"p{number}", "to": {"team": "core"}, "on": "2026-05-01"} for number in range(1, 8)]
    made = await stored(stage, rows)
    await apply_batch(stage.runtime, HR, made["id"])
    left: list[int] = []
    while await advance_batch(stage.runtime, made["id"]):
        left.append((await state(stage, made["id"]))["waiting"])
    assert left == [3, 0]


async def test_a_decision_without_somebody_ends_when_they_are_made_known(stage: Stage) -> None:
    rows = [row(1, {"who": "late", "to": HIRE, "on": "2026-05-01"})]
    draft = await drafted_crowd(stage.runtime, HR, rows, is_backfill=False)
    assert [one.document["code"] for one in draft.problems] == ["no-employee"]
    held: list[bool] = []

    async def ask(a: Act) -> None:
        definitions = await a.definitions()
        held.append(await draft.still_holds(a, definitions, company_today(definitions, now=a.now)))

    await act(stage.runtime, "test.ask", HR, ask)
    await create_employee(stage.runtime, HR, key="late", name=None, external_ids={})
    await act(stage.runtime, "test.ask", HR, ask)
    assert held == [True, False]
