"""Pages of assignments from one statement against the ordinary ones: the same objects and bytes, or nothing."""

import random
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import orjson
import pytest

from service.domain.instants import parse_instant
from service.domain.refusals import Refused
from service.domain.wire import plain
from service.storage.database import Database
from service.storage.raw import Unready
from service.usecases.assignment_bytes import assignments_bytes
from service.usecases.assignments import HeldAssignment, list_assignments
from service.usecases.employees import set_external_id
from service.usecases.paging import Listing, Window
from service.usecases.wanted import Wanted
from tests.builders import DESIGN, ENGINEERING
from tests.stage import HR, Stage, publish
from tests.usecases.test_assignment_bytes import HIRE, NOBODY, READER, lived

DAYS = [None, date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 15), date(2026, 8, 1), date(2999, 12, 31)]


async def ordinary(stage: Stage, actor: Any, wanted: Wanted, **asked: Any) -> Listing[HeldAssignment] | None:
    """Counting is what the one statement does not do."""
    try:
        found = await list_assignments(stage.runtime, actor, wanted=wanted, counted=True, **asked)
    except Refused:
        return None
    return replace(found, total=None)


async def staffed(stage: Stage) -> tuple[list[int], list[str]]:
    """A history of one person and four more people; returns instants and ids."""
    instants = await lived(stage)
    ids: list[str] = []
    for number, level in enumerate(("ic3", "ic4", "em4", "ic5")):
        ids.append(await stage.create(f"p{number}"))
        await stage.change({**HIRE, "level": level, "step": None}, f"2026-0{number + 1}-01", employee=f"p{number}")
        stage.clock.us += 1_000_000
    await set_external_id(stage.runtime, HR, "p1", "gusto", "7", expected="*")
    return [*instants, stage.clock.us - 500_000], ids


async def test_the_same_pages_for_every_question(stage: Stage) -> None:
    instants, ids = await staffed(stage)
    everybody = await list_assignments(
        stage.runtime, HR, wanted=Wanted(), effective_on=date(2026, 6, 15), known_at=None, window=Window(limit=50)
    )
    places = list(everybody.part.places)
    assert len(places) == 6
    choices = [
        Wanted(),
        Wanted(ladder=("design",)),
        Wanted(track=("ic",), zone=("berlin",)),
        Wanted(level=("ic4", "em4", "nothing")),
        Wanted(grade=("4",), team=("core",), role=("engineer",)),
        Wanted(employee_ids=(ids[0], ids[2], ""), job=("primary",)),
        Wanted(begins_from=date(2026, 2, 1), begins_before=date(2026, 3, 2)),
        Wanted(job=("second",)),
        Wanted(level=("nothing",)),
    ]
    windows = [
        Window(limit=50),
        Window(limit=2),
        *(Window(limit=2, place=place, backward=backward) for place in places for backward in (True, False)),
    ]
    known = [None, *(one + more for one in instants for more in (0, 1))]
    answered = 0
    for number, (wanted, window, day, instant) in enumerate(
        random.Random(7).sample(list(product(choices, windows, DAYS, known)), 80)
    ):
        asked: dict[str, Any] = {"effective_on": day, "known_at": instant, "window": window}
        actor = (HR, READER)[number % 2]
        slow = await ordinary(stage, actor, wanted, **asked)
        quick = await list_assignments(stage.runtime, actor, wanted=wanted, **asked)
        assert quick == slow
        written = await assignments_bytes(stage.runtime, actor, wanted, **asked)
        if written is None:
            assert slow is not None and slow.part.items == ()
            continue
        answered += 1
        assert slow is not None
        assert written == replace(slow, part=written.part)
        assert written.part == slow.part.holding([orjson.dumps(plain(one)) for one in slow.part.items])
    assert answered > 15
    assert await assignments_bytes(stage.runtime, NOBODY, Wanted(), **asked) is None


async def test_definitions_that_have_moved_on_are_read_first(stage: Stage) -> None:
    await staffed(stage)
    asked: dict[str, Any] = {"effective_on": None, "known_at": None, "window": Window(limit=50)}
    assert await assignments_bytes(stage.runtime, READER, Wanted(), **asked) is not None
    await publish(stage, ladders=({**ENGINEERING, "version": "3"}, DESIGN))
    assert await assignments_bytes(stage.runtime, READER, Wanted(), **asked) is None
    found = await list_assignments(stage.runtime, READER, wanted=Wanted(ladder=("engineering",)), **asked)
    assert {one.ladder_version for one in found.part.items} == {"3"}
    again = await assignments_bytes(stage.runtime, READER, Wanted(ladder=("engineering",)), **asked)
    assert again is not None and all(b'"ladder_version":"3"' in one for one in again.part.items)


async def test_an_instant_that_is_not_reached_is_settled_first(stage: Stage) -> None:
    await staffed(stage)
    stage.clock.us += 5_000_000
    instant = stage.clock.us - 1
    asked: dict[str, Any] = {"effective_on": None, "known_at": instant, "window": Window(limit=50)}
    assert await assignments_bytes(stage.runtime, READER, Wanted(), **asked) is None
    settled = await list_assignments(stage.runtime, READER, wanted=Wanted(), **asked)
    assert {parse_instant(one.known_at) for one in settled.part.items} == {instant}
    assert await assignments_bytes(stage.runtime, READER, Wanted(), **asked) is not None


async def test_nothing_inline_holds_up_everybody(sqlite_url: str) -> None:
    """A statement that would take long on the loop is left to the ordinary way, which waits elsewhere.

    Postgres is waited for without holding up anybody.
    """
    database = Database(url=sqlite_url)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    async with database.read():
        # The file may be opened inline once it has been opened in the ordinary way.
        pass
    with pytest.raises(Unready):
        await database.raw.rows(endless)
    assert list(await database.raw.rows("SELECT 1")) == [(1,)]
    await database.close()
