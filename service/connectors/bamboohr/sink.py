"""What holds here, written into a person's rows there: jobs, and pay where it is ours.

An event says whose days were altered. What is written is what holds on them by now, so an event that comes late, or
again, finds nothing left to do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.connectors.bamboohr.account import Account
from service.connectors.bamboohr.client import UNKNOWN
from service.connectors.bamboohr.ledgers import Jobs, Ledger, Pay
from service.connectors.bamboohr.settings import Settings
from service.connectors.comparing import Known, Obstacle, Step, Table, There, digest, steps, whole
from service.connectors.former import Kept, kept_of, known_of, noted, steps_back, under_former
from service.connectors.holding import altered, changes_of, note_changes, reader_of, timeline_of, today_here
from service.connectors.kinds import Tools
from service.connectors.news import News
from service.connectors.sinks import Done, Failed, NotTaken, Postponed, Told
from service.usecases.assignments import ShownTimeline, TimelineSegment, read_timeline
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.connection_work import UNDER, Link, forget_link, keep_link, leave_links, owed_from, settle
from service.usecases.open_connections import OpenConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, here and there. `changes` are the ids of what counts by the day from which it holds."""

    id: str
    there: str
    job: str
    segments: Sequence[TimelineSegment]
    changes: Mapping[date, str]


