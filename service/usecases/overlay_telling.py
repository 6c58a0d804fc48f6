"""What holds beside an overlay, and telling of one whose day has come."""

from collections.abc import Sequence
from datetime import date
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.assignments import Assignment, resolve
from service.domain.definitions import Definitions
from service.domain.events import AssignmentEvent, Recording, Subject
from service.domain.overlay_events import overlay_event, overlay_facets
from service.domain.overlays import OverlayKind, OverlayNews
from service.domain.timelines import Timeline, fold
from service.storage import changes, overlays
from service.storage.change_records import ChangeRecord


async def timeline_now(tx: AsyncConnection, job_id: int, definitions: Definitions) -> Timeline:
    """A job's timeline as its live changes make it."""
    return fold([record.live for record in await changes.live_changes(tx, job_id)], definitions)


def beside(base: Timeline, days: Sequence[date], definitions: Definitions) -> Assignment | None:
    """What is held in the job on the first of the days on which anything is; None when nothing is."""
    held = ((day, base.on(day)) for day in days)
    return next((resolve(one, day=day, definitions=definitions) for day, one in held if one), None)


async def overlay_turn(
    tx: AsyncConnection, record: ChangeRecord, subject: Subject, *, definitions: Definitions
) -> tuple[AssignmentEvent, dict[str, list[str]]]:
    """The plain event of an overlay's change whose day has come, and its labels."""
    found = await overlays.find_overlay(tx, record.job_id)
    # A change that is on the clock's list is live, and so is its overlay.
    assert found is not None
    kind = cast(OverlayKind, record.kind)
    sides = (None, found.overlay) if kind == "overlay_start" else (found.overlay, None)
    news = OverlayNews(base_job=found.base_job, previous=sides[0], current=sides[1])
    recording = Recording(
        change_id=record.id,
        reason=record.reason,
        effective_on=record.effective_on,
        retroactive=record.retroactive,
        recorded_at=record.recorded_at,
        supersedes=record.supersedes,
    )
    base = await timeline_now(tx, found.base_job_id, definitions)
    held = beside(base, (record.effective_on, found.overlay.from_), definitions)
    return overlay_event(subject, recording, kind, news, act=None), overlay_facets(kind, news, held)
