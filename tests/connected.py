"""A system that can be connected: a binder of sheets, kept in memory behind a server of its own on loopback.

It keeps for each person a sheet of rows, each from a day on. Whoever writes sends the whole sheet, and is refused
without the token. Each page that is read is of one person.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from service.connectors.bands import BandThere, TheirBand
from service.connectors.intake import Halted
from service.connectors.kinds import Checked, Form, Kind, Tools
from service.connectors.news import News
from service.connectors.sinks import Done, Failed, Postponed, Told
from service.connectors.wire import Reply
from service.domain.claims import Claim
from service.domain.mappings import level_name
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.connection_work import Link, keep_link, links_of
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection

TOKEN = "hush-7f3e9c"
SHEET = "sheet"
Row = dict[str, Any]


@dataclass(slots=True)
class Binder:
    """`sheets` by person's id there; `written` are the writes that were taken; `calls` every (method, path). `bands`
    have a name and amounts.

    While `open` is not set, nobody is answered.
    """

    url: str = ""
    sheets: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    written: list[str] = field(default_factory=list[str])
    calls: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    titles: list[str] = field(default_factory=lambda: ["Engineer", "Senior Engineer", "Manager"])
    bands: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    failing: int | None = None
    open: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait for what whoever asks brings about."""

        def wait() -> bool:
            with self.changed:
                return self.changed.wait_for(wanted, 20)

        assert await asyncio.to_thread(wait), self.calls

    def answer(self, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        self.calls.append((method, path))
        with self.changed:
            self.changed.notify_all()
        self.open.wait(20)
        with self.changed:
            told = self._answer(method, path, token, body)
            self.changed.notify_all()
        return told

    def _answer(self, method: str, path: str, token: str | None, body: bytes) -> tuple[int, Any]:
        if token != f"Bearer {TOKEN}":
            return 401, {"error": "who are you?"}
        if self.failing:
            return self.failing, {"error": "not today"}
        parts = path.strip("/").split("/")
        if method == "PUT":
            self.sheets[parts[1]] = json.loads(body)
            self.written.append(parts[1])
        elif parts == ["sheets"]:
            return 200, sorted(self.sheets)
        elif parts[0] == "sheets":
            return 200, self.sheets.get(parts[1], [])
        elif parts == ["bands"]:
            return 200, self.bands
        return 200, {"titles": self.titles}


@contextmanager
def a_binder() -> Generator[Binder]:
    binder = Binder()
    binder.open.set()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, value = binder.answer(self.command, self.path, self.headers.get("authorization"), body)
            told = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_PUT = _do

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    binder.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield binder
    finally:
        binder.open.set()
        server.shutdown()
        serving.join()
        server.server_close()


class BinderSettings(Form):
    url: str
    out: bool = True
    with_pay: bool = False
    into: bool = True


class BinderCredentials(Form):
    token: str


@dataclass(slots=True)
class _Way:
    """To one binder. Reading keeps its place in the alphabet of ids."""

    connection: OpenConnection
    tools: Tools
    cursor: str | None = None

    async def ask(self, method: str, path: str, value: Any = None) -> Reply:
        return await self.tools.wires.trusting().call(
            method,
            f"{self.connection.settings['url']}{path}",
            headers={"Authorization": f"Bearer {self.connection.credentials['token']}"},
            body=None if value is None else json.dumps(value).encode(),
        )

    async def write(self, news: News) -> Told:
        sheet = news.external_ids.get(self.connection.system)
        if sheet is None or news.stretches is None:
            return Done(note="nobody there")
        mapping = await mapping_in_use(self.tools.runtime, self.connection.id)
        rows: list[Row] = []
        for one in news.stretches:
            name = level_name(one.assignment["ladder"], one.assignment["level"]) if one.assignment else None
            title = mapping.theirs("level", name, one.from_)
            if name and title is None:
                return Postponed(code="mapping-missing", reason=f"the level {name} has no name there. Map it.")
            rows.append({"from": one.from_.isoformat(), "title": title})
        known = await links_of(self.tools.runtime, self.connection, news.employee_id, place=SHEET)
        reply = await self.ask("PUT", f"/sheets/{sheet}", rows)
        if not reply.ok:
            return Failed(status=reply.status, reason=reply.said())
        link = Link(
            employee_id=news.employee_id,
            job=news.job,
            place=SHEET,
            effective_on=news.effective_on,
            remote_id=sheet,
            change_id=news.change["id"],
        )
        await keep_link(self.tools.runtime, self.connection, link)
        return Done(note="written anew" if known else "written")

    async def claims(self, since: str | None) -> AsyncIterator[Claim]:
        for who in (await self.ask("GET", "/sheets")).json():
            if since is not None and who <= since:
                continue
            self.cursor = who
            for row in (await self.ask("GET", f"/sheets/{who}")).json():
                yield Claim(
                    external_ids={self.connection.system: who},
                    effective_on=date.fromisoformat(row["from"]),
                    level=row["title"],
                    ended=row["title"] is None,
                    place=f"{SHEET}/{who}-{row['from']}",
                )


class BinderKind:
    name = "binder"
    system = "binder"
    settings: type[Form] = BinderSettings
    credentials: type[Form] = BinderCredentials

    def feed(self, settings: Any) -> Feed | None:
        set_to = cast(BinderSettings, settings)
        return Feed(event_types=("*",), with_pay=set_to.with_pay, rate=50.0) if set_to.out else None

    def sink(self, connection: OpenConnection, tools: Tools) -> _Way:
        return _Way(connection, tools)

    def source(self, connection: OpenConnection, tools: Tools) -> _Way | None:
        return _Way(connection, tools) if connection.settings["into"] else None

    async def check(self, connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
        reply = await _Way(connection, tools).ask("GET", "/titles")
        if not reply.ok:
            yield Checked(name="credentials", ok=False, text=f"{reply.said()}: set the token anew")
            return
        yield Checked(name="credentials", ok=True, text="they are accepted")
        mapping = await mapping_in_use(tools.runtime, connection.id)
        for title in reply.json()["titles"]:
            found = any(one.theirs == title for one in mapping.entries)
            said = "it is mapped" if found else "nothing of ours is called so there: map it"
            yield Checked(name=f"title {title}", ok=found, text=said)

    async def their_bands(self, connection: OpenConnection, tools: Tools) -> list[TheirBand]:
        reply = await _Way(connection, tools).ask("GET", "/bands")
        if not reply.ok:
            raise Halted("refused-there", reply.said(), "set the token anew")
        return [
            TheirBand(
                band=BandThere(
                    group=None,
                    level=one["name"],
                    **{name: Decimal(one[name]) if name in one else None for name in ("min", "mid", "max")},
                ),
                currency="EUR",
                is_yearly=True,
            )
            for one in reply.json()
        ]


KINDS: dict[str, Kind] = {"binder": BinderKind()}


def connecting(binder: Binder, key: str = "shelf", **settings: Any) -> dict[str, Any]:
    """What is sent to connect it."""
    given = {"url": binder.url, **settings}
    return {"kind": "binder", "key": key, "settings": given, "credentials": {"token": TOKEN}}
