"""What one history says of another: in another order, in other pieces, on other days."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

from service.usecases.assignments import read_timeline
from tests.stage import HR, Stage
from tests.usecases.amending import HIRE, correct, withdraw

ACTS: tuple[tuple[dict[str, str | None], str], ...] = (
    ({"level": "ic4"}, "2026-02-01"),
    ({"team": "web"}, "2026-04-01"),
    ({"title": "Wizard"}, "2026-04-01"),
    ({"zone": "nyc"}, "2026-09-01"),
)


async def lived(stage: Stage, person: str) -> list[tuple[Any, ...]]:
    """Each run of days, and all that holds on them."""
    found = (await read_timeline(stage.runtime, HR, person)).segments
    return [(one.effective_from, one.effective_to, one.assignment) for one in found]


async def test_changes_of_other_facts_commute(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    for act, day in ACTS:
        await stage.change(act, day)
    in_order = await lived(stage, "ada")
    assert len(in_order) == 4
    for number, acts in enumerate(permutations(ACTS)):
        person = f"p{number}"
        await stage.create(person)
        await stage.change(HIRE, "2026-01-01", employee=person)
        for act, day in acts:
            await stage.change(act, day, employee=person)
        assert await lived(stage, person) == in_order


async def test_days_in_one_piece_or_in_several_read_alike(stage: Stage) -> None:
    for person in ("whole", "split", "merged"):
        await stage.create(person)
        await stage.change(HIRE, "2026-01-01", employee=person)
        await stage.change({"team": "web"}, "2026-03-01", employee=person)
    # Cut in two at a day, and mended: by taking the cut back, or by making it where the piece begins.
    cut = await stage.change({"team": "core"}, "2026-05-01", employee="split")
    await withdraw(stage, "rescinded", cut)
    cut = await stage.change({"team": "core"}, "2026-05-01", employee="merged")
    await stage.change({"team": "web"}, "2026-05-01", employee="merged")
    assert await lived(stage, "whole") == await lived(stage, "split") == await lived(stage, "merged")
    moved = await correct(stage, cut, on="2026-03-01")
    assert moved["to"]["team"] == "core"
    pieces = [(first, shown.team) for first, _, shown in await lived(stage, "merged")]
    assert pieces == [(date(2026, 1, 1), "core"), (date(2026, 5, 1), "web")]


async def test_a_life_that_begins_later_is_the_same_life_later(stage: Stage) -> None:
    lives: list[list[tuple[Any, ...]]] = []
    for days in (0, 1, 31, 365):
        by, person = timedelta(days=days), f"p{days}"
        stage.clock.move_to(date(2026, 6, 15) + by)

        def on(day: str, by: timedelta = by) -> str:
            return (date.fromisoformat(day) + by).isoformat()

        await stage.create(person)
        await stage.change(HIRE, on("2026-01-01"), employee=person)
        done = [await stage.change(act, on(day), employee=person) for act, day in ACTS]
        moved = await correct(stage, done[0], on=on("2026-03-01"))
        await withdraw(stage, "cancelled", done[-1])
        assert (moved["retroactive"], done[-1]["status"]) == (True, "scheduled")
        shown = [
            (first - by, last and last - by, held.level, held.team, held.title, held.grade_since - by)
            for first, last, held in await lived(stage, person)
        ]
        lives.append(shown)
    assert len(lives[0]) == 3
    assert all(life == lives[0] for life in lives)
