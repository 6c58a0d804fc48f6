"""Whom a ladder version moves is decided beside the record, and written only if everybody stands as they stood."""

import asyncio
from datetime import date
from typing import Any

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.ladders import ladder_from_document
from service.usecases.act import Act, act, draft_of
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder
from service.usecases.plans import News
from service.usecases.reading import company_today, reading
from service.usecases.remaps import Remapping
from tests.builders import BANDS, COMPANY, DESIGN
from tests.stage import HR, Stage
from tests.usecases.batching import stored, worked
from tests.usecases.test_level_maps import RENAMED, SOON, STAFF, staff, version


def _folder() -> Folder:
    renamed = version("2", SOON, drop="ic4", add=RENAMED, ic4="staff")
    return Folder(
        company=company_from_document(COMPANY),
        ladders={"/ladders/0": ladder_from_document(renamed), "/ladders/1": ladder_from_document(DESIGN)},
        bandsets={"/bands/0": bandset_from_document(BANDS)},
    )


async def _loaded(stage: Stage) -> Remapping:
    async with reading(stage.runtime) as view:
        draft = Remapping(
            a=draft_of(stage.runtime, HR, view.connection),
            news=News.between(_folder(), view.definitions),
            today=view.today,
        )
        await draft.load(lock=False)
    return draft


async def _drafted(stage: Stage) -> Remapping:
    draft = await _loaded(stage)
    await draft.decide()
    return draft


async def _holds(stage: Stage, draft: Remapping, *, on: date | None = None) -> bool:
    held: list[bool] = []

    async def ask(a: Act) -> None:
        published = await stage.runtime.shelf.load(a.tx)
        held.append(await draft.still_holds(a, published, on or company_today(published, now=a.now)))

    await act(stage.runtime, "test.ask", HR, ask)
    return held[0]


async def test_a_draft_holds_until_somebody_of_it_or_its_levels_moves(stage: Stage) -> None:
    await staff(stage, "ben", "cleo")
    draft = await _drafted(stage)
    assert [(one.from_level, one.to_level, one.people) for one in draft.summary] == [("ic4", "staff", 2)]
    await stage.change({"level": "ic5", "ladder": "engineering", "zone": "berlin"}, "2025-01-01", employee="ada")
    assert await _holds(stage, draft)
    assert not await _holds(stage, draft, on=date(2026, 6, 16))

    # Of those whom it moves.
    await stage.change({"team": None}, "2026-05-01", employee="cleo")
    assert not await _holds(stage, draft)
    # Somebody who comes to a level that it maps.
    draft = await _drafted(stage)
    assert await _holds(stage, draft)
    await stage.change({"level": "ic4"}, "2026-05-01", employee="ada")
    assert not await _holds(stage, draft)
    assert len((await _drafted(stage)).jobs) == 3


async def test_whoever_changes_meanwhile_is_moved_by_what_holds_then(stage: Stage) -> None:
    names = [f"s{number}" for number in range(1, 9)]
    await staff(stage, *names)

    async def moving(name: str, to: dict[str, Any]) -> None:
        await stage.change(to, "2026-05-01", employee=name)

    applying = asyncio.ensure_future(apply_definitions(stage.runtime, HR, _folder(), base="*"))
    async with asyncio.timeout(60):
        await asyncio.gather(
            applying,
            *(moving(name, {"team": None}) for name in names[:4]),
            *(moving(name, {"level": "ic5"}) for name in names[4:6]),
        )
    moved = {one["from_level"]: one["people"] for one in applying.result().answer["remaps"]}
    # Whoever left the level before the version was published was not told of it; nobody stands on it after.
    assert moved["ic4"] in {6, 7, 8}
    for name in names:
        rows = await stage.rows(name)
        assert rows[-1] == ((SOON, None, "staff") if name not in names[4:6] else ("2026-05-01", None, "ic5"))
    events = [one["data"]["employee"]["key"] for one in await stage.events() if one["data"]["change"]["cause"]]
    assert len(events) == len(set(events)) == moved["ic4"]


async def test_others_have_their_turns_while_many_are_decided(stage: Stage) -> None:
    rows = [{"key": f"p{number}", "to": STAFF, "on": "2026-01-01"} for number in range(1, 101)]
    assert (await worked(stage, (await stored(stage, rows, backfill=True))["id"]))["applied"] == 100
    draft = await _loaded(stage)
    loop, turns = asyncio.get_running_loop(), 0
    decided = asyncio.ensure_future(draft.decide())

    def turn() -> None:
        nonlocal turns
        turns += 1
        if not decided.done():
            loop.call_soon(turn)

    loop.call_soon(turn)
    await decided
    assert [one.people for one in draft.summary] == [100]
    assert turns >= 5
