"""Overlays: a role that somebody takes for a time beside a job, which stays as it is. Pure.

An overlay is two changes of a job of its own: it begins with the one and ends with the other, and never has the one
without the other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from service.domain.assignments import Standing, level_in_force
from service.domain.definitions import Definitions
from service.domain.refusals import FieldError, Invalid
from service.domain.statements import not_employed
from service.domain.timelines import Timeline
from service.domain.tracks import OverlayRole

OVERLAY_PREFIX = "ovl"
"""Of the keys of their jobs, which are their ids: `ovl_…`."""

OverlayKind = Literal["overlay_start", "overlay_end"]
OverlayEventType = Literal["overlay.started", "overlay.ended"]
OVERLAY_EVENTS: Mapping[OverlayKind, OverlayEventType] = {
    "overlay_start": "overlay.started",
    "overlay_end": "overlay.ended",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """What is taken on, and for which days."""

    role: Annotated[str, Field(description="Key of the role, such as tech-lead.")]
    name: Annotated[str | None, Field(description="What it is for, such as a project; null when it has no name.")]
    high_profile: Annotated[bool, Field(description="Whether it is work in which people are seen.")]
    from_: Annotated[date, Field(alias="from", description="First day.")]
    to: Annotated[date, Field(description="First day after it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayNews:
    """An overlay before and after what is told. The assignments of the job it stands beside do not alter."""

    base_job: Annotated[str, Field(description="Key of the job it stands beside.")]
    previous: Annotated[Overlay | None, Field(description="As it was; null when it begins.")]
    current: Annotated[Overlay | None, Field(description="As it is; null when it has ended or is withdrawn.")]

    @property
    def changed(self) -> tuple[str, ...]:
        """Fields that differ; all that are stated where there is only one side."""
        sides = [_stated(side) for side in (self.previous, self.current)]
        return tuple(name for name in _FIELDS if sides[0].get(name) != sides[1].get(name))


_FIELDS = ("role", "name", "high_profile", "from", "to")


def _stated(overlay: Overlay | None) -> dict[str, object]:
    if overlay is None:
        return {}
    return {"from": overlay.from_, **{name: getattr(overlay, name) for name in _FIELDS if name != "from"}}


def needs_end() -> Invalid:
    """The refusal of an overlay without an end."""
    return Invalid(
        "overlay-needs-end",
        "A role beside a job is for a time. State `to`, the first day after it; it can be corrected later.",
        errors=(FieldError(pointer="/to", detail="is needed", code="overlay-needs-end"),),
    )


def check_days(start: date, end: date, *, pointer: str) -> None:
    """Raises Invalid `invalid-date` for an overlay without a day."""
    if end <= start:
        detail = f"An overlay from {start} to before {end} has no day. Let it end after its first day."
        raise Invalid(
            "invalid-date", detail, errors=(FieldError(pointer=pointer, detail="has no day", code="invalid-date"),)
        )


def base_on(base: Timeline, day: date) -> Standing:
    """What is held in the job beside which an overlay begins. Raises Conflict `not-employed`."""
    standing = base.on(day)
    if standing is None:
        raise not_employed(day)
    return standing


def overlay_role(role: str, standing: Standing, *, day: date, definitions: Definitions) -> OverlayRole:
    """The role by that key: of the ladder that is held, else of any other in force on the day.

    Raises Invalid `unknown-role`.
    """
    ladders = definitions.ladders_in_force(day)
    own = ladders.get(standing.facts.ladder)
    for ladder in (*([own] if own else []), *ladders.values()):
        found = next((one for one in ladder.overlays if one.key == role), None)
        if found:
            return found
    known = sorted({one.key for ladder in ladders.values() for one in ladder.overlays})
    detail = f"No ladder has an overlay {role} on {day}; known are {', '.join(known) or 'none'}."
    raise Invalid("unknown-role", detail, errors=(FieldError(pointer="/role", detail=detail, code="unknown-role"),))


def overlay_cautions(overlay: Overlay, base: Timeline, definitions: Definitions) -> Iterator[str]:
    """What is recorded as it happened but deserves a second look."""
    day = overlay.from_
    standing = base.on(day)
    if standing is None:
        yield f"the job beside which it stands is not held on {day}"
        return
    found = level_in_force(definitions, standing.facts, day)
    own = next((one for one in found[0].overlays if one.key == overlay.role), None) if found else None
    if own is None:
        yield f"ladder {standing.facts.ladder} has no overlay {overlay.role}"
    else:
        if own.levels and standing.facts.level not in own.levels:
            yield f"overlay {own.key} is taken from {', '.join(own.levels)}, not from {standing.facts.level}"
        if own.maximum_months is not None and overlay.to > _months_after(day, own.maximum_months):
            yield f"overlay {own.key} is for at most {own.maximum_months} months"
    held_to = _held_to(base, day)
    if held_to is not None and held_to < overlay.to:
        yield f"the job ends on {held_to}, before the overlay does"


def _held_to(base: Timeline, day: date) -> date | None:
    """First day after the unbroken run of `day`; None while it is open."""
    end: date | None = day
    for row in base.rows:
        if end is not None and row.effective_from <= end and (row.effective_to is None or row.effective_to > end):
            end = row.effective_to
    return end


def _months_after(day: date, months: int) -> date:
    """The same day of a later month; where that month has none, the first of the next."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(min(day.year + years, 9998), month + 1, 1)
    later = first + timedelta(days=day.day - 1)
    return later if later.month == first.month else (first.replace(day=28) + timedelta(days=4)).replace(day=1)
