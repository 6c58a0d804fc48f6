"""What Workday does with what is entered: it waits, denies, overlays, forgets to answer, and is told of definitions."""

from dataclasses import replace
from datetime import date, timedelta

from service.connectors.sinks import Done, Postponed
from service.domain.mappings import MappingEntry
from service.usecases.employees import set_external_id
from tests.connectors.bridge import Bridge
from tests.connectors.workday.at_work import ENTRIES, WorkdayVendor, connect, only, waits
from tests.stage import HR
from tests.usecases.amending import correct, withdraw

HIRED = {"ladder": "engineering", "level": "ic3", "zone": "berlin"}
HELD = ("2026-06-15", "ENG_IC3")


async def test_req_14_an_event_is_followed_until_it_is_completed_and_entered_once(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    tenant = vendor.made.tenant
    tenant.approvals = True
    await connect(bridge, vendor)
    await bridge.stage.change(HIRED)
    await waits(bridge, "workday-in-progress")
    assert vendor.holds("4711") == []
    tenant.settle(only(vendor).wid, "Successfully Completed")
    await bridge.quiet()
    assert vendor.holds("4711") == [HELD]
    # Completed is not effective: what is planned stands there from its day on, and time may approve it.
    tenant.approve_after = timedelta(days=2)
    await bridge.stage.change({"level": "em3"}, "2026-09-01")
    await bridge.until(lambda: len(tenant.events) == 2)
    tenant.clock.advance(days=3)
    await bridge.quiet()
    assert vendor.holds("4711") == [HELD, ("2026-09-01", "ENG_M3")]
    assert vendor.made.asked.count("Change_Job") == 2
    # A reason per kind of move.
    reasons = [one.reason for one in tenant.events.values()]
    assert reasons == ["OTHER", "SWITCH"]


async def test_req_04_what_is_withdrawn_is_cancelled_in_progress_and_rescinded_when_completed(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    """A withdrawal is not stuck behind what it withdraws."""
    tenant = vendor.made.tenant
    await connect(bridge, vendor)
    await bridge.stage.change(HIRED)
    await bridge.quiet()
    tenant.approvals = True
    planned = await bridge.stage.change({"level": "ic4"}, "2026-09-01")
    await waits(bridge, "workday-in-progress")
    await withdraw(bridge.stage, "cancelled", planned)
    await bridge.quiet()
    tenant.approvals = False
    switched = await bridge.stage.change({"level": "em3"}, "2026-06-15")
    await bridge.quiet()
    await withdraw(bridge.stage, "rescinded", switched)
    await bridge.quiet()
    statuses = [(one.effective.isoformat(), one.value, tenant.status(one)) for one in tenant.events.values()]
    assert statuses == [
        ("2026-06-15", "ENG_IC3", "Rescinded"),
        ("2026-09-01", "ENG_IC4", "Canceled"),
        ("2026-06-15", "ENG_M3", "Rescinded"),
        ("2026-06-15", "ENG_IC3", "Successfully Completed"),
    ]
    assert vendor.holds("4711") == [HELD]


async def test_req_04_where_nothing_takes_back_somebody_is_told_to_and_it_goes_on_by_itself(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    tenant = vendor.made.tenant
    await connect(bridge, vendor, wsdl={"staffing": "Staffing.wsdl"})
    await bridge.stage.change(HIRED)
    await bridge.quiet()
    planned = await bridge.stage.change({"level": "ic4"}, "2026-09-01")
    await bridge.quiet()
    await correct(bridge.stage, planned, to={"level": "e2"}, on="2026-10-01")
    await waits(bridge, "workday-rescind-by-hand")
    # Nothing was moved, nothing entered beside it.
    assert vendor.holds("4711") == [HELD, ("2026-09-01", "ENG_IC4")]
    (_, second) = tenant.events
    told = await bridge.write_last()
    assert isinstance(told, Postponed) and second in told.reason and "Integrations" in told.reason
    tenant.rescind(second)
    await bridge.quiet()
    assert vendor.holds("4711") == [HELD, ("2026-10-01", "ENG_2")]


async def test_req_14_denied_or_taken_back_there_waits_for_its_owner_and_is_not_entered_again(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    tenant = vendor.made.tenant
    tenant.approvals = True
    await connect(bridge, vendor)
    hired = await bridge.stage.change(HIRED)
    await waits(bridge, "workday-in-progress")
    tenant.settle(only(vendor).wid, "Denied")
    await waits(bridge, "workday-denied")
    await withdraw(bridge.stage, "rescinded", hired)
    await bridge.quiet()
    assert vendor.holds("4711") == [] and vendor.made.asked.count("Change_Job") == 1
    tenant.approvals = False
    await bridge.stage.change(HIRED)
    await bridge.quiet()
    tenant.rescind(next(reversed(tenant.events)))
    told = await bridge.write_last()
    assert isinstance(told, Postponed) and told.code == "workday-withdrawn-there"
    assert vendor.made.asked.count("Change_Job") == 2


async def test_req_16_a_completed_event_that_does_not_show_is_told(bridge: Bridge, vendor: WorkdayVendor) -> None:
    """Somebody entered another one of the same day after it."""
    tenant = vendor.made.tenant
    await connect(bridge, vendor)
    await bridge.stage.change(HIRED)
    await bridge.quiet()
    tenant.start("job", "4711", None, on=date(2026, 6, 15), value="ENG_2", reason="OTHER")
    told = await bridge.write_last()
    assert isinstance(told, Postponed) and told.code == "workday-otherwise"
    assert vendor.made.asked.count("Change_Job") == 1


async def test_req_14_an_answer_that_was_lost_is_not_asked_for_by_entering_it_again(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    """While it waits for approval nothing of it shows, so its event is looked for."""
    tenant = vendor.made.tenant
    tenant.approvals = True
    await connect(bridge, vendor)
    vendor.break_writes(after=1)
    hired = await bridge.stage.change(HIRED)
    await waits(bridge, "workday-in-progress")
    await withdraw(bridge.stage, "rescinded", hired)
    await bridge.quiet()
    assert tenant.status(only(vendor)) == "Canceled"
    assert vendor.made.asked.count("Change_Job") == 1


async def test_req_14_what_cannot_be_told_after_a_lost_answer_waits_and_is_not_forgotten(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    tenant = vendor.made.tenant
    tenant.approvals = True
    await connect(bridge, vendor, wsdl={"staffing": "Staffing.wsdl", "integrations": "Integrations.wsdl"})
    vendor.break_writes(after=1)
    hired = await bridge.stage.change(HIRED)
    await waits(bridge, "workday-event-in-progress")
    await withdraw(bridge.stage, "rescinded", hired)
    await waits(bridge, "workday-needs-history")
    assert tenant.status(only(vendor)) == "In Progress" and vendor.made.asked.count("Cancel_Business_Process") == 0


async def test_req_20_what_is_not_mapped_waits_and_goes_on_when_it_is(bridge: Bridge, vendor: WorkdayVendor) -> None:
    vendor.entries = tuple(one for one in ENTRIES if one.ours not in ("engineering/ic3", "other"))
    await connect(bridge, vendor)
    await bridge.stage.create("bob")
    await bridge.stage.change(HIRED)
    await bridge.stage.change({**HIRED, "level": "e2"}, employee="bob")
    await waits(bridge, "level-unmapped")
    await waits(bridge, "person-unmapped")
    await bridge.map(*(one for one in ENTRIES if one.ours != "other"))
    await waits(bridge, "reason-unmapped")
    assert vendor.made.asked.count("Change_Job") == 0
    await bridge.map(*ENTRIES)
    await bridge.until(lambda: vendor.holds("4711"))
    assert vendor.holds("4711") == [HELD]
    told = await bridge.write_again((await bridge.stage.events())[0])
    assert told == Done(note="0 entered, 0 taken back")


async def test_req_12_who_they_are_there_is_known_by_the_ids_of_now(bridge: Bridge, vendor: WorkdayVendor) -> None:
    """Not by those of the day of the event: what waits for an id goes on, and a wrong one can be mended meanwhile."""
    await connect(bridge, vendor)
    for there in ("4712", "4713"):
        vendor.hire(there)
    stage = bridge.stage
    await stage.create("bob")
    await stage.create("cyd", **{bridge.system: "4714"})
    vendor.block("4711")
    for somebody in ("ada", "bob", "cyd"):
        await stage.change(HIRED, employee=somebody)
    await waits(bridge, "person-unmapped")
    await set_external_id(stage.runtime, HR, "bob", bridge.system, "4712", expected="*")
    await set_external_id(stage.runtime, HR, "cyd", bridge.system, "4713", expected="*")
    vendor.free("4711")
    await bridge.quiet()
    assert [vendor.holds(there) for there in ("4711", "4712", "4713")] == [[HELD]] * 3


async def test_req_12_the_right_one_of_several_positions_is_changed(bridge: Bridge, vendor: WorkdayVendor) -> None:
    tenant = vendor.made.tenant
    await connect(bridge, vendor, MappingEntry(of="job", ours="second", theirs="P-2"))
    tenant.workers["4711"].positions["P-2"] = "BASE"
    await bridge.stage.change(HIRED)
    await bridge.stage.change({**HIRED, "level": "em3"}, job="second")
    await bridge.quiet()
    assert [(one.position, one.value) for one in tenant.events.values()] == [
        ("P-4711", "ENG_IC3"),
        ("P-2", "ENG_M3"),
    ]
    await bridge.stage.change({**HIRED, "level": "em3"}, job="third")
    await waits(bridge, "workday-several-positions")
    assert len(tenant.events) == 2


async def test_grades_are_entered_where_they_are_ours_with_the_profile_of_the_zone(
    bridge: Bridge, vendor: WorkdayVendor
) -> None:
    grades = (
        MappingEntry(of="grade", ours="3", theirs="G3"),
        MappingEntry(of="grade", ours="3/berlin", theirs="G3_BERLIN"),
        MappingEntry(of="grade", ours="4", theirs="G4"),
        MappingEntry(of="reason", ours="compensation/other", theirs="COMP_GRADE"),
    )
    await connect(bridge, vendor, *grades, owns_grades=True)
    await bridge.stage.change(HIRED)
    planned = await bridge.stage.change({"level": "ic4"}, "2026-09-01")
    await bridge.quiet()
    live = vendor.made.tenant.live("compensation")
    assert [(day.isoformat(), value) for _, day, value, _ in live] == [
        ("2026-06-15", "G3|G3_BERLIN"),
        ("2026-09-01", "G4|"),
    ]
    await withdraw(bridge.stage, "cancelled", planned)
    await bridge.quiet()
    # The grade is taken back before the job that it came with.
    assert vendor.made.tenant.written[-2:] == [
        ("compensation", "4711", date(2026, 9, 1), None),
        ("job", "4711", date(2026, 9, 1), None),
    ]
    # Pay itself is never entered.
    assert not any("Amount" in one or "Pay_Plan" in one for one in vendor.made.requests)


async def test_req_14_a_refusal_names_codes_and_places_and_nobody(bridge: Bridge, vendor: WorkdayVendor) -> None:
    tenant = vendor.made.tenant
    await connect(bridge, vendor)
    tenant.workers["4711"].name = "Ada Secretname"
    tenant.in_review.add("4711")
    await bridge.stage.change(HIRED)
    await waits(bridge, "workday-compensation-review")
    tenant.in_review.clear()
    tenant.reasons.clear()
    await waits(bridge, "workday-validation")
    told = await bridge.write_last()
    assert isinstance(told, Postponed)
    assert "Change_Job_Request/Reason_Reference/ID[1]" in told.reason and "Secretname" not in told.reason
    tenant.reasons.add("OTHER")
    await bridge.quiet()
    assert vendor.holds("4711") == [HELD]
    assert replace(told, reason="") == Postponed(code="workday-validation", reason="")
