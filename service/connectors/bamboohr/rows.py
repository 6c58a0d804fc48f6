"""A person's rows in BambooHR as claims. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from service.connectors.bamboohr.reading import Reading
from service.domain.claims import Claim
from service.domain.dates import BadDate, checked_date
from service.domain.intake_reports import IntakeProblem

Values = Mapping[str, Any]
"""Of a row or of a person: what may not be seen is missing, what is empty is None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table. `place` is the table and its id."""

    place: str
    number: int
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everybody's rows are whole: a row that is not there does not exist. `fields` are those of the person."""

    id: str
    jobs: Sequence[Row]
    statuses: Sequence[Row]
    fields: Values = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forms:
    """How the rows are to be read. `job` is which of a person's jobs stands there."""

    system: str
    job: str
    date: str
    title: str
    reading: Reading


def claims_of(person: Person, forms: Forms, problems: list[IntakeProblem]) -> Iterator[Claim]:
    """By day. What cannot be told of a row is added to `problems`."""
    reading = forms.reading
    jobs = list(_dated(person, person.jobs, forms.date, forms, problems))
    statuses = list(_dated(person, person.statuses, reading.status_date, forms, problems))
    spells = _spells(statuses, reading)
    for day, row in jobs:
        if _employed(spells, day):
            yield _claim(person, forms, day, row)
        elif not any(begun == day for begun, _, _ in spells):
            text = "the row begins when the person is not employed any more"
            _problem(problems, person, forms, "row-after-end", row.place, text, "give it a day of their employment")
    for day, employed, row in spells:
        if not employed:
            yield Claim(external_ids=_ids(person, forms), effective_on=day, job=forms.job, ended=True, place=row.place)
        elif not any(on == day for on, _ in jobs):
            # Somebody comes back: there the last title goes on to hold, and it is what they begin with.
            held = [one for on, one in jobs if on < day]
            if held and _came_back(spells, day):
                yield _claim(person, forms, day, held[-1])


def _claim(person: Person, forms: Forms, day: date, row: Row) -> Claim:
    reading = forms.reading
    return Claim(
        external_ids=_ids(person, forms),
        effective_on=day,
        key=_text(person.fields, reading.key),
        name=_text(person.fields, reading.name),
        job=forms.job,
        level=_text(row.values, forms.title),
        grade=_text(row.values, reading.grade),
        zone=_text(row.values, reading.zone),
        team=_text(row.values, reading.team),
        role=_text(row.values, reading.role),
        reason=_text(row.values, reading.reason),
        place=row.place,
    )


def _dated(
    person: Person, rows: Iterable[Row], name: str, forms: Forms, problems: list[IntakeProblem]
) -> Iterator[tuple[date, Row]]:
    found: list[tuple[date, Row]] = []
    for row in rows:
        try:
            found.append((checked_date(date.fromisoformat(str(row.values.get(name)))), row))
        except (BadDate, ValueError):
            text = f"the row has no day in {name} that can be kept"
            _problem(problems, person, forms, "no-day", row.place, text, "give it a day there")
    return iter(sorted(found, key=lambda one: (one[0], one[1].number)))


def _spells(statuses: Sequence[tuple[date, Row]], reading: Reading) -> list[tuple[date, bool, Row]]:
    """From which day on somebody is employed, or is not; of one day the last row counts, of equals the first day."""
    by_day: dict[date, tuple[bool, Row]] = {}
    for day, row in statuses:
        said = _text(row.values, reading.status)
        if said is not None:
            by_day[day] = said not in reading.ended, row
    spells: list[tuple[date, bool, Row]] = []
    for day, (employed, row) in by_day.items():
        if not spells or spells[-1][1] != employed:
            spells.append((day, employed, row))
    return spells


def _employed(spells: Sequence[tuple[date, bool, Row]], day: date) -> bool:
    """Who is said nothing about by then is employed: rows of jobs are what there is."""
    return next((employed for begun, employed, _ in reversed(spells) if begun <= day), True)


def _came_back(spells: Sequence[tuple[date, bool, Row]], day: date) -> bool:
    return any(not employed and begun < day for begun, employed, _ in spells)


def _ids(person: Person, forms: Forms) -> dict[str, str]:
    """Theirs first. Of another system's only what is there."""
    others = {system: _text(person.fields, name) for system, name in forms.reading.ids.items()}
    return {forms.system: person.id, **{system: value for system, value in others.items() if value is not None}}


def _text(values: Values, name: str | None) -> str | None:
    """What a field says; None where it says nothing, or may not be seen: neither is taken for empty."""
    value = values.get(name) if name else None
    return (str(value).strip() or None) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _problem(
    problems: list[IntakeProblem], person: Person, forms: Forms, code: str, row: str | None, detail: str, remedy: str
) -> None:
    who = f"{forms.system}:{person.id}"
    problems.append(IntakeProblem(code=code, person=who, row=row, detail=detail, remedy=remedy))
