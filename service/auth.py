"""From a request to its caller: who it is, never what they may do."""

from dataclasses import dataclass
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
        raise _refused("This API key does not work. Use one that exists, is not expired and not revoked.")
    request.state.actor = actor
    return actor


@dataclass(frozen=True, slots=True)
class StillThere:
    """The caller of a request whose answer lasts: asked again and again whether the key still holds."""

    request: Request
    actor: Actor

    async def holds(self) -> bool:
        """Whether the key still works, and for the same."""
        token = bearer_token(self.request.headers["authorization"])
        keys: KeyRing = self.request.app.state.office.keys
        return token is not None and await keys.actor_of(token) == self.actor

    async def caller(self) -> Actor:
        """Raises SurfaceProblem `key-refused`."""
        if not await self.holds():
            raise _refused("This API key does not work any more. Use one that does.")
        return self.actor


def _refused(detail: str) -> SurfaceProblem:
    challenge = _CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'
    return SurfaceProblem("key-refused", detail, headers={"WWW-Authenticate": challenge})


async def current_actor(
    request: Request, _shown: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
) -> Actor:
    """The caller as a parameter of a route, which also makes the contract say that a key is needed."""
    return await authenticated(request)


Caller = Annotated[Actor, Depends(current_actor)]
