"""Business processes: what became of an event, and taking it back: cancelled in progress, rescinded afterwards."""

from typing import Literal

from service.connectors.sinks import Postponed
from service.connectors.workday.client import ServiceName, Tenant
from service.connectors.workday.references import at, id_of, named, under
from service.connectors.workday.refusals import NotDone

Status = Literal["in progress", "completed", "denied", "canceled", "rescinded"]
_STATUSES: dict[str, Status] = {
    "in progress": "in progress",
    "successfully completed": "completed",
    "denied": "denied",
    "canceled": "canceled",
    "cancelled": "canceled",
    "rescinded": "rescinded",
}
_INTEGRATIONS: ServiceName = "integrations"


async def status_of(tenant: Tenant, wid: str) -> Status | None:
    """None where the tenant does not tell. Raises NotDone, and Unreachable."""
    if not await tenant.offers(_INTEGRATIONS, "Get_Event_Detail"):
        return None
    asked = {"Request_References": {"Event_Reference": [named("WID", wid)]}}
    answer = await tenant.ask(_INTEGRATIONS, "Get_Event_Detail", asked)
    state = next(under(at(answer, "Response_Data"), "Event_State_Reference"), None)
    said = str(at(state, "Descriptor") or id_of(state, "Event_State_ID") or "")
    return _STATUSES.get(said.strip().lower())


async def take_back(tenant: Tenant, wid: str, status: Status | None) -> None:
    """Have an event of ours stand no more. Raises NotDone: Postponed where somebody has to do it by hand."""
    if status in ("rescinded", "canceled", "denied"):
        return
    operation, by_hand = (
        ("Cancel_Business_Process", "workday-cancel-by-hand")
        if status == "in progress"
        else ("Rescind_Business_Process", "workday-rescind-by-hand")
    )
    if not await tenant.offers(_INTEGRATIONS, operation):
        verb = "Cancel" if status == "in progress" else "Rescind"
        raise NotDone(
            Postponed(
                code=by_hand,
                reason=f"{verb} the event {wid} there: the WSDL of Integrations that is known here does not offer "
                f"{operation}. It goes on by itself afterwards.",
            )
        )
    await tenant.ask(_INTEGRATIONS, operation, {"Event_Reference": named("WID", wid)})
    now = await status_of(tenant, wid)
    if now not in (None, "rescinded", "canceled"):
        raise NotDone(
            Postponed(
                code="workday-in-progress",
                reason=f"Taking the event {wid} back is in progress there, and somebody has to approve it.",
            )
        )
