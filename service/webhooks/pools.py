"""Connections, kept apart by whom they are made as and by what they may lead to.

Endpoints without an identity of their own share two pools. One that has one shares its connections with nobody:
what was agreed on with a certificate must not carry somebody else's request. A new certificate is a new pool;
pools nobody has used for a while are closed, their keys with them.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from service.webhooks.certificates import Identity

MOST = 128
"""Pools with an identity that are kept without being in use."""
IDLE_SECONDS = 300.0

Make = Callable[[Identity | None, bool], aiohttp.ClientSession]


@dataclass(slots=True)
class _Pool:
    session: aiohttp.ClientSession
    users: int = 0
    used_at: float = 0.0


class Pools:
    """`make` opens a pool for an identity, which may only lead to allowed addresses if so told."""

    def __init__(self, make: Make, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._most = most
        self._clock = clock
        self._common = {allowed: make(None, allowed) for allowed in (False, True)}
        self._own: OrderedDict[tuple[str, bool], _Pool] = OrderedDict()

    @property
    def count(self) -> int:
        """How many pools with an identity there are."""
        return len(self._own)

    def common(self, must_be_allowed: bool) -> aiohttp.ClientSession:
        """The pool of everybody without an identity, open for as long as this is."""
        return self._common[must_be_allowed]

    @asynccontextmanager
    async def lent(self, identity: Identity, must_be_allowed: bool) -> AsyncGenerator[aiohttp.ClientSession]:
        """The pool, which stays open until it is given back. Raises ssl.SSLError for an identity TLS does not take."""
        place = (identity.fingerprint, must_be_allowed)
        pool = self._own.get(place) or self._own.setdefault(place, _Pool(self._make(identity, must_be_allowed)))
        self._own.move_to_end(place)
        pool.users += 1
        try:
            yield pool.session
        finally:
            pool.users -= 1
            pool.used_at = self._clock()
            await self._tidy()

    async def close(self) -> None:
        for session in (*self._common.values(), *(pool.session for pool in self._own.values())):
            await session.close()
        self._own.clear()

    async def _tidy(self) -> None:
        """Close what is not in use: the ones longest unused beyond the number kept, and those idle for too long."""
        old = self._clock() - IDLE_SECONDS
        idle = [place for place, pool in self._own.items() if not pool.users]
        surplus = max(0, len(self._own) - self._most)
        gone = [place for i, place in enumerate(idle) if i < surplus or self._own[place].used_at < old]
        for pool in [self._own.pop(place) for place in gone]:
            await pool.session.close()
