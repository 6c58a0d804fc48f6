"""What holds here, written into a person's compensations there: titles, and the rate where pay is ours.

An event says whose days were altered. What is written is what holds on them by now, so an event that comes late, or
again, finds nothing left to do. No day is ever moved: what cannot be written on its own day waits for its owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from service.connectors.comparing import Known, Obstacle, Step, digest, steps, whole
from service.connectors.former import Kept, kept_of, known_of, noted, steps_back, under_former
from service.connectors.gusto.client import Client, JobThere, PayRow, Refused
from service.connectors.gusto.locks import Locks
from service.connectors.gusto.rows import Ledger
from service.connectors.gusto.settings import Settings
from service.connectors.gusto.writing import Writing
from service.connectors.holding import altered, changes_of, note_changes, reader_of, timeline_of, today_here
from service.connectors.kinds import Tools
from service.connectors.news import News
from service.connectors.sinks import Done, Failed, Postponed, Told
from service.domain.assignments import PRIMARY
from service.usecases.assignments import ShownTimeline, read_timeline
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.connection_work import UNDER, Link, forget_link, keep_link, leave_links, owed_from, settle
from service.usecases.open_connections import OpenConnection
from service.usecases.reading import reading

PLACE = "compensations"
_ALL: frozenset[str] = frozenset()
_GONE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One write of one person's job: whose, where it stands there, and what is done so far. `change` is the event's,
    `changes` are those that count by the day from which each does; `under` is what they are known by there."""

    employee: str
    job: str
    there: str
    person: str
    under: str
    change: str
    changes: Mapping[date, str]
    today: date
    ledger: Ledger
    locks: Locks
    done: list[str]


