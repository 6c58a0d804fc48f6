"""Another system's extract held against our record."""

import asyncio
from datetime import date
from typing import Annotated, Any

import strawberry

from service.connectors.extracts.reading import read_extract
from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Ask, Asked
from service.graphql.endpoints import Deleted
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.reconciliations import Mends, NewReconciliation, shell_of
from service.strict_json import parse_json
from service.usecases import reconciliation_mends, reconciliation_views, reconciliations
from service.usecases.act import Outcome
from service.usecases.paging import Part, Window
from service.usecases.reconciliations import ReconciliationRequest

_KINDS = reconciliation_views.KINDS
KindName = Annotated[str | None, strawberry.argument(description=f"Only these: {', '.join(_KINDS)}.")]
PersonName = Annotated[
    str | None, strawberry.argument(description="Only of this person: id, own key, or system:value.")
]
SystemName = Annotated[str | None, strawberry.argument(description="Only of this system.")]
ReconciliationId = Annotated[str, strawberry.argument(description="Id of the report.")]


class SeenReconciliation(Seen):
    """A report on an extract."""

    __slots__ = ()


Drift = shape_of(reconciliation_views.ShownDrift)


async def _drifts_of(
    root: strawberry.Parent[Any],
    info: Asked,
    kind: KindName = None,
    person: PersonName = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask, report = info.context, root.shown.id
    if kind is not None and kind not in _KINDS:
        why = f"is none of {', '.join(_KINDS)}"
        fault = {"parameter": "kind", "detail": why, "code": "invalid-parameter"}
        raise SurfaceProblem("invalid-parameter", f"kind {why}.", errors=[fault])

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await reconciliation_views.list_drifts(
            ask.office.runtime, ask.actor, report, kind=kind, person=person, window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int,),
        show=lambda one, _day, _instant: one,
        asked={"reconciliation": report, "kind": kind, "person": person},
    )


Reconciliation = node_type(
    "Reconciliation",
    SeenReconciliation,
    reconciliation_views.ShownReconciliation,
    said="What another system says of people, held against our record.",
    but=("drifts",),
    leads_to={
        # How many there are, `counts` tells by kind.
        "drifts": leads(_drifts_of, connection_of(Drift, "Drift"), "Its differences by number.", optional=False)
    },
)


async def find(ask: Ask, id: str) -> SeenReconciliation:
    """Raises NotFound `no-such-reconciliation`."""
    return SeenReconciliation(await reconciliation_views.read_reconciliation(ask.office.runtime, ask.actor, id))


async def _reconciliation(info: Asked, id: ReconciliationId) -> Any:
    return await find(info.context, id)


async def _reconciliations(
    info: Asked,
    system: SystemName = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await reconciliation_views.list_reconciliations(
            ask.office.runtime, ask.actor, system=system, window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        show=lambda one, _day, _instant: SeenReconciliation(one),
        asked={"system": system},
    )


async def _create(write: Write) -> Outcome:
    ask = write.ask
    asked = await asyncio.to_thread(_read, write.sent)
    return await reconciliations.create_reconciliation(
        ask.office.runtime, ask.actor, asked, key=write.key, dry_run=write.dry_run
    )


def _read(sent: dict[str, Any]) -> ReconciliationRequest:
    document = {name: sent[name] for name in NewReconciliation.model_fields if name in sent}
    words: list[dict[str, Any]] | None = document.get("mapping")
    if words:
        # A word of the language cannot be a name in it.
        document["mapping"] = [{name.rstrip("_"): value for name, value in word.items()} for word in words]
    shell, extract = shell_of(document)
    columns = shell.columns.asked() if shell.columns else None
    rows = read_extract(extract, format=shell.format, system=shell.system, columns=columns, parse=parse_json)
    return shell.asked(rows)


async def _apply(write: Write) -> Outcome:
    ask = write.ask
    if write.key is None and not write.dry_run:
        raise SurfaceProblem(
            "idempotency-key-missing",
            "A batch is stored under an idempotencyKey, so that sending this again stores nothing twice. Send one.",
            errors=[{"parameter": "idempotencyKey", "detail": "is missing", "code": "idempotency-key-missing"}],
        )
    return await reconciliation_mends.apply_reconciliation(
        ask.office.runtime,
        ask.actor,
        write.sent["reconciliation"],
        checked(Mends, write.sent).asked(),
        key=write.key,
        dry_run=write.dry_run,
    )


async def _delete(write: Write) -> Outcome:
    ask = write.ask
    return await reconciliations.delete_reconciliation(
        ask.office.runtime, ask.actor, write.sent["reconciliation"], key=write.key, dry_run=write.dry_run
    )


QUERIES: dict[str, Any] = {
    "reconciliation": root(_reconciliation, Reconciliation, "A report on an extract of another system."),
    "reconciliations": root(
        _reconciliations, connection_of(Reconciliation, "Reconciliation"), "Such reports, the latest first."
    ),
}
MUTATIONS: dict[str, Any] = {
    "create_reconciliation": mutation(
        "createReconciliation",
        _create,
        shape_of(reconciliation_views.ShownReconciliation),
        said="Hold an extract of another system against our record; nobody's timeline is touched.",
        body=NewReconciliation,
    ),
    "apply_reconciliation": mutation(
        "applyReconciliation",
        _apply,
        shape_of(reconciliation_mends.Mending),
        said="Make a batch of changes of a report's mends. Needs an idempotencyKey.",
        body=Mends,
        places=(("reconciliation", "Id of the report."),),
    ),
    "delete_reconciliation": mutation(
        "deleteReconciliation",
        _delete,
        Deleted,
        said="Delete a report with all its differences, once none of its mends can still be applied.",
        places=(("reconciliation", "Id of the report."),),
    ),
}
