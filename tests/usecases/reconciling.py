"""Reports on the stage: made, read and mended."""

from typing import Any

from service.domain.access import Actor
from service.domain.mappings import MappingEntry
from service.usecases.paging import Window
from service.usecases.reconciliation_mends import MendRequest, apply_reconciliation
from service.usecases.reconciliation_views import ShownDrift, list_drifts
from service.usecases.reconciliations import ReconciliationRequest, create_reconciliation
from tests.stage import HR, Stage

WORDS = tuple(
    MappingEntry(of="level", ours=f"engineering/{level}", theirs=level.upper())
    for level in ("e1", "e2", "ic3", "em3", "ic4", "em4", "ic5")
)


async def report(stage: Stage, request: ReconciliationRequest, actor: Actor = HR, **more: Any) -> dict[str, Any]:
    return (await create_reconciliation(stage.runtime, actor, request, **more)).answer


async def drifts(stage: Stage, report_id: str, actor: Actor = HR, **more: Any) -> list[ShownDrift]:
    filters: dict[str, Any] = {"kind": None, "person": None, **more}
    found = await list_drifts(stage.runtime, actor, report_id, window=Window(limit=10_000), **filters)
    return list(found.items)


async def mended(stage: Stage, report_id: str, request: MendRequest, actor: Actor = HR) -> dict[str, Any]:
    return (await apply_reconciliation(stage.runtime, actor, report_id, request)).answer