class Sink:
    """Writes one event at a time of each person. Raises Unreachable."""

    def __init__(self, connection: OpenConnection, settings: Settings, client: Client, tools: Tools) -> None:
        self._connection = connection
        self._settings = settings
        self._client = client
        self._runtime = tools.runtime
        self._actor = reader_of(connection, owns_pay=settings.owns_pay)

    async def write(self, news: News) -> Told:
        try:
            return await self._written(news)
        except Refused as refused:
            return refused.told

    async def planned(self, employee: str) -> Postponed | list[Step | Obstacle] | None:
        """What would be written of somebody's primary job, for whoever tries it out: nothing is. None for who never
        held it."""
        timeline = await read_timeline(self._runtime, self._actor, employee)
        found = await self._found(timeline) if timeline.segments else None
        if not isinstance(found, JobThere):
            return found if isinstance(found, Postponed) else None
        begun = min((one.effective_from for one in timeline.segments), default=date.min)
        ledger = await self._ledger()
        under = self._under(timeline)
        known = known_of((await self._kept(timeline.employee.id, timeline.job, under)).own)
        table = ledger.table(await today_here(self._runtime))
        rows = list(map(ledger.there, found.rows))
        return list(steps(table, ledger.wanted(timeline.segments), rows, known, first=begun, last=None))

    async def _written(self, news: News) -> Told:
        timeline = await timeline_of(self._runtime, self._actor, news)
        if timeline is None:
            return Done(note="nothing is kept of this person any more")
        found = await self._found(timeline)
        if not isinstance(found, JobThere):
            return found
        course = Course(
            employee=timeline.employee.id,
            job=timeline.job,
            there=found.uuid,
            person=timeline.employee.external_ids[self._connection.system],
            under=self._under(timeline),
            change=news.change["id"],
            changes=changes_of(timeline),
            today=await today_here(self._runtime),
            ledger=await self._ledger(),
            locks=await self._locks(timeline),
            done=[],
        )
        told = await self._carried_out(news, timeline, found, course)
        if told is None and news.from_ is None:
            told = await self._pay_taken_over(course, news.effective_on)
        return told or Done(note="; ".join(course.done) or "it stood there already")

    async def _carried_out(self, news: News, timeline: ShownTimeline, found: JobThere, course: Course) -> Told | None:
        """Do what is to be done of the days that were altered. What stands in the way, if anything."""
        first, last = altered(news)
        kept = await self._kept(course.employee, course.job, course.under)
        for under, links in kept.former.items():
            told = await self._left(course, under, links)
            if told is not None:
                return under_former(told)
        owed = await owed_from(self._runtime, self._connection, course.employee, course.job)
        if owed is not None:
            # Who they are there has changed, so none of their days stands there.
            first, last = min(first, owed), None
        known = known_of(kept.own)
        rows = list(map(course.ledger.there, found.rows))
        wanted = course.ledger.wanted(timeline.segments)
        for step in steps(course.ledger.table(course.today), wanted, rows, known, first=first, last=last):
            if isinstance(step, Obstacle):
                return Postponed(code=step.code, reason=step.reason)
            told = await self._step(course, step, known.get(step.day))
            if told is not None:
                return told
        await note_changes(self._runtime, self._connection, timeline, first, last)
        return await settle(self._runtime, self._connection, course.employee, course.job) if owed else None

    async def _step(self, course: Course, step: Step, known: Known | None) -> Told | None:
        link = Link(
            employee_id=course.employee,
            job=course.job,
            place=PLACE,
            effective_on=step.day,
            remote_id=step.row,
            # A row of another day than that of the event's change is another change's.
            change_id=course.changes.get(step.day, course.change),
            written=digest(step.values),
            detail={UNDER: course.under},
        )
        if step.how == "forget":
            return await forget_link(self._runtime, self._connection, link)
        rows = await self._rows(course)
        adopted, changed = (
            step.how != "create" and (known is None or known.adopted),
            known is not None and known.altered,
        )
        if step.how == "adopt":
            return await self._read_back(course, step, noted(link, adopted=adopted, altered=changed))
        writing = Writing(self._client, course.ledger, rows, course.today, partial(self._rows, course))
        locked = await course.locks.of(step, rows, course.today)
        if step.how == "delete":
            if locked and writing.says_the_same(step):
                # It says what holds anyway: a row that payroll has used stays, and is ours no more.
                return await self._read_back(course, step, noted(link, adopted=True, altered=False))
            if not locked:
                course.done.append(await writing.delete(step))
                return await forget_link(self._runtime, self._connection, link)
        if isinstance(locked, Postponed):
            return locked
        if step.how == "create":
            # Whoever finds this and a row of that day knows who made it, should we be gone in between.
            await keep_link(self._runtime, self._connection, link)
        done = await writing.of(step, course.there)
        if isinstance(done, Postponed):
            return done
        course.done.append(done.note + locked)
        if done.step is None:
            return await forget_link(self._runtime, self._connection, link)
        theirs = adopted or done.theirs
        link = noted(link, adopted=theirs, altered=theirs and (changed or step.how != "delete"))
        return await self._read_back(course, done.step, link)

    async def _left(self, course: Course, under: str, links: Sequence[Link]) -> Told | None:
        """Take back what was written of them under an id that was wrong. What stands in the way, if anything."""
        person, _, named = under.partition("/")
        try:
            job = await self._job_of(person, named, frozenset(one.remote_id for one in links))
            if job is not None:
                # By which schedule whoever that is is paid, nothing here tells.
                locks = Locks(self._client, self._settings.locked_periods, _ALL)
                there = replace(course, person=person, there=job.uuid, locks=locks)
                rows = list(map(course.ledger.there, job.rows))
                for step in steps_back(course.ledger.table(course.today), rows, links):
                    told = step if isinstance(step, Postponed) else await self._undone(there, step)
                    if told is not None:
                        return told
        except Refused as refused:
            return refused.told
        return await leave_links(self._runtime, self._connection, links, person)

    async def _job_of(self, person: str, named: str, rows: frozenset[str | None]) -> JobThere | None:
        """The job that has the rows, else the one that would be written to; None of who is not there any more."""
        try:
            jobs = await self._client.jobs(person)
        except Refused as refused:
            if refused.status == _GONE:
                return None
            raise
        of_rows = [job for job in jobs if any(row.uuid in rows for row in job.rows)]
        return next(iter(of_rows or [job for job in jobs if (job.uuid == named if named else job.primary)]), None)

    async def _undone(self, course: Course, step: Step) -> Postponed | None:
        """Have a row of ours go, or say what holds without it where payroll has used it."""
        rows = await self._rows(course)
        writing = Writing(self._client, course.ledger, rows, course.today, partial(self._rows, course))
        locked = await course.locks.of(step, rows, course.today)
        if not locked:
            course.done.append(await writing.delete(step))
            return None
        if writing.says_the_same(step):
            return None
        done = locked if isinstance(locked, Postponed) else await writing.of(step, course.there)
        if isinstance(done, Postponed):
            return done
        course.done.append(f"{done.note}{locked}")
        return None

    async def _read_back(self, course: Course, step: Step, link: Link) -> Told | None:
        """Learn which row it is and what of it they took, and remember that."""
        of_day = [course.ledger.there(one) for one in await self._rows(course) if one.day == step.day]
        row = next((one for one in of_day if one.row == step.row), None) if step.row else next(iter(of_day), None)
        if row is None:
            return Failed(status=502, reason=f"the row of {step.day} that they took is not among those of the job")
        detail = {**link.detail, "whole": whole(row)}
        kept = replace(link, remote_id=row.row, written=row.written, detail=detail)
        await keep_link(self._runtime, self._connection, kept)
        skipped = sorted(name for name in step.values if row.values.get(name) != step.values[name])
        if not skipped:
            return None
        return Postponed(
            code="field-skipped",
            reason=f"they did not take {', '.join(skipped)}: let the access token write it",
        )

    async def _pay_taken_over(self, course: Course, day: date) -> Told | None:
        """On the day of a planned row: the pay that it took over when it was planned may have been raised since."""
        rows = await self._rows(course)
        there = {row.day: course.ledger.there(row) for row in rows}
        own = known_of((await self._kept(course.employee, course.job, course.under)).own).get(day)
        row, earlier = there.get(day), [one for one in there if one < day]
        if own is None or own.adopted or row is None or not earlier or own.whole != whole(row):
            return None
        before = there[max(earlier)]
        if not before.rest or before.rest == row.rest:
            return None
        step = Step(how="update", day=day, row=row.row, values=row.values, send={**row.values, **before.rest})
        return await self._step(course, step, own)

    async def _rows(self, course: Course) -> Sequence[PayRow]:
        for job in await self._client.jobs(course.person):
            if job.uuid == course.there:
                return job.rows
        raise Refused(Postponed(code="unknown-there", reason="the job is not there any more"))

    async def _found(self, timeline: ShownTimeline) -> JobThere | Postponed | Done:
        """The job there. Which one a job beside the primary one is, an external id of its own says."""
        ids, system = timeline.employee.external_ids, self._connection.system
        person, named = ids.get(system), ids.get(f"{system}-{timeline.job}")
        if timeline.job != PRIMARY and named is None:
            return Done(note=f"another job, which no external id {system}-{timeline.job} links to one there")
        if person is None:
            reason = f"it is not known who they are there: set the person's external id {system}"
            return Postponed(code="no-external-id", reason=reason)
        jobs = await self._client.jobs(person)
        found = next((job for job in jobs if (job.primary if named is None else job.uuid == named)), None)
        if found is None:
            return Postponed(code="no-job-there", reason="they have no such job there: make it there")
        return found

    async def _ledger(self) -> Ledger:
        return Ledger(self._settings, await mapping_in_use(self._runtime, self._connection.id))

    async def _locks(self, timeline: ShownTimeline) -> Locks:
        """By the schedules of the calendars that the person is or was paid by."""
        zones = {one.assignment.zone for one in timeline.segments}
        async with reading(self._runtime) as view:
            company = view.definitions.company()
        calendars = {zone.pay_calendar for zone in company.zones if zone.key in zones} if company else set[str | None]()
        schedules = {self._settings.calendars.get(one) if one else None for one in calendars}
        known = frozenset(one for one in schedules if one)
        return Locks(self._client, self._settings.locked_periods, known if len(known) == len(schedules) else _ALL)

    async def _kept(self, employee: str, job: str, under: str) -> Kept:
        return await kept_of(self._runtime, self._connection, employee, job, PLACE, under)

    def _under(self, timeline: ShownTimeline) -> str:
        """What they are known by there: a job beside the primary one has an id of its own."""
        ids, system = timeline.employee.external_ids, self._connection.system
        return ids[system] if timeline.job == PRIMARY else f"{ids[system]}/{ids[f'{system}-{timeline.job}']}"
