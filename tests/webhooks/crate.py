"""A receiver of batches that answers to order, and remembers what of each it took."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from tests.webhooks.post import Sink

Whim = Literal["ok", "retry", "reject", "postpone"] | int
"""What it makes of one event; a number is the status with which it refuses the batch that the event is in."""
Mood = Callable[[str, int], Whim]
"""From (event id, how often it has come) to that."""


def pleased(_event: str, _times: int) -> Whim:
    return "ok"


@dataclass(slots=True)
class Crate(Sink):
    """`batches` holds (batch id, ids, status) in order of arrival, `took` the events that it took in order.

    An event counts as taken if it was answered ok and none before it in the batch, that it has an order with, was to
    be tried again.
    """

    mood: Mood = pleased
    ordering: str = "per_key"
    batches: list[tuple[str, tuple[str, ...], int]] = field(default_factory=list[tuple[str, tuple[str, ...], int]])
    took: list[str] = field(default_factory=list[str])
    seen: dict[str, int] = field(default_factory=dict[str, int])
    dead: list[str] = field(default_factory=list[str])

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        sent = json.loads(body)
        ids = tuple(one["id"] for one in sent["events"])
        self.requests.append((dict(request.headers), body))
        whims: dict[str, Whim] = {event: self.mood(event, self.seen.get(event, 0)) for event in ids}
        for event in ids:
            self.seen[event] = self.seen.get(event, 0) + 1
        status = next((whim for whim in whims.values() if isinstance(whim, int)), 200)
        self.batches.append((request.headers["webhook-id"], ids, status))
        self.got += [(event, status) for event in ids]
        if status == 200:
            self._keep(whims)
        self.changed.set()
        said = [{"id": event, "status": whim} for event, whim in whims.items() if whim != "ok" or len(event) % 2]
        return web.json_response({"results": said} if said else {}, status=status)

    def _keep(self, whims: dict[str, Whim]) -> None:
        stuck: set[str] = set()
        for event, whim in whims.items():
            key = {"strict": "*", "none": event}.get(self.ordering, event.rsplit("-", 1)[0])
            if whim in ("retry", "postpone"):
                stuck.add(key)
            elif key not in stuck:
                (self.took if whim == "ok" else self.dead).append(event)
