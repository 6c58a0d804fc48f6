"""Another system held against the record: what a report keeps, what it never touches, and what mends come to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from service.connectors.extracts.reading import read_extract
from service.domain.access import Actor, Scope
from service.domain.claims import Claim
from service.domain.drift_shapes import ExtractRow
from service.domain.extracts import Columns
from service.domain.refusals import Conflict, Invalid, Refused
from service.storage.reconciliation_tables import reconciliation_drift
from service.strict_json import parse_json
from service.usecases.batch_views import read_batch
from service.usecases.employees import set_external_id
from service.usecases.paging import Window
from service.usecases.reconciliation_mends import MendRequest
from service.usecases.reconciliation_views import ShownDrift, list_reconciliations, read_reconciliation
from service.usecases.reconciliations import ReconciliationRequest
from tests.builders import COMPANY
from tests.stage import HR, Stage, publish
from tests.usecases.batching import outcomes, stored, worked
from tests.usecases.reconciling import WORDS, drifts, mended, report

READER = Actor(id="key:reader", scopes=frozenset({Scope.ASSIGNMENTS_READ}))
WRITER = Actor(id="key:writer", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
COLUMNS = Columns(
    employee="id", level="title", effective_on="since", ended="gone", grade="grade", band_min="least", zone="place"
)
TABLE = """id,title,since,gone,grade,least,place,name,salary
1,E1,2026-01-01,,,,,Ada Secret,91919
1,IC4,2026-03-01,,,41000.00,,Ada Secret,91919
2,E2,2026-02-01,,,,berlin,Bob Secret,91919
3,Wizard,2026-02-01,,,,,Cid Secret,91919
"""


def asked(table: str = TABLE, *, columns: Columns = COLUMNS, **more: Any) -> ReconciliationRequest:
    rows = read_extract(table, format="csv", system="hr", columns=columns, parse=parse_json)
    given: dict[str, Any] = {"mapping": WORDS, "authority": "theirs", "complete": True, **more}
    return ReconciliationRequest(system="hr", format="csv", rows=rows, **given)


def brief(found: Sequence[ShownDrift]) -> list[tuple[int, str, str, str]]:
    return [(one.number, one.kind, one.person, str(one.effective_on)) for one in found]


async def staffed(stage: Stage) -> None:
    """ada is 1 there, eve is 4 there and in no row of the table, and a reader who has no id there holds nothing."""
    rows = [
        {"key": "ann", "external_ids": {"hr": "1"}, "to": _hire("e1"), "on": "2026-01-01"},
        {"key": "eve", "external_ids": {"hr": "4"}, "to": _hire("e2"), "on": "2026-01-01"},
        {"who": "ann", "to": {"level": "ic3"}, "on": "2026-03-01"},
    ]
    made = await stored(stage, rows, backfill=True)
    assert (await worked(stage, made["id"]))["applied"] == 3


def _hire(level: str) -> dict[str, str]:
    return {"ladder": "engineering", "level": level, "zone": "berlin"}


async def test_a_report_touches_nobody_and_its_mends_make_both_sides_equal(stage: Stage) -> None:
    await staffed(stage)
    before, events = await stage.counts(), await stage.events()
    made = await report(stage, asked())
    assert made["counts"] == [
        {"kind": "band_mismatch", "drifts": 1},
        {"kind": "missing_here", "drifts": 2},
        {"kind": "missing_there", "drifts": 1},
        {"kind": "unknown_code", "drifts": 1},
        {"kind": "wrong_level", "drifts": 1},
    ]
    assert (made["rows"], made["people"], made["drifts"], made["as_of"]) == (4, 3, 6, "2026-06-15")
    found = await drifts(stage, made["id"])
    assert brief(found) == [
        (1, "wrong_level", "hr:1", "2026-03-01"),
        (2, "band_mismatch", "hr:1", "2026-06-15"),
        (3, "missing_here", "hr:2", "2026-02-01"),
        (4, "unknown_code", "hr:3", "2026-02-01"),
        (5, "missing_here", "hr:3", "2026-02-01"),
        (6, "missing_there", "hr:4", "2026-06-15"),
    ]
    # One row of the audit chain is all that was added, and nobody was told anything.
    assert await stage.counts() == {**before, "audit": before["audit"] + 1}
    assert await stage.events() == events
    await _nothing_secret(stage)
    chosen = await mended(stage, made["id"], MendRequest(drifts=(1,), mode="atomic"))
    assert (chosen["drifts"], chosen["left_out"]) == (1, [])
    assert await stage.counts() == {**before, "audit": before["audit"] + 2}
    assert (await worked(stage, chosen["batch"]["id"]))["applied"] == 1
    assert (await stage.rows("ann"))[-1] == ("2026-03-01", None, "ic4")
    rest = await mended(stage, made["id"], MendRequest(backfill=True))
    assert (rest["drifts"], rest["left_out"]) == (3, [{"code": "drift-not-mendable", "drifts": 3}])
    await worked(stage, rest["batch"]["id"])
    # What was mended before differs no more, which the batch tells of its row.
    assert await outcomes(stage, rest["batch"]["id"]) == [
        (1, "failed", "no-change"),
        (2, "applied", None),
        (3, "applied", None),
    ]
    assert await stage.rows("eve") == [("2026-01-01", "2026-06-15", "e2")]
    again = await report(stage, asked())
    # Only what no change mends is left: a band, and a word that is nothing of ours.
    assert brief(await drifts(stage, again["id"])) == [
        (1, "band_mismatch", "hr:1", "2026-06-15"),
        (2, "unknown_code", "hr:3", "2026-02-01"),
        (3, "missing_here", "hr:3", "2026-02-01"),
    ]
    taken = [one.batch for one in await drifts(stage, made["id"])]
    assert taken == [rest["batch"]["id"], None, rest["batch"]["id"], None, None, rest["batch"]["id"]]


async def _nothing_secret(stage: Stage) -> None:
    """Neither a name, nor pay, nor a figure of a band stands in what is kept."""
    async with stage.database.read() as connection:
        kept = [row.document for row in await connection.execute(select(reconciliation_drift.c.document))]
    assert kept and not [one for one in kept if any(word in one for word in ("Secret", "91919", "41000", "40001"))]


async def test_who_may_see_what_and_what_is_refused(stage: Stage) -> None:
    await staffed(stage)
    made = await report(stage, asked())
    (seen,) = await drifts(stage, made["id"], kind="band_mismatch")
    assert seen.band and (str(seen.band.min), seen.differs, seen.redacted) == ("40001.17", ("min",), ())
    (hidden,) = await drifts(stage, made["id"], READER, kind="band_mismatch")
    assert (hidden.band, hidden.differs, hidden.redacted) == (None, ("figures",), ("band",))
    assert "band" not in str(seen.mend).replace("Publish", "") or "40001" not in str(hidden)
    # By any name of either side, and nobody's for a name that nobody has.
    named = [len(await drifts(stage, made["id"], person=name)) for name in ("ann", "hr:1", "hr:2", "hr:9")]
    assert named == [2, 2, 1, 0]

    async def refused(asking: Any) -> str:
        with pytest.raises(Refused) as refusal:
            await asking
        return refusal.value.code

    ours = await report(stage, asked(authority="ours", complete=False))
    assert [one["kind"] for one in ours["counts"]] == ["band_mismatch", "missing_here", "unknown_code", "wrong_level"]
    before = await stage.counts()
    assert [
        # Who may not read bands could find figures out by trying.
        await refused(report(stage, asked(), WRITER)),
        await refused(report(stage, asked(columns=replace(COLUMNS, band_min=None)), READER)),
        await refused(report(stage, asked(connection="none", mapping=None))),
        await refused(report(stage, asked(connection="none"))),
        await refused(report(stage, asked(mapping=(replace(WORDS[0], ours="e1"),)))),
        await refused(mended(stage, ours["id"], MendRequest())),
        await refused(mended(stage, "rec_none", MendRequest())),
        await refused(mended(stage, made["id"], MendRequest(drifts=(1, 7)))),
        await refused(mended(stage, made["id"], MendRequest(drifts=(1, 2)))),
        await refused(mended(stage, made["id"], MendRequest(drifts=(3,)))),
        await refused(mended(stage, made["id"], MendRequest(drifts=(3,), backfill=True), WRITER)),
        await refused(mended(stage, made["id"], MendRequest(), READER)),
        await refused(drifts(stage, "rec_none")),
    ] == [
        *("missing-scope", "missing-scope", "no-such-connection", "invalid-body", "mapping-invalid"),
        *("authority-ours", "no-such-reconciliation", "no-such-drift", "drift-not-mendable"),
        *("mend-needs-backfill", "missing-scope", "missing-scope", "no-such-reconciliation"),
    ]
    assert await stage.counts() == before
    with pytest.raises(Invalid, match="An extract that has everybody has rows"):
        await report(stage, replace(asked(), rows=[]))
    plain = await report(stage, asked(columns=replace(COLUMNS, band_min=None)), WRITER, dry_run=True)
    assert (plain["id"], plain["drifts"]) == (None, 5)
    listed = await list_reconciliations(stage.runtime, READER, system="hr", window=Window(limit=10))
    assert [one.id for one in listed.items] == [ours["id"], made["id"]]
    empty = await report(stage, asked("id,title,since,gone,grade,least,place\n1,E1,2026-01-01,,,,\n", complete=False))
    assert (await read_reconciliation(stage.runtime, READER, empty["id"])).drifts == 1


async def test_one_person_under_two_ids_and_two_people_under_one_row(stage: Stage) -> None:
    await staffed(stage)
    rows = [
        ExtractRow(claim=Claim(external_ids={"hr": "1"}, effective_on=None, level="E1")),
        ExtractRow(claim=Claim(external_ids={"hr": "7"}, key="ann", effective_on=None, level="E1")),
        ExtractRow(claim=Claim(external_ids={"hr": "4"}, key="ada", effective_on=None, level="E1")),
    ]
    made = await report(stage, replace(asked(), rows=rows))
    found = await drifts(stage, made["id"])
    assert [(one.kind, one.person, one.employee is None) for one in found] == [
        ("duplicate_person", "hr:1", False),
        ("duplicate_person", "hr:7", False),
        ("duplicate_person", "hr:4", True),
    ]
    with pytest.raises(Conflict, match="nothing-to-mend"):
        await mended(stage, made["id"], MendRequest())


async def test_mends_wait_for_approval_where_batches_do(stage: Stage) -> None:
    await staffed(stage)
    await publish(stage, company={**COMPANY, "approvals": {"change_batches": "required"}})
    made = await report(stage, asked())
    batch = (await mended(stage, made["id"], MendRequest(drifts=(1,))))["batch"]
    assert (batch["state"], batch["rows"], batch["report"]["bad"]) == ("proposed", 1, 0)
    with pytest.raises(Conflict, match="batch-not-approved"):
        await worked(stage, batch["id"])
    assert (await read_batch(stage.runtime, HR, batch["id"])).state == "proposed"
    assert (await stage.rows("ann"))[-1] == ("2026-03-01", None, "ic3")


async def test_a_drift_of_an_id_that_is_somebody_elses_by_now_is_not_mended(stage: Stage) -> None:
    await staffed(stage)
    made = await report(stage, asked(complete=False))
    (wrong,) = [one for one in await drifts(stage, made["id"], person="ann") if one.kind == "wrong_level"]
    await set_external_id(stage.runtime, HR, "ann", "hr", "7", expected="*")
    # Released alone it may be anybody's: a row is also found by the key.
    assert (await mended(stage, made["id"], MendRequest(drifts=(wrong.number,))))["drifts"] == 1
    await set_external_id(stage.runtime, HR, "eve", "hr", "1", expected="*")
    with pytest.raises(Conflict, match=r"drift-not-mendable.*id there is somebody else's by now"):
        await mended(stage, made["id"], MendRequest(drifts=(wrong.number,)))
    with pytest.raises(Conflict, match="nothing-to-mend"):
        await mended(stage, made["id"], MendRequest())
