"""Whole answers from memory, before any framework: what was answered once is answered again as long as it holds.

What may be kept the answer says (`rest/answers.py`): that it hangs on definitions, the company's date and the scopes
of the caller alone. It is found again under these, the address and what the request asks for, its body included where
a body only asks; the key is checked before. A request of any other kind, and one that cannot be answered from here,
goes the whole way.
"""

import asyncio
import hashlib
import logging
import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.domain.access import Actor
from service.logs import request_id
from service.middleware import prepared, request_log
from service.middleware.questions import ID, Headers, body_of, canonical, named, plain_headers, token_of
from service.middleware.rate_limit import RateLimit
from service.middleware.request_id import usable_id
from service.rest.answers import has_tag
from service.telemetry.book import Book
from service.telemetry.catalogue import NONE
from service.usecases.office import Office
from service.usecases.published import MARK, Edition, Header, Kept

_MOST_UNKEPT = 4096
_OF_ONE_ANSWER = frozenset({ID, b"ratelimit", b"ratelimit-policy"})
_ABOUT_THE_BODY = frozenset({b"content-type", b"content-length"})
_LOG = logging.getLogger("dualtrack.request")


@dataclass(slots=True)
class _Build:
    """An answer that is being made, once for all who ask for it meanwhile. `kept` is None where it may not be kept."""

    done: asyncio.Event = field(default_factory=asyncio.Event)
    kept: Kept | None = None


