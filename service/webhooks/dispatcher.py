"""The dispatcher: owns endpoints, reads ahead, sends, records in groups.

    renew   once a second: keep what is owned, take what nobody holds
    claim   on waking: heads of due lanes into memory, no write at all
    send    each head, or batch of them, by a task of its own, with no connection held
    record  groups of results in one statement, which also gives each lane's next head

Nothing here is state: killed at any instant, at most heads under way are sent once more, with the same id.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

from service.webhooks.desk import Desk
from service.webhooks.desks import Desks
from service.webhooks.endings import Endings
from service.webhooks.envelopes import Envelopes
from service.webhooks.forms import Origin
from service.webhooks.notices import TakeRecorder
from service.webhooks.recording import Recording
from service.webhooks.sealer import Sealer
from service.webhooks.sending import OnStep, Sending
from service.webhooks.shares import read_ahead_share
from service.webhooks.store import Ownership, Store
from service.webhooks.store_postgres import PostgresStore
from service.webhooks.store_sqlite import SQLiteStore
from service.webhooks.tending import Tending
from service.webhooks.transport import Transport
from service.webhooks.wake import Wake
from service.webhooks.work import Connections, Recorded

LEASE_SECONDS = {"postgresql": 5.0, "sqlite": 60.0}
"""How long an owner may be unheard of. SQLite has one process, so its lease only has to outlive a pause."""
RENEW_SECONDS = {"postgresql": 1.0, "sqlite": 20.0}
MARGIN_SECONDS = 1.0
"""Nothing is begun in the last second of a lease, and half a second before its end everything is broken off."""
IDLE_SECONDS = 1.0
BUSY_SECONDS = 0.05
STOP_SECONDS = 20.0
"""How long a stopping dispatcher waits for what is under way."""


def ignore_step(_name: str, _detail: object) -> None:
    """The steps are for whoever watches; nobody has to."""


class Dispatcher:
    """Run it with `run`, end it with `stop`. `name` must be no other process's, not even a dead one's.

    `on_step` is told `owned`, `claimed` (how many), `claiming` (the seconds it took), `sent`, `tried` (an attempt with
    what came of it), `recorded`, `dead`, `stopped`, `health` (an endpoint's state, once it is written), `idle` (nothing
    due, under way or unrecorded), and `failed` or `unsealable` with what went wrong.
    """

    def __init__(
        self,
        *,
        connections: Connections,
        transport: Transport,
        sealer: Sealer,
        take_recorder: TakeRecorder,
        new_event_id: Callable[[], str],
        wake: Wake,
        name: str,
        origin: Origin = Origin(),
        retry_scale: float = 1.0,
        on_step: OnStep = ignore_step,
    ) -> None:
        self._connections = connections
        self._transport = transport
        self._take_recorder = take_recorder
        self._new_event_id = new_event_id
        self._wake = wake
        self._me = name
        self._envelopes = Envelopes(origin)
        self._retry_scale = retry_scale
        self._on_step = on_step
        self._lease = LEASE_SECONDS[connections.dialect]
        self._ownership = Ownership(connections, me=name, lease_us=int(self._lease * 1_000_000))
        self._desks = Desks(sealer=sealer, forms=self._envelopes.forms, on_step=on_step)
        self._stopping = False
        self._renew_at = 0.0
        self._next_due = float("inf")
        self._fuse: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Until `stop`. Raises only when the store cannot be opened: what goes wrong later is waited out."""
        postgres = self._connections.dialect == "postgresql"
        self._store: Store = (
            await PostgresStore.open(self._connections.plain_url) if postgres else SQLiteStore(self._connections)
        )
        self._recording = Recording(
            self._store,
            me=self._me,
            desks=self._desks,
            small=not postgres,
            on_step=self._on_step,
            on_recorded=self._recorded,
        )
        self._tending = self._make_tending()
        self._sending = self._make_sending()
        recording = asyncio.create_task(self._recording.run())
        try:
            await self._wake.start()
            while not self._stopping:
                await self._round()
        finally:
            await self._drain()
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)
            await self._recording.abandon()
            await self._give_back()
            await self._wake.close()
            await self._store.close()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way is recorded and ownership is given back."""
        self._stopping = True
        self._wake.nudge()

    def wake(self) -> None:
        self._wake.wake()

    def _make_tending(self) -> Tending:
        return Tending(
            desks=self._desks,
            connections=self._connections,
            me=self._me,
            take_recorder=self._take_recorder,
            new_event_id=self._new_event_id,
            now_us=self._store.now_us,
            scale=self._retry_scale,
            wake=self._wake.wake,
            nudge=self._wake.nudge,
            on_step=self._on_step,
        )

    def in_flight(self) -> Mapping[str, int]:
        """Requests under way of each endpoint that is owned here, by public id."""
        return {desk.owned.public_id: desk.in_flight for desk in self._desks.values()}

    def _make_sending(self) -> Sending:
        endings = Endings(
            self._connections,
            me=self._me,
            take_recorder=self._take_recorder,
            new_event_id=self._new_event_id,
            now_us=self._store.now_us,
        )
        return Sending(
            desks=self._desks,
            transport=self._transport,
            envelopes=self._envelopes,
            endings=endings,
            tending=self._tending,
            retry_scale=self._retry_scale,
            record=self._recording.add,
            due_in=self._due_in,
            wake=self._wake.wake,
            nudge=self._wake.nudge,
            on_step=self._on_step,
        )

    async def _round(self) -> None:
        """Renew if it is time, claim, send, then sleep until something is due or somebody wakes."""
        now = asyncio.get_running_loop().time
        if self._next_due <= now():
            self._next_due = float("inf")
        try:
            if now() >= self._renew_at:
                await self._renew()
            await self._tending.settle()
            claimed = await self._claim()
            await self._sending.keep_tries()
        except Exception as error:  # noqa: BLE001 - the database may be away; what is committed waits for it
            self._on_step("failed", error)
            await self._wake.wait(BUSY_SECONDS)
            return
        self._sending.pump_all()
        busy = claimed or self._sending.under_way or self._recording.pending
        if not busy:
            self._on_step("idle", None)
        soonest = min(self._next_due, self._renew_at, now() + (BUSY_SECONDS if busy else IDLE_SECONDS))
        await self._wake.wait(max(0.0, soonest - now()))

    async def _renew(self, *, take: bool = True) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await self._tending.keep()
        idle = [number for number, desk in self._desks.items() if not desk.busy]
        now = await self._store.now_us()
        self._tending.set_clock(now)
        owned = await self._ownership.renew(now=now, idle=idle, take=take)
        self._renew_at = begun + RENEW_SECONDS[self._connections.dialect]
        self._sending.begin_until = begun + self._lease - MARGIN_SECONDS
        if self._fuse:
            self._fuse.cancel()
        self._fuse = loop.call_at(begun + self._lease - MARGIN_SECONDS / 2, self._sending.abandon)
        self._desks.settle(owned, surplus=self._ownership.surplus, now=loop.time())
        self._tending.tend(owned)
        self._on_step("owned", sorted(self._desks))

    async def _claim(self) -> int:
        """Read ahead for every desk with room and something due. An endpoint that changed is renewed first."""
        look = await self._store.look(self._me)
        known = {number: desk.owned.revision for number, desk in self._desks.items() if not desk.held}
        mine = {number: revision for number, (revision, _) in look.mine.items() if number not in self._desks.leaving}
        if look.unowned or known != mine:
            await self._renew()
            look = await self._store.look(self._me)
        count = 0
        for number, (_, due) in look.mine.items():
            desk = self._desks.get(number)
            if due and desk:
                count += await self._read_ahead(desk)
        if count:
            self._on_step("claimed", count)
        return count

    async def _read_ahead(self, desk: Desk) -> int:
        most_bytes = read_ahead_share(working=self._sending.working + 1) - desk.bytes
        if most_bytes <= 0 or (room := await self._tending.room(desk)) <= 0:
            return 0
        await self._sending.keep_tries(desk)
        begun = time.perf_counter()
        found = await self._store.claim(self._me, desk.owned, busy=desk.passed_over, limit=room, most_bytes=most_bytes)
        self._on_step("claiming", time.perf_counter() - begun)
        count = desk.claimed(found, now=asyncio.get_running_loop().time())
        self._sending.pump(desk)
        return count

    def _recorded(self, desk: Desk, one: Recorded) -> None:
        if one.revision > desk.owned.revision and not desk.held:
            desk.hold()
            self._wake.nudge()
        if one.result.verdict == "failed" and one.result.delay_us is not None:
            self._due_in(one.result.delay_us / 1_000_000)
        self._sending.pump(desk)

    def _due_in(self, seconds: float) -> None:
        self._next_due = min(self._next_due, asyncio.get_running_loop().time() + seconds)
        self._wake.nudge()

    async def _drain(self) -> None:
        """Begin nothing more, keep what is owned meanwhile, and end with nothing under way."""
        for desk in self._desks.values():
            desk.hold()
        keeper = asyncio.create_task(self._keep())
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._sending.finish()
                await self._recording.finish()
        except TimeoutError:
            self._on_step("failed", TimeoutError(f"still under way after {STOP_SECONDS:g} s: it is sent once more"))
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
            if self._fuse:
                self._fuse.cancel()
            self._sending.abandon()
            await self._sending.finish()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(max(0.0, self._renew_at - asyncio.get_running_loop().time()))
            try:
                await self._renew(take=False)
                for desk in self._desks.values():
                    desk.hold()
            except Exception as error:  # noqa: BLE001 - tried again until the lease itself ends what is under way
                self._on_step("failed", error)
                await asyncio.sleep(BUSY_SECONDS)

    async def _give_back(self) -> None:
        try:
            await self._tending.settle()
            await self._tending.keep()
            await self._sending.keep_tries()
            await self._ownership.give_back()
            self._wake.wake()
        except Exception as error:  # noqa: BLE001 - the lease gives it back a little later
            self._on_step("failed", error)
