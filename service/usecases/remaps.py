"""Ladder versions that put people on other levels: each job they touch is folded anew in the act that publishes them.

A person gets one change of kind `remap`, and one event, for each version that makes something else of their days.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.amendments import shown_rows
from service.domain.dates import DateRange
from service.domain.definitions import Definitions
from service.domain.events import Cause, Recording, affected_by, facets, recorded_event
from service.domain.ladders import Ladder
from service.domain.maps import way_of
from service.domain.remaps import Remap, Stranded, remap, rewrites_past, touched_levels, unmapped
from service.domain.timelines import LiveChange, Timeline, fold
from service.storage import changes, crowds, definitions
from service.storage.change_records import ChangeRecord
from service.storage.crowds import JobReference, RewrittenJob
from service.usecases.act import Act
from service.usecases.breath import breathe
from service.usecases.plans import UNRECORDED, Moved, News
from service.usecases.record import PersonRecord, person_of, save_all
from service.usecases.remap_records import kept_remap


@dataclass(frozen=True, slots=True, kw_only=True)
class Remapped:
    """People whom a version puts on another level, or whose plans lead to another one. Each gets one event."""

    ladder: Annotated[str, Field(description="Ladder of the version.")]
    version: Annotated[str, Field(description="The version.")]
    effective_on: Annotated[date, Field(description="First day that differs for them.")]
    from_level: Annotated[str | None, Field(description="Level they would hold on that day without it.")]
    to_level: Annotated[str | None, Field(description="Level they hold on it with the version.")]
    people: Annotated[int, Field(description="How many; somebody with two jobs counts for each.")]


@dataclass(slots=True, kw_only=True)
class _JobDays:
    """One job while versions are laid over it one by one."""

    job: JobReference
    records: tuple[ChangeRecord, ...]
    live: list[LiveChange]
    first: Timeline
    timeline: Timeline
    recorded: list[ChangeRecord] = field(default_factory=list[ChangeRecord])


@dataclass(slots=True, kw_only=True)
class Remapping:
    """Everything that the news do to people: loaded, decided and told, then written."""

    a: Act
    news: News
    today: date
    people: dict[str, PersonRecord] = field(default_factory=dict[str, PersonRecord])
    jobs: dict[int, _JobDays] = field(default_factory=dict[int, _JobDays])
    replacing: set[int] = field(default_factory=set[int])
    """Jobs in which a version takes the place of one that was not in force yet; they are judged by their fold alone."""
    ended: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(change, the one in whose place it stands) of those that told of a version which is replaced."""
    counts: Counter[tuple[str, str, date, str | None, str | None]] = field(
        default_factory=Counter[tuple[str, str, date, str | None, str | None]]
    )
    _touched: list[tuple[JobReference, ...]] = field(default_factory=list[tuple[JobReference, ...]])
    """Jobs by version, in the order of the news."""
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @property
    def summary(self) -> tuple[Remapped, ...]:
        return tuple(
            Remapped(
                ladder=ladder,
                version=version,
                effective_on=day,
                from_level=before,
                to_level=after,
                people=people,
            )
            for (ladder, version, day, before, after), people in sorted(self.counts.items(), key=str)
        )

    def moved_on(self, day: date) -> Counter[Moved]:
        """How many hold one thing on a day without the news, and another with them."""
        found = Counter[Moved]()
        for days in self.jobs.values():
            old, new = days.first.on(day), days.timeline.on(day)
            if old and new and (old.facts, old.grade) != (new.facts, new.grade):
                found[(old.facts, old.grade), (new.facts, new.grade)] += 1
        return found

    async def load(self, *, lock: bool) -> None:
        """Read whose jobs the news touch; what is due of theirs takes effect first.

        With `lock` they stay as they are until the write ends.
        """
        tx, published = self.a.tx, self.news.published
        self._touched = await touched_jobs(tx, self.news, today=self.today)
        held = {job.id: job for jobs in self._touched for job in jobs}
        concerned = {job.employee_id for job in held.values()}
        # First of all: whatever changes while the rest is read is noticed by the revision.
        people = await crowds.read_people(tx, concerned, lock=lock)
        names = await crowds.names_of(tx, concerned)
        for one, record in people.items():
            self._seen[one] = (record.revision, record.sequence)
            self.people[one] = person_of(self.a, record, names.get(one, {}), definitions=published, today=self.today)
        for one in sorted(await crowds.due_people(tx, concerned, self.today)):
            await self.people[one].activate_due()
        live = await changes.live_changes_of(tx, list(held))
        for index, (number, job) in enumerate(held.items()):
            await breathe(index)
            records = live.get(number, ())
            changes_of_job = [record.live for record in records]
            timeline = fold(changes_of_job, published)
            self.jobs[number] = _JobDays(
                job=job, records=records, live=changes_of_job, first=timeline, timeline=timeline
            )

    async def decide(self) -> None:
        """Fold the jobs anew, version by version, and tell of each.

        Raises Conflict `people-unmapped` where somebody would stand on a level that is not there any more, and
        `definition-rewrites-past` where a day before today would come to read otherwise.
        """
        before = self.news.published.with_news(
            company=self.news.company, ladders=(), bandsets=self.news.bandsets, recorded_at=UNRECORDED
        )
        for ladder, jobs in zip(self.news.ladders, self._touched, strict=True):
            after = before.with_news(company=None, ladders=(ladder,), bandsets=(), recorded_at=UNRECORDED)
            await _lay(self, ladder, jobs, before=before, after=after)
            before = after

    async def still_holds(self, a: Act, published: Definitions, today: date) -> bool:
        """Lock everybody, and tell whether they stand as they did when it was decided."""
        if published is not self.news.published or today != self.today:
            return False
        now = await crowds.read_people(a.tx, self._seen, lock=True)
        return (
            {one: (record.revision, record.sequence) for one, record in now.items()} == self._seen
            # Nobody came to a level that is touched: definitions are this act's own, so nobody records a change.
            and await touched_jobs(a.tx, self.news, today=self.today) == self._touched
        )

    async def save(self, a: Act, *, recorded_at: int) -> None:
        """Write all of it, as recorded at an instant (µs)."""
        await changes.supersede_changes(a.tx, self.ended, actor=a.actor.id, recorded_at=recorded_at)
        rewritten = [
            RewrittenJob.between(
                (days.job.id, days.job.employee_id, days.job.key), days.recorded, days.first.rows, days.timeline.rows
            )
            for days in self.jobs.values()
        ]
        await save_all(a, self.people.values(), rewritten, recorded_at=recorded_at)


