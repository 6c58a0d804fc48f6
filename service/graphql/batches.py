"""Many changes at once: stored, decided on, and how far each batch has come."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, cast, get_args

import strawberry

from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Ask, Asked
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.batches import MoreRows, NewBatch, Rejection, asked_of
from service.usecases import batch_decisions, batch_views, batches
from service.usecases.act import IdempotencyKey, Outcome
from service.usecases.batch_views import OutcomeName, State
from service.usecases.batches import BatchRequest
from service.usecases.paging import Part, Window

BatchId = Annotated[str, strawberry.argument(description="Id of the batch.")]
_STATES, _OUTCOMES = get_args(State), get_args(OutcomeName)
StateName = Annotated[str | None, strawberry.argument(description=f"Only these: {', '.join(_STATES)}.")]
OutcomeText = Annotated[str | None, strawberry.argument(description=f"Only these: {', '.join(_OUTCOMES)}.")]


class SeenBatch(Seen):
    """A batch of changes."""

    __slots__ = ()


BatchRow = shape_of(batch_views.ShownEntry)


async def _entries_of(
    root: strawberry.Parent[Any],
    info: Asked,
    outcome: OutcomeText = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask, batch = info.context, root.shown.id
    wanted = _one_of("outcome", outcome, _OUTCOMES)

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await batch_views.list_batch_rows(
            ask.office.runtime, ask.actor, batch, outcome=cast(OutcomeName | None, wanted), window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int,),
        show=lambda one, _day, _instant: one,
        asked={"batch": batch, "outcome": outcome},
    )


ChangeBatch = node_type(
    "ChangeBatch",
    SeenBatch,
    batch_views.ShownBatch,
    said="A batch of changes, and how far it has come.",
    # A report is on the rows of one request, and is answered to that.
    but=("report",),
    leads_to={
        "entries": leads(_entries_of, connection_of(BatchRow, "BatchRow"), "Its rows by number.", optional=False)
    },
)


async def find(ask: Ask, id: str) -> SeenBatch:
    """Raises NotFound `no-such-batch`."""
    return SeenBatch(await batch_views.read_batch(ask.office.runtime, ask.actor, id))


async def _batch(info: Asked, id: BatchId) -> Any:
    return await find(info.context, id)


async def _batches(
    info: Asked,
    state: StateName = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask = info.context
    wanted = _one_of("state", state, _STATES)

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await batch_views.list_batches(
            ask.office.runtime, ask.actor, state=cast(State | None, wanted), window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        show=lambda one, _day, _instant: SeenBatch(one),
        asked={"state": state},
    )


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        why = f"is none of {', '.join(known)}"
        fault = {"parameter": name, "detail": why, "code": "invalid-parameter"}
        raise SurfaceProblem("invalid-parameter", f"{name} {why}.", errors=[fault])
    return value


def _rows(write: Write, whole: type[NewBatch | MoreRows]) -> BatchRequest:
    document = {name: value for name, value in write.sent.items() if name in whole.model_fields}
    # An empty list of entries is an empty object there.
    given: list[dict[str, Any]] = document["rows"]
    rows: list[dict[str, Any]] = [{**row, "external_ids": row.get("external_ids") or {}} for row in given]
    return asked_of({**document, "rows": rows}, whole)


def _needed_key(write: Write) -> IdempotencyKey | None:
    if write.key is None and not write.dry_run:
        raise SurfaceProblem(
            "idempotency-key-missing",
            "Rows are stored under an idempotencyKey, so that sending them again stores nothing twice. Send one.",
            errors=[{"parameter": "idempotencyKey", "detail": "is missing", "code": "idempotency-key-missing"}],
        )
    return write.key


async def _create(write: Write) -> Outcome:
    ask, key = write.ask, _needed_key(write)
    asked = _rows(write, NewBatch)
    return await batches.create_batch(ask.office.runtime, ask.actor, asked, key=key, dry_run=write.dry_run)


async def _add(write: Write) -> Outcome:
    ask, key = write.ask, _needed_key(write)
    asked = _rows(write, MoreRows)
    batch: str = write.sent["batch"]
    return await batches.add_rows(ask.office.runtime, ask.actor, batch, asked, key=key, dry_run=write.dry_run)


async def _apply(write: Write) -> Outcome:
    ask, batch = write.ask, write.sent["batch"]
    return await batch_decisions.apply_batch(ask.office.runtime, ask.actor, batch, key=write.key, dry_run=write.dry_run)


async def _approve(write: Write) -> Outcome:
    ask, batch = write.ask, write.sent["batch"]
    return await batch_decisions.approve_batch(
        ask.office.runtime, ask.actor, batch, key=write.key, dry_run=write.dry_run
    )


async def _reject(write: Write) -> Outcome:
    return await batch_decisions.reject_batch(
        write.ask.office.runtime,
        write.ask.actor,
        write.sent["batch"],
        reason=checked(Rejection, write.sent).reason,
        key=write.key,
        dry_run=write.dry_run,
    )


def _doing(
    name: str, run: Callable[[Write], Awaitable[Outcome]], said: str, *, body: Any = None, is_new: bool = False
) -> Any:
    places = () if is_new else (("batch", "Id of the batch."),)
    return mutation(name, run, shape_of(batch_views.ShownBatch), said=said, body=body, places=places)


QUERIES: dict[str, Any] = {
    "change_batch": root(_batch, ChangeBatch, "A batch of changes."),
    "change_batches": root(_batches, connection_of(ChangeBatch, "ChangeBatch"), "Batches, the latest first."),
}
MUTATIONS: dict[str, Any] = {
    "create_change_batch": _doing(
        "createChangeBatch",
        _create,
        "Store many changes and report on them; nothing is recorded yet. Needs an idempotencyKey.",
        body=NewBatch,
        is_new=True,
    ),
    "add_batch_rows": _doing(
        "addBatchRows", _add, "Add rows to an open batch. Needs an idempotencyKey.", body=MoreRows
    ),
    "apply_change_batch": _doing("applyChangeBatch", _apply, "Have a stored batch applied."),
    "approve_change_batch": _doing("approveChangeBatch", _approve, "Approve what somebody else proposed."),
    "reject_change_batch": _doing("rejectChangeBatch", _reject, "Reject a batch before it is applied.", body=Rejection),
}
