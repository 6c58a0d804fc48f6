"""Trying a connection out: files, user, report and mapping are looked at, and nothing is written."""

from collections.abc import AsyncIterator

from service.connectors.kinds import Checked, Tools
from service.connectors.looks import one_person, some
from service.connectors.sinks import NotTaken, text_of
from service.connectors.wire import Unreachable
from service.connectors.workday.client import ServiceName, Tenant
from service.connectors.workday.places import OTHER
from service.connectors.workday.reports import ReportSource
from service.connectors.workday.sink import WorkdaySink
from service.domain.access import OPERATOR
from service.domain.refusals import Refused
from service.usecases.connection_mappings import mapping_in_use, read_mapping
from service.usecases.open_connections import OpenConnection


async def checks(connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
    tenant = Tenant(connection, tools)
    user: Checked | None = None
    for service, operation, need in _needed(tenant):
        yield await _offered(tenant, service, operation, need)
    if tenant.settings.write or tenant.settings.read == "workers":
        user = await _signed_in(tenant)
        yield user
    if tenant.settings.read == "report":
        yield await _report(connection, tools)
    if tenant.settings.write:
        yield await _levels(connection, tools)
        yield await _reasons(connection, tools)
        if user and user.ok:
            yield await one_person(connection, tools, WorkdaySink(connection, tools).planned)


def _needed(tenant: Tenant) -> list[tuple[ServiceName, str, str]]:
    """(service, operation, what it is needed for)"""
    settings = tenant.settings
    found: list[tuple[ServiceName, str, str]] = []
    if settings.write or settings.read == "workers":
        found.append(("staffing", "Get_Workers", "reading what stands there"))
    if settings.write:
        found.extend(
            [
                ("staffing", "Change_Job", "entering levels"),
                ("integrations", "Get_Event_Detail", "following events until they are completed"),
                ("integrations", "Cancel_Business_Process", "taking back what is in progress"),
                ("integrations", "Rescind_Business_Process", "taking back what is completed"),
                ("human_resources", "Get_Worker_Event_History", "finding an event again whose answer was lost"),
            ]
        )
    if settings.owns_grades:
        found.append(("compensation", "Request_Compensation_Change", "entering grades"))
    if settings.owns_job_profiles:
        found.append(("human_resources", "Put_Job_Profile", "job profiles"))
        found.append(("human_resources", "Get_Job_Profiles", "job profiles"))
    if settings.owns_bands:
        found.append(("compensation", "Put_Compensation_Grade", "pay ranges"))
        found.append(("compensation", "Get_Compensation_Grades", "pay ranges"))
    return found


async def _offered(tenant: Tenant, service: ServiceName, operation: str, need: str) -> Checked:
    name = f"{service}.{operation}"
    try:
        offered = await tenant.offers(service, operation)
    except NotTaken as not_taken:
        return Checked(name=name, ok=False, text=text_of(not_taken.told))
    if offered:
        return Checked(name=name, ok=True, text=f"offered, for {need}")
    return Checked(
        name=name,
        ok=False,
        text=f"not offered: {need} has to be done by hand. Give the WSDL of the service in `wsdl.{service}`.",
    )


async def _signed_in(tenant: Tenant) -> Checked:
    asked = {"Response_Filter": {"Page": 1, "Count": 1}, "Response_Group": {"Include_Reference": True}}
    try:
        await tenant.ask("staffing", "Get_Workers", asked)
    except NotTaken as not_taken:
        return Checked(name="user", ok=False, text=text_of(not_taken.told))
    except Unreachable as error:
        return Checked(name="user", ok=False, text=f"{error}. Look at `host`, `trusted_ca` and DUALTRACK_EGRESS_ALLOW.")
    return Checked(name="user", ok=True, text="known there, and may read workers")


async def _report(connection: OpenConnection, tools: Tools) -> Checked:
    count = 0
    try:
        async for _ in ReportSource(connection, tools).claims(None):
            count += 1
    except Refused as refused:
        return Checked(name="report", ok=False, text=refused.detail)
    except Unreachable as error:
        return Checked(name="report", ok=False, text=str(error))
    return Checked(name="report", ok=True, text=f"{count} rows")


async def _levels(connection: OpenConnection, tools: Tools) -> Checked:
    shown = await read_mapping(tools.runtime, OPERATOR, connection.id)
    if shown.unmapped_levels:
        return Checked(name="levels", ok=False, text=f"not mapped: {some(shown.unmapped_levels)}")
    return Checked(name="levels", ok=True, text="all are mapped")


async def _reasons(connection: OpenConnection, tools: Tools) -> Checked:
    mapping = await mapping_in_use(tools.runtime, connection.id)
    owns_grades = bool(connection.settings.get("owns_grades"))
    wanted = (OTHER, f"compensation/{OTHER}") if owns_grades else (OTHER,)
    written = {one.ours for one in mapping.entries if one.of == "reason" and not one.read_only}
    missing = [one for one in wanted if one not in written]
    if missing:
        text = f"no reason is mapped for {', '.join(missing)}: changes of a kind without a reason of its own wait"
        return Checked(name="reasons", ok=False, text=text)
    return Checked(name="reasons", ok=True, text="every kind has one")
