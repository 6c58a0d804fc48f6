"""What flows to a connection: an endpoint of the sender, made, led and removed as the connection's settings say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from service.usecases.act import Act
from service.usecases.endpoints import Sending
from service.usecases.feeds import SCHEME, Feed
from service.usecases.subscriptions import WITH_PAY, WITHOUT_PAY
from service.webhooks import endpoints
from service.webhooks.access import OPEN
from service.webhooks.subscriptions import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRequest:
    """A connection as its connector has checked it. `feed` None: nothing goes out. `credentials` are sealed."""

    key: str
    kind: str
    system: str
    settings: Mapping[str, Any]
    feed: Feed | None
    credentials: Mapping[str, Any] = field(repr=False)


async def fed(a: Act, sending: Sending, connection_id: str, request: ConnectionRequest) -> str | None:
    """The id of the endpoint that feeds it: of one person one event at a time, and never given up by the schedule's
    end. None where nothing goes out."""
    feed = request.feed
    if feed is None:
        return None
    public_id = a.runtime.new_id("end")
    await endpoints.create_endpoint(
        a.tx,
        public_id=public_id,
        secret_id=a.runtime.new_id("sec"),
        subscription=Subscription(
            url=f"{SCHEME}{connection_id}",
            description=f"Feeds the connection {request.key}",
            rendering=_rendering(feed),
            event_types=tuple(feed.event_types),
            filters={},
            max_in_flight=feed.max_in_flight,
            timeout_ms=feed.timeout_ms,
            rate=feed.rate,
            on_exhausted="block",
        ),
        sealer=sending.sealer,
        created_by=a.actor.id,
        now=a.now,
        kind="hmac",
        access=OPEN,
        state="healthy",
        reason=None,
        consented_at=None,
    )
    return public_id


async def fed_anew(
    a: Act, sending: Sending, connection_id: str, endpoint: str | None, request: ConnectionRequest
) -> str | None:
    """The same of a connection that is set anew. Which events come and in which form is altered, how fast is not:
    that may have been set at the endpoint."""
    feed = request.feed
    before = await endpoints.find_endpoint(a.tx, endpoint, for_update=True) if endpoint else None
    if before is None:
        return await fed(a, sending, connection_id, request)
    if feed is None:
        await endpoints.delete_endpoint(a.tx, before.id)
        return None
    held = Subscription(**{one.name: getattr(before, one.name) for one in fields(Subscription)})
    wanted = replace(held, rendering=_rendering(feed), event_types=tuple(feed.event_types))
    if wanted != held:
        await endpoints.change_endpoint(a.tx, before.id, subscription=wanted, state=before.state, now=a.now)
    return before.id


def _rendering(feed: Feed) -> str:
    return WITH_PAY if feed.with_pay else WITHOUT_PAY
