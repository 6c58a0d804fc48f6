"""Ladder versions that put people on other levels: each job they touch is folded anew in the act that publishes them.

A person gets one change of kind `remap`, and one event, for each version that makes something else of their days.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.amendments import shown_rows
from service.domain.changes import Move
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
from service.usecases.plans import UNRECORDED, Moved, News
from service.usecases.record import PersonRecord, person_of, save_all


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
    """Everything that the news do to people, decided and told, but not written yet."""

    a: Act
    people: dict[str, PersonRecord]
    jobs: dict[int, _JobDays]
    replacing: set[int] = field(default_factory=set[int])
    """Jobs in which a version takes the place of one that was not in force yet; they are judged by their fold alone."""
    ended: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """(change, the one in whose place it stands) of those that told of a version which is replaced."""
    counts: Counter[tuple[str, str, date, str | None, str | None]] = field(
        default_factory=Counter[tuple[str, str, date, str | None, str | None]]
    )

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

    async def save(self, *, recorded_at: int) -> None:
        """Write all of it, as recorded at an instant (µs)."""
        tx = self.a.tx
        for old, new in self.ended:
            await changes.end_change(
                tx,
                old,
                how="superseded",
                by=new,
                reason=None,
                override=None,
                actor=self.a.actor.id,
                recorded_at=recorded_at,
            )
        rewritten = [
            RewrittenJob.between(
                (days.job.id, days.job.employee_id, days.job.key), days.recorded, days.first.rows, days.timeline.rows
            )
            for days in self.jobs.values()
        ]
        await save_all(self.a, self.people.values(), rewritten, recorded_at=recorded_at)


async def remapping(a: Act, news: News, *, today: date) -> Remapping:
    """Fold the jobs that the news touch anew, version by version, and tell of each.

    Raises Conflict `people-unmapped` where somebody would stand on a level that is not there any more, and
    `definition-rewrites-past` where a day before `today` would come to read otherwise.
    """
    published = news.published.with_news(
        company=news.company, ladders=(), bandsets=news.bandsets, recorded_at=UNRECORDED
    )
    touched = {id(ladder): await _touched(a, ladder, news.published, today) for ladder in news.ladders}
    found = await _loaded(a, [job for jobs in touched.values() for job in jobs], published, today)
    before = published
    for ladder in news.ladders:
        after = before.with_news(company=None, ladders=(ladder,), bandsets=(), recorded_at=UNRECORDED)
        _lay(found, ladder, touched[id(ladder)], before=before, after=after, today=today)
        before = after
    return found


async def _touched(a: Act, ladder: Ladder, published: Definitions, today: date) -> tuple[JobReference, ...]:
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
        a.tx, ladder.key, sorted(levels), since=ladder.effective_from, told_of=sorted(told_of)
    )
    days, maps = DateRange(start=ladder.effective_from, end=None), published.maps(ladder.key)
    stated = {
        one.job
        for one in await definitions.stated_levels(a.tx, ladder.key, days=days, today=today)
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


async def _loaded(a: Act, jobs: Sequence[JobReference], published: Definitions, today: date) -> Remapping:
    """Everybody locked, in the order of ids, with what is due done first."""
    found = Remapping(a=a, people={}, jobs={})
    by_person: dict[str, dict[int, JobReference]] = {}
    for job in jobs:
        by_person.setdefault(job.employee_id, {})[job.id] = job
    people = await crowds.read_people(a.tx, by_person, lock=True)
    names = await crowds.names_of(a.tx, by_person)
    for one, record in people.items():
        found.people[one] = person_of(a, record, names.get(one, {}), definitions=published, today=today)
    for one in sorted(await crowds.due_people(a.tx, by_person, today)):
        await found.people[one].activate_due()
    held = {job.id: job for jobs_of_one in by_person.values() for job in jobs_of_one.values()}
    live = await changes.live_changes_of(a.tx, list(held))
    for number, job in held.items():
        records = live.get(number, ())
        changes_of_job = [record.live for record in records]
        timeline = fold(changes_of_job, published)
        found.jobs[number] = _JobDays(job=job, records=records, live=changes_of_job, first=timeline, timeline=timeline)
    return found


def _lay(
    found: Remapping,
    ladder: Ladder,
    touched: Sequence[JobReference],
    *,
    before: Definitions,
    after: Definitions,
    today: date,
) -> None:
    stranded: dict[str, Stranded] = {}
    rewritten: dict[str, date] = {}
    replaced = _replaced(ladder, before)
    for job in touched:
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
            today=today,
        )
        if isinstance(outcome, Stranded):
            stranded[job.employee_id] = outcome
        elif outcome is not None and outcome.change.effective_on < today:
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


def kept_remap(
    person: PersonRecord, change: LiveChange, move: Move, *, job: str, cause: tuple[str, str], today: date
) -> ChangeRecord:
    """The record of what a version, (ladder, version) as `cause`, does to a job on the day of `change`."""
    return ChangeRecord(
        id=change.id,
        employee_id=person.employee.id,
        job=job,
        ordinal=change.ordinal,
        form=change.form,
        kind=move.kind,
        announced="level.changed",
        effective_on=change.effective_on,
        states=change.states,
        reason=None,
        comment=None,
        override=None,
        grade_delta=move.grade_delta,
        planned=change.effective_on > today,
        retroactive=change.effective_on < today,
        revision=person.revision,
        actor=person.a.actor.id,
        recorded_at=UNRECORDED,
        cause=cause,
    )
