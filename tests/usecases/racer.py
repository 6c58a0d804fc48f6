"""One of several processes that write about the same person at the same time, each by a clock of its own.

`python -m tests.usecases.racer URL SKEW_SECONDS ACTS` waits for a line on standard input, then tells on standard output
what came of each act: the revision that was expected with the new one, or the code of the refusal.
"""

import asyncio
import json
import sys
import time
from itertools import count

from service.domain.refusals import Refused
from service.usecases.act import IdempotencyKey
from service.usecases.employees import read_employee
from tests.engines import Engine
from tests.stage import HR, Clock, make_stage

TEAMS = ("core", "web", None)


class Skewed(Clock):
    """A clock that goes wrong by some seconds, and jumps back at every third look."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._looks = count()

    def __call__(self) -> int:
        return int((time.time() + self._seconds - (0.8 if next(self._looks) % 3 == 0 else 0)) * 1_000_000)


async def main(url: str, skew: float, acts: int) -> None:
    stage = make_stage(Engine(name="postgres", url=url, journal="auto"), clock=Skewed(skew))
    await read_employee(stage.runtime, HR, "ada")
    print("ready", flush=True)
    sys.stdin.readline()
    told: list[object] = []
    for number in range(acts):
        revision = (await read_employee(stage.runtime, HR, "ada")).revision
        try:
            done = await stage.change({"team": TEAMS[(revision + number) % 3]}, expected=revision)
        except Refused as error:
            told.append({"expected": revision, "code": error.code})
        else:
            told.append({"expected": revision, "revision": done["revision"], "recorded_at": done["recorded_at"]})
    key = IdempotencyKey(scope="all of them", request="the same")
    same = await asyncio.gather(
        *(stage.change({"title": "Wizard"}, employee="ben", key=key) for _ in range(25)), return_exceptions=True
    )
    print(json.dumps({"acts": told, "same": [repr(one) if isinstance(one, Exception) else one for one in same]}))
    await stage.database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3])))
