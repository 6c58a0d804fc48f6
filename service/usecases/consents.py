"""Whether a receiver that has to be asked wants to be sent to, and what its endpoint is until it does."""

from dataclasses import dataclass, replace
from typing import Literal

from service.webhooks.access import Access
from service.webhooks.forms import Origin
from service.webhooks.handshake import Consent, bounded_rate, consent_of, handshake
from service.webhooks.subscriptions import Endpoint, Subscription
from service.webhooks.transport import Transport

WANTED: dict[Literal["active", "paused"], str] = {"active": "healthy", "paused": "paused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a receiver said, and what it was asked about."""

    url: str
    rate: float | None
    consent: Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state an endpoint is put into, and why. `consented_at` is µs."""

    state: str
    reason: str | None = None
    consented_at: int | None = None


def must_ask(chosen: Subscription, before: Endpoint | None, wanted: Literal["active", "paused"] | None) -> bool:
    """Consent is to an address at a rate: another of either is asked for anew, and so is what was never given."""
    if chosen.verify == "none":
        return False
    if before is None or before.verify == "none" or (before.url, before.rate) != (chosen.url, chosen.rate):
        return True
    return before.consented_at is None and wanted == "active"


async def ask(transport: Transport, origin: Origin, chosen: Subscription, access: Access) -> Asked:
    """Ask the receiver, with what is given to get through to it."""
    came = await transport.send(
        handshake(url=chosen.url, origin=origin.host, rate=chosen.rate, access=access, timeout_ms=chosen.timeout_ms)
    )
    return Asked(url=chosen.url, rate=chosen.rate, consent=consent_of(came, origin=origin.host))


def decided(
    chosen: Subscription,
    before: Endpoint | None,
    wanted: Literal["active", "paused"] | None,
    asked: Asked | None,
    *,
    now: int,
) -> tuple[Subscription, Standing]:
    """What the endpoint becomes. `asked` is None when nobody was asked, as in a dry run."""
    kept = before.state if before else "healthy"
    if not must_ask(chosen, before, wanted):
        consented_at = before.consented_at if before and chosen.verify == "handshake" else None
        return chosen, Standing(state=WANTED[wanted] if wanted else kept, consented_at=consented_at)
    if asked is None or (asked.url, asked.rate) != (chosen.url, chosen.rate):
        consent = Consent(refused="it has not been asked for consent: set state to active to ask it")
    else:
        consent = asked.consent
    if not consent.given:
        state = "paused" if wanted == "paused" else "disabled"
        return chosen, Standing(state=state, reason=f"the receiver may not be sent to: {consent.refused}"[:400])
    # What stopped it was the want of consent.
    resumed = before is not None and before.verify == "handshake" and before.consented_at is None
    state = WANTED[wanted] if wanted else "healthy" if resumed else kept
    return replace(chosen, rate=bounded_rate(chosen.rate, consent)), Standing(state=state, consented_at=now)
