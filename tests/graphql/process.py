"""The small schema in a process of its own, so that what it uses can be told from what its callers use.

`python -m tests.graphql.process URL JOURNAL` prints its address and an administrator's key, and ends with its input.
"""

import asyncio
import json
import sys

import uvloop

from tests.engines import Engine
from tests.graphql.served import serving_small


async def main(url: str, journal: str) -> None:
    async with serving_small(Engine(name="sqlite-truncate", url=url, journal=journal)) as small:  # pyright: ignore
        print(json.dumps({"url": small.url, "key": await small.key("admin")}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
