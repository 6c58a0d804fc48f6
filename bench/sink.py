"""A receiver that answers 204 at once and says what came, for each request or once there were enough.

python -m bench.sink each     a line {"id", "at"} for each request, `at` by the machine's monotonic clock
python -m bench.sink quiet    nothing but a first line with its address
"""

import asyncio
import json
import re
import socket
import sys
import time

import uvloop

from bench.wire import Receiver

_ID = re.compile(rb"\r\nwebhook-id: *([^\r]*)", re.IGNORECASE)


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def _tell(head: bytes, _body: bytes) -> None:
    at = time.monotonic()
    found = _ID.search(head)
    _say({"id": found[1].decode() if found else None, "at": at})


def _keep_quiet(_head: bytes, _body: bytes) -> None:
    """Nothing: what is measured is the sender."""


async def main(mode: str) -> None:
    on_request = _tell if mode == "each" else _keep_quiet
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(on_request), sock=listening)
    _say({"url": f"http://127.0.0.1:{listening.getsockname()[1]}/hook"})
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
