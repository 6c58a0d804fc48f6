"""Which assignments of a list are wanted."""

from dataclasses import dataclass
from datetime import date

from service.domain.definitions import Definitions
from service.storage.assignments import AssignmentFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which assignments of a list are wanted: one of each given tuple; an empty tuple asks for all.

    `employee_ids` are ids, never keys. `begins_from` and `begins_before` bound `effective_from`.
    """

    ladder: tuple[str, ...] = ()
    track: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    grade: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    employee_ids: tuple[str, ...] = ()
    job: tuple[str, ...] = ()
    begins_from: date | None = None
    begins_before: date | None = None

    def filtered(self, definitions: Definitions, *, day: date, known_at: int | None) -> AssignmentFilter:
        """What this comes to by the definitions in force on a day, as known at an instant (µs, None = now)."""
        return AssignmentFilter(
            ladders=self.ladder or None,
            levels=self._levels(definitions, day=day, known_at=known_at) if self.track or self.level else None,
            grades=self.grade or None,
            teams=self.team or None,
            roles=self.role or None,
            zones=self.zone or None,
            employee_ids=self.employee_ids or None,
            jobs=self.job or None,
            begins_from=self.begins_from,
            begins_before=self.begins_before,
        )

    def _levels(self, definitions: Definitions, *, day: date, known_at: int | None) -> tuple[tuple[str, str], ...]:
        """(ladder, level) pairs of the levels asked for: a track is derived, so it is looked up by its levels."""
        in_force = [definitions.ladder(key, day, known_at) for key in definitions.ladder_keys]
        return tuple(
            (ladder.key, level.key)
            for ladder in in_force
            if ladder
            for level in ladder.levels
            if (not self.track or level.track in self.track) and (not self.level or level.key in self.level)
        )
