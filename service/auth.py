"""From a request to its caller: who it is, never what they may do."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.domain.access import Actor
from service.problems import SurfaceProblem
from service.usecases.access import KeyRing

BEARER = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key: dt_<id>_<secret>.")
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dualtrack"'}


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; None when it has none of this kind."""
    scheme, _, token = header.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


async def authenticated(request: Request) -> Actor:
    """Who sent the request; asked twice, it looks once.

    Raises SurfaceProblem `missing-key` or `key-refused`: an unknown, a revoked and a wrong key read alike.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    token = bearer_token(request.headers.get("authorization", ""))
    if token is None:
        raise SurfaceProblem(
            "missing-key", "This needs an API key. Send Authorization: Bearer dt_…", headers=_CHALLENGE
        )
    keys: KeyRing = request.app.state.office.keys
    actor = await keys.actor_of(token)
    if actor is None:
        raise SurfaceProblem(
            "key-refused",
            "This API key does not work. Use one that exists, is not expired and not revoked.",
            headers={"WWW-Authenticate": _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'},
        )
    request.state.actor = actor
    return actor


async def current_actor(
    request: Request, _shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Actor:
    """The caller as a parameter of a route, which also makes the contract say that a key is needed."""
    return await authenticated(request)


Caller = Annotated[Actor, Depends(current_actor)]