class Published:
    """`app` is the whole of the rest: what is answered from here passes none of it."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        office: Office,
        limit: RateLimit | None = None,
        posted: frozenset[str] = frozenset(),
        lasting: frozenset[str] = frozenset(),
        book: Book | None = None,
    ) -> None:
        """`limit` counts what is answered from here; it stands in `app` for everything else. `posted` are the paths
        at which a POST can be a question, `lasting` those whose answers are never kept and may take minutes: nobody
        waits there for another's. What is answered from here is counted in the `book`."""
        self._app = app
        self._book = book
        self._posted = posted
        self._lasting = lasting
        self._limit = limit
        self._keys = office.keys
        self._editions = office.editions
        self._store = office.published
        self._builds: dict[tuple[Edition, Hashable], _Build] = {}
        # Answered before and not to be kept: nobody waits for another's answer to these.
        self._unkept: set[Hashable] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = plain_headers(scope, posted=self._posted)
        if headers is None or scope["path"] in self._lasting:
            await self._app(scope, receive, send)
            return
        body = b""
        if scope["method"] == "POST":
            body, receive = await body_of(receive)
        edition = self._editions.known()
        caller = self._keys.recall(token_of(headers), generation=edition.generation) if edition else None
        if edition is None or caller is None:
            found = await self._checked(token_of(headers))
            if found is None:
                await self._app(scope, receive, send)
                return
            edition, caller = found
        key = (
            caller.scopes,
            scope["raw_path"],
            canonical(scope["query_string"]),
            headers.get(b"accept"),
            headers.get(b"accept-encoding"),
            headers[b"host"],
            scope["scheme"],
            # Digested, so that no key is longer for it.
            (headers[b"content-type"], hashlib.sha256(body).digest()) if body else None,
        )
        kept = self._store.get(edition, key)
        if kept is None:
            await self._beyond(edition, key, caller, headers, scope, receive, send)
            return
        used = usable_id(headers.get(ID))
        status = await self._answer(kept, caller, headers, used, scope, send)
        if status is None:
            # Too many: whoever counts says so.
            await self._app(scope, receive, send)
            return
        if _LOG.isEnabledFor(logging.DEBUG):
            _note(kept, used, status, scope, began)

    async def _checked(self, token: bytes) -> tuple[Edition, Actor] | None:
        """The caller as the database knows the key; None where it does not, or does not answer."""
        # Whatever stands in the way, the rest meets it too, and there it becomes a problem that says what it is.
        with suppress(Exception):
            caller = await self._keys.actor_of(token.decode("latin-1"))
            # Last, so that nothing is waited for between this and the look into the store.
            return (await self._editions.current(), caller) if caller else None
        return None

    async def _beyond(
        self,
        edition: Edition,
        key: Hashable,
        caller: Actor,
        headers: Headers,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Have the answer made, unless somebody does already: then it is theirs too."""
        running = self._builds.get((edition, key))
        if running is not None:
            await running.done.wait()
            kept = running.kept
            if kept and await self._answer(kept, caller, headers, usable_id(headers.get(ID)), scope, send):
                return
        if running is not None or scope["method"] not in {"GET", "POST"} or key in self._unkept:
            await self._app(scope, receive, send)
            return
        build = self._builds[edition, key] = _Build()
        try:
            used = named(scope, headers)
            await self._made(build, edition, key, scope, receive, send)
            if build.kept is not None:
                # Counted on its way here.
                await self._answer(build.kept, caller, headers, used, scope, send, counted=True)
        finally:
            self._end(build, edition, key)

    async def _made(
        self, build: _Build, edition: Edition, key: Hashable, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Pass on what may not be kept as it comes; hold back what may, until all of it is there."""
        state = scope.setdefault("state", {})
        state[MARK] = False
        start: Message | None = None
        parts: list[bytes] = []

        async def sorted_out(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if state[MARK] and message["status"] == 200:
                    start = message
                    return
                if message["status"] == 200:
                    self._remember_unkept(key)
                self._end(build, edition, key)
            elif start is not None:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    build.kept = _kept(start, b"".join(parts), getattr(scope.get("route"), "path", None))
                    # Keeps nothing when the edition has passed meanwhile.
                    self._store.put(edition, key, build.kept)
                    self._end(build, edition, key)
                return
            await send(message)

        await self._app(scope, receive, sorted_out)

    async def _answer(
        self,
        kept: Kept,
        caller: Actor,
        headers: Headers,
        used: bytes,
        scope: Scope,
        send: Send,
        *,
        counted: bool = False,
    ) -> int | None:
        """The status that was sent; None, and nothing sent, where the caller has sent too many."""
        wanted = headers.get(b"if-none-match")
        unchanged = wanted is not None and (
            wanted == kept.tag or has_tag(wanted.decode("latin-1"), kept.tag.decode("latin-1"))
        )
        status = 304 if unchanged else 200
        body = kept.body if status == 200 and scope["method"] != "HEAD" else b""
        more: tuple[Header, ...] = ((ID, used),)
        if self._limit is not None:
            # An answer 304 costs nothing.
            standing = self._limit.standing(caller.id, costs=0 if counted or status == 304 else 1)
            if standing is None:
                return None
            more = (*more, *standing)
        # Counted where it was made, too.
        if self._book is not None and not counted:
            self._book.count("http_answers_from_memory", kept.route or NONE, "304" if unchanged else "200")
        cycle = prepared.cycle_of(send)
        if cycle is not None:
            await prepared.write(cycle, kept.heads[unchanged], more, body)
            return status
        shown = kept.unchanged if unchanged else kept.headers
        await send({"type": "http.response.start", "status": status, "headers": [*shown, *more]})
        await send({"type": "http.response.body", "body": body})
        return status

    def _end(self, build: _Build, edition: Edition, key: Hashable) -> None:
        build.done.set()
        if self._builds.get((edition, key)) is build:
            del self._builds[edition, key]

    def _remember_unkept(self, key: Hashable) -> None:
        if len(self._unkept) >= _MOST_UNKEPT:
            self._unkept.clear()
        self._unkept.add(key)


def _kept(start: Message, body: bytes, route: str | None) -> Kept:
    headers = tuple((name, value) for name, value in start["headers"] if name not in _OF_ONE_ANSWER)
    unchanged = tuple((name, value) for name, value in headers if name not in _ABOUT_THE_BODY)
    return Kept(
        body=body,
        tag=dict(headers).get(b"etag", b""),
        headers=headers,
        unchanged=unchanged,
        heads=(prepared.head_of(200, headers), prepared.head_of(304, unchanged)),
        route=route,
    )


def _note(kept: Kept, used: bytes, status: int, scope: Scope, began: float) -> None:
    token = request_id.set(used.decode("ascii"))
    request_log.note(scope["method"], kept.route, status, began=began)
    request_id.reset(token)
