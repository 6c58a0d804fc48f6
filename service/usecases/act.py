"""The frame of every write: one transaction, one idempotency key, one place in the record, one audit row.

    result = await act(runtime, "changes.record", actor, body, key=…, dry_run=…)

`body(a)` is the use case. It locks what it changes, decides, tells (`a.tell`), then calls `a.recorded()` and
writes its rows with the instant that gives. Locks are taken in one order everywhere: definitions, employees
by id, lanes, recorder; nothing else in this package commits.
"""

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.access import Actor
from service.domain.definitions import Definitions
from service.domain.refusals import Invalid, Unavailable
from service.domain.wire import plain
from service.logs import traceparent
from service.storage import audit, idempotency, recorder
from service.storage.database import Database, is_retryable
from service.storage.definitions import DefinitionsShelf
from service.storage.generation import raise_generation
from service.storage.replica import Replica
from service.usecases.generation import GenerationWatch
from service.webhooks.outbox import Message, Outbox
from service.webhooks.retention import KEPT, Retention
from service.webhooks.tables import DAY_US
from service.webhooks.wake import Signal, deaf

_TRIES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What every use case works with; made once, in `house.py`. `wake` tells the sender that there is work.

    `replica` answers readings that may lag; None where there is none. `listen` gives a live reader a signal of his
    own that is set whenever somebody commits. `in_flight` tells, by endpoint, how many requests this process has under
    way, of those that it sends to. `reconciliation_days` is for how many days reports on extracts are kept; None is for
    ever.
    """

    database: Database
    shelf: DefinitionsShelf
    generation: GenerationWatch
    new_id: Callable[[str], str]
    wake: Callable[[], None]
    replica: Replica | None = None
    listen: Callable[[], AbstractContextManager[Signal]] = deaf
    in_flight: Callable[[], Mapping[str, int]] = dict[str, int]
    retention: Retention = KEPT
    reconciliation_days: int | None = 90

    def reconciliations_from(self) -> int | None:
        """The instant (µs) from which on reports on extracts are kept."""
        days = self.reconciliation_days
        return None if days is None else self.database.now_us() - days * DAY_US


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    """A caller's key for one write. `scope` is caller, method, path and key; `request` a digest of what was sent."""

    scope: str
    request: str

    @classmethod
    def of(cls, *, actor: Actor, method: str, path: str, key: str, body: bytes, secret: bytes) -> "IdempotencyKey":
        """With a `secret` nobody finds out from the digest what somebody is paid, by trying each amount."""
        digest = hmac.digest(secret, body, hashlib.sha256).hex()
        return cls(scope="\n".join((actor.id, method, path, key)), request=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The JSON value of a write's answer; `replayed` when it was answered before under the same key."""

    answer: Any
    replayed: bool = False


@dataclass(slots=True, kw_only=True)
class Act:
    """One write under way."""

    tx: AsyncConnection
    actor: Actor
    now: int
    dry_run: bool
    runtime: Runtime
    audit_detail: dict[str, object] = field(default_factory=dict[str, object])
    _outbox: Outbox
    _taken: recorder.Taken | None = None
    _generation: int | None = None

    def new_id(self, prefix: str) -> str | None:
        """A fresh id; None in a dry run, which makes nothing."""
        return None if self.dry_run else self.runtime.new_id(prefix)

    async def definitions(self) -> Definitions:
        """All definitions, which stay as they are until this write ends."""
        await self.runtime.database.share_definitions(self.tx)
        return await self.runtime.shelf.load(self.tx)

    def tell(self, message: Message) -> None:
        """Have the outside world told, if and when this write commits: as part of its caller's trace."""
        traced = traceparent.get()
        self._outbox.add(replace(message, traceparent=traced) if traced else message)

    def take_over(self, draft: "Act") -> None:
        """Tell what an act told that only decided."""
        self._outbox.take_over(draft._outbox)

    async def recorded(self) -> int:
        """The instant (µs) at which this write is recorded. Takes lanes, then the recorder: the last locks.

        Called once, after everything is decided and told. Never in a dry run.
        """
        await self._take()
        assert self._taken
        return self._taken.at

    async def positioned(self) -> int:
        """The same, for what is told once more: a position of the record for one delivery, before those of events."""
        await self._take(besides=1)
        assert self._taken
        return self._taken.last_position - self._outbox.count

    async def _take(self, *, besides: int = 0) -> None:
        await self._outbox.lock_lanes()
        self._taken = await recorder.take(self.runtime.database, self.tx, events=self._outbox.count + besides)

    async def raise_generation(self) -> None:
        """Have everybody forget what they remember of definitions and keys, if and when this write commits."""
        self._generation = await raise_generation(self.tx)

    def committed(self) -> None:
        """This process sees at once what others see within a second."""
        if self._generation is not None:
            self.runtime.generation.raised(self._generation)

    async def close(self, name: str) -> None:
        """Events and the audit row, at the place in the record that the write has taken."""
        if self._taken is None:
            await self.recorded()
        taken = self._taken
        assert taken is not None
        await self._outbox.write(at=taken.at, first_position=taken.last_position - self._outbox.count + 1)
        await audit.append(self.tx, taken, actor=self.actor.id, act=name, detail=self.audit_detail)


Body = Callable[[Act], Awaitable[object]]


class _DryRun(Exception):
    """Leaves the transaction without keeping anything."""


async def act(
    runtime: Runtime,
    name: str,
    actor: Actor,
    body: Body,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Run one write whole or not at all; again when the database says that it lost a race.

    A known key answers what was answered (equal request) or refuses with Invalid `idempotency-key-reused`.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            outcome = await _once(runtime, name, actor, body, key=key, dry_run=dry_run)
        except Exception as error:
            if not is_retryable(error):
                raise
            if attempt == _TRIES:
                raise Unavailable("busy", "Others write the same record. Send this again in a moment.") from error
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        else:
            if not dry_run and not outcome.replayed:
                runtime.wake()
            return outcome
    raise AssertionError("the last try returns or raises")


def draft_of(runtime: Runtime, actor: Actor, connection: AsyncConnection, *, dry_run: bool = False) -> Act:
    """An act that only decides, on a connection for reading: what it tells is told by the one that takes it over."""
    now = runtime.database.now_us()
    return Act(tx=connection, actor=actor, now=now, dry_run=dry_run, runtime=runtime, _outbox=Outbox(connection))


async def _once(
    runtime: Runtime, name: str, actor: Actor, body: Body, *, key: IdempotencyKey | None, dry_run: bool
) -> Outcome:
    answer: Any = None
    try:
        async with runtime.database.transaction() as tx:
            now = runtime.database.now_us()
            if key and not dry_run:
                kept = await idempotency.claim(tx, scope=key.scope, request=key.request, now=now)
                if kept:
                    return _replayed(key, *kept)
            a = Act(tx=tx, actor=actor, now=now, dry_run=dry_run, runtime=runtime, _outbox=Outbox(tx))
            answer = plain(await body(a))
            if dry_run:
                raise _DryRun
            await a.close(name)
            if key:
                await idempotency.keep_answer(tx, scope=key.scope, answer=_text(answer))
        a.committed()
    except _DryRun:
        pass
    return Outcome(answer=answer)


def _replayed(key: IdempotencyKey, request: str, answer: str) -> Outcome:
    if request != key.request:
        raise Invalid(
            "idempotency-key-reused",
            "This Idempotency-Key was used for another request. Use a new key for a new request.",
        )
    return Outcome(answer=json.loads(answer), replayed=True)


def _text(answer: Mapping[str, object]) -> str:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
