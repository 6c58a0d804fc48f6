"""What another system says of people, held against our record: reported on, and mended by nothing but a batch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from service.domain.access import Actor, Scope, require
from service.domain.drift_mends import Terms
from service.domain.drift_shapes import Authority, ExtractRow
from service.domain.drift_words import Words
from service.domain.drifts import counted
from service.domain.mappings import MappingEntry, SystemMapping, mapping_of
from service.domain.refusals import Conflict, FieldError, Invalid
from service.storage import connections, reconciliations
from service.storage.reconciliations import DriftRecord, ReconciliationRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.connection_mappings import refuse_wrong
from service.usecases.drift_finding import Comparison, found_drifts
from service.usecases.open_connections import no_connection
from service.usecases.reading import Reading, reading
from service.usecases.reconciliation_views import (
    ShownReconciliation,
    no_such_reconciliation,
    shown_reconciliation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRequest:
    """An extract as it was read. `as_of` None is the company's today.

    Their words are mapped by the `connection`'s mapping (an id or a key) or by `mapping`; with neither they are ours.
    """

    system: str
    format: str
    rows: Sequence[ExtractRow] = field(repr=False)
    connection: str | None = None
    mapping: tuple[MappingEntry, ...] | None = None
    as_of: date | None = None
    complete: bool = False
    authority: Authority = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Basis:
    """What a report is made on."""

    against: Comparison
    connection_id: str | None


async def create_reconciliation(
    runtime: Runtime,
    actor: Actor,
    request: ReconciliationRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Hold an extract against the record and keep the report; the answer is a ShownReconciliation.

    Nobody's timeline is touched. Needs assignments:write, and bands:read for an extract with figures of bands: who
    may not read ours could find them out by trying. Raises NotFound `no-such-connection`, Invalid `mapping-invalid`
    and `extract-invalid`.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    if any(row.band for row in request.rows):
        require(actor, Scope.BANDS_READ)
    if request.mapping is not None:
        refuse_wrong(request.mapping, place="/mapping")
    if request.complete and not request.rows:
        # By mistake it says that nobody is there: all would be missing, and mended by ending them.
        raise Invalid("extract-invalid", "An extract that has everybody has rows. Send it with `complete` false.")
    basis = await _basis(runtime, request)
    drifts, people = await found_drifts(basis.against, request.rows, system=request.system, is_whole=request.complete)

    async def body(a: Act) -> ShownReconciliation:
        record = _record(a, actor, request, basis, drifts, people)
        if not a.dry_run:
            await reconciliations.insert_reconciliation(a.tx, record, drifts)
            a.audit_detail.update(
                reconciliation=record.id, system=record.system, rows=record.rows, drifts=record.drifts
            )
        return shown_reconciliation(record)

    return await act(runtime, "reconciliations.create", actor, body, key=key, dry_run=dry_run)


async def delete_reconciliation(
    runtime: Runtime,
    actor: Actor,
    reconciliation_id: str,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Let a report go, with all its drifts. Batches that were made of its mends stay.

    Needs assignments:write. Raises NotFound `no-such-reconciliation`, Conflict `being-mended`.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)

    async def body(a: Act) -> dict[str, str]:
        report = await locked_report(a, reconciliation_id)
        batch = await reconciliations.batch_under_way(a.tx, report.id)
        if batch is not None:
            raise Conflict(
                "being-mended",
                f"{batch} has mends of {report.id} and may still be applied. Have it applied or reject it, then delete"
                " the report.",
                extra={"batch": batch},
            )
        await reconciliations.delete_reconciliation(a.tx, report)
        a.audit_detail.update(reconciliation=report.id, system=report.system, drifts=report.drifts)
        return {"id": report.id}

    return await act(runtime, "reconciliations.delete", actor, body, key=key, dry_run=dry_run)


async def locked_report(a: Act, reconciliation_id: str) -> ReconciliationRecord:
    """One that neither goes nor is begun to be mended until the act ends. Raises NotFound `no-such-reconciliation`."""
    report = await reconciliations.find_reconciliation(
        a.tx, reconciliation_id, since=a.runtime.reconciliations_from(), for_update=True
    )
    if report is None:
        raise no_such_reconciliation(reconciliation_id)
    return report


async def _basis(runtime: Runtime, request: ReconciliationRequest) -> _Basis:
    async with reading(runtime) as view:
        connection_id, mapping = await _mapping(view, request)
        terms = Terms(
            words=Words(mapping, view.definitions), as_of=request.as_of or view.today, authority=request.authority
        )
        return _Basis(
            against=Comparison(
                database=runtime.database, definitions=view.definitions, terms=terms, known_at=view.known_at
            ),
            connection_id=connection_id,
        )


async def _mapping(view: Reading, request: ReconciliationRequest) -> tuple[str | None, SystemMapping]:
    if request.connection is None:
        return None, SystemMapping(entries=request.mapping or ())
    if request.mapping is not None:
        raise _refused("/mapping", "is given beside a connection, which has one: leave either out")
    held = await connections.find_connection(view.connection, request.connection)
    if held is None:
        raise no_connection(request.connection)
    if held.system != request.system:
        raise _refused("/system", f"is not that of the connection, which is {held.system}")
    kept = await connections.last_mapping(view.connection, held.id)
    return held.id, mapping_of(kept.document) if kept else SystemMapping()


def _refused(pointer: str, why: str) -> Invalid:
    return Invalid(
        "invalid-body", f"{pointer} {why}.", errors=(FieldError(pointer=pointer, detail=why, code="invalid-body"),)
    )


def _record(
    a: Act,
    actor: Actor,
    request: ReconciliationRequest,
    basis: _Basis,
    drifts: Sequence[DriftRecord],
    people: int,
) -> ReconciliationRecord:
    terms = basis.against.terms
    return ReconciliationRecord(
        id=a.new_id("rec") or "",
        system=request.system,
        format=request.format,
        connection_id=basis.connection_id,
        as_of=terms.as_of,
        known_at=basis.against.known_at,
        complete=request.complete,
        authority=request.authority,
        rows=len(request.rows),
        people=people,
        drifts=len(drifts),
        counts=counted(one.kind for one in drifts),
        created_by=actor.id,
        created_at=a.now,
    )