async def touched_jobs(connection: AsyncConnection, news: News, *, today: date) -> list[tuple[JobReference, ...]]:
    """Of each version of the news, the jobs that it may alter."""
    return [await _touched(connection, ladder, news.published, today) for ladder in news.ladders]


async def _touched(
    connection: AsyncConnection, ladder: Ladder, published: Definitions, today: date
) -> tuple[JobReference, ...]:
    before = published.ladder(ladder.key, ladder.effective_from)
    told_of = _replaced(ladder, published)
    # Whoever came to a mapped level after the map was known is where it leads, without a change that tells of it.
    led_to = {
        entry.new_level
        for one in published.ladder_versions(ladder.key)
        if one.value.version in told_of
        for entry in one.value.maps
    }
    levels = touched_levels(ladder, before) | led_to
    if not levels and not told_of:
        return ()
    held = await crowds.jobs_on_levels(
        connection, ladder.key, sorted(levels), since=ladder.effective_from, told_of=sorted(told_of)
    )
    days, maps = DateRange(start=ladder.effective_from, end=None), published.maps(ladder.key)
    stated = {
        one.job
        for one in await definitions.stated_levels(connection, ladder.key, days=days, today=today)
        if levels & set(way_of(one.level, maps, day=one.day, stated_at=one.recorded_at))
    }
    return tuple(sorted({*held, *stated}, key=lambda job: (job.employee_id, job.key)))


def _replaced(ladder: Ladder, published: Definitions) -> frozenset[str]:
    """Versions in whose place this one stands: those with the same first day."""
    return frozenset(
        version.value.version
        for version in published.ladder_versions(ladder.key)
        if version.value.effective_from == ladder.effective_from
    )


async def _lay(
    found: Remapping, ladder: Ladder, touched: Sequence[JobReference], *, before: Definitions, after: Definitions
) -> None:
    stranded: dict[str, Stranded] = {}
    rewritten: dict[str, date] = {}
    replaced = _replaced(ladder, before)
    for index, job in enumerate(touched):
        await breathe(index)
        days = found.jobs[job.id]
        told = [
            record.id
            for record in (*days.records, *days.recorded)
            if record.cause and record.cause[0] == ladder.key and record.cause[1] in replaced
        ]
        if replaced:
            found.replacing.add(job.id)
        outcome = remap(
            # A dry run has no ids; within it a change is that of its version.
            found.a.new_id("chg") or f"{ladder.key} {ladder.version}",
            days.live,
            days.timeline,
            replaced=told,
            before=before,
            after=after,
            today=found.today,
        )
        if isinstance(outcome, Stranded):
            stranded[job.employee_id] = outcome
        elif outcome is not None and outcome.change.effective_on < found.today:
            rewritten[job.employee_id] = outcome.change.effective_on
        elif outcome is not None:
            _take(found, days, outcome, ladder, replaced=told, before=before, after=after)
    if stranded:
        raise unmapped(ladder, stranded)
    if rewritten:
        raise rewrites_past(ladder, rewritten)


def _take(
    found: Remapping,
    days: _JobDays,
    outcome: Remap,
    ladder: Ladder,
    *,
    replaced: Sequence[str],
    before: Definitions,
    after: Definitions,
) -> None:
    person = found.people[days.job.employee_id]
    person.revision += 1
    days.live = [change for change in days.live if change.id not in replaced] + [outcome.change]
    days.timeline = outcome.timeline
    superseded = next((record for record in days.records if record.id in replaced), None)
    found.ended += [(one, outcome.change.id) for one in replaced]
    move = outcome.move
    level = (move.before.level if move.before else None, move.after.level if move.after else None)
    found.counts[ladder.key, ladder.version, outcome.change.effective_on, *level] += 1
    cause = (ladder.key, ladder.version)
    days.recorded.append(kept_remap(person, outcome.change, move, job=days.job.key, cause=cause, today=person.today))
    event = recorded_event(
        person.next_subject(days.job.key),
        Recording(
            change_id=outcome.change.id,
            reason=None,
            effective_on=outcome.change.effective_on,
            retroactive=False,
            recorded_at=None,
            supersedes=(superseded.id, superseded.effective_on) if superseded else None,
            cause=Cause(ladder=ladder.key, version=ladder.version),
        ),
        move,
        affected=affected_by(outcome.altered, outcome.timeline, after),
        periods=outcome.periods,
        act="change.corrected" if superseded else "change.scheduled" if outcome.scheduled else None,
    )
    touched = (*shown_rows(outcome.closes, before), *shown_rows(outcome.opens, after))
    person.tell(event, facets(move, touched=touched))
