"""API keys: making, listing, revoking, and finding the caller of a request."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.refusals import NotFound
from service.storage import access
from service.storage.access import KeyRecord
from service.usecases.act import Act, Outcome, Runtime, act
from service.usecases.endpoints import WITHOUT_PAY
from service.webhooks import endpoints

_KEY_PREFIX = "dt"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new key. `key` is shown this once: only its hash is kept."""

    id: Annotated[str, Field(description="Id of the key; it is part of the key and no secret.")]
    key: Annotated[str, Field(description="The key itself, sent as Authorization: Bearer.")]
    scopes: Annotated[tuple[str, ...], Field(description="What it may do.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    id: Annotated[str, Field(description="Id of the key.")]
    name: Annotated[str, Field(description="What the key is for.")]
    scopes: Annotated[tuple[str, ...], Field(description="What it may do.")]
    created_at: Annotated[str, Field(description="Instant of making.")]
    expires_at: Annotated[str | None, Field(description="Instant from which it is refused; null = never.")]
    revoked_at: Annotated[str | None, Field(description="Instant at which it was revoked; null while it is not.")]


async def create_key(
    runtime: Runtime,
    actor: Actor,
    *,
    name: str,
    scopes: frozenset[Scope],
    expires_at: int | None = None,
) -> Outcome:
    """Make a key of 256 random bits; the answer is a MadeKey. Needs admin."""
    require(actor, Scope.ADMIN)
    secret = secrets.token_urlsafe(32)

    async def body(a: Act) -> MadeKey:
        key_id = secrets.token_hex(8)
        names = tuple(sorted(scope.value for scope in scopes))
        a.audit_detail.update(key=key_id, scopes=list(names))
        record = KeyRecord(
            id=key_id,
            name=name,
            secret_sha256=_digest(secret),
            scopes=names,
            created_at=await a.recorded(),
            expires_at=expires_at,
            revoked_at=None,
        )
        await access.insert_key(a.tx, record)
        await a.raise_generation()
        return MadeKey(id=key_id, key=f"{_KEY_PREFIX}_{key_id}_{secret}", scopes=names)

    return await act(runtime, "keys.create", actor, body)


async def list_keys(runtime: Runtime, actor: Actor) -> tuple[ShownKey, ...]:
    """Every key ever made, oldest first. Needs admin."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as connection:
        return tuple(_shown(record) for record in await access.all_keys(connection))


async def revoke_key(runtime: Runtime, actor: Actor, key_id: str) -> Outcome:
    """Stop a key. Raises NotFound `no-such-key` for one that is unknown or revoked already. Needs admin."""
    require(actor, Scope.ADMIN)

    async def body(a: Act) -> dict[str, str]:
        # With the key goes its right to read pay, and with that what its endpoints receive of it.
        withheld = await endpoints.withhold_pay(a.tx, _actor_id(key_id), rendering=WITHOUT_PAY, now=a.now)
        a.audit_detail.update(key=key_id, endpoints_without_pay=withheld)
        at = await a.recorded()
        if not await access.revoke_key(a.tx, key_id, at=at):
            raise NotFound("no-such-key", f"There is no key {key_id} that still works. List the keys to see them.")
        await a.raise_generation()
        return {"id": key_id, "revoked_at": instant_text(at)}

    return await act(runtime, "keys.revoke", actor, body)


@dataclass(frozen=True, slots=True)
class _Checked:
    actor: Actor
    expires_at: int | None


class KeyRing:
    """The keys as last read. Each request compares the generation, so a revoked key stops at once."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._generation = -1
        self._keys: dict[str, KeyRecord] = {}
        # By SHA-256 of the whole token, which is not kept. Only what was accepted is in it: one for each live key.
        self._checked: dict[bytes, _Checked] = {}
        self._scopes: dict[frozenset[Scope], frozenset[Scope]] = {}

    def recall(self, token: bytes, *, generation: int) -> Actor | None:
        """Who sent a token that was accepted in this generation before; None: ask `actor_of`. Takes no wait."""
        if generation != self._generation:
            return None
        found = self._checked.get(hashlib.sha256(token).digest())
        if found is None or (found.expires_at is not None and found.expires_at <= self._runtime.database.now_us()):
            return None
        return found.actor

    async def actor_of(self, token: str) -> Actor | None:
        """Who sent this bearer token; None when it is no live key. A wrong secret takes as long as a right one."""
        prefix, _, rest = token.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != _KEY_PREFIX or not secret:
            return None
        await self._refresh()
        record = self._keys.get(key_id)
        # An unknown id is compared too, so that time does not tell which ids exist.
        expected = record.secret_sha256 if record else _digest("")
        matches = hmac.compare_digest(_digest(secret), expected)
        if record is None or not matches or record.revoked_at is not None:
            return None
        if record.expires_at is not None and record.expires_at <= self._runtime.database.now_us():
            return None
        scopes = frozenset(Scope(name) for name in record.scopes)
        # One set for all keys with the same scopes: where answers are kept by scopes, comparing them costs nothing.
        actor = Actor(id=_actor_id(key_id), scopes=self._scopes.setdefault(scopes, scopes))
        self._checked[hashlib.sha256(token.encode()).digest()] = _Checked(actor, record.expires_at)
        return actor

    async def _refresh(self) -> None:
        generation = await self._runtime.generation.current()
        if generation != self._generation:
            # The generation is read before the keys: keys that come later bring a later generation.
            async with self._runtime.database.read() as connection:
                found = await access.all_keys(connection)
            self._keys = {record.id: record for record in found}
            self._generation, self._checked = generation, {}


def _actor_id(key_id: str) -> str:
    return f"key:{key_id}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _shown(record: KeyRecord) -> ShownKey:
    def instant(at: int | None) -> str | None:
        return instant_text(at) if at is not None else None

    return ShownKey(
        id=record.id,
        name=record.name,
        scopes=record.scopes,
        created_at=instant_text(record.created_at),
        expires_at=instant(record.expires_at),
        revoked_at=instant(record.revoked_at),
    )
