"""`dualtrack demo`: the whole of it in a minute, on data of its own that goes when it ends."""

import asyncio
import json
import secrets
import socket
import tempfile
from datetime import date
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
import uvicorn
import uvloop
from pydantic import SecretStr
from rich.console import Console

from service.cli import REFUSED, app
from service.cli.demonstration import drawing
from service.cli.demonstration.story import PERSON, Story, receiving
from service.cli.serve import http_server
from service.domain.access import OPERATOR, Scope
from service.domain.assignments import PRIMARY
from service.house import House, migrate_database, opened, sending, working
from service.ladderfiles.folder import read_folder
from service.logs import configure_logs
from service.resources import folder
from service.settings import Settings
from service.usecases import access, changes, definitions, employees, folders
from service.worker import Worker

PORT = 8000
RETRY_SCALE = 0.02
"""The first retry after a tenth of a second instead of five: nobody should have to wait for a demo."""


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End when the story is told.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document instead of a story.")] = False,
) -> None:
    """Run the service with an example company and watch signed deliveries arrive. Ends with Ctrl-C.

    With --once, exit code 0: every event arrived, verified and in order; 1: something was not as promised.

    Example: dualtrack demo --once --json
    """
    configure_logs(level="error")
    console = Console(quiet=as_json, width=None if Console().is_terminal else 110)
    with tempfile.TemporaryDirectory(prefix="dualtrack-demo-") as place:
        settings = Settings(
            database_url=f"sqlite:///{place}/demo.db",
            secret_key=SecretStr(secrets.token_urlsafe(32)),
            egress_allow=(ip_network("127.0.0.1/32"),),
            retry_scale=RETRY_SCALE,
            environment="development",
        )
        migrate_database(settings)
        story = uvloop.run(_demo(settings, console, once=once or as_json))
    if as_json:
        typer.echo(json.dumps(story.report()))
    if not story.succeeded:
        typer.echo("dualtrack: the demo did not go as promised", err=True)
        raise typer.Exit(REFUSED)


async def _demo(settings: Settings, console: Console, *, once: bool) -> Story:
    async with (
        receiving() as receiver,
        opened(settings) as house,
        sending(settings) as office,
        working(house, office) as worker,
    ):
        await _load(house)
        made = await access.create_key(house.runtime, OPERATOR, name="demo", scopes=frozenset({Scope.ADMIN}))
        key = made.answer["key"]
        server = http_server(house, office)
        return await _told(server, worker, receiver, console, key=key, once=once)


async def _told(
    server: uvicorn.Server,
    worker: Worker,
    receiver: asyncio.subprocess.Process,
    console: Console,
    *,
    key: str,
    once: bool,
) -> Story:
    listening = _free_port()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    working_on = asyncio.create_task(worker.run())
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=20) as client:
        story = Story(client=client, console=console, receiver=receiver)
        await story.tell()
    if not once:
        drawing.curls(console, url, key, _questions())
        console.print("\nEnd with Ctrl-C.", style="dim")
        await serving
    server.should_exit = True
    worker.stop()
    await asyncio.gather(serving, working_on)
    return story


def _questions() -> list[str]:
    return [
        f"/v1/employees/{PERSON}/timeline",
        "/v1/assignments?track=manager",
        "/v1/employees/workday:21001/assignment?effective_on=2023-06-01",
    ]


async def _load(house: House) -> None:
    """The example company and its history, one change a line."""
    example = folder("examples") / "demo"
    read = read_folder(example)
    assert read.company is not None
    wanted = folders.Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)
    await definitions.apply_definitions(house.runtime, OPERATOR, wanted, base="*")
    for line in _lines(example / "history.ndjson"):
        if "external_ids" in line:
            await employees.create_employee(
                house.runtime, OPERATOR, key=line["employee"], name=None, external_ids=line["external_ids"]
            )
        await changes.record_change(
            house.runtime,
            OPERATOR,
            line["employee"],
            changes.ChangeRequest(
                effective_on=date.fromisoformat(line["change"]["effective_on"]),
                job=PRIMARY,
                to=line["change"]["to"],
                reason=line["change"].get("reason"),
                comment=None,
                override=None,
            ),
            expected="*",
        )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _free_port() -> socket.socket:
    """A bound socket: port 8000, or any free one when that is taken."""
    for port in (PORT, 0):
        # By its protocol asyncio knows it for TCP and has answers sent at once.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError:
            listening.close()
            continue
        return listening
    raise OSError("no port of 127.0.0.1 is free")
