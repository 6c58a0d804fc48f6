"""The end of reports: somebody deletes them, or they were kept for long enough; not while they are being mended."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from service.connectors.extracts.reading import read_extract
from service.domain.extracts import Columns
from service.domain.refusals import Conflict, Refused
from service.storage import reconciliations, tables
from service.storage.reconciliation_tables import reconciliation, reconciliation_drift
from service.storage.upkeep import keep_house as tidy
from service.strict_json import parse_json
from service.usecases.act import Outcome
from service.usecases.batch_decisions import reject_batch
from service.usecases.batch_views import read_batch
from service.usecases.paging import Window
from service.usecases.reconciliation_mends import MendRequest
from service.usecases.reconciliation_views import list_reconciliations, read_reconciliation
from service.usecases.reconciliations import ReconciliationRequest, delete_reconciliation
from service.usecases.system import keep_house
from service.webhooks.tables import DAY_US
from tests.stage import HR, Stage
from tests.usecases.reconciling import WORDS, drifts, mended, report

COLUMNS = Columns(employee="id", level="title", effective_on="since")
HIRE = {"ladder": "engineering", "level": "e1", "zone": "berlin"}
ONE, ALL = MendRequest(drifts=(1,)), MendRequest()


def asked(*rows: str) -> ReconciliationRequest:
    table = "\n".join(("id,title,since", *rows))
    read = read_extract(table, format="csv", system="workday", columns=COLUMNS, parse=parse_json)
    return ReconciliationRequest(system="workday", format="csv", rows=read, mapping=WORDS, authority="theirs")


async def of_ada(stage: Stage) -> str:
    """A report on ada alone, whose one drift can be mended."""
    return (await report(stage, asked("21001,IC4,2026-03-01")))["id"]


async def deleted(stage: Stage, report_id: str, **how: Any) -> Outcome:
    return await delete_reconciliation(stage.runtime, HR, report_id, **how)


async def left(stage: Stage) -> dict[str, int]:
    """How many drifts are kept of each report that is."""
    counted = (
        select(reconciliation.c.id, func.count(reconciliation_drift.c.number))
        .outerjoin(reconciliation_drift, reconciliation_drift.c.reconciliation_id == reconciliation.c.id)
        .group_by(reconciliation.c.id)
    )
    async with stage.database.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(counted)}


async def shown(stage: Stage) -> list[str | None]:
    return [
        one.id for one in (await list_reconciliations(stage.runtime, HR, system=None, window=Window(limit=9))).items
    ]


async def refused(asking: Any) -> str:
    with pytest.raises(Refused) as refusal:
        await asking
    return refusal.value.code


async def test_a_report_is_deleted_once_nothing_of_it_is_being_mended(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    other = await of_ada(stage)
    made = await of_ada(stage)
    batch = (await mended(stage, made, ONE))["batch"]["id"]
    before = await stage.counts()
    with pytest.raises(Conflict) as conflict:
        await deleted(stage, made)
    assert (conflict.value.code, conflict.value.extra) == ("being-mended", {"batch": batch})
    await reject_batch(stage.runtime, HR, batch, reason="no")
    assert (await deleted(stage, made, dry_run=True)).answer == {"id": made}
    assert await left(stage) == {other: 1, made: 1}
    assert (await deleted(stage, made)).answer == {"id": made}
    assert (await left(stage), await shown(stage)) == ({other: 1}, [other])
    again = [deleted(stage, made), read_reconciliation(stage.runtime, HR, made), mended(stage, made, ALL)]
    assert [await refused(one) for one in again] == ["no-such-reconciliation"] * 3
    # A batch has rows of its own, which stay; what is added is an audit row of each of the two acts.
    assert (await read_batch(stage.runtime, HR, batch)).rows == 1
    assert await stage.counts() == {**before, "audit": before["audit"] + 2}
    async with stage.database.read() as connection:
        last = (
            await connection.execute(select(tables.audit).order_by(tables.audit.c.recorded_at.desc()).limit(1))
        ).one()
    assert (last.act, json.loads(last.detail)) == (
        "reconciliations.delete",
        {"reconciliation": made, "system": "workday", "drifts": 1},
    )
    await _mended_and_deleted_at_once(stage, other)


async def _mended_and_deleted_at_once(stage: Stage, report_id: str) -> None:
    """One of both happens, and the other is refused."""
    found = await asyncio.gather(mended(stage, report_id, ONE), deleted(stage, report_id), return_exceptions=True)
    codes = tuple(one.code if isinstance(one, Refused) else None for one in found)
    assert codes in {(None, "being-mended"), ("no-such-reconciliation", None), ("no-such-drift", None)}
    assert await left(stage) == ({report_id: 1} if codes[0] is None else {})


async def test_reports_go_by_parts_once_they_were_kept_for_long_enough(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    old = (await report(stage, asked(*(f"{number},Wizard,2026-01-01" for number in range(30_000, 31_050)))))["id"]
    taken = await of_ada(stage)
    batch = (await mended(stage, taken, ONE))["batch"]["id"]
    assert await left(stage) == {old: 2_100, taken: 1}
    stage.clock.us += 90 * DAY_US
    await keep_house(stage.runtime)
    assert await left(stage) == {old: 2_100, taken: 1}
    stage.clock.us += 1
    young = await of_ada(stage)
    # It is there no more from that instant on, whatever of it is still to be deleted.
    assert await shown(stage) == [young, taken]
    assert [
        await refused(one)
        for one in (read_reconciliation(stage.runtime, HR, old), drifts(stage, old), deleted(stage, old))
    ] == ["no-such-reconciliation"] * 3
    async with stage.database.transaction() as tx:
        assert await reconciliations.forget_drifts(tx, old) == 1_000
    assert await left(stage) == {old: 1_100, taken: 1, young: 1}
    # Whoever began to mend one in time is given that long.
    stage.clock.us += 3_599_000_000
    await keep_house(stage.runtime)
    assert await left(stage) == {old: 1_100, taken: 1, young: 1}
    stage.clock.us += 1_000_000
    await keep_house(stage.runtime)
    assert (await left(stage), await shown(stage)) == ({taken: 1, young: 1}, [young, taken])
    await reject_batch(stage.runtime, HR, batch, reason="no")
    assert await shown(stage) == [young]
    for_ever = replace(stage.runtime, reconciliation_days=None)
    await keep_house(for_ever)
    await tidy(stage.database)
    assert (await read_reconciliation(for_ever, HR, taken)).id == taken
    await keep_house(stage.runtime)
    assert await left(stage) == {young: 1}
