"""API keys: made, listed, revoked."""

from typing import Annotated, Any

import strawberry

from service.domain.instants import parse_instant
from service.graphql.arguments import DEFAULT_FIRST, After, First, first_of
from service.graphql.connections import Page, Place, connection_of, place_of, question_of
from service.graphql.context import Asked
from service.graphql.inputs import checked
from service.graphql.nodes import root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.requests.keys import NewKey
from service.usecases import access
from service.usecases.act import Outcome


async def _key(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the key.")]) -> Any:
    return await access.read_key(info.context.office.runtime, info.context.actor, id)


async def _keys(info: Asked, first: First = DEFAULT_FIRST, after: After = None) -> Any:
    question = question_of("keys")
    place = place_of(question, after, int)
    found, following = await access.list_keys(
        info.context.office.runtime,
        info.context.actor,
        after=int(place.after[0]) if place else None,
        limit=first_of(first),
    )
    return Page(
        found,
        question=question,
        place=lambda key: Place(after=(parse_instant(key.created_at),)),
        more=following is not None,
        continued=place is not None,
    )


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
