"""From a report to a batch of changes: the only way in which a report ever comes to alter anything."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.drift_shapes import MendRow
from service.domain.refusals import Conflict, FieldError, Invalid
from service.domain.statements import Override
from service.storage import crowds, reconciliations
from service.storage.batches import Mode
from service.storage.reconciliations import DriftRecord, ReconciliationRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime
from service.usecases.batch_rows import BatchRow, NewPerson
from service.usecases.batch_views import ShownBatch
from service.usecases.batches import BatchRequest, create_batch
from service.usecases.changes import ChangeRequest
from service.usecases.drift_documents import kept_drift
from service.usecases.reconciliation_views import no_such_reconciliation
from service.usecases.reconciliations import locked_report

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MendRequest:
    """Which drifts are to be mended here; `drifts` None is all that can be.

    `backfill`: the batch is a first load, which may make people known. `override` is on every row.
    """

    drifts: tuple[int, ...] | None = None
    mode: Mode = "partial"
    backfill: bool = False
    override: Override | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Drifts that are not mended by the batch."""

    code: Annotated[
        str,
        Field(
            description="drift-not-mendable: no change does it, or the id there is somebody else's by now. "
            "mend-needs-backfill: somebody is to be made known."
        ),
    ]
    drifts: Annotated[int, Field(description="How many.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """A batch of the changes that mend drifts. Nothing is recorded before it is applied."""

    reconciliation: Annotated[str, Field(description="Id of the report.")]
    drifts: Annotated[int, Field(description="Drifts that it mends.")]
    left_out: Annotated[tuple[LeftOut, ...], Field(description="Drifts that it does not, by reason.")]
    batch: Annotated[ShownBatch, Field(description="The batch, with the report on its rows.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mended:
    """A drift and the changes that mend it."""

    record: DriftRecord
    rows: tuple[MendRow, ...]

    @property
    def code(self) -> str | None:
        """Why an ordinary batch cannot mend it; None if it can."""
        if not self.rows:
            return "drift-not-mendable"
        return "mend-needs-backfill" if self.record.employee_id is None else None


async def apply_reconciliation(
    runtime: Runtime,
    actor: Actor,
    reconciliation_id: str,
    request: MendRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Store the mends of a report as a batch of changes; the answer is a Mending.

    The batch is like any other: it is judged, approved where that is asked for, and applied by whoever applies it.
    Raises NotFound `no-such-reconciliation`, Conflict `authority-ours`, `nothing-to-mend` and, of drifts that are
    named, `drift-not-mendable` and `mend-needs-backfill`, Invalid `no-such-drift`, and what storing a batch raises.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    report = await _report(runtime, reconciliation_id)
    found = await _wanted(runtime, report, request.drifts)
    mended = [one for one in found if _can(one, request)]
    if request.drifts is not None:
        _refuse_named([one for one in found if not _can(one, request)])
    if not mended:
        raise Conflict("nothing-to-mend", f"{report.id} has no drift that a change here would mend. Read its mends.")

    async def beside(a: Act, batch_id: str) -> None:
        await locked_report(a, report.id)
        await reconciliations.mark_taken(a.tx, report.id, [one.record.number for one in mended], batch_id)
        a.audit_detail.update(reconciliation=report.id, drifts=len(mended))

    batch = BatchRequest(
        mode=request.mode, backfill=request.backfill, complete=True, rows=_batch_rows(mended, request.override)
    )
    stored = await create_batch(runtime, actor, batch, key=key, dry_run=dry_run, beside=beside)
    # What is stored under the caller's key is the batch; the rest says the same whenever it is asked.
    answer: dict[str, Any] = {
        "reconciliation": report.id,
        "drifts": len(mended),
        "left_out": _left_out(one for one in found if not _can(one, request)),
        "batch": stored.answer,
    }
    return replace(stored, answer=answer)


async def _report(runtime: Runtime, reconciliation_id: str) -> ReconciliationRecord:
    async with runtime.database.read() as connection:
        report = await reconciliations.find_reconciliation(
            connection, reconciliation_id, since=runtime.reconciliations_from()
        )
    if report is None:
        raise no_such_reconciliation(reconciliation_id)
    if report.authority == "ours":
        raise Conflict(
            "authority-ours",
            f"{report.id} takes our record for right, so there is nothing to mend here. Write what its mends name"
            " over there, or report again with authority theirs.",
        )
    return report


async def _wanted(runtime: Runtime, report: ReconciliationRecord, numbers: Sequence[int] | None) -> list[_Mended]:
    if numbers is None:
        return await _of_the_same(runtime, [_mended(record) async for record in _all(runtime, report.id)])
    async with runtime.database.read() as connection:
        found = await reconciliations.drifts_by_number(connection, report.id, sorted(set(numbers)))
    known = {record.number for record in found}
    unknown = [(place, number) for place, number in enumerate(numbers) if number not in known]
    if unknown:
        raise Invalid(
            "no-such-drift",
            f"{report.id} has no drift {unknown[0][1]}. It has {report.drifts}, numbered from 1.",
            errors=tuple(
                FieldError(pointer=f"/drifts/{place}", detail="is no drift of the report", code="no-such-drift")
                for place, _ in unknown[:100]
            ),
        )
    return await _of_the_same(runtime, [_mended(record) for record in found])


async def _of_the_same(runtime: Runtime, found: list[_Mended]) -> list[_Mended]:
    """Whose id there is somebody else's by now is not who the row was about: nothing mends that but another report."""
    async with runtime.database.read() as connection:
        ids = await crowds.ids_of(connection, {one.record.person for one in found})
    return [
        replace(one, rows=())
        if one.record.employee_id not in (None, ids.get(one.record.person, one.record.employee_id))
        else one
        for one in found
    ]


async def _all(runtime: Runtime, reconciliation_id: str) -> AsyncIterator[DriftRecord]:
    after: tuple[int] | None = None
    while True:
        async with runtime.database.read() as connection:
            page = await reconciliations.drifts_page(
                connection,
                reconciliation_id,
                kind=None,
                employee_id=None,
                person=None,
                limit=_AT_ONCE,
                place=after,
                backward=False,
            )
        for record in page:
            yield record
        if len(page) < _AT_ONCE:
            return
        after = (page[-1].number,)


def _mended(record: DriftRecord) -> _Mended:
    return _Mended(record=record, rows=kept_drift(record).mend.here)


def _can(one: _Mended, request: MendRequest) -> bool:
    return one.code is None or (one.code == "mend-needs-backfill" and request.backfill)


def _refuse_named(left: Sequence[_Mended]) -> None:
    if not left:
        return
    first = left[0]
    numbers = ", ".join(str(one.record.number) for one in left[:20] if one.code == first.code)
    if first.code == "drift-not-mendable":
        raise Conflict(
            "drift-not-mendable",
            f"No change here mends {numbers}. The mend of each says what does; or the id there is somebody else's by"
            " now: then report again.",
        )
    raise Conflict(
        "mend-needs-backfill",
        f"{numbers} would make people known, which only a first load does. Send backfill true with an admin's key, or"
        " make them known first.",
    )


def _batch_rows(mended: Sequence[_Mended], override: Override | None) -> list[BatchRow]:
    """By person and day. What is stated anew behind one drift gives way to the mend of another on the same day."""
    first = {(one.record.person, row.job, row.effective_on) for one in mended for row in one.rows[:1]}
    rows = [
        (one.record.person, row)
        for one in mended
        for index, row in enumerate(one.rows)
        if index == 0 or (one.record.person, row.job, row.effective_on) not in first
    ]
    rows.sort(key=lambda found: (found[0], found[1].job, found[1].effective_on))
    return [_batch_row(number, row, override) for number, (_, row) in enumerate(rows, start=1)]


def _batch_row(number: int, row: MendRow, override: Override | None) -> BatchRow:
    is_new = row.employee is None
    return BatchRow(
        number=number,
        employee=row.employee,
        change=ChangeRequest(
            effective_on=row.effective_on,
            job=row.job,
            to=row.to,
            reason=row.reason,
            comment=None,
            override=override,
        ),
        person=NewPerson(key=row.key, name=None, external_ids=row.external_ids) if is_new else None,
    )


def _left_out(left: Iterable[_Mended]) -> list[dict[str, Any]]:
    counts: dict[str, int] = {}
    for one in left:
        counts[one.code or ""] = counts.get(one.code or "", 0) + 1
    return [{"code": code, "drifts": drifts} for code, drifts in sorted(counts.items())]
