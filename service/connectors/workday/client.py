"""One tenant: asking its web services, and what their refusals mean for us."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from service.connectors.kinds import Tools, formed
from service.connectors.sinks import Failed, NotTaken, Postponed, Told
from service.connectors.workday import soap
from service.connectors.workday.refusals import throttled_by
from service.connectors.workday.settings import Credentials, Settings
from service.usecases.open_connections import OpenConnection

ServiceName = Literal["staffing", "human_resources", "compensation", "integrations"]
_NAMES: Mapping[ServiceName, str] = {
    "staffing": "Staffing",
    "human_resources": "Human_Resources",
    "compensation": "Compensation",
    "integrations": "Integrations",
}
_CONFLICTS: Mapping[str, tuple[str, str]] = {
    "A389": ("workday-event-in-progress", "Another event of this worker is in progress there. It has to end first."),
    "A421": ("workday-event-in-progress", "Another event of this worker is in progress there. It has to end first."),
    "A398": (
        "workday-several-positions",
        "The worker has several positions there. None of them is told to be the primary one: set it there.",
    ),
    "A394": (
        "workday-before-hire",
        "The day is before the hire there. Correct the hire there, or the change here.",
    ),
    "A944": ("workday-compensation-review", "The worker is in a compensation review there. It has to end first."),
}
"""By their code of a complaint: ours, and what to do."""


class Tenant:
    """Asks one tenant as its integration system user."""

    def __init__(self, connection: OpenConnection, tools: Tools) -> None:
        self.settings = formed(Settings, connection.settings)
        self._credentials = formed(Credentials, connection.credentials)
        self._now_seconds = tools.now_seconds
        self._wires = tools.wires
        self._folder = tools.wsdl_folder

    async def offers(self, service: ServiceName, operation: str) -> bool:
        """Whether its WSDL was given and has the operation. Raises NotTaken for one that cannot be read."""
        if getattr(self.settings.wsdl, service) is None:
            return False
        return operation in (await self.service(service)).operations

    async def service(self, name: ServiceName) -> soap.Service:
        """Raises NotTaken, Postponed by `workday-wsdl`."""
        file: str | None = getattr(self.settings.wsdl, name)
        try:
            if self._folder is None:
                raise soap.Unfit("DUALTRACK_WSDL_FOLDER is not set")
            if file is None:
                raise soap.Unfit(f"the settings name no WSDL for {name}")
            # Workday's are megabytes long and take seconds.
            return await asyncio.to_thread(soap.service_at, Path(self._folder) / file)
        except soap.Unfit as unfit:
            raise _by_wsdl(unfit) from None

    async def ask(self, name: ServiceName, operation: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """What they answered. Raises NotTaken, and Unreachable."""
        service = await self.service(name)
        settings, known = self.settings, self._credentials
        try:
            message = service.message(
                operation,
                {"version": settings.version, **data},
                user=f"{known.username}@{settings.tenant}",
                password=known.password,
            )
        except soap.Unfit as unfit:
            raise _by_wsdl(unfit) from None
        # The address in their WSDL is relative: it is made of the settings.
        reply = await self._wires.trusting(settings.trusted_ca).call(
            "POST",
            f"https://{settings.host}/ccx/service/{settings.tenant}/{_NAMES[name]}/{settings.version}",
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'},
            body=message,
        )
        throttled = throttled_by(reply, now_seconds=self._now_seconds())
        if throttled is not None:
            raise NotTaken(throttled)
        try:
            return await asyncio.to_thread(
                service.answer,
                operation,
                status=reply.status,
                content=reply.body,
                media_type=reply.headers.get("content-type", ""),
            )
        except soap.Fault as fault:
            raise NotTaken(told_of(fault)) from None
        except soap.Garbled:
            status = reply.status if reply.status >= 400 else 502
            told = Failed(status=status, reason=f"{operation}: {reply.said()} with something else than SOAP")
            raise NotTaken(told) from None


def told_of(fault: soap.Fault) -> Told:
    """What a refusal means. Their texts may hold names, so only codes and places are told."""
    for code in sorted(fault.codes & _CONFLICTS.keys()):
        ours, text = _CONFLICTS[code]
        return Postponed(code=ours, reason=f"{code}. {text}")
    if "auth" in fault.kind.lower() or "security" in fault.kind.lower():
        return Failed(status=401, reason="They do not know the integration system user, or its password.")
    # Whatever is about the message is no outage of theirs.
    if fault.errors or fault.kind == "Validation_Fault" or "client" in fault.kind.lower():
        codes = ", ".join(sorted(fault.codes)) or "no code"
        places = ", ".join(one.place for one in fault.errors if one.place) or "no place"
        return Postponed(
            code="workday-validation",
            reason=f"They refuse it: {codes}, at {places}. Mend the mapping here or the reference there; what is "
            "meant stands in their answer to the same request in the tenant.",
        )
    return Failed(status=500, reason=f"They failed with {fault.kind[:100]}.")


def _by_wsdl(unfit: soap.Unfit) -> NotTaken:
    return NotTaken(Postponed(code="workday-wsdl", reason=f"{unfit}. Put the tenant's WSDL there."))
