"""What the database says of the whole deployment, for those who watch it: the same from every process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from service.domain.access import Actor, Scope, require
from service.domain.refusals import Refused
from service.usecases.act import Runtime
from service.webhooks.condition import Backlog, count_states, queued_by_endpoint

MOST_ENDPOINTS = 200
"""Endpoints that are told of one by one, first made first."""
READ_SECONDS = 5.0
"""Whoever watches is told what is known without the database rather than nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOf:
    """What is queued for an endpoint; `oldest_seconds` is None when nothing is."""

    backlog: Backlog
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """`queues` are by endpoint id, `states` count endpoints."""

    states: Mapping[str, int]
    queues: Mapping[str, QueueOf]


async def read_measures(runtime: Runtime, actor: Actor) -> Measures | None:
    """None when the database does not answer. Needs webhooks:manage."""
    require(actor, Scope.WEBHOOKS_MANAGE)
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await _read(runtime)
    except (Refused, TimeoutError):
        return None


async def _read(runtime: Runtime) -> Measures:
    now = runtime.database.now_us()
    async with runtime.database.read() as connection:
        states = await count_states(connection)
        found = await queued_by_endpoint(connection, most=MOST_ENDPOINTS)
    return Measures(
        states=states,
        queues={
            one: QueueOf(backlog=backlog, oldest_seconds=None if oldest is None else max(0, now - oldest) / 1_000_000)
            for one, (backlog, oldest) in found.items()
        },
    )
