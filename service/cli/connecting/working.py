"""A command beside the database that reaches connected systems."""

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from service.cli import REFUSED
from service.cli.folders.telling import visible
from service.connectors.desk import ConnectionDesk
from service.domain.refusals import Refused
from service.house import House, Reaching, opened, sending, tools_of
from service.settings import load_settings

T = TypeVar("T")
ENDED = 130
"""Exit code of what was ended from outside, as shells have it for Ctrl-C."""

Work = Callable[[House, Reaching, ConnectionDesk], Awaitable[T]]


def run(work: Work[T]) -> T:
    """Do it, and tell what it is refused for. Ctrl-C and SIGTERM end it in order, with exit code 130."""
    settings = load_settings()

    async def inside() -> T:
        async with opened(settings) as house, sending(settings) as office:
            desk = ConnectionDesk(tools=tools_of(house, office), sealer=office.sealer, readings=office.readings)
            loop, doing = asyncio.get_running_loop(), asyncio.current_task()
            assert doing
            if threading.current_thread() is threading.main_thread():
                loop.add_signal_handler(signal.SIGTERM, doing.cancel)
            return await work(house, office, desk)

    try:
        return asyncio.run(inside())
    except Refused as refused:
        typer.echo(f"dualtrack: {visible(refused.detail)}", err=True)
        for one in refused.errors:
            typer.echo(f"dualtrack:   {visible(one.pointer)}: {visible(one.detail)}", err=True)
        raise typer.Exit(REFUSED) from None
    except (asyncio.CancelledError, KeyboardInterrupt):
        typer.echo("dualtrack: ended before it was done. The same command goes on: what was done stays done.", err=True)
        raise typer.Exit(ENDED) from None
