"""Who is asking, what they may do, and the one rule about pay."""

from dataclasses import dataclass
from enum import StrEnum

from service.domain.refusals import Forbidden


class Scope(StrEnum):
    """What a key may do. A `:write` scope includes its `:read`; `admin` includes all."""

    LADDERS_READ = "ladders:read"
    LADDERS_WRITE = "ladders:write"
    BANDS_READ = "bands:read"
    BANDS_WRITE = "bands:write"
    ASSIGNMENTS_READ = "assignments:read"
    ASSIGNMENTS_WRITE = "assignments:write"
    ASSIGNMENTS_OVERRIDE = "assignments:override"
    WEBHOOKS_MANAGE = "webhooks:manage"
    AUDIT_READ = "audit:read"
    ADMIN = "admin"


_INCLUDES = {
    Scope.LADDERS_WRITE: Scope.LADDERS_READ,
    Scope.BANDS_WRITE: Scope.BANDS_READ,
    Scope.ASSIGNMENTS_WRITE: Scope.ASSIGNMENTS_READ,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The caller of one request: `id` is what the audit chain names, scopes are as granted."""

    id: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        if Scope.ADMIN in self.scopes or scope in self.scopes:
            return True
        return any(included is scope and wider in self.scopes for wider, included in _INCLUDES.items())


CLOCK = Actor(id="clock", scopes=frozenset())
"""The actor of what falls due by itself. It holds no scope: use cases of the clock ask for none."""

OPERATOR = Actor(id="operator", scopes=frozenset({Scope.ADMIN}))
"""The actor of a command run beside the database, by somebody who could open the file anyway."""


def require(actor: Actor, scope: Scope) -> None:
    """Raises Forbidden naming the scope that is missing."""
    if not actor.may(scope):
        raise Forbidden(
            "missing-scope",
            f"This needs the scope {scope.value}, which the key does not have. Use a key that has it.",
            extra={"scope": scope.value},
        )


def may_read_pay(actor: Actor) -> bool:
    """The one decision about pay: for answers, for events and for what an endpoint may ask to receive."""
    return actor.may(Scope.BANDS_READ)


def parse_scopes(names: list[str]) -> frozenset[Scope]:
    """Raises ValueError naming the first unknown scope and the known ones."""
    known = {scope.value: scope for scope in Scope}
    for name in names:
        if name not in known:
            raise ValueError(f"unknown scope {name!r}; the scopes are {', '.join(known)}")
    return frozenset(known[name] for name in names)
