"""What is called what in another firm's system, from a day on. Pure.

A mapping is data that is set as a whole: entries of one noun each, ours beside theirs. Two entries may not say
different things of one day: what is ours has one name there that is written, and any number that are only read, as
"Sr. Engineer" beside "Senior Engineer". What is theirs may stand for several of ours, as a title that both tracks share
does; then the reader has to say which, and nothing is guessed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from service.domain.claims import keepable
from service.domain.definitions import Definitions
from service.domain.findings import Finding, token

Noun = Literal["level", "grade", "reason", "zone", "team", "role", "job"]
NOUNS: tuple[Noun, ...] = get_args(Noun)
MOST_ENTRIES = 10_000
ENTRIES = "/entries"
"""Where they stand in a mapping."""
ReadOnly = Annotated[
    bool,
    Field(description="Only read as ours, never written there: a further name of one of ours, beside the one it has."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingEntry:
    """One of ours and what it is called there, between two days."""

    of: Annotated[Noun, Field(description="level, grade, reason, zone, team, role or job.")]
    ours: Annotated[
        str,
        Field(description="Our key: of a level ladder/level, of a reason the kind of change.", max_length=200),
    ]
    theirs: Annotated[str, Field(description="What that system calls it.", max_length=400)]
    from_: Annotated[date | None, Field(alias="from", description="First day; null for as long as there was one.")] = (
        None
    )
    to: Annotated[date | None, Field(description="First day on which it does not hold any more; null while open.")] = (
        None
    )
    read_only: ReadOnly = False

    def holds_on(self, day: date) -> bool:
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day < self.to)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMapping:
    """All entries for one system, in the order in which they were given."""

    entries: tuple[MappingEntry, ...] = ()

    def theirs(self, of: Noun, ours: str | None, day: date) -> str | None:
        """What is written there for it on a day; None where nothing is mapped, or there is nothing of ours."""
        return next((one.theirs for one in self._written(of) if one.ours == ours and one.holds_on(day)), None)

    def ours(self, of: Noun, theirs: str | None, day: date) -> tuple[str, ...]:
        """What of ours it may stand for on a day: none, one, or several that somebody has to choose from."""
        found = (one.ours for one in self.entries if one.of == of and one.theirs == theirs and one.holds_on(day))
        return tuple(dict.fromkeys(found))

    def all_theirs(self, of: Noun, day: date) -> tuple[str, ...]:
        """Every name there that is written on a day."""
        return tuple(dict.fromkeys(one.theirs for one in self._written(of) if one.holds_on(day)))

    def reads(self, of: Noun, day: date) -> bool:
        """Whether anything of theirs stands for something of ours on a day."""
        return any(one.of == of and one.holds_on(day) for one in self.entries)

    def as_written(self, of: Noun, theirs: str, day: date) -> str:
        """The name that is written for what one of theirs stands for; the same one where that is not certain.

        So what says the same by another name is left as it is, and is nothing that somebody has to look at.
        """
        if any(one.theirs == theirs and one.holds_on(day) for one in self._written(of)):
            return theirs
        ours = self.ours(of, theirs, day)
        return (self.theirs(of, ours[0], day) if len(ours) == 1 else None) or theirs

    def renamed(self, of: Noun, ours: str, after: date, before: date | None) -> list[date]:
        """Days between two on which something else begins to be written for one of ours, in order."""
        days = {day for one in self._written(of) if one.ours == ours for day in (one.from_, one.to) if day is not None}
        return sorted(day for day in days if after < day and (before is None or day < before))

    def _written(self, of: Noun) -> Iterator[MappingEntry]:
        return (one for one in self.entries if one.of == of and not one.read_only)


def level_name(ladder: str, level: str) -> str:
    """A level as mappings name it."""
    return f"{ladder}/{level}"


def level_of(name: str) -> tuple[str, str] | None:
    """(ladder, level) of such a name; None where it is none."""
    ladder, slash, level = name.partition("/")
    return (ladder, level) if slash and ladder and level else None


def mapping_of(document: Mapping[str, Any]) -> SystemMapping:
    """The mapping that was kept."""

    def day(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    return SystemMapping(
        entries=tuple(
            MappingEntry(
                of=one["of"],
                ours=one["ours"],
                theirs=one["theirs"],
                from_=day(one.get("from")),
                to=day(one.get("to")),
                read_only=one.get("read_only", False),
            )
            for one in document.get("entries", ())
        )
    )


def wrong_entries(entries: Sequence[MappingEntry]) -> Iterator[Finding]:
    """What cannot be kept: days that end before they begin, levels that are none, two names to write for one."""
    for number, one in enumerate(entries):
        if one.from_ and one.to and one.to <= one.from_:
            yield _wrong(number, "to", f"it ends on {one.to}, not after {one.from_}", "let it end later")
        if one.of == "level" and level_of(one.ours) is None:
            yield _wrong(number, "ours", "a level is named ladder/level", "write it as engineering/ic5")
        if not one.ours or not one.theirs:
            yield _wrong(number, "ours" if not one.ours else "theirs", "it is empty", "write a name, or leave it out")
        for name, text in (("ours", one.ours), ("theirs", one.theirs)):
            if keepable(text) != text:
                yield _wrong(number, name, "it holds NUL or half of a character", "write it without that")
    for (of, ours), numbers in _together(entries).items():
        ordered = sorted(numbers, key=lambda number: entries[number].from_ or date.min)
        for first, second in pairwise(ordered):
            if (entries[first].to or date.max) > (entries[second].from_ or date.min):
                yield _wrong(
                    second,
                    "from",
                    f"{of} {ours} has another name there on the same day, in entry {first}",
                    "let one end where the other begins, or mark the one that is not to be written with read_only",
                )


def unknown_entries(entries: Sequence[MappingEntry], definitions: Definitions, day: date) -> Iterator[Finding]:
    """What no definition in force on a day has. Warnings: a definition may come later."""
    company = definitions.company()
    known: dict[str, set[str]] = {
        "grade": {grade.key for grade in company.grades} if company else set(),
        "zone": {zone.key for zone in company.zones} if company else set(),
        "team": {team.key for team in company.teams} if company else set(),
        "role": {role.key for role in company.roles} if company else set(),
    }
    for number, one in enumerate(entries):
        if not one.holds_on(day):
            continue
        if one.of == "level" and (place := level_of(one.ours)):
            ladder = definitions.ladder(place[0], day)
            if ladder is None or ladder.level(place[1]) is None:
                yield _unknown(number, f"no ladder in force on {day} has the level {one.ours}")
        if one.of in known and one.ours not in known[one.of]:
            yield _unknown(number, f"the company has no {one.of} {one.ours}")


def unmapped_levels(mapping: SystemMapping, definitions: Definitions, day: date) -> tuple[str, ...]:
    """Levels in force on a day that have no name there, as ladder/level."""
    in_force = definitions.ladders_in_force(day).values()
    found = (level_name(ladder.key, level.key) for ladder in in_force for level in ladder.levels)
    return tuple(name for name in found if mapping.theirs("level", name, day) is None)


def _together(entries: Iterable[MappingEntry]) -> dict[tuple[str, str], list[int]]:
    together: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(entries):
        if not one.read_only:
            together.setdefault((one.of, one.ours), []).append(number)
    return together


def _wrong(number: int, name: str, text: str, remedy: str) -> Finding:
    return Finding(rule="mapping", pointer=f"{ENTRIES}{token(number)}{token(name)}", text=text, remedy=remedy)


def _unknown(number: int, text: str) -> Finding:
    pointer = f"{ENTRIES}{token(number)}/ours"
    remedy = "mend the key, or publish the definition"
    return Finding(rule="mapping", pointer=pointer, text=text, remedy=remedy, severity="warning")
