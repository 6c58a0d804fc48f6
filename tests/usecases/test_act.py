"""The frame of a write: lost races are run again as a whole, and nothing of a failed run is kept."""

import json

import pytest
from sqlalchemy import text

from service.domain.refusals import Unavailable
from service.storage import audit
from service.usecases.act import Act, act
from service.usecases.changes import ChangeRequest, record_change
from service.usecases.employees import create_employee, set_external_id
from service.webhooks.outbox import Message
from tests.stage import HR, Stage, new_id

LOST_RACES = {"40001": "serialization failure", "40P01": "deadlock"}


def told(event: str) -> Message:
    return Message(
        id=event, type="t", subject="s", version=1, facets={}, render=lambda at: {"v1": b"{}", "v1+pay": b"{}"}
    )


@pytest.mark.parametrize("sqlstate", sorted(LOST_RACES), ids=lambda state: LOST_RACES[state])
async def test_a_lost_race_is_run_again_whole(stage: Stage, sqlstate: str) -> None:
    """On SQLite, which has one writer, there are no such races: the body runs once."""
    before = await stage.counts()
    runs: list[int] = []

    async def body(a: Act) -> dict[str, int]:
        runs.append(len(runs))
        a.tell(told(new_id("evt")))
        await a.recorded()
        if stage.database.dialect == "postgresql" and len(runs) < 3:
            await a.tx.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}'; END $$"))
        return {"runs": len(runs)}

    outcome = await act(stage.runtime, "test.act", HR, body)
    assert outcome.answer == {"runs": 3 if stage.database.dialect == "postgresql" else 1}
    after = await stage.counts()
    assert {name: after[name] - before[name] for name in after} == {
        "change": 0,
        "assignment": 0,
        "audit": 1,
        "idempotency": 0,
        "activation": 0,
        "event": 1,
    }


async def test_races_lost_again_and_again_end_as_busy(stage: Stage) -> None:
    runs: list[int] = []

    async def body(a: Act) -> None:
        runs.append(1)
        if stage.database.dialect == "sqlite":
            raise Unavailable("busy", "as SQLite says it")
        await a.tx.execute(text("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$"))

    with pytest.raises(Unavailable) as caught:
        await act(stage.runtime, "test.act", HR, body)
    assert caught.value.code == "busy"
    assert len(runs) == (6 if stage.database.dialect == "postgresql" else 1)


async def test_what_fails_leaves_no_trace_and_wakes_nobody(stage: Stage) -> None:
    before, woken = await stage.counts(), len(stage.woken)

    async def body(a: Act) -> None:
        a.tell(told("evt_x"))
        await a.recorded()
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await act(stage.runtime, "test.act", HR, body)
    assert await stage.counts() == before
    assert len(stage.woken) == woken
    async with stage.database.read() as connection:
        assert await audit.first_broken_link(connection) is None


async def test_the_chain_tells_an_altered_row(stage: Stage) -> None:
    async with stage.database.read() as connection:
        rows = [row async for row in audit.rows(connection)]
    broken = rows[0]
    assert (
        audit.row_hash(
            broken.prev_hash,
            recorded_at=broken.recorded_at,
            actor="somebody else",
            act=broken.act,
            detail=broken.detail,
        )
        != broken.hash
    )


async def test_the_chain_holds_nothing_that_says_who_somebody_is(stage: Stage) -> None:
    made = await create_employee(stage.runtime, HR, key="bob", name="Bob Secret", external_ids={"workday": "id-secret"})
    hire = {"ladder": "engineering", "level": "ic3", "zone": "berlin", "title": "title-secret"}
    request = ChangeRequest(
        effective_on=None, job="primary", to=hire, reason="growth", comment="said in secret", override=None
    )
    await record_change(stage.runtime, HR, "bob", request, expected="*")
    await set_external_id(stage.runtime, HR, "bob", "workday", "other-secret", expected="*")
    async with stage.database.read() as connection:
        rows = [row async for row in audit.rows(connection)]
        assert await audit.first_broken_link(connection) is None
    kept = json.dumps([[row.actor, row.act, row.detail] for row in rows], default=str).lower()
    assert made.answer["id"] in kept
    assert "secret" not in kept and "bob" not in kept
