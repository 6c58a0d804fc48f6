"""What a listener does with an event: look whether it fits what came before, show it, hand it on."""

import json
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import typer

from service.cli.receiving.forwarding import Answered, local_client, plain_text, posted, signed_headers
from service.cli.receiving.remote import refusal, stopped
from service.cli.receiving.stream import Feed, Told
from service.usecases.events import EVENT_ID

_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True)
class Listener:
    """`forward` None hands nothing on. `is_complete`: all events are asked for, so their numbers have no gaps."""

    forward: str | None
    secret: str
    as_json: bool
    is_complete: bool
    _client: httpx.AsyncClient | None = None
    _last: dict[str, int] = field(default_factory=dict[str, int])
    _seen: deque[str] = field(default_factory=lambda: deque[str](maxlen=_REMEMBERED))

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        async with local_client() as self._client:
            yield

    def begin(self, url: str) -> None:
        """Say what is done, and with which secret the code beside us verifies."""
        if self.as_json:
            told = {"listening": url, "forward": self.forward, "secret": self.secret if self.forward else None}
            typer.echo(json.dumps(told))
            return
        typer.echo(f"listening to {url}, end with Ctrl-C")
        if self.forward:
            typer.echo(f"each event goes to {self.forward}, signed with {self.secret}")

    def interrupted(self, why: str, seconds: float) -> None:
        typer.echo(f"dualtrack: {why}; again in {seconds:g} s", err=True)

    async def take(self, told: Told) -> bool:
        """Whether it was taken: with nobody to hand it to, it always is."""
        event = told.event
        notes = self._noted(event)
        answered = await self._handed_on(event["id"], told.body) if self.forward else None
        if self.as_json:
            line: dict[str, Any] = {"event": event, "notes": notes}
            if answered:
                line["answer"] = {"status": answered.status, "ms": answered.duration_ms, "said": answered.said}
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            self._show(event, notes, answered)
        return answered is None or answered.is_taken

    async def _handed_on(self, event_id: str, body: bytes) -> Answered:
        assert self._client is not None and self.forward is not None
        headers = signed_headers(event_id, body, secret=self.secret)
        return await posted(self._client, self.forward, headers=headers, content=body)

    def _noted(self, event: dict[str, Any]) -> list[str]:
        """What does not fit: an event that came before, a number that is missing."""
        notes: list[str] = []
        if event["id"] in self._seen:
            notes.append("came before")
        self._seen.append(event["id"])
        person = event["data"].get("employee")
        if person and self.is_complete:
            last = self._last.get(person["id"])
            if last is not None and event["sequence"] != last + 1:
                notes.append(f"follows number {last} of its person")
            self._last[person["id"]] = event["sequence"]
        return notes

    def _show(self, event: dict[str, Any], notes: Sequence[str], answered: Answered | None) -> None:
        person: dict[str, Any] | None = event["data"].get("employee")
        who = f"  {plain_text(person['key'] or person['id'])} #{event['sequence']}" if person else ""
        noted = f"  ({', '.join(notes)})" if notes else ""
        typer.echo(f"{event['timestamp']}  {event['type']}  {event['id']}{who}{noted}")
        if answered:
            said = f": {answered.said}" if answered.said else ""
            typer.echo(f"    -> {answered.status or 'no answer'} in {answered.duration_ms:g} ms{said}")


async def resent(client: httpx.AsyncClient, listener: Listener, ids: Sequence[str]) -> bool:
    """Take events of the past once more; whether all were taken. Raises Exit for one that is not there."""
    taken = True
    for event_id in ids:
        taken &= await listener.take(await _one(client, listener, event_id))
    return taken


async def _one(client: httpx.AsyncClient, listener: Listener, event_id: str) -> Told:
    """Byte for byte as it was told: from the place before it."""
    feed = Feed(client=client, place=await _before(client, event_id), interrupted=listener.interrupted)
    async with aclosing(feed.follow()) as stream:
        return await anext(stream)


async def _before(client: httpx.AsyncClient, event_id: str) -> str | None:
    """Where to read on to get the event next; None is the beginning. Raises Exit where it is not in the feed."""
    if not event_id.startswith(EVENT_ID) or not event_id.removeprefix(EVENT_ID).isalnum():
        raise stopped(f"{event_id[:60]} is no id of an event: these begin with {EVENT_ID}.")
    before: str | None = None
    while True:
        asked = {"limit": "200", "fields": "id", **({"after": before} if before else {})}
        answer = await client.get("/v1/events", params=asked)
        if answer.status_code != 200:
            raise refusal(answer)
        page: Any = answer.json()
        for event in page["data"]:
            if event["id"] == event_id:
                return before
            before = event["id"]
        before = page["page"]["next_cursor"]
        if not page["has_more"]:
            raise stopped(f"There is no event {event_id} that this key may read.")
