"""What an endpoint leads to beside its deliveries: what it signs with, and how it is doing. Each for many at once."""

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader

from service.graphql.context import Ask, Asked
from service.graphql.nodes import loader
from service.usecases import endpoint_health, endpoint_secrets
from service.usecases.endpoint_secrets import ShownSecret


def _secrets(ask: Ask) -> DataLoader[str, tuple[ShownSecret, ...]]:
    async def load(ids: list[str]) -> Sequence[tuple[ShownSecret, ...]]:
        found = await endpoint_secrets.read_secrets(ask.office.runtime, ask.actor, ids)
        return [found[one] for one in ids]

    return loader(ask, "secrets", lambda: DataLoader(load_fn=load))


async def secrets_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    return await _secrets(info.context).load(root.shown.id)


def _healths(ask: Ask) -> DataLoader[str, endpoint_health.EndpointHealth | None]:
    async def load(ids: list[str]) -> Sequence[endpoint_health.EndpointHealth | None]:
        found = await endpoint_health.read_healths(ask.office.runtime, ask.actor, ids)
        return [found.get(one) for one in ids]

    return loader(ask, "healths", lambda: DataLoader(load_fn=load))


async def health_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    return await _healths(info.context).load(root.shown.id)
