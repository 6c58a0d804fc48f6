"""What somebody holds, as it is answered: from a record and its view, or from a row that holds all of it."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from service.domain.access import Actor, may_read_pay
from service.domain.assignments import FACTS, Assignment, Facts, Standing, resolve
from service.domain.definitions import Definitions
from service.domain.events import EmployeeReference
from service.domain.instants import instant_text
from service.storage.assignments import AssignmentRecord
from service.storage.hot import HeldRow
from service.usecases.reading import Reading

_MOST = 4_096
"""Combinations of facts remembered, each about a kilobyte."""
_DERIVED = tuple(one.name for one in fields(Assignment) if one.name not in {"grade_since", "step_since"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAssignment(Assignment):
    """An assignment with whose it is, how long it holds, and what the answer is bounded by."""

    employee: Annotated[EmployeeReference, Field(description="The person.")]
    job: Annotated[str, Field(description="Key of the job.")]
    effective_on: Annotated[date, Field(description="The day asked.")]
    effective_from: Annotated[date, Field(description="First day on which exactly this holds.")]
    effective_to: Annotated[date | None, Field(description="First day on which it does not; null while open.")]
    recorded_at: Annotated[str, Field(description="Instant from which this is known.")]
    revision: Annotated[int, Field(description="The person's revision.")]
    known_at: Annotated[str, Field(description="Instant this answer is bounded by.")]


def held_from(
    record: AssignmentRecord, names: dict[str, str], *, day: date, view: Reading, actor: Actor, revision: int
) -> HeldAssignment:
    """What a record says on a day; `names` are the person's in other systems."""
    shown = shown_on(record, day=day, view=view, actor=actor)
    return HeldAssignment(
        **{field.name: getattr(shown, field.name) for field in fields(Assignment)},
        employee=EmployeeReference(id=record.employee_id, key=record.employee_key, external_ids=names),
        job=record.job,
        effective_on=day,
        effective_from=record.row.effective_from,
        effective_to=record.row.effective_to,
        recorded_at=instant_text(record.known_from),
        revision=revision,
        known_at=instant_text(view.known_at),
    )


def shown_on(record: AssignmentRecord, *, day: date, view: Reading, actor: Actor) -> Assignment:
    """What the definitions make of a record on a day, as far as the caller may read it."""
    shown = resolve(record.row.standing, day=day, definitions=view.definitions, known_at=view.known_at)
    return shown if may_read_pay(actor) else shown.without_pay()


def of_row(
    definitions: Definitions, *, day: date, known_at: int | None, instant: int, pay: bool
) -> Callable[[HeldRow], HeldAssignment]:
    """Makes of a row what `held_from` makes of its record. `known_at` is what was asked, `instant` what bounds it.

    What definitions make of somebody's facts is the same for everybody with these facts, and is found once for a day.
    """
    find = _derived if known_at is None else _derived.__wrapped__
    bound = instant_text(instant)
    day_of = date.fromisoformat

    def held(row: HeldRow) -> HeldAssignment:
        return HeldAssignment(
            **find(definitions, row.facts, row.grade, day, known_at, pay),
            grade_since=day_of(row.grade_since),
            step_since=day_of(row.step_since),
            employee=EmployeeReference(id=row.employee_id, key=row.employee_key, external_ids=row.names),
            job=row.job,
            effective_on=day,
            effective_from=day_of(row.effective_from),
            effective_to=day_of(row.effective_to) if row.effective_to else None,
            recorded_at=instant_text(row.known_from),
            revision=row.revision,
            known_at=bound,
        )

    return held


@lru_cache(maxsize=_MOST)
def _derived(
    definitions: Definitions, facts: tuple[str | None, ...], grade: str, day: date, known_at: int | None, pay: bool
) -> dict[str, Any]:
    """Everything of an assignment but the two days that differ from person to person."""
    assignment = resolve(standing_on(facts, grade, day), day=day, definitions=definitions, known_at=known_at)
    shown = assignment if pay else assignment.without_pay()
    return {name: getattr(shown, name) for name in _DERIVED}


def standing_on(facts: tuple[str | None, ...], grade: str, day: date) -> Standing:
    """A standing of these facts, in the order of FACTS; all its days are `day`."""
    named = dict(zip(FACTS, facts, strict=True))
    return Standing(
        facts=Facts(**named),  # pyright: ignore[reportArgumentType] - as the table has it
        grade=grade,
        grade_since=day,
        step_since=day,
        since=day,
    )
