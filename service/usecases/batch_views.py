"""Batches as they are shown: how far one has come, and what became of each row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text, shown_instant
from service.domain.refusals import NotFound
from service.storage import batches
from service.storage.batches import BatchRecord, EntryRecord, OutcomeName, State
from service.usecases.act import Runtime
from service.usecases.batch_reports import BatchReport
from service.usecases.batch_rows import RowProblem, sent_as
from service.usecases.paging import Part, Window, part


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBatch:
    """A batch of changes, and how far it has come."""

    id: Annotated[str | None, Field(description="Id of the batch; null in a dry run.")]
    state: Annotated[
        str, Field(description="open, stored, proposed, rejected, applying, applied or failed; more may be added.")
    ]
    mode: Annotated[str, Field(description="atomic: all rows or none. partial: every row that can be done.")]
    backfill: Annotated[bool, Field(description="A first load: told in the feed, pushed to nobody.")]
    rows: Annotated[int, Field(description="Rows it has.")]
    applied: Annotated[int, Field(description="Rows that were done.")]
    failed: Annotated[int, Field(description="Rows that were not, or could not be read.")]
    waiting: Annotated[int, Field(description="Rows that were not tried yet.")]
    created_by: Annotated[str, Field(description="Who stored it.")]
    created_at: Annotated[str | None, Field(description="When; null in a dry run.")]
    decided_by: Annotated[str | None, Field(description="Who approved or rejected it.")]
    decided_at: Annotated[str | None, Field(description="When.")]
    reason: Annotated[str | None, Field(description="Why it was rejected.")]
    started_at: Annotated[str | None, Field(description="When it was begun to be applied.")]
    finished_at: Annotated[str | None, Field(description="When that was done.")]
    report: Annotated[
        BatchReport | None,
        Field(
            description="On the rows of the request, in the answer that stores them; in a dry run of approve and apply "
            "on all that wait, as things stand; else null."
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """A row of a batch, and what became of it."""

    row: Annotated[int, Field(description="Its number, from 1.")]
    outcome: Annotated[str, Field(description="waiting, applied or failed.")]
    employee: Annotated[str | None, Field(description="The person as the row names them; the id once it is applied.")]
    change: Annotated[str | None, Field(description="The change that was recorded.")]
    problem: Annotated[
        RowProblem | None, Field(description="Why it was not done; of a waiting row, why it could not be when stored.")
    ]
    asked: Annotated[
        Mapping[str, Any] | None,
        Field(
            description="The row as it was sent, without what anybody is paid; null when it could not be read, and "
            "once it is applied: the change says it then."
        ),
    ] = None


async def read_batch(runtime: Runtime, actor: Actor, batch_id: str) -> ShownBatch:
    """Raises NotFound `no-such-batch`."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with runtime.database.read() as connection:
        found = await batches.find_batch(connection, batch_id)
    if found is None:
        raise no_such_batch(batch_id)
    return shown_batch(found)


async def list_batches(runtime: Runtime, actor: Actor, *, state: State | None, window: Window) -> Part[ShownBatch]:
    """Batches, the latest first; of one state if asked."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with runtime.database.read() as connection:
        found = await batches.batches_page(
            connection, state=state, limit=window.limit + 1, place=window.place, backward=window.backward
        )
    return part(found, window, lambda one: (one.id,)).each(shown_batch)


async def list_batch_rows(
    runtime: Runtime, actor: Actor, batch_id: str, *, outcome: OutcomeName | None, window: Window
) -> Part[ShownEntry]:
    """Rows of a batch by number; of one outcome if asked. Raises NotFound `no-such-batch`."""
    await read_batch(runtime, actor, batch_id)
    async with runtime.database.read() as connection:
        found = await batches.entries_page(
            connection,
            batch_id,
            outcome=outcome,
            limit=window.limit + 1,
            place=window.place,
            backward=window.backward,
        )
    return part(found, window, lambda one: (one.number,)).each(_shown_entry)


def shown_batch(record: BatchRecord, report: BatchReport | None = None) -> ShownBatch:
    return ShownBatch(
        id=record.id or None,
        state=record.state,
        mode=record.mode,
        backfill=record.backfill,
        rows=record.rows,
        applied=record.applied,
        failed=record.failed,
        waiting=record.rows - record.applied - record.failed,
        created_by=record.created_by,
        created_at=instant_text(record.created_at) if record.id else None,
        decided_by=record.decided_by,
        decided_at=shown_instant(record.decided_at),
        reason=record.reason,
        started_at=shown_instant(record.started_at),
        finished_at=shown_instant(record.finished_at),
        report=report,
    )


def _shown_entry(record: EntryRecord) -> ShownEntry:
    return ShownEntry(
        row=record.number,
        outcome=record.outcome,
        employee=record.employee,
        change=record.change_id,
        problem=RowProblem.kept(record.number, record.problem) if record.problem else None,
        asked=sent_as(record.document) if record.document else None,
    )


def no_such_batch(batch_id: str) -> NotFound:
    return NotFound("no-such-batch", f"There is no batch {batch_id[:60]}. List the batches to see their ids.")
