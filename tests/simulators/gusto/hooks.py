"""What Gusto tells: thin events, by webhook after a handshake, and for thirty days by asking."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp

KEPT = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class Subscription:
    uuid: str
    url: str
    token: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    body: dict[str, Any]
    at: datetime


@dataclass(slots=True, kw_only=True)
class Hooks:
    """`tries` are (event uuid, status) of what was sent, in order; status 0 where nobody answered."""

    events: list[Event] = field(default_factory=list[Event])
    subscriptions: dict[str, Subscription] = field(default_factory=dict[str, Subscription])
    tries: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    _sent: int = 0

    def tell(self, event_type: str, *, company: str, entity: str, now: datetime) -> None:
        body = {
            "uuid": f"event-{len(self.events) + 1:04}",
            "event_type": event_type,
            "resource_type": "Company",
            "resource_uuid": company,
            "entity_type": "Compensation",
            "entity_uuid": entity,
            "timestamp": int(now.timestamp()),
        }
        self.events.append(Event(body=body, at=now))

    def after(self, uuid: str | None, *, now: datetime, limit: int) -> list[dict[str, Any]] | None:
        """Events behind one; None for one that is not kept any more."""
        kept = [one.body for one in self.events if now - one.at <= KEPT]
        if uuid is None:
            return kept[:limit]
        places = [number for number, body in enumerate(kept) if body["uuid"] == uuid]
        return kept[places[0] + 1 :][:limit] if places else None

    async def subscribe(self, uuid: str, url: str) -> Subscription:
        """The token of the handshake goes to the address at once."""
        made = Subscription(uuid=uuid, url=url, token=f"token-of-{uuid}")
        self.subscriptions[uuid] = made
        await self._post(made, {"verification_token": made.token, "webhook_subscription_uuid": uuid}, signed=False)
        return made

    def verify(self, uuid: str, token: str) -> bool:
        found = self.subscriptions.get(uuid)
        if found is None or found.token != token:
            return False
        found.verified = True
        return True

    async def settle(self, *, doubled: bool = False) -> None:
        """Send what has not been sent, the latest first: their order is not that of what happened."""
        news, self._sent = self.events[self._sent :], len(self.events)
        for event in reversed(news):
            for subscription in self.subscriptions.values():
                for _ in range((1 + doubled) if subscription.verified else 0):
                    self.tries.append((event.body["uuid"], await self._post(subscription, event.body)))

    async def _post(self, to: Subscription, body: dict[str, Any], *, signed: bool = True) -> int:
        raw = json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if signed:
            headers["X-Gusto-Signature"] = hmac.new(to.token.encode(), raw, hashlib.sha256).hexdigest()
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as client,
                client.post(to.url, data=raw, headers=headers) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return 0
