"""An extract held against the record: whom its rows are about, and where both part."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.domain.assignments import PRIMARY, Row
from service.domain.definitions import Definitions
from service.domain.drift_mends import Terms, Who
from service.domain.drift_shapes import Drift, ExtractRow
from service.domain.drifts import doubled, drifts_of, job_of, not_there
from service.storage import crowds, reconciliations
from service.storage.database import Database
from service.storage.reconciliations import DriftRecord, HolderRecord
from service.usecases.drift_documents import record_of

PEOPLE_AT_ONCE = 500
"""People compared before others in the process have a turn, and read by one question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What rows of an extract are held against: the record as known at an instant (µs)."""

    database: Database
    definitions: Definitions
    terms: Terms
    known_at: int


@dataclass(slots=True, kw_only=True)
class _Meant:
    """Somebody of an extract: their rows, and who of ours is meant."""

    person: str
    rows: list[ExtractRow]
    ids: frozenset[str] = frozenset()

    @property
    def employee_id(self) -> str | None:
        return next(iter(self.ids)) if len(self.ids) == 1 else None

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(reference for row in self.rows for reference in row.claim.references))

    def who(self, timelines: Mapping[str, Sequence[Row]], stated: Mapping[str, Sequence[date]]) -> Who:
        claim = self.rows[-1].claim
        return Who(
            employee_id=self.employee_id,
            person=self.person,
            key=claim.key,
            external_ids=claim.external_ids,
            timelines=timelines,
            stated=stated,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What the record has of some people, by id and job: rows, and days on which live changes state a level."""

    timelines: Mapping[str, Mapping[str, Sequence[Row]]]
    stated: Mapping[str, Mapping[str, Sequence[date]]]


async def found_drifts(
    against: Comparison, rows: Iterable[ExtractRow], *, system: str, is_whole: bool
) -> tuple[list[DriftRecord], int]:
    """Drifts by number, and how many people the rows are about. With `is_whole`, who has no row is missing there."""
    meant = await asyncio.to_thread(_grouped, rows, system)
    await _recognise(against, meant)
    taken: dict[str, int] = {}
    for one in meant:
        for employee_id in one.ids:
            taken[employee_id] = taken.get(employee_id, 0) + 1
    records: list[DriftRecord] = []
    for first in range(0, len(meant), PEOPLE_AT_ONCE):
        part = meant[first : first + PEOPLE_AT_ONCE]
        ids = [one.employee_id for one in part if one.employee_id is not None]
        held = await _held(against, ids)

        def compare(part: Sequence[_Meant] = part, held: _Held = held) -> list[DriftRecord]:
            return [record_of(drift) for one in part for drift in _drifts(one, held, taken, against)]

        records += await asyncio.to_thread(compare)
    if is_whole:
        records += await _missing_there(against, meant, system)
    return [replace(record, number=number) for number, record in enumerate(records, start=1)], len(meant)


def _grouped(rows: Iterable[ExtractRow], system: str) -> list[_Meant]:
    """People in the order in which they first occur. Who has an id in that system is told apart by it."""
    people: dict[str, _Meant] = {}
    for row in rows:
        claim = row.claim
        theirs = claim.external_ids.get(system)
        person = f"{system}:{theirs}" if theirs is not None else claim.references[0]
        people.setdefault(person, _Meant(person=person, rows=[])).rows.append(row)
    return list(people.values())


async def _recognise(against: Comparison, meant: Sequence[_Meant]) -> None:
    for first in range(0, len(meant), PEOPLE_AT_ONCE):
        part = meant[first : first + PEOPLE_AT_ONCE]
        async with against.database.read() as connection:
            ids = await crowds.ids_of(connection, (name for one in part for name in one.references))
        for one in part:
            one.ids = frozenset(ids[name] for name in one.references if name in ids)


async def _held(against: Comparison, ids: Sequence[str]) -> _Held:
    async with against.database.read() as connection:
        timelines = await reconciliations.timelines_of(connection, ids, known_at=against.known_at)
        jobs = await crowds.jobs_of(connection, ids)
    stated: dict[str, dict[str, list[date]]] = {}
    for (employee_id, job), held in jobs.items():
        days = [change.effective_on for change in held.live if "level" in change.states]
        stated.setdefault(employee_id, {})[job] = days
    return _Held(timelines=timelines, stated=stated)


def _drifts(one: _Meant, held: _Held, taken: Mapping[str, int], against: Comparison) -> Iterator[Drift]:
    employee_id = one.employee_id or ""
    who = one.who(held.timelines.get(employee_id, {}), held.stated.get(employee_id, {}))
    if len(one.ids) > 1:
        yield doubled(who, one.rows[0], against.terms, "Its ids are of several people here. Mend them on either side.")
    elif one.employee_id is not None and taken[one.employee_id] > 1:
        text = "Several people of theirs are one person here. Have one of them removed there, or mend the ids here."
        yield doubled(who, one.rows[0], against.terms, text)
    else:
        yield from drifts_of(who, one.rows, against.terms, against.definitions)


async def _missing_there(against: Comparison, meant: Sequence[_Meant], system: str) -> list[DriftRecord]:
    """Who holds a job that rows are about, on the day of the report, and has no row of it."""
    terms = against.terms
    named = {(one, job_of(row, terms)) for person in meant for one in person.ids for row in person.rows}
    jobs = {PRIMARY, *(job for _, job in named)}
    # Of whom it is not clear who they are, nothing is missing.
    unclear = {one for person in meant if len(person.ids) > 1 for one in person.ids}
    records: list[DriftRecord] = []
    after: tuple[str, str] | None = None
    while True:
        async with against.database.read() as connection:
            page = await reconciliations.holders_page(
                connection, day=terms.as_of, known_at=against.known_at, after=after, limit=PEOPLE_AT_ONCE
            )
            lost = [
                one for one in page if one.job in jobs and one.place not in named and one.employee_id not in unclear
            ]
            names = await crowds.names_of(connection, {one.employee_id for one in lost})
        records += [record_of(_lost(one, names.get(one.employee_id, {}).get(system), system, terms)) for one in lost]
        if len(page) < PEOPLE_AT_ONCE:
            return records
        after = page[-1].place


def _lost(holder: HolderRecord, theirs: str | None, system: str, terms: Terms) -> Drift:
    person = f"{system}:{theirs}" if theirs is not None else holder.employee_key or holder.employee_id
    who = Who(employee_id=holder.employee_id, person=person, timelines={holder.job: [holder.row]})
    return not_there(who, holder.job, holder.row, terms)
