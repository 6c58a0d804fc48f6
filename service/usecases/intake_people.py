"""People as a connected system is about to tell of them: who is known by which name, and what is recorded of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.amendments import Recorded
from service.domain.changes import EventType, Kind
from service.domain.definitions import Definitions
from service.domain.intake_copies import Held
from service.storage import changes, connection_work, connections, crowds
from service.storage.change_records import ChangeRecord
from service.storage.connection_work import Link
from service.usecases.act import Runtime
from service.usecases.connection_work import is_to_go, is_under
from service.usecases.open_connections import OpenConnection, no_connection
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """Somebody known, with the live changes of each job as they stand to the connection.

    `leaving` are the days of rows that were written there and that nothing here stands for any more: they are still
    to be removed there.
    """

    id: str
    external_ids: Mapping[str, str]
    revision: int
    jobs: Mapping[str, tuple[Held, ...]]
    leaving: Mapping[str, frozenset[date]]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeople:
    """`ids` are those of people by every reference that was asked for and that somebody has.

    `strange` are days of rows, by reference and job, that were written there for somebody who was taken for whoever
    that is: they are still to be removed there.
    """

    definitions: Definitions
    today: date
    ids: Mapping[str, str]
    people: Mapping[str, KnownPerson]
    strange: Mapping[tuple[str, str], frozenset[date]]

    def leaving(self, person: KnownPerson | None, references: Sequence[str], job: str) -> frozenset[date]:
        """Days of a job's rows that are still to be removed there, `person` None of somebody who is not known yet."""
        own = person.leaving.get(job, frozenset[date]()) if person else frozenset[date]()
        return own.union(*(self.strange.get((one, job), ()) for one in references))


async def known_people(runtime: Runtime, connection: OpenConnection, references: Sequence[str]) -> KnownPeople:
    """For its connector alone: who is known by these references, keys or `system:value`.

    Raises NotFound for a connection that was deleted since it was opened: of its people nothing more is to be done.
    """
    async with reading(runtime) as view:
        if await connections.find_connection(view.connection, connection.id) is None:
            raise no_connection(connection.key)
        ids = await crowds.ids_of(view.connection, references)
        wanted = set(ids.values())
        # First of all: whatever changes while the rest is read is noticed by the revision.
        records = await crowds.read_people(view.connection, wanted, lock=False)
        names = await crowds.names_of(view.connection, wanted)
        jobs = {held.id: held for held in (await crowds.jobs_of(view.connection, wanted)).values()}
        live = await changes.live_changes_of(view.connection, sorted(jobs))
        kept = await connection_work.links_of_people(view.connection, connection.id, sorted(wanted))
        links = {
            # What was written while they had another id there is not among the rows that are read of them.
            (one, job): [link for link in found if is_under(link, names.get(one, {}).get(connection.system))]
            for (one, job), found in kept.items()
        }
        held: dict[str, dict[str, tuple[Held, ...]]] = {one: {} for one in wanted}
        counting = {(jobs[job].employee_id, jobs[job].key): found for job, found in live.items()}
        leaving: dict[str, dict[str, frozenset[date]]] = {one: {} for one in wanted}
        for (employee, key), written in links.items():
            leaving[employee][key] = _leaving(written, counting.get((employee, key), ()))
        for job_id, found in live.items():
            job = jobs[job_id]
            written = links.get((job.employee_id, job.key), ())
            # Overlays have jobs of their own, and nothing of them is read from elsewhere.
            if not any(record.is_overlay for record in found):
                held[job.employee_id][job.key] = tuple(
                    _held(record, connection, written, today=view.today) for record in found
                )
        people = {
            one: KnownPerson(
                id=one, external_ids=names.get(one, {}), revision=record.revision, jobs=held[one], leaving=leaving[one]
            )
            for one, record in records.items()
        }
        strange = await _strange(view.connection, connection, references, ids)
        return KnownPeople(definitions=view.definitions, today=view.today, ids=ids, people=people, strange=strange)


async def _strange(
    tx: AsyncConnection, connection: OpenConnection, references: Sequence[str], ids: Mapping[str, str]
) -> dict[tuple[str, str], frozenset[date]]:
    prefix = f"{connection.system}:"
    values = [one.removeprefix(prefix) for one in references if one.startswith(prefix)]
    found: dict[tuple[str, str], frozenset[date]] = {}
    for value, link in await connection_work.links_of_former(tx, connection.id, connection.system, values):
        place = f"{prefix}{value}", link.job
        if is_to_go(link, value) and ids.get(place[0]) != link.employee_id:
            found[place] = found.get(place, frozenset()) | {link.effective_on}
    return found


def _held(record: ChangeRecord, connection: OpenConnection, links: Sequence[Link], *, today: date) -> Held:
    return Held(
        recorded=Recorded(
            change=record.live,
            kind=cast(Kind, record.kind),
            grade_delta=record.grade_delta,
            announced=cast(EventType, record.announced),
        ),
        made=record.actor == connection.actor.id,
        written=any(_is_of(link, record) for link in links),
        effective=record.effective_on <= today or not record.waiting,
    )


def _is_of(link: Link, record: ChangeRecord) -> bool:
    """Whether a change is known to stand there as a row. One that is only begun to be written is not."""
    return (link.effective_on, link.change_id) == (record.effective_on, record.id) and link.remote_id is not None


def _leaving(links: Sequence[Link], live: Sequence[ChangeRecord]) -> frozenset[date]:
    ids, days = {record.id for record in live}, {record.effective_on for record in live}
    return frozenset(link.effective_on for link in links if link.change_id not in ids and link.effective_on not in days)
