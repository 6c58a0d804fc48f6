"""Recording and reading roles beside a job on a stage."""

from datetime import date
from typing import Any

from sqlalchemy import select

from service.storage.overlay_tables import overlay
from service.usecases.overlays import OverlayOfPerson, OverlayRequest, read_overlays, record_overlay
from service.usecases.revisions import Expected
from tests.stage import HR, Stage


async def take_on(
    stage: Stage,
    start: str | None,
    end: str | None,
    *,
    role: str = "tech-lead",
    name: str | None = None,
    high_profile: bool | None = None,
    base_job: str = "primary",
    employee: str = "ada",
    expected: Expected = "*",
    dry_run: bool = False,
) -> dict[str, Any]:
    request = OverlayRequest(
        role=role,
        base_job=base_job,
        name=name,
        high_profile=high_profile,
        start=date.fromisoformat(start) if start else None,
        end=date.fromisoformat(end) if end else None,
        reason="project",
        comment=None,
    )
    done = await record_overlay(stage.runtime, HR, employee, request, expected=expected, dry_run=dry_run)
    return done.answer


async def taken(stage: Stage, known_at: int | None = None) -> tuple[OverlayOfPerson, ...]:
    return (await read_overlays(stage.runtime, HR, "ada", known_at=known_at)).overlays


async def overlay_rows(stage: Stage) -> list[tuple[str, str, bool]]:
    """(first day, first day after, whether it is known now) of each row, in the order of recording."""
    async with stage.database.read() as connection:
        found = await connection.execute(select(overlay).order_by(overlay.c.known_from))
        return [(row.effective_from.isoformat(), row.effective_to.isoformat(), row.known_to is None) for row in found]


def told_of(event: dict[str, Any]) -> tuple[Any, ...]:
    """What a subscriber sees of an overlay: (type, announced, day, days before, days after)."""
    data = event["data"]
    news = data["overlay"]
    days = [side and (side["from"], side["to"]) for side in (news["previous"], news["current"])]
    return (event["type"], data.get("announces"), data["change"]["effective_on"], *days)
