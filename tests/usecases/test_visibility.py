"""Who is seen: high-profile overlays against headcount, on every engine."""

from datetime import date
from typing import Any

from service.domain.access import Actor
from service.domain.instants import parse_instant
from service.domain.refusals import Forbidden, Invalid
from service.usecases.visibility import read_visibility
from tests.stage import HR, Stage
from tests.usecases.amending import refused, withdraw
from tests.usecases.overlaying import take_on


async def seen(stage: Stage, start: str, end: str, known_at: int | None = None) -> tuple[Any, ...]:
    """(kind, people, seen, percent), (kind, grade, people, seen), (kind, role, overlays, named, people)."""
    found = await read_visibility(
        stage.runtime,
        HR,
        effective_from=date.fromisoformat(start),
        effective_to=date.fromisoformat(end),
        known_at=known_at,
    )
    return (
        [(one.kind, one.people, one.seen, str(one.share_percent)) for one in found.tracks],
        [(one.kind, one.grade, one.people, one.seen) for one in found.grades],
        [(one.kind, one.role, one.overlays, one.named, one.people) for one in found.roles],
    )


async def test_the_share_of_each_track_is_counted_by_people_and_days(stage: Stage) -> None:
    for key, level in (("ada", "ic4"), ("bob", "ic4"), ("cyd", "ic5"), ("dee", "em4"), ("eve", "e2")):
        if key != "ada":
            await stage.create(key)
        await stage.change({"ladder": "engineering", "level": level}, "2025-01-01", employee=key)
    # ada is seen twice, and goes over to managers; bob in what is nothing special; cyd outside of the days.
    made = await take_on(stage, "2025-03-01", "2025-05-01", name="Night shift", high_profile=True)
    await take_on(stage, "2025-04-01", "2025-05-01", role="project-lead")
    await stage.change({"level": "em4"}, "2025-06-01")
    await take_on(stage, "2025-03-01", "2025-05-01", employee="bob")
    await take_on(stage, "2026-01-01", "2026-02-01", role="project-lead", employee="cyd")
    await take_on(stage, "2025-12-31", "2026-02-01", role="project-lead", employee="dee")

    assert await seen(stage, "2025-01-01", "2026-01-01") == (
        [(None, 1, 0, "0.0"), ("ic", 3, 1, "33.3"), ("manager", 2, 1, "50.0")],
        [(None, "2", 1, 0), ("ic", "4", 2, 1), ("manager", "4", 2, 1), ("ic", "5", 1, 0)],
        [
            ("ic", "project-lead", 1, 0, 1),
            ("ic", "tech-lead", 1, 1, 1),
            ("manager", "project-lead", 1, 0, 1),
        ],
    )
    # The first day after an overlay is not in it, nor is the first day after those asked.
    assert await seen(stage, "2025-05-01", "2025-12-31") == (
        [(None, 1, 0, "0.0"), ("ic", 3, 0, "0.0"), ("manager", 2, 0, "0.0")],
        [(None, "2", 1, 0), ("ic", "4", 2, 0), ("manager", "4", 2, 0), ("ic", "5", 1, 0)],
        [],
    )
    assert (await seen(stage, "2025-02-28", "2025-03-02"))[2] == [("ic", "tech-lead", 1, 1, 1)]
    await withdraw(stage, "rescinded", {"id": made["start_change"]})
    assert (await seen(stage, "2025-02-28", "2025-03-02"))[2] == []
    then = parse_instant(made["known_at"])
    assert await seen(stage, "2025-01-01", "2026-01-01", then) == (
        [(None, 1, 0, "0.0"), ("ic", 3, 1, "33.3"), ("manager", 1, 0, "0.0")],
        [(None, "2", 1, 0), ("ic", "4", 2, 1), ("manager", "4", 1, 0), ("ic", "5", 1, 0)],
        [("ic", "tech-lead", 1, 1, 1)],
    )
    await refused(stage, Invalid, "empty-range", seen(stage, "2025-01-01", "2025-01-01"))
    nobody = Actor(id="key:nobody", scopes=frozenset())
    await refused(stage, Forbidden, "missing-scope", read_visibility(stage.runtime, nobody))
    # Left out it is the last 365 days, today included.
    usual = await read_visibility(stage.runtime, HR)
    assert (str(usual.effective_from), str(usual.effective_to)) == ("2025-06-16", "2026-06-16")
    assert [(one.kind, one.people, one.seen) for one in usual.tracks] == [
        (None, 1, 0),
        ("ic", 2, 1),
        ("manager", 2, 1),
    ]
