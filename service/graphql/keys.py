"""API keys: made, listed, revoked."""

from datetime import date
from typing import Annotated, Any

import strawberry

from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Asked
from service.graphql.inputs import checked
from service.graphql.nodes import root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.requests.keys import NewKey
from service.usecases import access
from service.usecases.act import Outcome
from service.usecases.paging import Part, Window


async def _key(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the key.")]) -> Any:
    return await access.read_key(info.context.office.runtime, info.context.actor, id)


async def _keys(info: Asked, first: First = None, after: After = None, last: Last = None, before: Before = None) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await access.list_keys(ask.office.runtime, ask.actor, window=window)

    return await paged(info, Slice(first=first, after=after, last=last, before=before), read, place=(int,))


async def _create(write: Write) -> Outcome:
    body = checked(NewKey, write.sent)
    return await access.create_key(
        write.ask.office.runtime,
        write.ask.actor,
        name=body.name,
        scopes=frozenset(body.scopes),
        expires_at=body.expiry(),
        idempotency=write.key,
        dry_run=write.dry_run,
    )


async def _revoke(write: Write) -> Outcome:
    return await access.revoke_key(
        write.ask.office.runtime, write.ask.actor, write.sent["key"], idempotency=write.key, dry_run=write.dry_run
    )


_KEY = shape_of(access.ShownKey)
QUERIES: dict[str, Any] = {
    "key": root(_key, _KEY, "An API key. Its secret is never shown again."),
    "keys": root(_keys, connection_of(_KEY, "Key"), "Every key ever made, oldest first, those revoked too."),
}
MUTATIONS: dict[str, Any] = {
    "create_key": mutation(
        "createKey", _create, _KEY, said="Make an API key. The answer carries it, this once.", body=NewKey
    ),
    "revoke_key": mutation(
        "revokeKey",
        _revoke,
        _KEY,
        said="Revoke an API key: it works for no further request.",
        places=(("key", "Id of the key."),),
    ),
}
