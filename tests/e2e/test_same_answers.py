"""Whoever asks cannot tell the engines apart: one script of requests is answered alike, to the byte, on all of them."""

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.e2e.house import NEARBY, a_house, furnish
from tests.e2e.receiver import a_receiver
from tests.e2e.script import Script, run
from tests.engines import Engine

HERE = ZoneInfo("Europe/Berlin")
"""The example company's zone, in which today is today."""

KINDS = {"hire", "rehire", "end", "track_switch", "promotion", "demotion", "transfer", "step", "update"}
"""All but lateral, which takes two levels of one grade on one track: the example company has none."""


async def test_a_script_of_requests_is_answered_alike(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    one, other = await asyncio.gather(
        told(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate"), tmp_path),
        told(Engine(name="postgres", url=postgres_url, journal="auto"), tmp_path),
    )
    # Compared a line at a time, so that a difference is shown as the one answer that differs.
    for mine, theirs in zip(one.lines, other.lines, strict=True):
        assert mine == theirs
    assert set(one.statuses) == {200, 201, 400, 401, 404, 405, 409, 412, 422, 428}
    assert one.kinds == KINDS


async def told(engine: Engine, folder: Path) -> Script:
    async with a_house(folder, {**engine.environment(), **NEARBY}) as house, a_receiver() as receiver:
        house.key = await furnish(engine)
        async with house.client(await house.serve()) as client:
            script = Script(client=client, receiver=receiver, today=datetime.now(HERE).date())
            await run(script)
        return script
