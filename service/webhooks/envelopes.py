"""From an event and an endpoint to the request that is sent: body, signature, headers. The same for every attempt.

Deliveries, batches and tests are made here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.webhooks.access import OPEN, Access, open_access
from service.webhooks.course import HEAD_BYTES
from service.webhooks.forms import Body, Forms, Origin
from service.webhooks.handshake import ORIGIN_HEADER
from service.webhooks.parcels import Parcel
from service.webhooks.sealer import Sealer
from service.webhooks.signing import sign
from service.webhooks.tracing import attempt_of
from service.webhooks.transport import BODY_CAP_BYTES, OutboundRequest
from service.webhooks.work import Head, Owned


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """`expires_at` is µs; None never."""

    secret: str = field(repr=False)
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What of an endpoint is sealed at rest. `keys` sign, newest first; without one nothing is sent."""

    keys: tuple[Key, ...] = ()
    access: Access = OPEN

    def signing(self, at: int) -> tuple[str, ...]:
        """Secrets that have not expired at an instant (µs)."""
        return tuple(key.secret for key in self.keys if key.expires_at is None or key.expires_at > at)


REPLAY_HEADER = "webhook-replay"
CLOSED = Opened()
"""Of an endpoint whose secrets cannot be opened."""


def opened(one: Owned, sealer: Sealer) -> Opened:
    """Raises Unsealable when any part cannot be opened: sent without it, it would not be what the receiver expects."""
    return Opened(
        keys=tuple(
            Key(secret=sealer.open(kept.sealed, context=kept.id).decode(), expires_at=kept.expires_at)
            for kept in one.secrets
        ),
        access=open_access(one.access, endpoint=one.public_id, sealer=sealer),
    )


class Envelopes:
    def __init__(self, origin: Origin) -> None:
        self.forms = Forms(origin)
        self._origin = origin

    def single(self, one: Owned, opened: Opened, head: Head, *, at: int) -> OutboundRequest:
        """One event, at an instant (µs)."""
        body = self.forms.single(head, one)
        return self.enveloped(one, opened, body, at=at, traceparent=head.traceparent, headers=_again(head))

    def parcel(self, one: Owned, opened: Opened, parcel: Parcel, *, at: int) -> OutboundRequest:
        """An event or a batch of them, at an instant (µs). What is said of each of a batch is in the answer's body."""
        if not parcel.batch:
            return self.single(one, opened, parcel.first, at=at)
        again = _again(parcel.first)
        trace = parcel.first.traceparent if len(parcel.heads) == 1 else None
        body = self.forms.batch(parcel.heads, one)
        return self.enveloped(one, opened, body, at=at, traceparent=trace, headers=again, head_bytes=BODY_CAP_BYTES)

    def enveloped(
        self,
        one: Owned,
        opened: Opened,
        body: Body,
        *,
        at: int,
        traceparent: str | None = None,
        headers: Mapping[str, str] = {},
        head_bytes: int = HEAD_BYTES,
    ) -> OutboundRequest:
        """Any body, signed with the keys that hold at an instant (µs). `headers` say what kind of sending this is."""
        seconds = at // 1_000_000
        trace = attempt_of(traceparent)
        return OutboundRequest(
            url=one.url,
            message_id=body.message_id,
            timestamp_seconds=seconds,
            signature=sign(
                message_id=body.message_id, timestamp_seconds=seconds, body=body.content, secrets=opened.signing(at)
            ),
            body=body.content,
            content_type=body.content_type,
            timeout_seconds=one.timeout_ms / 1000,
            extra_headers={
                **({"traceparent": trace} if trace else {}),
                **({ORIGIN_HEADER: self._origin.host} if one.verify == "handshake" else {}),
                **headers,
            },
            access=opened.access,
            head_bytes=head_bytes,
        )


def _again(head: Head) -> Mapping[str, str]:
    """What tells that it is sent by a replay."""
    return {REPLAY_HEADER: head.replay_id} if head.replay_id else {}
