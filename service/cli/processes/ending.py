"""When a process is to end: a signal says so, or a pipe of which its parent holds the other end closes."""

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager


@contextmanager
def told_to_end(stop: Callable[[signal.Signals], None], *, parent: int | None = None) -> Generator[None]:
    """Calls `stop` for each SIGTERM and SIGINT, and as for SIGTERM when the pipe `parent` closes.

    The pipe closes however the parent ends, SIGKILL included. None: there is no parent. Inside a running loop.
    """
    loop = asyncio.get_running_loop()
    caught = (signal.SIGTERM, signal.SIGINT)
    for number in caught:
        loop.add_signal_handler(number, stop, number)

    def without_parent() -> None:
        assert parent is not None
        loop.remove_reader(parent)
        stop(signal.SIGTERM)

    if parent is not None:
        loop.add_reader(parent, without_parent)
    try:
        yield
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
        if parent is not None:
            loop.remove_reader(parent)
