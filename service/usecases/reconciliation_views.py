"""Reconciliations as they are shown: how far both sides agree, and each place at which they part."""

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, get_args

from pydantic import Field

from service.domain.access import Actor, Scope, may_read_pay, require
from service.domain.definitions import Definitions
from service.domain.drift_bands import band_at, without_figures
from service.domain.drift_shapes import Kind, Mend, OurSide, TheirSide
from service.domain.instants import instant_text
from service.domain.pay import Band
from service.domain.refusals import NotFound
from service.storage import crowds, reconciliations
from service.storage.reconciliations import DriftRecord, ReconciliationRecord
from service.usecases.act import Runtime
from service.usecases.drift_documents import kept_drift
from service.usecases.paging import Part, Window, part
from service.usecases.reading import reading

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCount:
    """How many drifts there are of a kind."""

    kind: Annotated[str, Field(description="Kind of drift.")]
    drifts: Annotated[int, Field(description="How many.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownReconciliation:
    """What another system says of people, held against our record."""

    id: Annotated[str | None, Field(description="Id of the report; null in a dry run.")]
    system: Annotated[str, Field(description="System under which their ids are kept: system:value.")]
    format: Annotated[str, Field(description="bamboohr, workday, gusto, csv or ndjson; more may be added.")]
    connection: Annotated[str | None, Field(description="Connection whose mapping was used; null for one of its own.")]
    as_of: Annotated[date, Field(description="Day up to which at least both sides were compared.")]
    known_at: Annotated[str, Field(description="Instant as of which our record was read.")]
    complete: Annotated[bool, Field(description="Whether the extract had everybody, so that others are missing there.")]
    authority: Annotated[str, Field(description="Side that is taken for right: ours or theirs.")]
    rows: Annotated[int, Field(description="Rows of the extract.")]
    people: Annotated[int, Field(description="People they are about.")]
    drifts: Annotated[int, Field(description="Differences found.")]
    counts: Annotated[tuple[DriftCount, ...], Field(description="They, by kind.")]
    created_by: Annotated[str, Field(description="Who sent the extract.")]
    created_at: Annotated[str | None, Field(description="When; null in a dry run.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDrift:
    """A difference between another system and our record."""

    number: Annotated[int, Field(description="Its number in the report, from 1.")]
    kind: Annotated[
        str,
        Field(
            description="missing_there, missing_here, wrong_level, wrong_track, wrong_date, unknown_code, "
            "ambiguous_code, band_mismatch or duplicate_person; more may be added."
        ),
    ]
    employee: Annotated[str | None, Field(description="Id of the person here; null when nobody is known to be meant.")]
    person: Annotated[str, Field(description="Who it is by their row: system:value, or your own key.")]
    job: Annotated[str, Field(description="Key of the job.")]
    effective_on: Annotated[date, Field(description="First day on which both sides differ.")]
    until: Annotated[date | None, Field(description="First day on which they do not any more; null while open.")]
    ours: Annotated[OurSide | None, Field(description="What holds here; null where nobody holds the job.")]
    theirs: Annotated[TheirSide | None, Field(description="What their row says; null where there is none.")]
    place: Annotated[str | None, Field(description="Their row, as table and id or as its number in the extract.")]
    differs: Annotated[
        tuple[str, ...],
        Field(description="Of a band_mismatch: grade, band, currency, period, min, mid, max; figures when redacted."),
    ]
    band: Annotated[
        Band | None,
        Field(description="Our band that was compared, by the definitions of then; theirs is kept nowhere."),
    ]
    mend: Annotated[Mend, Field(description="What makes both sides equal.")]
    batch: Annotated[str | None, Field(description="Batch that the mend was last taken into.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


async def read_reconciliation(runtime: Runtime, actor: Actor, reconciliation_id: str) -> ShownReconciliation:
    """Needs assignments:read. Raises NotFound `no-such-reconciliation`."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with runtime.database.read() as connection:
        found = await reconciliations.find_reconciliation(
            connection, reconciliation_id, since=runtime.reconciliations_from()
        )
    if found is None:
        raise no_such_reconciliation(reconciliation_id)
    return shown_reconciliation(found)


async def list_reconciliations(
    runtime: Runtime, actor: Actor, *, system: str | None, window: Window
) -> Part[ShownReconciliation]:
    """Reports, the latest first; of one system if asked."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with runtime.database.read() as connection:
        found = await reconciliations.reconciliations_page(
            connection,
            system=system,
            since=runtime.reconciliations_from(),
            limit=window.limit + 1,
            place=window.place,
            backward=window.backward,
        )
    return part(found, window, lambda one: (one.id,)).each(shown_reconciliation)


async def list_drifts(
    runtime: Runtime,
    actor: Actor,
    reconciliation_id: str,
    *,
    kind: Kind | None,
    person: str | None,
    window: Window,
) -> Part[ShownDrift]:
    """Drifts of a report by number: of one kind, of one person if asked, by any name they have on either side.

    Figures of our bands are for whoever may read bands. Raises NotFound `no-such-reconciliation`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime) as view:
        report = await reconciliations.find_reconciliation(
            view.connection, reconciliation_id, since=runtime.reconciliations_from()
        )
        if report is None:
            raise no_such_reconciliation(reconciliation_id)
        ids = await crowds.ids_of(view.connection, [person]) if person is not None else {}
        employee_id = ids.get(person or "")
        found = await reconciliations.drifts_page(
            view.connection,
            report.id,
            kind=kind,
            employee_id=employee_id,
            person=person if employee_id is None else None,
            limit=window.limit + 1,
            place=window.place,
            backward=window.backward,
        )
        definitions = view.definitions
    may_see = may_read_pay(actor)
    return part(found, window, lambda one: (one.number,)).each(
        lambda one: _shown_drift(one, report, definitions, may_see=may_see)
    )


def shown_reconciliation(record: ReconciliationRecord) -> ShownReconciliation:
    return ShownReconciliation(
        id=record.id or None,
        system=record.system,
        format=record.format,
        connection=record.connection_id,
        as_of=record.as_of,
        known_at=instant_text(record.known_at),
        complete=record.complete,
        authority=record.authority,
        rows=record.rows,
        people=record.people,
        drifts=record.drifts,
        counts=tuple(DriftCount(kind=kind, drifts=drifts) for kind, drifts in record.counts.items()),
        created_by=record.created_by,
        created_at=instant_text(record.created_at) if record.id else None,
    )


def no_such_reconciliation(reconciliation_id: str) -> NotFound:
    return NotFound(
        "no-such-reconciliation",
        f"There is no reconciliation {reconciliation_id[:60]}. List the reconciliations to see their ids.",
    )


def _shown_drift(
    record: DriftRecord, report: ReconciliationRecord, definitions: Definitions, *, may_see: bool
) -> ShownDrift:
    kept = kept_drift(record)
    band = band_at(kept.band, definitions, report.as_of, report.known_at) if kept.band and may_see else None
    return ShownDrift(
        number=record.number,
        kind=record.kind,
        employee=record.employee_id,
        person=record.person,
        job=kept.job,
        effective_on=kept.effective_on,
        until=kept.until,
        ours=kept.ours,
        theirs=kept.theirs,
        place=kept.place,
        differs=kept.differs if may_see else without_figures(kept.differs),
        band=band,
        mend=kept.mend,
        batch=record.batch_id,
        redacted=() if may_see or kept.band is None else ("band",),
    )
