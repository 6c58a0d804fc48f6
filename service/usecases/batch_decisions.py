"""What becomes of a stored batch: somebody has it applied, approves it for somebody else, or rejects it."""

from dataclasses import replace

from service.domain.access import Actor, Scope, require
from service.domain.definitions import Definitions
from service.domain.refusals import Conflict, Forbidden
from service.storage import batches
from service.storage.batches import BatchRecord, State
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.batch_reports import report_on_waiting
from service.usecases.batch_views import ShownBatch, no_such_batch, shown_batch


async def apply_batch(
    runtime: Runtime, actor: Actor, batch_id: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """Have a stored batch applied, in the name it was stored for, else the caller's; the answer is the ShownBatch.

    The worker then works on it. One that is being applied or was stays as it is. Raises NotFound `no-such-batch`,
    Conflict `batch-state` and, where somebody else has to approve it, `batch-not-approved`.
    """

    async def body(a: Act) -> ShownBatch:
        definitions = await a.definitions()
        batch = await locked_batch(a, batch_id)
        require_all(actor, backfill=batch.backfill, overrides=batch.overrides)
        if batch.state in {"applying", "applied"}:
            return shown_batch(batch)
        if batch.state == "proposed" or (batch.state == "stored" and needs_approval(definitions)):
            raise Conflict(
                "batch-not-approved",
                f"{batch.id} needs the approval of somebody else than {batch.created_by}. Have it approved.",
                extra={"state": batch.state},
            )
        refuse_unless(batch, "stored", what="It is applied once all its rows are stored")
        return replace(await _begin(a, batch), report=report)

    require(actor, Scope.ASSIGNMENTS_WRITE)
    report = await report_on_waiting(runtime, actor, batch_id) if dry_run else None
    return await act(runtime, "batches.apply", actor, body, key=key, dry_run=dry_run)


async def approve_batch(
    runtime: Runtime, actor: Actor, batch_id: str, *, key: IdempotencyKey | None = None, dry_run: bool = False
) -> Outcome:
    """Approve what somebody else proposed and have it applied, as `apply_batch` does; the answer is the ShownBatch.

    Raises Forbidden `own-proposal`, and what `apply_batch` raises but for the missing approval.
    """

    async def body(a: Act) -> ShownBatch:
        batch = await locked_batch(a, batch_id)
        require_all(actor, backfill=batch.backfill, overrides=batch.overrides)
        _refuse_own(batch, actor)
        refuse_unless(batch, "proposed", "stored", what="It is approved once all its rows are stored")
        return replace(await _begin(a, replace(batch, decided_by=actor.id, decided_at=a.now)), report=report)

    require(actor, Scope.ASSIGNMENTS_WRITE)
    report = await report_on_waiting(runtime, actor, batch_id) if dry_run else None
    return await act(runtime, "batches.approve", actor, body, key=key, dry_run=dry_run)


async def reject_batch(
    runtime: Runtime,
    actor: Actor,
    batch_id: str,
    *,
    reason: str,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Say no to what is stored or proposed, the proposer's own included; the answer is the ShownBatch."""

    async def body(a: Act) -> ShownBatch:
        batch = await locked_batch(a, batch_id)
        refuse_unless(batch, "proposed", "stored", "open", what="It is rejected before it is applied")
        rejected = replace(batch, state="rejected", decided_by=actor.id, decided_at=a.now, reason=reason)
        await _keep(a, rejected)
        return shown_batch(rejected)

    require(actor, Scope.ASSIGNMENTS_WRITE)
    return await act(runtime, "batches.reject", actor, body, key=key, dry_run=dry_run)


async def locked_batch(a: Act, batch_id: str) -> BatchRecord:
    """Raises NotFound `no-such-batch`."""
    found = await batches.lock_batch(a.tx, batch_id)
    if found is None:
        raise no_such_batch(batch_id)
    return found


def require_all(actor: Actor, *, backfill: bool, overrides: bool) -> None:
    """What is needed to store rows, and to have them applied."""
    require(actor, Scope.ASSIGNMENTS_WRITE)
    if overrides:
        require(actor, Scope.ASSIGNMENTS_OVERRIDE)
    if backfill:
        require(actor, Scope.ADMIN)


def needs_approval(definitions: Definitions) -> bool:
    """Whether the company has two people see what many changes do."""
    company = definitions.company()
    return company is not None and company.approvals.change_batches == "required"


def refuse_unless(batch: BatchRecord, *states: State, what: str) -> None:
    """Raises Conflict `batch-state`."""
    if batch.state not in states:
        raise Conflict("batch-state", f"{batch.id} is {batch.state}. {what}.", extra={"state": batch.state})


def _refuse_own(batch: BatchRecord, actor: Actor) -> None:
    if actor.id == batch.created_by:
        raise Forbidden(
            "own-proposal", f"{batch.id} is your own proposal. Somebody else approves it; you can only withdraw it."
        )


async def _begin(a: Act, batch: BatchRecord) -> ShownBatch:
    begun = replace(batch, state="applying", applied_by=batch.applied_by or a.actor.id, started_at=a.now)
    await _keep(a, begun)
    return shown_batch(begun)


async def _keep(a: Act, batch: BatchRecord) -> None:
    if a.dry_run:
        return
    names = ("state", "applied_by", "started_at", "decided_by", "decided_at", "reason")
    await batches.update_batch(a.tx, batch.id, **{name: getattr(batch, name) for name in names})
    a.audit_detail.update(batch=batch.id, rows=batch.rows)
