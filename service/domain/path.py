"""Where somebody can go from here: up the own track, over to another at equal grade, along stated moves, and back from
a switch on trial. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.assignments import Assignment, Row, Standing, resolve
from service.domain.changes import Kind, altering_kind
from service.domain.company import Company
from service.domain.comparison import ComparedCompetency, ComparedInfluence, Side, compare_levels
from service.domain.definitions import Definitions
from service.domain.ladders import Ladder, Move, MoveKind
from service.domain.levels import Level, LevelRule
from service.domain.tenure import months_employed, months_on

_WAY_BACK: dict[MoveKind, MoveKind] = {"promotion": "demotion", "demotion": "promotion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCondition:
    """What a ladder expects before a step. None of them binds: a change that does not meet it has a warning."""

    condition: Annotated[
        Literal["months_on_level", "months_in_job", "approval", "internal_only"],
        Field(description="What is expected; new conditions may be added."),
    ]
    required: Annotated[int | None, Field(description="How many months; null for what is not counted.")]
    held: Annotated[int | None, Field(description="Whole months until the day asked; null for what is not counted.")]
    who: Annotated[str | None, Field(description="Who has to agree, of an approval.")]
    met: Annotated[bool | None, Field(description="Whether it is met on the day asked; null when that is not known.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """One way on. One that the ladder denies is named, and nothing is said of its conditions."""

    to: Annotated[
        Assignment, Field(description="What would hold, were it made on the day; with the title of the level.")
    ]
    kind: Annotated[Kind, Field(description="Kind that the change would have; new kinds may be added.")]
    move: Annotated[MoveKind | None, Field(description="What the ladder calls it; null where it states no move.")]
    grade_delta: Annotated[int | None, Field(description="Steps on the grade scale.")]
    allowed: Annotated[bool, Field(description="False where the ladder denies it: as a track switch it is refused.")]
    way_back: Annotated[
        bool | None, Field(description="Whether a track switch may be made back; null for what is no switch.")
    ]
    conditions: Annotated[tuple[StepCondition, ...], Field(description="What is expected before it.")]
    note: Annotated[str | None, Field(description="What else the ladder says of the move.")]
    rule: Annotated[LevelRule | None, Field(description="What it takes to be there, beside the expectations.")]
    expectations: Annotated[
        tuple[ComparedCompetency, ...], Field(description="Competencies in which something else is expected there.")
    ]
    influence: Annotated[tuple[ComparedInfluence, ...], Field(description="Attributes of influence that differ.")]
    trial_until: Annotated[
        date | None,
        Field(description="First day on which the way back of a switch on trial is closed; null for other ways."),
    ] = None

    def without_pay(self) -> "NextStep":
        return replace(self, to=self.to.without_pay())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """Where somebody stands, and by what that is seen."""

    standing: Standing
    rows: Sequence[Row]
    ladder: Ladder
    level: Level
    company: Company
    definitions: Definitions
    day: date
    known_at: int | None
    ways_back: Mapping[tuple[str, str], date]


def next_steps(
    standing: Standing,
    rows: Sequence[Row],
    *,
    day: date,
    definitions: Definitions,
    known_at: int | None = None,
    ways_back: Mapping[tuple[str, str], date] = {},
) -> tuple[NextStep, ...]:
    """The ways on by the versions in force on `day`, as known at `known_at` (µs; None = all that is known).

    Own track first, then switches at equal grade, then stated moves, then back from switches on trial, which are
    `ways_back`. Retired levels and levels without a grade are left out: nobody should come, or can be placed, there.
    `rows` are the job's timeline. Empty when the level is in no version in force.
    """
    company = definitions.company(known_at)
    ladder = definitions.ladder(standing.facts.ladder, day, known_at)
    level = ladder.level(standing.facts.level) if ladder else None
    if company is None or ladder is None or level is None:
        return ()
    here = _Here(
        standing=standing,
        rows=rows,
        ladder=ladder,
        level=level,
        company=company,
        definitions=definitions,
        day=day,
        known_at=known_at,
        ways_back=ways_back,
    )
    back = (place for ladder, key in ways_back for place in _level(here, ladder, key))
    targets = (*_above(here), *_beside(here), *_stated(here), *back)
    found = {(there.key, to.key): (there, to) for there, to in targets if _takes(there, to, here)}
    return tuple(_step(here, there, to) for there, to in found.values())


def _above(here: _Here) -> Iterator[tuple[Ladder, Level]]:
    """On each own track what comes next: everything until the grade rises, and all levels at that grade."""
    ranks = here.company.ranks
    own = ranks[here.standing.grade]
    for track in here.level.tracks:
        levels = here.ladder.levels_of(track)
        behind = [level for level in levels[levels.index(here.level) + 1 :] if _takes(here.ladder, level, here)]
        higher = [ranks[level.grade] for level in behind if level.grade and ranks[level.grade] > own]
        yield from ((here.ladder, level) for level in behind if ranks[level.grade or ""] <= min(higher, default=own))


def _beside(here: _Here) -> Iterator[tuple[Ladder, Level]]:
    """Levels of another track at the same grade. A level that several tracks share switches none."""
    for level in here.ladder.levels_at(here.standing.grade):
        if None not in (here.level.track, level.track) and level.track != here.level.track:
            yield here.ladder, level


def _stated(here: _Here) -> Iterator[tuple[Ladder, Level]]:
    """Where moves of the ladder lead from here, back along reversible ones too."""
    for move in here.ladder.moves:
        key = here.ladder.key
        if move.from_level == here.level.key:
            yield from _level(here, move.to_ladder or key, move.to_level)
        elif move.reversible and move.to_level == here.level.key and move.to_ladder in (None, key):
            yield from _level(here, key, move.from_level)


def _level(here: _Here, ladder: str, level: str) -> Iterator[tuple[Ladder, Level]]:
    there = here.definitions.ladder(ladder, here.day, here.known_at)
    found = there.level(level) if there else None
    if there and found:
        yield there, found


def _takes(there: Ladder, level: Level, here: _Here) -> bool:
    """Whether somebody from here can be placed there, and should be."""
    is_open = not level.retired and (there.lifecycle != "retired" or there.key == here.ladder.key)
    return is_open and level.grade in here.company.ranks and (there.key, level.key) != (here.ladder.key, here.level.key)


def _step(here: _Here, there: Ladder, level: Level) -> NextStep:
    edge = here.ladder.edge(here.level.key, level.key, to_ladder=there.key)
    ladders = here.definitions.ladders_in_force(here.day, here.known_at)
    compared = compare_levels(
        Side(ladder=here.ladder, level=here.level, ladders=ladders, bands=None),
        Side(ladder=there, level=level, ladders=ladders, bands=None),
        here.company,
    )
    switch = compared.switch
    is_open = edge.allowed if edge else switch.allowed
    until = here.ways_back.get((there.key, level.key))
    before, after = (
        resolve(standing, day=here.day, definitions=here.definitions, known_at=here.known_at)
        for standing in (here.standing, _arrived(here, there, level))
    )
    return NextStep(
        to=after,
        kind=altering_kind(before, after, switches=switch.changes_track, grade_delta=switch.grade_delta or 0),
        move=_called(edge, here.level) if edge else None,
        grade_delta=switch.grade_delta,
        allowed=is_open or until is not None,
        way_back=switch.way_back if switch.changes_track else None,
        conditions=tuple(_conditions(here, edge, level)) if is_open else (),
        note=edge.note if edge and is_open else None,
        rule=level.rule,
        expectations=tuple(
            one for one in compared.expectations if one.only_a or one.only_b or one.proficiency_a != one.proficiency_b
        ),
        influence=tuple(one for one in compared.influence if one.a != one.b),
        trial_until=until,
    )


def _arrived(here: _Here, there: Ladder, level: Level) -> Standing:
    """What would hold: at an equal grade band set, step and tenure stay; a title of one's own belongs to the old."""
    standing = here.standing
    grade = level.grade or ""
    facts = standing.facts.with_stated({"ladder": there.key, "level": level.key, "title": None})
    if grade == standing.grade:
        return replace(standing, facts=facts, since=here.day)
    facts = facts.with_stated({"step": there.first_step(level), "band_set": None})
    return Standing(facts=facts, grade=grade, grade_since=here.day, step_since=here.day, since=here.day)


def _called(edge: Move, level: Level) -> MoveKind:
    return edge.kind if edge.from_level == level.key else _WAY_BACK.get(edge.kind, edge.kind)


def _conditions(here: _Here, edge: Move | None, level: Level) -> Iterator[StepCondition]:
    if edge and edge.minimum_months is not None:
        yield _counted("months_on_level", edge.minimum_months, months_on(here.standing.facts, here.rows, here.day))
    if edge and edge.minimum_tenure_months is not None:
        yield _counted("months_in_job", edge.minimum_tenure_months, months_employed(here.rows, here.day))
    if edge and edge.approval:
        yield StepCondition(condition="approval", required=None, held=None, who=edge.approval, met=None)
    if level.is_internal_only(here.day) or (edge and edge.internal_only):
        # Whoever holds a job is of the company.
        yield StepCondition(condition="internal_only", required=None, held=None, who=None, met=True)


def _counted(name: Literal["months_on_level", "months_in_job"], required: int, held: int) -> StepCondition:
    return StepCondition(condition=name, required=required, held=held, who=None, met=held >= required)
