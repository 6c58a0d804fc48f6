"""Figures for Prometheus: what the processes behind this socket counted, and what the database says."""

from fastapi import APIRouter, Request, Response

from service import __version__
from service.auth import Caller
from service.domain.access import Actor
from service.problems import SurfaceProblem
from service.rest.office import Desk
from service.telemetry.book import Counts
from service.telemetry.exposition import exposition
from service.telemetry.spool import Spool
from service.usecases.act import Runtime
from service.usecases.measures import Measures, read_measures

# In a form that others define, so it is no part of the contract of v1.
router = APIRouter(include_in_schema=False)
_NOW = {"Cache-Control": "no-store"}


@router.get("/metrics")
async def read_metrics(request: Request, office: Desk, actor: Caller) -> Response:
    """Needs webhooks:manage: endpoints are named by their ids. DUALTRACK_METRICS_PORT tells it without a key."""
    if request.query_params:
        raise SurfaceProblem("unknown-parameter", "There are no parameters here. Choose figures where they are kept.")
    accept = ",".join(request.headers.getlist("accept"))
    content, media = await metrics_page(office.runtime, request.app.state.spool, actor, accept=accept)
    return Response(content=content, headers={"Content-Type": media, **_NOW})


async def metrics_page(runtime: Runtime, spool: Spool, actor: Actor, *, accept: str) -> tuple[bytes, str]:
    """The page and its media type."""
    found = await read_measures(runtime, actor)
    build = {"version": __version__, "database": runtime.database.dialect}
    return exposition(spool.totals(), _stored(found), build, accept=accept)


def _stored(found: Measures | None) -> Counts:
    if found is None:
        return {("database_up", ()): 0}
    told: Counts = {("database_up", ()): 1}
    told |= {("endpoints", (state,)): count for state, count in found.states.items()}
    for endpoint, queue in found.queues.items():
        for kind in ("pending", "retrying", "held", "blocked"):
            told["delivery_backlog", (endpoint, kind)] = getattr(queue.backlog, kind)
        if queue.oldest_seconds is not None:
            told["delivery_oldest_seconds", (endpoint,)] = queue.oldest_seconds
    return told
