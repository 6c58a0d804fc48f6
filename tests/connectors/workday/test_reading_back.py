"""What is entered into Workday comes back when people are read there, and is known for what it is."""

from datetime import date

from service.connectors.intake import run
from service.connectors.registry import KINDS
from service.domain.intake_reports import IntakeReport
from service.domain.mappings import MappingEntry
from service.usecases.open_connections import open_connection
from tests.connectors.bridge import Bridge, Segments
from tests.connectors.intake.desk import codes, counts
from tests.connectors.workday.at_work import WorkdayVendor, waits
from tests.stage import HR


async def take(bridge: Bridge, vendor: WorkdayVendor) -> IntakeReport:
    """Some time later, on both clocks."""
    vendor.made.tenant.clock.advance(seconds=60)
    bridge.stage.clock.us += 60_000_000
    opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
    source = KINDS["workday"].source(opened, bridge.tools)
    assert source is not None
    return await run(bridge.tools, opened, source, caller=HR)


async def levels(bridge: Bridge) -> Segments:
    return await bridge.held("workday:4711", lambda one: one.level)


async def test_req_17_what_becomes_of_our_rows_there_is_known_here(bridge: Bridge, vendor: WorkdayVendor) -> None:
    """Nothing goes round; their correction of a row of ours counts, and one that they removed is told."""
    tenant = vendor.made.tenant
    vendor.hire("4711")
    await bridge.connect(
        "workday",
        settings={**vendor.settings, "read": "workers"},
        credentials=vendor.credentials,
        entries=(*vendor.entries, MappingEntry(of="level", ours="engineering/e1", theirs="BASE")),
    )
    assert (await take(bridge, vendor)).made == 1
    await bridge.stage.change({"level": "e2"}, "2026-08-01", employee="workday:4711")
    await bridge.stage.change({"level": "ic3"}, "2026-10-01", employee="workday:4711")
    await bridge.quiet()
    report = await take(bridge, vendor)
    assert (report.unchanged, report.changes, report.problems) == (1, (), ())
    tenant.start("job", "4711", None, on=date(2026, 8, 1), value="ENG_IC4", reason="OTHER")
    report = await take(bridge, vendor)
    assert (counts(report), codes(report)) == ({"corrected": 1}, {})
    assert await levels(bridge) == [("2020-01-01", "e1"), ("2026-08-01", "ic4"), ("2026-10-01", "ic3")]
    # Whoever decided here what is taken back there has to say what is to be.
    second = next(one for one in tenant.events.values() if one.effective == date(2026, 10, 1))
    tenant.rescind(second.wid)
    report = await take(bridge, vendor)
    assert (counts(report), codes(report)) == ({}, {"removed-there": 1})
    assert (await levels(bridge))[-1] == ("2026-10-01", "ic3")
    # What somebody there has still to approve is not taken for gone.
    tenant.approvals = True
    await bridge.stage.change({"level": "e2"}, "2026-12-01", employee="workday:4711")
    await waits(bridge, "workday-in-progress")
    report = await take(bridge, vendor)
    assert (counts(report), codes(report)) == ({}, {"removed-there": 1})
