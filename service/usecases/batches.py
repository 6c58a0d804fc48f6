"""Many changes at once: rows are stored and reported on before anything is recorded."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.definitions import Definitions
from service.domain.refusals import Forbidden, Invalid
from service.domain.wire import plain
from service.storage import batches
from service.storage.batches import BatchRecord, EntryRecord, Mode, State
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.batch_decisions import locked_batch, needs_approval, refuse_unless, require_all
from service.usecases.batch_reports import BatchReport, Judged, judged
from service.usecases.batch_rows import BatchRow, RowProblem, document_of
from service.usecases.batch_views import ShownBatch, shown_batch

MOST_ATOMIC = 10_000
"""Rows of a batch that is applied whole or not at all: they are one transaction."""
MOST_ROWS = 2_000_000
"""Rows of any batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRequest:
    """Rows as they were read. `complete`: no others follow. Rows that could not be read are `unreadable`.

    `in_name_of` is whose changes they become, None for those of whoever has them applied.
    """

    mode: Mode
    backfill: bool
    complete: bool
    rows: Sequence[BatchRow]
    unreadable: Sequence[RowProblem] = ()
    in_name_of: str | None = None

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.unreadable)

    @property
    def overrides(self) -> bool:
        return any(row.change and row.change.override for row in self.rows)


async def create_batch(
    runtime: Runtime,
    actor: Actor,
    request: BatchRequest,
    *,
    key: IdempotencyKey | None,
    dry_run: bool = False,
    beside: Callable[[Act, str], Awaitable[None]] | None = None,
) -> Outcome:
    """Store rows and report on them; the answer is a ShownBatch.

    Needs assignments:write, assignments:override for rows that override, and admin for a backfill. Raises Invalid
    `batch-too-large` and `batch-empty`. What a report says of pay is in the answer of those who may read it and is
    not stored with it. `beside` is done in the same transaction, with the batch's id.
    """
    require_all(actor, backfill=request.backfill, overrides=request.overrides)
    _check_size(request.mode, request.count)
    if request.complete and not request.count:
        raise Invalid("batch-empty", "The batch has no rows. Send at least one.")
    found = await judged(
        runtime,
        actor,
        request.rows,
        request.unreadable,
        is_backfill=request.backfill,
        is_whole=request.complete,
    )

    async def body(a: Act) -> ShownBatch:
        definitions = await a.definitions()
        record = _new(a, request, _state(definitions, is_complete=request.complete))
        if not a.dry_run:
            await batches.insert_batch(a.tx, record)
            await batches.insert_entries(a.tx, record.id, _entries(request, found))
            a.audit_detail.update(batch=record.id, rows=record.rows, mode=record.mode, backfill=record.backfill)
            if beside:
                await beside(a, record.id)
        return shown_batch(record, report=found.report.without_pay())

    outcome = await act(runtime, "batches.create", actor, body, key=key, dry_run=dry_run)
    return _with_pay(outcome, actor, found.report)


def _new(a: Act, request: BatchRequest, state: State) -> BatchRecord:
    return BatchRecord(
        id=a.new_id("bat") or "",
        state=state,
        mode=request.mode,
        backfill=request.backfill,
        overrides=request.overrides,
        rows=request.count,
        applied=0,
        failed=len(request.unreadable),
        cursor=0,
        created_by=a.actor.id,
        created_at=a.now,
        applied_by=request.in_name_of,
    )


async def add_rows(
    runtime: Runtime,
    actor: Actor,
    batch_id: str,
    request: BatchRequest,
    *,
    key: IdempotencyKey | None,
    dry_run: bool = False,
) -> Outcome:
    """Add rows to an open batch, and close it if they are the last; mode and backfill are those of the batch.

    Only who began it adds to it, so that whoever approves it had no part in it. Raises as `create_batch` does,
    NotFound `no-such-batch`, Conflict `batch-state`, Forbidden `not-your-batch`.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)

    async def body(a: Act) -> ShownBatch:
        definitions = await a.definitions()
        batch = await locked_batch(a, batch_id)
        require_all(actor, backfill=batch.backfill, overrides=request.overrides)
        if batch.created_by != actor.id:
            raise Forbidden("not-your-batch", "Only the key that began a batch adds rows to it. Begin one of your own.")
        refuse_unless(batch, "open", what="Rows are added while it is open")
        _check_size(batch.mode, batch.rows + request.count)
        if request.complete and not batch.rows + request.count:
            raise Invalid("batch-empty", "The batch has no rows. Send at least one.")
        found = await judged(
            runtime, actor, request.rows, request.unreadable, is_backfill=batch.backfill, is_whole=False
        )
        grown = replace(
            batch,
            rows=batch.rows + request.count,
            failed=batch.failed + len(request.unreadable),
            overrides=batch.overrides or request.overrides,
            state=_state(definitions, is_complete=request.complete),
        )
        if not a.dry_run:
            await batches.insert_entries(a.tx, batch.id, _entries(request, found, after=batch.rows))
            names = ("rows", "failed", "overrides", "state")
            await batches.update_batch(a.tx, batch.id, **{name: getattr(grown, name) for name in names})
            a.audit_detail.update(batch=batch.id, rows=grown.rows)
        return shown_batch(grown, report=found.report.numbered(batch.rows))

    return await act(runtime, "batches.add_rows", actor, body, key=key, dry_run=dry_run)


def _state(definitions: Definitions, *, is_complete: bool) -> State:
    if not is_complete:
        return "open"
    return "proposed" if needs_approval(definitions) else "stored"


def _check_size(mode: Mode, rows: int) -> None:
    most = MOST_ATOMIC if mode == "atomic" else MOST_ROWS
    if rows > most:
        raise Invalid(
            "batch-too-large",
            f"A batch in mode {mode} has at most {most} rows, this one would have {rows}. "
            + ("Send it in mode partial, or as several." if mode == "atomic" else "Send it as several."),
            extra={"most": most},
        )


def _entries(request: BatchRequest, found: Judged, *, after: int = 0) -> Iterator[EntryRecord]:
    """Rows as they are kept, numbered on from `after`."""
    for row in request.rows:
        problem = found.problems.get(row.number)
        yield EntryRecord(
            number=row.number + after,
            outcome="waiting",
            employee=row.reference,
            document=document_of(row),
            problem=problem.document if problem else None,
        )
    for one in request.unreadable:
        yield EntryRecord(number=one.row + after, outcome="failed", employee=None, document=None, problem=one.document)


def _with_pay(outcome: Outcome, actor: Actor, report: BatchReport) -> Outcome:
    """What is said of pay is put into the answer here, and is not part of what is stored under the caller's key.

    So a request that is repeated is answered without it: as things stand by then, it might be another answer.
    """
    if outcome.replayed or not may_read_pay(actor):
        return outcome
    shown = {**outcome.answer["report"], "impact": plain(report.impact)}
    return replace(outcome, answer={**outcome.answer, "report": shown})
