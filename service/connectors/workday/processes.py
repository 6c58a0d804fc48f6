"""Business processes: what became of an event, and taking it back: cancelled in progress, rescinded afterwards."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from service.connectors.sinks import NotTaken, Postponed
from service.connectors.workday.client import ServiceName, Tenant
from service.connectors.workday.references import at, id_of, listed, named, under
from service.connectors.workday.standing import Post

Status = Literal["in progress", "completed", "denied", "canceled", "rescinded"]
_STATUSES: dict[str, Status] = {
    "in progress": "in progress",
    "successfully completed": "completed",
    "denied": "denied",
    "canceled": "canceled",
    "cancelled": "canceled",
    "rescinded": "rescinded",
}
_OLDER_IDS: Mapping[str, str] = {"Employee_ID": "WD-EMPLID", "WID": "WD-WID"}
"""What the operation that tells of events calls the types of ids."""
_CLOCKS_DIFFER = timedelta(minutes=15)
_INTEGRATIONS: ServiceName = "integrations"


async def status_of(tenant: Tenant, wid: str) -> Status | None:
    """None where the tenant does not tell. Raises NotTaken, and Unreachable."""
    if not await tenant.offers(_INTEGRATIONS, "Get_Event_Detail"):
        return None
    asked = {"Request_References": {"Event_Reference": [named("WID", wid)]}}
    answer = await tenant.ask(_INTEGRATIONS, "Get_Event_Detail", asked)
    state = next(under(at(answer, "Response_Data"), "Event_State_Reference"), None)
    said = str(at(state, "Descriptor") or id_of(state, "Event_State_ID") or "")
    return _STATUSES.get(said.strip().lower())


async def events_of(tenant: Tenant, post: Post, day: date, *, since: datetime, until: datetime) -> set[str] | None:
    """Events of a worker on a day that were entered between two instants; None where the tenant does not tell."""
    system = _OLDER_IDS.get(tenant.settings.worker_id_type)
    if system is None or not await tenant.offers("human_resources", "Get_Worker_Event_History"):
        return None
    worker = {"Integration_ID_Reference": {"ID": {"_value_1": post.worker, "System_ID": system}}}
    asked = {
        "Worker_Reference": {"Employee_Reference": worker},
        "Event_Date_Range_Data": {
            "Updated_From": since - _CLOCKS_DIFFER,
            "Updated_Through": until + _CLOCKS_DIFFER,
            "Effective_From": datetime.combine(day, time(), tzinfo=UTC),
            "Effective_Through": datetime.combine(day, time(), tzinfo=UTC),
        },
    }
    answer = await tenant.ask("human_resources", "Get_Worker_Event_History", asked)
    events = listed(at(answer, "Worker_Event_History_Data", "Event_Data"))
    return {str(one["Event_ID"]) for one in events if one.get("Event_ID") and one.get("Effective_Date") == day}


async def take_back(tenant: Tenant, wid: str, status: Status | None) -> None:
    """Have an event of ours stand no more. Raises NotTaken: Postponed where somebody has to do it by hand."""
    if status in ("rescinded", "canceled", "denied"):
        return
    operation, by_hand = (
        ("Cancel_Business_Process", "workday-cancel-by-hand")
        if status == "in progress"
        else ("Rescind_Business_Process", "workday-rescind-by-hand")
    )
    if not await tenant.offers(_INTEGRATIONS, operation):
        verb = "Cancel" if status == "in progress" else "Rescind"
        raise NotTaken(
            Postponed(
                code=by_hand,
                reason=f"{verb} the event {wid} there: the WSDL of Integrations that is known here does not offer "
                f"{operation}. It goes on by itself afterwards.",
            )
        )
    await tenant.ask(_INTEGRATIONS, operation, {"Event_Reference": named("WID", wid)})
    now = await status_of(tenant, wid)
    if now not in (None, "rescinded", "canceled"):
        raise NotTaken(
            Postponed(
                code="workday-in-progress",
                reason=f"Taking the event {wid} back is in progress there, and somebody has to approve it.",
            )
        )
