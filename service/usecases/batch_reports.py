"""The report on a batch: what would be refused and what it would mean, before anything is recorded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, may_read_pay
from service.domain.batch_places import Moved
from service.domain.batches import BatchImpact, batch_impact
from service.storage import batches
from service.storage.assignments import headcounts
from service.usecases.act import Runtime
from service.usecases.batch_crowd import Crowd, JobDraft, drafted_crowd
from service.usecases.batch_rows import BatchRow, RowProblem, row_of

MOST_JUDGED = 10_000
"""Rows beyond which a batch is not judged before it is applied: nobody waits for that in a request."""
MOST_LISTED = 1_000
"""Bad rows that a report lists; the others are counted, and each is kept with its row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """What was found when rows were stored. Nothing is recorded by then."""

    rows: Annotated[int, Field(description="Rows that came with the request.")]
    judged: Annotated[
        bool, Field(description="Whether they were judged against the record; above 10 000 rows only their form is.")
    ]
    bad: Annotated[int, Field(description="Rows that cannot be done as things stand.")]
    problems: Annotated[tuple[RowProblem, ...], Field(description="Why, row by row: the first 1 000 of them.")]
    warnings: Annotated[int, Field(description="Rows that can be done but look odd.")]
    impact: Annotated[BatchImpact | None, Field(description="What the other rows mean; null when none was judged.")]

    def without_pay(self) -> "BatchReport":
        return replace(self, impact=self.impact.without_pay() if self.impact else None)

    def numbered(self, after: int) -> "BatchReport":
        """Of rows that follow `after` others in their batch."""
        return replace(self, problems=tuple(replace(one, row=one.row + after) for one in self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A report, and every problem, listed or not, by the number of its row."""

    report: BatchReport
    problems: dict[int, RowProblem]


async def judged(
    runtime: Runtime,
    actor: Actor,
    rows: Sequence[BatchRow],
    unreadable: Sequence[RowProblem],
    *,
    is_backfill: bool,
    is_whole: bool,
) -> Judged:
    """Rows as they would go if they were applied now. `is_whole`: they build on no others of their batch."""
    count = len(rows) + len(unreadable)
    if not rows or not is_whole or count > MOST_JUDGED:
        return _judged(unreadable, count=count, is_judged=not rows, warnings=0, impact=None)
    crowd = await drafted_crowd(runtime, actor, rows, is_backfill=is_backfill, dry_run=True)
    impact = await _impact(runtime, crowd)
    return _judged([*unreadable, *crowd.problems], count=count, is_judged=True, warnings=crowd.warned, impact=impact)


async def report_on_waiting(runtime: Runtime, actor: Actor, batch_id: str) -> BatchReport | None:
    """On a batch that is not begun, as things stand: what whoever decides on it is about to do. None of others.

    What anybody is paid was not kept, so nothing is said of it.
    """
    async with runtime.database.read() as connection:
        batch = await batches.find_batch(connection, batch_id)
        if batch is None or batch.state not in {"stored", "proposed"}:
            return None
        failed = await batches.entries_page(
            connection, batch_id, outcome="failed", limit=MOST_LISTED, place=None, backward=False
        )
        unreadable = [RowProblem.kept(one.number, one.problem or {}) for one in failed]
        if batch.rows > MOST_JUDGED:
            found = _judged(unreadable, count=batch.rows, is_judged=False, warnings=0, impact=None)
            return replace(found.report, bad=batch.failed)
        waiting = await batches.waiting_entries(connection, batch_id, after=0, limit=MOST_JUDGED)
    rows = [row_of(one.number, one.document or {}) for one in waiting]
    found = await judged(runtime, actor, rows, unreadable, is_backfill=batch.backfill, is_whole=True)
    report = replace(found.report, rows=batch.rows, bad=found.report.bad + batch.failed - len(unreadable))
    return report if may_read_pay(actor) else report.without_pay()


def _judged(
    problems: Sequence[RowProblem], *, count: int, is_judged: bool, warnings: int, impact: BatchImpact | None
) -> Judged:
    ordered = sorted(problems, key=lambda one: one.row)
    report = BatchReport(
        rows=count,
        judged=is_judged,
        bad=len(ordered),
        problems=tuple(ordered[:MOST_LISTED]),
        warnings=warnings,
        impact=impact,
    )
    return Judged(report=report, problems={one.row: one for one in ordered})


async def _impact(runtime: Runtime, crowd: Crowd) -> BatchImpact | None:
    days = [change.effective_on for job in crowd.jobs.values() for change in job.recorded]
    if not days:
        return None
    day = max(days)
    last: dict[int, tuple[JobDraft, BatchRow]] = {}
    for done in crowd.done:
        if done.job:
            # What is paid is said once: a later row of the same job that says nothing does not take it back.
            said = last.get(id(done.job))
            row = done.row if done.row.pay or not said else replace(done.row, number=said[1].number, pay=said[1].pay)
            last[id(done.job)] = (done.job, row)
    async with runtime.database.read() as connection:
        held = await headcounts(connection, day=day)

    def work_out() -> BatchImpact:
        moved: list[Moved] = []
        for job, row in last.values():
            before, after = job.standing(day)
            moved.append(Moved(row=row.number, before=before, after=after, pay=row.pay))
        return batch_impact(moved, held, definitions=crowd.definitions, day=day)

    # Of ten thousand people it takes a while: others go on meanwhile.
    return await asyncio.to_thread(work_out)
