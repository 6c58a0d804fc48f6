"""First loads where somebody else has to approve batches: proposed, waited for, and gone on with."""

import pytest

from service.connectors import intake_loads, intake_people
from service.connectors.intake import Halted, run
from service.domain.access import Actor, Scope
from service.domain.intake_reports import IntakeReport
from service.domain.refusals import Forbidden, NotFound
from service.usecases.batch_decisions import approve_batch, reject_batch
from service.usecases.batch_views import list_batches
from service.usecases.batch_work import advance_batch
from service.usecases.connection_work import cursor_of
from service.usecases.employees import set_external_id
from service.usecases.paging import Window
from tests.builders import COMPANY
from tests.connectors.contract import HIRED
from tests.connectors.intake.desk import Desk, Rows, codes, counts, row
from tests.connectors.intake.test_intake import HISTORY
from tests.stage import HR, publish

OTHER = Actor(id="key:other", scopes=frozenset({Scope.ADMIN}))


async def asking_for_approval(desk: Desk) -> None:
    await publish(desk.stage, company={**COMPANY, "approvals": {"change_batches": "required"}})


async def batches(desk: Desk) -> list[tuple[str, str, int]]:
    """(state, who stored it, rows), the first one first."""
    found = await list_batches(desk.stage.runtime, HR, state=None, window=Window(limit=50))
    return [(one.state, one.created_by, one.rows) for one in reversed(found.items)]


async def newest(desk: Desk) -> str:
    found = await list_batches(desk.stage.runtime, HR, state=None, window=Window(limit=1))
    return found.items[0].id or ""


def alarms(report: IntakeReport) -> list[str]:
    return [one.code for one in report.alarms]


async def test_nothing_of_it_is_kept_before_somebody_else_approves(desk_everywhere: Desk) -> None:
    desk = desk_everywhere
    await asking_for_approval(desk)
    await desk.stage.create("E-1")
    await desk.stage.create("bob", badge="B3")
    # Who is new, who is known by the key, and who only lacks an id; and one of whom nothing can be made.
    bob, wizard = row("2026-01-01", "Engineer", who="3", ids={"badge": "B3"}), row("2026-01-01", "Wizard", who="4")
    before = await desk.stage.counts()
    foreseen = await desk.take(*HISTORY, bob, wizard, dry_run=True)
    report = await desk.take(*HISTORY, bob, wizard)
    batch = await newest(desk)
    assert (report.people, report.made, report.bound, report.changes) == (4, 0, 0, ())
    assert (report.complete, alarms(report), codes(report)) == (False, ["batch-not-approved"], {"not-mapped": 1})
    assert report.alarms[0].detail == f"{batch} with 8 rows of this first load waits for somebody else than {HR.id}"
    assert report.alarms[0].remedy == (
        f"POST /v1/change-batches/{batch}/approve with another key, or reject it; then read again"
    )
    after = await desk.stage.counts()
    assert {name for name in after if after[name] != before[name]} == {"audit", "idempotency"}
    assert (await desk.timeline("E-1")).employee.external_ids == {} and await desk.levels("bob") == []
    with pytest.raises(NotFound, match="no-employee"):
        await desk.timeline("hris:2")
    assert await cursor_of(desk.stage.runtime, desk.connection, "intake") is None
    # Asked again, it waits and is not proposed once more, whatever has changed there.
    again = await desk.take(*HISTORY, row("2026-01-01", "Manager", who="5"))
    assert (again.people, again.alarms, await batches(desk)) == (0, report.alarms, [("proposed", HR.id, 8)])
    with pytest.raises(Forbidden, match="own-proposal"):
        await approve_batch(desk.stage.runtime, HR, batch)
    await approve_batch(desk.stage.runtime, OTHER, batch)
    await advance_batch(desk.stage.runtime, batch)
    # What came meanwhile is a change like any other; ids that were missing are added.
    done = await desk.take(*HISTORY, bob, wizard, row("2026-02-01", "Manager", who="5"))
    assert (done.complete, done.alarms, done.first_load) == (True, (), False)
    assert (done.made, done.bound, counts(done), codes(done)) == (1, 2, {"hire": 1}, {"not-mapped": 1})
    assert (await batches(desk), await cursor_of(desk.stage.runtime, desk.connection, "intake")) == (
        [("applied", HR.id, 8)],
        "1",
    )
    shown = await desk.timeline("E-1")
    assert {one.actor for one in shown.changes} == {"connection:hris"} and shown.employee.external_ids["hris"] == "1"
    told = await desk.stage.events()
    assert [one["data"]["backfill"] for one in told] == [True] * 7 + [False]
    assert sum(one.count for one in foreseen.changes) == 7
    # It came from there: what they correct is corrected here.
    report = await desk.take(row("2026-01-15", "Engineer", who="3", ids={"badge": "B3"}))
    assert (counts(report), codes(report)) == ({"corrected": 1}, {})


