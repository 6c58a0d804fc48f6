"""What a level expects in the end: its own statements and those it inherits.

The source form stays as it is written and is what is exported; this is the resolved form. A level inherits, in
this order, from the level of the same key in the framework its ladder extends, from the levels below it when the
ladder is cumulative, and from the levels it extends itself. Statements add up, the last stated proficiency counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.domain.ladders import Ladder
from service.domain.levels import Expectation, Level
from service.domain.tracks import Competency


def frameworks_of(ladder: Ladder, ladders: Mapping[str, Ladder]) -> tuple[Ladder, ...]:
    """The ladders that this one extends, nearest first; a cycle ends at its first repetition."""
    found: list[Ladder] = []
    seen = {ladder.key}
    current = ladder
    while current.extends is not None and current.extends not in seen and current.extends in ladders:
        current = ladders[current.extends]
        seen.add(current.key)
        found.append(current)
    return tuple(found)


def competencies_of(ladder: Ladder, ladders: Mapping[str, Ladder]) -> tuple[Competency, ...]:
    """Inherited competencies first; one that the ladder declares itself takes the place of an inherited one."""
    found: dict[str, Competency] = {}
    for origin in (*reversed(frameworks_of(ladder, ladders)), ladder):
        found.update({competency.key: competency for competency in origin.competencies})
    return tuple(found.values())


def expected(level: Level, ladder: Ladder, ladders: Mapping[str, Ladder]) -> tuple[Expectation, ...]:
    """Everything the level expects, by competency in declared order. `ladders` by key hold the frameworks."""
    found: dict[str, Expectation] = {}
    for origin in (*reversed(frameworks_of(ladder, ladders)), ladder):
        same = level if origin is ladder else origin.level(level.key)
        if same is not None:
            for inherited in _lineage(same, origin):
                _merge(found, inherited.expectations)
    order = [competency.key for competency in competencies_of(ladder, ladders)]
    place = {key: index for index, key in enumerate(order)}
    return tuple(sorted(found.values(), key=lambda expectation: place.get(expectation.competency, len(place))))


def _lineage(level: Level, ladder: Ladder) -> tuple[Level, ...]:
    """The level and all it inherits from within its ladder, each once, inherited ones first; a cycle ends."""
    lineage: dict[str, Level] = {}
    waiting = [(level, False)]
    entered: set[str] = set()
    while waiting:
        current, is_done = waiting.pop()
        if is_done:
            lineage[current.key] = current
        elif current.key not in entered:
            entered.add(current.key)
            waiting.append((current, True))
            waiting.extend((inherited, False) for inherited in reversed(_inherited(current, ladder)))
    return tuple(lineage.values())


def _inherited(level: Level, ladder: Ladder) -> tuple[Level, ...]:
    below: dict[str, Level] = {}
    for track in level.tracks if ladder.cumulative else ():
        levels = ladder.levels_of(track)
        place = next(index for index, found in enumerate(levels) if found is level)
        if place:
            below[levels[place - 1].key] = levels[place - 1]
    named = [found for key in level.extends if (found := ladder.level(key)) is not None]
    return (*below.values(), *named)


def _merge(found: dict[str, Expectation], more: Iterable[Expectation]) -> None:
    for expectation in more:
        known = found.get(expectation.competency)
        if known is None:
            found[expectation.competency] = expectation
            continue
        added = [statement for statement in expectation.statements if statement not in known.statements]
        found[expectation.competency] = replace(
            known,
            statements=(*known.statements, *added),
            proficiency=expectation.proficiency or known.proficiency,
        )
