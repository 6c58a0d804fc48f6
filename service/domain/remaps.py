"""What a new version of a ladder makes of a job's timeline: its level maps put people on other levels. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.domain.assignments import Facts, Row, level_in_force, resolve
from service.domain.changes import Move, Refold, differing_fields, move_of
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder
from service.domain.pay_periods import PERIOD_LOCKED, locked_periods
from service.domain.refusals import Conflict
from service.domain.timelines import LiveChange, Moment, Timeline, altered_days, difference, first_uncovered, fold

MOST_LISTED = 20
"""People named in a refusal; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remap(Refold):
    """A job's timeline as the version has it. `change` tells of it, on the first day that differs."""

    change: LiveChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """What keeps a version from being published: a level on which somebody stands would be gone on `day`."""

    ladder: str
    level: str
    day: date


def touched_levels(ladder: Ladder, before: Ladder | None) -> frozenset[str]:
    """Levels of which the version makes something else for those who stand on them, or are to.

    That is where its map begins, and levels on which people begin at another step than in `before`, the version that
    was in force on its first day; None when there was none.
    """
    mapped = {entry.old_level for entry in ladder.maps}
    stepped = {
        level.key
        for level in (before.levels if before else ())
        if (now := ladder.level(level.key)) and ladder.first_step(now) != ladder.first_step(level)
    }
    return frozenset(mapped | stepped)


def remap(
    change_id: str,
    live: Sequence[LiveChange],
    old: Timeline,
    *,
    replaced: Collection[str] = (),
    before: Definitions,
    after: Definitions,
    today: date,
) -> Remap | Stranded | None:
    """What `after`, which is `before` and one version more, makes of a job; None when nothing of its days differs.

    `old` is the fold of its live changes by `before`; `replaced` are those among them that told of a version in whose
    place this one stands.
    """
    kept = [change for change in live if change.id not in replaced]
    new = fold(kept, after)
    stranded = _stranded(live, old, new, before, after)
    altered = altered_days(old.rows, new.rows)
    if stranded or altered is None:
        return stranded
    day = altered[0]
    change = LiveChange(
        id=change_id,
        effective_on=day,
        ordinal=1 + max(change.ordinal for change in live),
        form="map",
        states={},
    )
    new = fold([*kept, change], after)
    closes, opens = difference(old.rows, new.rows)
    return Remap(
        change=change,
        move=_move(change, old, new, before=before, after=after),
        closes=closes,
        opens=opens,
        timeline=new,
        altered=altered,
        scheduled=day > today,
        retroactive=day < today,
        # Told, and never refused: a version is not of one person.
        periods=locked_periods(old.rows, new.rows, day=day, definitions=after, today=today, override=(PERIOD_LOCKED,)),
    )


def _stranded(
    live: Sequence[LiveChange], old: Timeline, new: Timeline, before: Definitions, after: Definitions
) -> Stranded | None:
    known = {broken.change_id for broken in old.broken}
    for broken in new.broken:
        if broken.change_id not in known:
            change = next(change for change in live if change.id == broken.change_id)
            ladder, level = change.states.get("ladder"), change.states.get("level")
            return Stranded(ladder=ladder or "", level=level or "", day=change.effective_on)
    uncovered = first_uncovered(new.rows, after) or _first_without_step(old, new, before, after)
    if uncovered is None:
        return None
    row, day = uncovered
    return Stranded(ladder=row.standing.facts.ladder, level=row.standing.facts.level, day=day)


def _first_without_step(
    old: Timeline, new: Timeline, before: Definitions, after: Definitions
) -> tuple[Row, date] | None:
    """A row behind a map on a level which lacks its step: at an equal grade the step stays.

    Not one of somebody who had that step already where they were on a level without it.
    """
    for row in new.rows:
        facts, day = row.standing.facts, row.effective_from
        if facts.step and any(one.day <= day for one in after.maps(facts.ladder)) and _lacks_step(facts, day, after):
            held = old.on(day)
            if held is None or held.facts.step != facts.step or not _lacks_step(held.facts, day, before):
                return row, day
    return None


def _lacks_step(facts: Facts, day: date, definitions: Definitions) -> bool:
    found = level_in_force(definitions, facts, day)
    return found is not None and facts.step not in found[1].steps


def _move(change: LiveChange, old: Timeline, new: Timeline, *, before: Definitions, after: Definitions) -> Move:
    moment = new.moment(change.id)
    assert moment is not None
    move = move_of(moment, new, after)
    if move.changed:
        return move
    # The map itself moves nobody on that day: a change of it, read through the map, leads elsewhere than it did.
    day = change.effective_on
    held, holds = old.on(day), new.on(day)
    derived = move_of(Moment(change=change, before=held, after=holds), new, after)
    shown = resolve(held, day=day, definitions=before) if held else None
    return replace(derived, before=shown, changed=differing_fields((held, shown), (holds, derived.after)))


def unmapped(ladder: Ladder, stranded: Mapping[str, Stranded]) -> Conflict:
    """The refusal of a version that strands people, by employee id."""
    people, levels = sorted(stranded), sorted({one.level for one in stranded.values()})
    return Conflict(
        "people-unmapped",
        f"With version {ladder.version} of {ladder.key}, {len(people)} people would stand on {', '.join(levels)}, "
        "which would not be there at that grade, or not with their step. Map it in `maps`, keep its steps, or move "
        "them first.",
        extra={"levels": levels, "employees": people[:MOST_LISTED], "employee_count": len(people)},
    )


def rewrites_past(ladder: Ladder, rewritten: Mapping[str, date]) -> Conflict:
    """The refusal of a version by which people come to have been elsewhere: the first day of each, by employee id."""
    people, first = sorted(rewritten), min(rewritten.values())
    return Conflict(
        "definition-rewrites-past",
        f"Version {ladder.version} of {ladder.key} would make something else of what {len(people)} people were from "
        f"{first} on. Give it a first day from today on, and correct the past person by person.",
        extra={"first_day": first.isoformat(), "employees": people[:MOST_LISTED], "employee_count": len(people)},
    )
