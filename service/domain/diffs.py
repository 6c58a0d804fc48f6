"""What differs in somebody's standing between two days, two instants, or both. Pure.

Only facts count, and the track and grade made of them: that a version retitles a level or a band set pays another
amount is no difference of a person's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.domain.assignments import Assignment, Standing, resolve
from service.domain.changes import Kind, altering_kind, differing_fields
from service.domain.definitions import Definitions

DifferenceKind = Literal["started", "ended", "remap"] | Kind
"""started and ended: nobody held the job on the one side. remap: the same level, which a ladder version moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewpoint:
    """A day, as known at an instant (µs)."""

    day: date
    known_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingDifference:
    """Both sides as shown from their viewpoints, and what differs. A side is None where nobody held the job."""

    kind: DifferenceKind
    grade_delta: int | None
    before: Assignment | None
    after: Assignment | None
    changed: tuple[str, ...]


def standing_difference(
    before: Standing | None, after: Standing | None, *, start: Viewpoint, end: Viewpoint, definitions: Definitions
) -> StandingDifference:
    """What leads from one side to the other, as if it were one change. At least one side is held."""
    old, new = (
        resolve(side, day=at.day, definitions=definitions, known_at=at.known_at) if side else None
        for side, at in ((before, start), (after, end))
    )
    delta = _grade_delta(old, new, definitions, end)
    return StandingDifference(
        kind=_kind(old, new, delta, start, end, definitions),
        grade_delta=delta,
        before=old,
        after=new,
        changed=differing_fields((before, old), (after, new)),
    )


def moved_levels(start: Viewpoint, end: Viewpoint, definitions: Definitions) -> tuple[tuple[str, str], ...]:
    """(ladder, level) of the levels whose track is another one at the end: whoever stands there differs by it.

    Nobody stands on a level outside the versions that hold it, so one that comes or goes moves nobody.
    """
    found: list[tuple[str, str]] = []
    for key in definitions.ladder_keys:
        old, new = (_tracks(definitions, key, at) for at in (start, end))
        found += [(key, level) for level, track in old.items() if new.get(level, track) != track]
    return tuple(found)


def _tracks(definitions: Definitions, ladder: str, at: Viewpoint) -> dict[str, str | None]:
    version = definitions.ladder(ladder, at.day, at.known_at)
    return {level.key: level.track for level in version.levels} if version else {}


def _kind(
    before: Assignment | None,
    after: Assignment | None,
    delta: int | None,
    start: Viewpoint,
    end: Viewpoint,
    definitions: Definitions,
) -> DifferenceKind:
    if before is None:
        return "started"
    if after is None:
        return "ended"
    if (before.ladder, before.level) == (after.ladder, after.level) and _place(before) != _place(after):
        return "remap"
    switches = None not in (before.track, after.track) and (
        before.track != after.track
        if before.ladder == after.ladder
        else _track_kind(before, start, definitions) != _track_kind(after, end, definitions)
    )
    return altering_kind(before, after, switches=switches, grade_delta=delta or 0)


def _place(shown: Assignment) -> tuple[str | None, str]:
    return shown.track, shown.grade


def _track_kind(shown: Assignment, at: Viewpoint, definitions: Definitions) -> str | None:
    ladder = definitions.ladder(shown.ladder, at.day, at.known_at)
    return ladder.kind_of(shown.track) if ladder and shown.track else None


def _grade_delta(
    before: Assignment | None, after: Assignment | None, definitions: Definitions, end: Viewpoint
) -> int | None:
    """Steps on the grade scale as it is at the end, which has all grades; None where a side is not held."""
    company = definitions.company(end.known_at)
    if before is None or after is None or company is None:
        return None
    return company.ranks[after.grade] - company.ranks[before.grade]
