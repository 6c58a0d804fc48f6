"""Asking a receiver whether it wants to be sent to, as CloudEvents over HTTP does. Pure but for the asking.

An OPTIONS request names who would send; only an answer whose `WebHook-Allowed-Origin` names him back, or everybody, is
consent, whatever its status. `WebHook-Allowed-Rate` is how many requests a minute may come.
"""

import math
from dataclasses import dataclass

from service.webhooks.access import Access
from service.webhooks.outcomes import Answer, NoAnswer
from service.webhooks.printing import printable
from service.webhooks.transport import OutboundRequest

ORIGIN_HEADER = "WebHook-Request-Origin"
_RATE_HEADER = "WebHook-Request-Rate"
MOST_A_MINUTE = 600_000
"""What is granted beyond it counts as this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """`rate` is requests a second that the receiver allows, None for any; `refused` why there is no consent, if so."""

    rate: float | None = None
    refused: str | None = None

    @property
    def given(self) -> bool:
        return self.refused is None


def handshake(*, url: str, origin: str, rate: float | None, access: Access, timeout_ms: int) -> OutboundRequest:
    """The question. `rate` is how many requests a second are wished for; None leaves it to the receiver."""
    wished = {_RATE_HEADER: str(max(1, math.floor(rate * 60)))} if rate is not None else {}
    return OutboundRequest(
        url=url,
        method="OPTIONS",
        timeout_seconds=timeout_ms / 1000,
        extra_headers={ORIGIN_HEADER: origin, **wished},
        access=access,
    )


def consent_of(came: Answer | NoAnswer, *, origin: str) -> Consent:
    if isinstance(came, NoAnswer) and came.error_class == "proxy":
        return Consent(refused=f"it could not be asked for consent ({came.detail})")
    if isinstance(came, NoAnswer):
        return Consent(refused=f"it did not answer when it was asked for consent ({came.error_class}: {came.detail})")
    allowed = came.headers.get("webhook-allowed-origin", "").strip()
    if not allowed:
        return Consent(refused=f"it did not consent: its answer {came.status} has no WebHook-Allowed-Origin")
    if allowed != "*" and allowed.lower() != origin.lower():
        return Consent(refused=f"it did not consent: it allows {printable(allowed)[:80]}, and this is {origin}")
    granted = came.headers.get("webhook-allowed-rate", "*").strip()
    if granted == "*":
        return Consent()
    if not (granted.isascii() and granted.isdigit() and len(granted) <= 12 and int(granted)):
        return Consent(refused="it consented at a rate that cannot be read: WebHook-Allowed-Rate is a number, or *")
    return Consent(rate=min(int(granted), MOST_A_MINUTE) / 60)


def bounded_rate(own: float | None, consent: Consent) -> float | None:
    """The endpoint's rate: what the receiver allows, or less where less was asked for."""
    if consent.rate is None:
        return own
    return consent.rate if own is None else min(own, consent.rate)
