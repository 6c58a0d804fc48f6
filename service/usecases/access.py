"""API keys: making, listing, revoking, and finding the caller of a request."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text, parse_instant
from service.domain.refusals import FieldError, Invalid, NotFound
from service.storage import access
from service.storage.access import KeyRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.paging import Part, Window, part_of
from service.usecases.subscriptions import WITHOUT_PAY
from service.webhooks import endpoints

_KEY_PREFIX = "dt"
LAST_INSTANT = parse_instant("9999-12-31T23:59:59.999999Z")
"""In µs: later ones have no written form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownKey:
    """A key and what it may do. Its secret is not kept, so only the answer that makes it can show it."""

    id: Annotated[str | None, Field(description="Id of the key; it is part of the key and no secret. Null: dry run.")]
    name: Annotated[str, Field(description="What the key is for.")]
    scopes: Annotated[tuple[str, ...], Field(description="What it may do; open-ended.")]
    created_at: Annotated[str | None, Field(description="Instant of making; null in a dry run.")]
    expires_at: Annotated[str | None, Field(description="Instant from which it is refused; null = never.")]
    revoked_at: Annotated[str | None, Field(description="Instant at which it was revoked; null while it is not.")]
    key: Annotated[str | None, Field(description="The key itself (dt_…), shown once: when it is made.")]


async def create_key(
    runtime: Runtime,
    actor: Actor,
    *,
    name: str,
    scopes: frozenset[Scope],
    expires_at: int | None = None,
    idempotency: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Make a key of 256 random bits; the answer is a ShownKey with it, which a repeated request does not show again.

    Needs admin. Raises Invalid `invalid-expiry` when it would never work, or until after the year 9999.
    """
    require(actor, Scope.ADMIN)
    secret = secrets.token_urlsafe(32)

    async def body(a: Act) -> ShownKey:
        _check_expiry(expires_at, now=a.now)
        names = tuple(sorted(scope.value for scope in scopes))
        if a.dry_run:
            return _shown(None, name=name, scopes=names, expires_at=expires_at)
        key_id = secrets.token_hex(8)
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
        return _of(record)

    outcome = await act(runtime, "keys.create", actor, body, key=idempotency, dry_run=dry_run)
    if dry_run or outcome.replayed:
        return outcome
    # Not part of what is kept under the idempotency key: of the secret only its hash is stored.
    return replace(outcome, answer={**outcome.answer, "key": f"{_KEY_PREFIX}_{outcome.answer['id']}_{secret}"})


async def list_keys(runtime: Runtime, actor: Actor, *, window: Window | None = None) -> Part[ShownKey]:
    """Keys ever made, oldest first; a place is the instant of making (µs). None lists all. Needs admin."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as connection:
        found = await access.list_keys(connection)
    # As few as they are, they are read whole; no two are made at one instant.
    made = [record.created_at for record in found]
    return part_of(found, window or Window(limit=len(found)), made).each(_of)


async def read_key(runtime: Runtime, actor: Actor, key_id: str) -> ShownKey:
    """A key, revoked or not. Raises NotFound `no-such-key`. Needs admin."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as connection:
        found = await access.find_key(connection, key_id)
    if found is None:
        raise NotFound("no-such-key", f"There is no key {key_id}. List the keys to see them.")
    return _of(found)


async def revoke_key(
    runtime: Runtime,
    actor: Actor,
    key_id: str,
    *,
    idempotency: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Stop a key; the answer is its ShownKey. Needs admin.

    Raises NotFound `no-such-key` for one that is unknown or revoked already: a second time, nothing is recorded.
    """
    require(actor, Scope.ADMIN)

    async def body(a: Act) -> ShownKey:
        found = await access.find_key(a.tx, key_id)
        if found is None or found.revoked_at is not None:
            raise _works_no_more(key_id)
        if a.dry_run:
            return _of(found)
        # With the key goes its right to read pay, and with that what its endpoints receive of it.
        withheld = await endpoints.withhold_pay(a.tx, _actor_id(key_id), rendering=WITHOUT_PAY, now=a.now)
        a.audit_detail.update(key=key_id, endpoints_without_pay=withheld)
        at = await a.recorded()
        # Somebody else may have been first since it was looked up.
        if not await access.revoke_key(a.tx, key_id, at=at):
            raise _works_no_more(key_id)
        await a.raise_generation()
        return _of(replace(found, revoked_at=at))

    return await act(runtime, "keys.revoke", actor, body, key=idempotency, dry_run=dry_run)


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
                found = await access.list_keys(connection)
            self._keys = {record.id: record for record in found}
            self._generation, self._checked = generation, {}


def _actor_id(key_id: str) -> str:
    return f"key:{key_id}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _works_no_more(key_id: str) -> NotFound:
    return NotFound("no-such-key", f"There is no key {key_id} that still works. List the keys to see them.")


def _check_expiry(at: int | None, *, now: int) -> None:
    if at is None or now < at <= LAST_INSTANT:
        return
    why = "has passed" if at <= now else "lies behind the year 9999"
    raise Invalid(
        "invalid-expiry",
        f"The key cannot expire then: that instant {why}. Name one that is to come, or leave it out for never.",
        errors=(FieldError(pointer="/expires_at", detail=why, code="invalid-expiry"),),
    )


def _of(record: KeyRecord) -> ShownKey:
    return _shown(
        record.id,
        name=record.name,
        scopes=record.scopes,
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
    )


def _shown(
    key_id: str | None,
    *,
    name: str,
    scopes: tuple[str, ...],
    created_at: int | None = None,
    expires_at: int | None = None,
    revoked_at: int | None = None,
) -> ShownKey:
    def instant(at: int | None) -> str | None:
        return instant_text(at) if at is not None else None

    return ShownKey(
        id=key_id,
        name=name,
        scopes=scopes,
        created_at=instant(created_at),
        expires_at=instant(expires_at),
        revoked_at=instant(revoked_at),
        key=None,
    )
