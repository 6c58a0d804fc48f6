"""`dualtrack listen`: a receiver at hand while one is written, fed by a running service."""

import asyncio
from contextlib import aclosing
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.cli.processes.ending import told_to_end
from service.cli.receiving.forwarding import Secret, secret_of
from service.cli.receiving.listening import Listener, resent
from service.cli.receiving.remote import HERE, Key, Url, asking, check_address
from service.cli.receiving.stream import SILENCE_SECONDS, Feed
from service.usecases.events import LATEST


@app.command()
def listen(
    key: Key,
    url: Url = HERE,
    types: Annotated[list[str] | None, typer.Option("--types", help="Only these types; repeat for several.")] = None,
    after: Annotated[
        str, typer.Option("--after", help="Begin behind this: a place, an event's id, or latest.")
    ] = LATEST,
    forward: Annotated[str | None, typer.Option("--forward", help="Send each event there as a signed webhook.")] = None,
    secret: Secret = None,
    resend: Annotated[
        list[str] | None, typer.Option("--resend", help="Take this event once more, and end; repeat for several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document a line.")] = False,
) -> None:
    """Print each event of a running service as it is told, and hand it to code on this machine. Ends with Ctrl-C.

    Whatever interrupts it, it goes on behind the last event. Of what --forward sends nothing is tried again: --resend
    does. Exit code 0: ended; 1: the service refuses, or what was to be sent again was not taken.

    Example: dualtrack listen --url http://127.0.0.1:8000 --types track.switched --forward http://127.0.0.1:3000/hook
    """
    if forward is not None:
        check_address(forward, "--forward")
    listener = Listener(forward=forward, secret=secret_of(secret), as_json=as_json, is_complete=not types)
    if not asyncio.run(_listen(listener, url, key, types or [], after, resend or [])):
        raise typer.Exit(REFUSED)


async def _listen(listener: Listener, url: str, key: str, types: list[str], after: str, resend: list[str]) -> bool:
    """Whether all went well."""
    ended = asyncio.Event()
    async with asking(url, key, read_seconds=SILENCE_SECONDS) as client, listener.opened():
        with told_to_end(lambda _number: ended.set()):
            listener.begin(url)
            if resend:
                work = asyncio.create_task(resent(client, listener, resend))
            else:
                feed = Feed(client=client, place=after, types=types, interrupted=listener.interrupted)
                work = asyncio.create_task(_follow(feed, listener))
            ending = asyncio.create_task(ended.wait())
            await asyncio.wait({work, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)
                return True
            ending.cancel()
            return await work


async def _follow(feed: Feed, listener: Listener) -> bool:
    async with aclosing(feed.follow()) as stream:
        async for told in stream:
            await listener.take(told)
    return True
