"""Answers whose head is written already go to the connection as they are.

The server looks at each header of each answer anew: ten of them cost it more than everything else about an answer
that is in memory. These were looked at once, when the head was made.
"""

import re
from collections.abc import Iterable

from starlette.types import Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

_NAME = re.compile(rb"[a-z0-9-]+")
_VALUE = re.compile(rb"[\x20-\x7e\x80-\xff]*")


def head_of(status: int, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Status line and headers. Raises ValueError for a header that could be read as two."""
    lines = [STATUS_LINE[status]]
    for name, value in headers:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise ValueError(f"header {name[:40]!r} cannot be written")
        lines.append(b"%b: %b\r\n" % (name, value))
    return b"".join(lines)


def cycle_of(send: Send) -> RequestResponseCycle | None:
    """What the server knows of the request; None where another server calls or something stands before us."""
    owner = getattr(send, "__self__", None)
    return owner if isinstance(owner, RequestResponseCycle) else None


async def write(cycle: RequestResponseCycle, head: bytes, more: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
    """Answer with a head by `head_of`, the server's own headers, and `more` of this answer, which is ours to word."""
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    own = b"".join([b"%b: %b\r\n" % header for header in (*cycle.default_headers, *more)])
    last = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(b"%b%b%b" % (head, own, last))
    if body:
        cycle.transport.write(body)
    # As the server does after the last byte.
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