class Sink:
    """Writes one event at a time of each person. Raises Unreachable."""

    def __init__(self, connection: OpenConnection, settings: Settings, account: Account, tools: Tools) -> None:
        self._connection = connection
        self._settings = settings
        self._account = account
        self._runtime = tools.runtime
        self._actor = reader_of(connection, owns_pay=settings.owns_pay)

    async def write(self, news: News) -> Told:
        if news.job != self._settings.job:
            return Done(note="another job than the one that stands there")
        try:
            return await self._written(news)
        except NotTaken as refused:
            self._account.forget_titles()
            return refused.told

    async def _written(self, news: News) -> Told:
        timeline = await timeline_of(self._runtime, self._actor, news)
        if timeline is None:
            return Done(note="nothing is kept of this person any more")
        person = self._person(timeline)
        if isinstance(person, Postponed):
            return person
        first, last = altered(news)
        done: list[str] = []
        ledgers = await self.ledgers()
        for ledger in ledgers:
            for there, links in (await self._kept(person, ledger)).former.items():
                told = await self._left(replace(person, there=there), ledger, links, done)
                if told is not None:
                    return under_former(told)
        owed = await owed_from(self._runtime, self._connection, person.id, person.job)
        if owed is not None:
            # Who they are there has changed, so none of their days stands there.
            first, last = min(first, owed), None
        for ledger in ledgers:
            told = await self._ledger(person, ledger, first=first, last=last, change=news.change["id"], done=done)
            if told is not None:
                return told
        await note_changes(self._runtime, self._connection, timeline, first, last)
        if owed is not None:
            await settle(self._runtime, self._connection, person.id, person.job)
        return Done(note=", ".join(done) or "it stood there already")

    async def planned(self, employee: str) -> Postponed | list[Step | Obstacle] | None:
        """What would be written if all of somebody's days were altered, for whoever tries it out: nothing is.

        None for who never held the job.
        """
        timeline = await read_timeline(self._runtime, self._actor, employee, job=self._settings.job)
        person = self._person(timeline)
        if not timeline.segments or isinstance(person, Postponed):
            return person if timeline.segments and isinstance(person, Postponed) else None
        found: list[Step | Obstacle] = []
        begun = min((one.effective_from for one in person.segments), default=date.min)
        for ledger in await self.ledgers():
            there = await self._there(person, ledger)
            known = known_of((await self._kept(person, ledger)).own)
            table = await self._table(ledger)
            wanted = sorted(ledger.wanted(person.segments), key=lambda one: one.day)
            found += steps(table, wanted, there, known, first=begun, last=None)
        return found

    async def ledgers(self) -> tuple[Ledger, ...]:
        mapping = await mapping_in_use(self._runtime, self._connection.id)
        jobs = Jobs(self._settings, mapping)
        if not self._settings.owns_pay or self._settings.pay_figure is None:
            return (jobs,)
        return jobs, Pay(self._settings.pay, self._settings.pay_figure)

    def _person(self, timeline: ShownTimeline) -> Person | Postponed:
        system = self._connection.system
        there = timeline.employee.external_ids.get(system)
        if there is None:
            reason = f"it is not known who they are there: set the person's external id {system}"
            return Postponed(code="no-external-id", reason=reason)
        if not there.isascii() or not there.isdigit():
            return Postponed(code="no-external-id", reason=f"the external id {system} is no number, as all are there")
        return Person(
            id=timeline.employee.id,
            there=there,
            job=timeline.job,
            segments=timeline.segments,
            changes=changes_of(timeline),
        )

    async def _ledger(
        self, person: Person, ledger: Ledger, *, first: date, last: date | None, change: str, done: list[str]
    ) -> Told | None:
        """Make one table right, and put to `done` what was done. What stands in the way, if anything."""
        table = await self._table(ledger)
        there, known = await self._there(person, ledger), known_of((await self._kept(person, ledger)).own)
        wanted = sorted(ledger.wanted(person.segments), key=lambda one: one.day)
        for step in steps(table, wanted, there, known, first=first, last=last):
            if isinstance(step, Obstacle):
                return Postponed(code=step.code, reason=step.reason)
            told = await self._carried_out(person, ledger, step, known.get(step.day), change)
            if told is not None:
                return told
            if step.how != "forget":
                done.append(f"{step.how} {table.name} {step.day}")
        return None

    async def _carried_out(
        self, person: Person, ledger: Ledger, step: Step, known: Known | None, change: str
    ) -> Told | None:
        link = Link(
            employee_id=person.id,
            job=person.job,
            place=ledger.table,
            effective_on=step.day,
            remote_id=step.row,
            # A row of another day than that of the event's change is another change's.
            change_id=person.changes.get(step.day, change),
            written=digest(step.values),
            detail={UNDER: person.there},
        )
        adopted = step.how != "create" and (known is None or known.adopted)
        changed = adopted and (step.how == "update" or (known is not None and known.altered))
        client = self._account.client
        if step.how in ("create", "update") and isinstance(ledger, Jobs):
            await self._account.have_title(step.values[self._settings.jobs.title])
        match step.how:
            case "forget":
                return await forget_link(self._runtime, self._connection, link)
            case "delete":
                told = await self._deleted(person, ledger, step)
                return told or await forget_link(self._runtime, self._connection, link)
            case "create":
                # Whoever finds this and a row of that day knows who made it, should we be gone in between.
                await keep_link(self._runtime, self._connection, link)
                await client.create(person.there, ledger.table, ledger.sent(step.send, step.day))
            case "update":
                await client.update(person.there, ledger.table, step.row or "", ledger.sent(step.send, None))
            case "adopt":
                pass
        return await self._read_back(person, ledger, step, noted(link, adopted=adopted, altered=changed))

    async def _deleted(self, person: Person, ledger: Ledger, step: Step) -> Postponed | None:
        await self._account.client.delete(person.there, ledger.table, step.row or "")
        if any(one.row == step.row for one in await self._there(person, ledger)):
            reason = f"they keep the row of {step.day} in {ledger.table}, and do not say why"
            return Postponed(code="not-deleted-there", reason=reason)
        return None

    async def _left(self, person: Person, ledger: Ledger, links: Sequence[Link], done: list[str]) -> Told | None:
        """Take back what was written of them under an id that was wrong. What stands in the way, if anything."""
        try:
            there = await self._there_if_known(person, ledger)
            for step in steps_back(await self._table(ledger), there, links):
                if isinstance(step, Postponed):
                    return step
                told = await self._deleted(person, ledger, step)
                if told is not None:
                    return told
                done.append(f"take back {ledger.table} {step.day}")
        except NotTaken as refused:
            return refused.told
        return await leave_links(self._runtime, self._connection, links, person.there)

    async def _there_if_known(self, person: Person, ledger: Ledger) -> list[There]:
        """Of who is not there any more, no rows."""
        try:
            return await self._there(person, ledger)
        except NotTaken as refused:
            if isinstance(refused.told, Postponed) and refused.told.code == UNKNOWN:
                return []
            raise

    async def _read_back(self, person: Person, ledger: Ledger, step: Step, link: Link) -> Told | None:
        """Learn which row it is and what of it they took, and remember that."""
        of_day = [one for one in await self._there(person, ledger) if one.day == step.day]
        row = next((one for one in of_day if one.row == step.row), None) if step.row else _youngest(of_day)
        if row is None:
            return Failed(status=502, reason=f"the row of {step.day} that they took is not in {ledger.table}")
        lacking = sorted(name for name in step.send if name not in step.values and row.rest.get(name) in (None, ""))
        detail = {**link.detail, "whole": whole(row), "lacking": lacking}
        kept = replace(link, remote_id=row.row, written=row.written, detail=detail)
        await keep_link(self._runtime, self._connection, kept)
        skipped = sorted({*lacking, *(name for name in step.values if row.values.get(name) != step.values[name])})
        if not skipped:
            return None
        names = ", ".join(f"{ledger.table}.{name}" for name in skipped)
        return Postponed(
            code="field-skipped",
            reason=f"they did not take {names}: let the credentials write it",
        )

    async def _there(self, person: Person, ledger: Ledger) -> list[There]:
        rows = await self._account.client.rows(person.there, ledger.table)
        return [one for one in map(ledger.there, rows) if one is not None]

    async def _kept(self, person: Person, ledger: Ledger) -> Kept:
        return await kept_of(self._runtime, self._connection, person.id, person.job, ledger.table, person.there)

    async def _table(self, ledger: Ledger) -> Table:
        fields = await self._account.fields_of(ledger.table, ledger.own)
        left = {*ledger.own, *ledger.not_carried, *self._settings.leave_blank}
        return Table(
            name=ledger.table,
            carried=tuple(sorted(fields - left)),
            fresh={} if isinstance(ledger, Jobs) else self._settings.pay.first,
            overwrite=self._settings.overwrite,
            latest=await today_here(self._runtime) if self._settings.announce == "on_the_day" else None,
        )


def _youngest(rows: Sequence[There]) -> There | None:
    return max(rows, key=lambda one: (len(one.row), one.row), default=None)
