"""What another system's words stand for here on a day. Pure.

A noun for which a mapping has no entry at all is taken to be said in our own words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.domain.claims import Claim
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.domain.mappings import MappingEntry, Noun, SystemMapping, level_name, level_of

Place = tuple[str, str]
"""Ladder and level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a row says of the level. `place` None and not `ended`: nothing, or nothing that one can tell.

    `fault` says why: unknown_code or ambiguous_code; None where the row just says nothing of levels.
    """

    place: Place | None = None
    ended: bool = False
    means: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def is_told(self) -> bool:
        return self.ended or self.place is not None


class Words:
    """A mapping, looked up by word: an extract asks it once for each of its rows."""

    def __init__(self, mapping: SystemMapping, definitions: Definitions) -> None:
        self._definitions = definitions
        self._theirs: dict[tuple[Noun, str], list[MappingEntry]] = {}
        self._ours: dict[tuple[Noun, str], list[MappingEntry]] = {}
        for entry in mapping.entries:
            self._theirs.setdefault((entry.of, entry.theirs), []).append(entry)
            if not entry.read_only:
                self._ours.setdefault((entry.of, entry.ours), []).append(entry)
        self._mapped = {entry.of for entry in mapping.entries}
        company = definitions.company()
        held = {} if company is None else {"grade": company.grades, "zone": company.zones, "team": company.teams}
        self._keys = {of: frozenset(one.key for one in keyed) for of, keyed in held.items()}
        self._keys["role"] = frozenset(one.key for one in company.roles) if company else frozenset()

    def ours(self, of: Noun, theirs: str, day: date) -> tuple[str, ...]:
        """What of ours a word stands for on a day: none, one or several."""
        if of not in self._mapped:
            return (theirs,) if theirs in self._keys.get(of, (theirs,)) else ()
        found = (entry.ours for entry in self._theirs.get((of, theirs), ()) if entry.holds_on(day))
        return tuple(dict.fromkeys(found))

    def theirs(self, of: Noun, ours: str, day: date) -> str | None:
        """The word to write for one of ours on a day; None where there is none."""
        if of not in self._mapped:
            return ours
        return next((entry.theirs for entry in self._ours.get((of, ours), ()) if entry.holds_on(day)), None)

    def level_word(self, place: Place, day: date) -> str | None:
        return self.theirs("level", level_name(*place), day)

    def one(self, of: Noun, theirs: str | None, day: date) -> str | None:
        """The one of ours that a word stands for; None where it is none or several."""
        found = self.ours(of, theirs, day) if theirs is not None else ()
        return found[0] if len(found) == 1 else None

    def level_at(self, place: Place, day: date) -> tuple[Ladder, Level] | None:
        """The level by the version in force on a day; None when nobody can stand on it."""
        ladder = self._definitions.ladder(place[0], day)
        level = ladder.level(place[1]) if ladder else None
        return (ladder, level) if ladder and level and level.grade is not None else None

    def meaning(self, claim: Claim, day: date, held: Place | None) -> Meaning:
        """What a row says. Of several levels that a word stands for it is the one held, or the one of their grade."""
        if claim.ended:
            return Meaning(ended=True)
        if claim.level is None:
            return Meaning(fault=None if claim.grade is not None else "unknown_code")
        means = self.ours("level", claim.level, day)
        there = [place for name in means if (place := level_of(name)) and self.level_at(place, day)]
        if not there:
            return Meaning(means=means, fault="unknown_code")
        if held in there:
            return Meaning(place=held, means=means)
        if len(there) > 1:
            there = self._of_grade(there, claim, day)
        if len(there) != 1:
            return Meaning(means=means, fault="ambiguous_code")
        return Meaning(place=there[0], means=means)

    def _of_grade(self, places: Sequence[Place], claim: Claim, day: date) -> list[Place]:
        if claim.grade is None:
            return list(places)
        grades = self.ours("grade", claim.grade, day)
        return [place for place in places if (found := self.level_at(place, day)) and found[1].grade in grades]
