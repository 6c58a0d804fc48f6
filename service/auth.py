"""From a request to its caller: who it is, never what they may do."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from service.domain.access import Actor
from service.problems import SurfaceProblem
from service.usecases.access import KeyRing

BEARER = HTTPBearer(auto_error=False, scheme_name="api_key", description="An API key: dt_<id>_<secret>.")
REPORTS = "/ccx/"
"""Below which the key may come as the password of Basic: programs that read reports know nothing else."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="dualtrack"'}
_BOTH = {"WWW-Authenticate": 'Basic realm="dualtrack", charset="UTF-8", Bearer realm="dualtrack"'}


class _ShownBasic(HTTPBasic):
    """Basic as the contract tells of it. It is read elsewhere: the framework's reads no user beyond ASCII."""

    async def __call__(self, request: HTTPConnection) -> HTTPBasicCredentials | None:
        return None


BASIC = _ShownBasic(auto_error=False, scheme_name="report_key", description="Any user, an API key as the password.")


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; None when it has none of this kind."""
    scheme, _, token = header.partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def basic_token(header: str) -> str | None:
    """The password of an Authorization header of Basic; None when it has none. The user may be anything."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[2] or None


def token_of(header: str, path: str) -> str | None:
    """The key that a request to a path is sent with; None when it has none in a form that may be used there."""
    token = bearer_token(header)
    return basic_token(header) if token is None and path.startswith(REPORTS) else token


async def authenticated(request: Request) -> Actor:
    """Who sent the request; asked twice, it looks once.

    Raises SurfaceProblem `missing-key` or `key-refused`: an unknown, a revoked and a wrong key read alike.
    """
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    path: str = request.scope["path"]
    token = token_of(request.headers.get("authorization", ""), path)
    if token is None:
        is_report = path.startswith(REPORTS)
        how = "Authorization: Bearer dt_…" + (", or the key as the password of Basic" if is_report else "")
        raise SurfaceProblem(
            "missing-key", f"This needs an API key. Send {how}.", headers=_BOTH if is_report else _CHALLENGE
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


async def report_actor(actor: Caller, _shown: Annotated[HTTPBasicCredentials | None, Depends(BASIC)]) -> Actor:
    """The caller of a report, whose key may come either way."""
    return actor


ReportCaller = Annotated[Actor, Depends(report_actor)]