async def test_whose_id_is_set_right_meanwhile_gets_nothing_of_somebody_else(desk_everywhere: Desk) -> None:
    desk, runtime = desk_everywhere, desk_everywhere.stage.runtime
    await asking_for_approval(desk)
    await desk.stage.create("ada", hris="1")
    rows = [row("2026-01-01", "Engineer"), row("2026-05-01", "Senior Engineer")]
    assert alarms(await desk.take(*rows)) == ["batch-not-approved"]
    await set_external_id(runtime, HR, "ada", "hris", "7", expected="*")
    await desk.stage.create("cleo", hris="1")
    await approve_batch(runtime, OTHER, await newest(desk))
    report = await desk.take(*rows)
    assert (report.complete, report.unchanged, report.changes, codes(report)) == (True, 1, (), {})
    assert await desk.levels("cleo") == [("2026-01-01", "2026-05-01", "ic3"), ("2026-05-01", None, "ic4")]
    assert await desk.levels("ada") == []


async def test_what_was_rejected_is_proposed_anew_when_it_is_asked_for(desk: Desk) -> None:
    await asking_for_approval(desk)
    await desk.take(*HISTORY)
    await reject_batch(desk.stage.runtime, OTHER, await newest(desk), reason="not yet")
    report = await desk.take(*HISTORY)
    assert (report.made, alarms(report)) == (0, ["batch-not-approved"])
    assert await batches(desk) == [("rejected", HR.id, 6), ("proposed", HR.id, 6)]
    # Approved and not applied by anybody yet: the next run does it.
    await approve_batch(desk.stage.runtime, OTHER, await newest(desk))
    report = await desk.take(*HISTORY)
    assert (report.complete, report.unchanged, report.changes) == (True, 2, ())
    assert await desk.levels("badge:B2") == [("2023-01-01", "2025-01-01", "e2"), ("2026-02-01", None, "ic3")]


async def test_where_nothing_has_to_be_approved_ids_are_added_at_once(desk: Desk) -> None:
    await asking_for_approval(desk)
    await desk.stage.create("bob", badge="B3")
    await desk.stage.change(HIRED, "2026-01-01", employee="bob")
    report = await desk.take(row("2026-01-01", "Engineer", who="3", ids={"badge": "B3"}))
    assert (report.complete, report.bound, report.alarms, await batches(desk)) == (True, 1, (), [])


async def test_what_was_not_read_to_the_end_is_proposed_part_by_part(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_loads, "MOST_ROWS", 2)
    monkeypatch.setattr(intake_people, "AT_ONCE", 2)
    await asking_for_approval(desk)
    people = [row("2026-01-01", "Engineer", who=str(number)) for number in range(5)]
    halted = Halted("coverage-dropped", "half of it is hidden", "see to the rights")
    report = await run(desk.tools, desk.connection, Rows(people[:3], fault=halted), caller=HR)
    assert alarms(report) == ["batch-not-approved", "coverage-dropped"]
    await approve_batch(desk.stage.runtime, OTHER, await newest(desk))
    # The rest of the load is a load like the first part.
    report = await desk.take(*people[:3])
    assert (alarms(report), report.unchanged, report.first_load) == (["batch-not-approved"], 2, True)
    await approve_batch(desk.stage.runtime, OTHER, await newest(desk))
    # That was all there was; the others are people who came since.
    report = await desk.take(*people)
    assert (report.complete, report.made, report.unchanged, counts(report)) == (True, 2, 3, {"hire": 2})
    assert await batches(desk) == [("applied", HR.id, 2), ("applied", HR.id, 1)]
