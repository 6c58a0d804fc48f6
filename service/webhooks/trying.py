"""One request outside the queue, made and sent as every other is: what was sent, and what came of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from service.webhooks.envelopes import Envelopes, opened
from service.webhooks.forms import Origin
from service.webhooks.outcomes import Answer, NoAnswer, decide
from service.webhooks.sealer import Sealer
from service.webhooks.transport import OutboundRequest, Transport, headers_of
from service.webhooks.verdicts import named
from service.webhooks.work import Head, Owned

HIDDEN = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`outcome` and `error_class` are what an event's would be. `came` is None before it is sent."""

    request: OutboundRequest
    came: Answer | NoAnswer | None = None
    outcome: str = ""
    error_class: str | None = None


def prepared(one: Owned, head: Head, *, sealer: Sealer, origin: Origin, headers: Mapping[str, str]) -> Trial:
    """The request, signed now. Raises Unsealable."""
    envelopes, sealed, at = Envelopes(origin), opened(one, sealer), time.time_ns() // 1000
    batch = one.mode == "batch"
    body = envelopes.forms.batch([head], one) if batch else envelopes.forms.single(head, one)
    return Trial(request=envelopes.enveloped(one, sealed, body, at=at, headers=headers))


async def tried(trial: Trial, transport: Transport) -> Trial:
    """Send it, once."""
    came = await transport.send(trial.request)
    _, outcome, _, error_class = named(decide(came, now_seconds=time.time()))
    return Trial(request=trial.request, came=came, outcome=outcome, error_class=error_class)


def shown_headers(request: OutboundRequest, origin: Origin) -> dict[str, str]:
    """The headers as they are sent, with the values hidden that the endpoint's owner gave as secrets."""
    given = {name.lower() for name in request.access.headers}
    shown = {
        name: HIDDEN if name.lower() in given else value for name, value in headers_of(request, origin.agent).items()
    }
    return {**shown, "Authorization": f"Bearer {HIDDEN}"} if request.access.oauth2 else shown
