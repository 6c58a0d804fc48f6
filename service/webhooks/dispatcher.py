"""The dispatcher: owns endpoints, reads ahead, sends, records in groups.

    renew   once a second: keep what is owned, take what nobody holds
    claim   on waking: heads of due lanes into memory, no write at all
    send    each head by a task of its own, with no connection held
    record  groups of results in one statement, which also gives each lane's next head

Nothing here is state: killed at any instant, at most heads under way are sent once more, with the same id.
"""

import asyncio
import random
import time
from collections.abc import Callable

from service.webhooks.desk import Desk
from service.webhooks.endings import Endings, TakeRecorder
from service.webhooks.outcomes import Answer, Delivered, NoAnswer, decide, is_outage
from service.webhooks.recording import Recording
from service.webhooks.sealer import Sealer, Unsealable
from service.webhooks.signing import sign
from service.webhooks.store import Ownership, Store, note_health, throttle
from service.webhooks.store_postgres import PostgresStore
from service.webhooks.store_sqlite import SQLiteStore
from service.webhooks.transport import OutboundRequest, Transport
from service.webhooks.verdicts import Judged, judge
from service.webhooks.wake import Wake
from service.webhooks.work import Connections, Head, Owned

LEASE_SECONDS = {"postgresql": 5.0, "sqlite": 60.0}
"""How long an owner may be unheard of. SQLite has one process, so its lease only has to outlive a pause."""
RENEW_SECONDS = {"postgresql": 1.0, "sqlite": 20.0}
MARGIN_SECONDS = 1.0
"""Nothing is begun in the last second of a lease."""
MOST_IN_FLIGHT = 512
IDLE_SECONDS = 1.0
BUSY_SECONDS = 0.05
STOP_SECONDS = 20.0
"""How long a stopping dispatcher waits for what is under way."""

OnStep = Callable[[str, object], None]


def ignore_step(_name: str, _detail: object) -> None:
    """The steps are for whoever watches; nobody has to."""


class Dispatcher:
    """Run it with `run`, end it with `stop`. `on_step` is told `owned`, `claimed`, `sent`, `recorded`, `idle`."""

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
        retry_scale: float = 1.0,
        on_step: OnStep = ignore_step,
    ) -> None:
        self._connections = connections
        self._transport = transport
        self._sealer = sealer
        self._wake = wake
        self._me = name
        self._scale = retry_scale
        self._on_step = on_step
        self._desks: dict[int, Desk] = {}
        self._sends: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._lease_ends = 0.0
        self._next_due = float("inf")
        self._ok: dict[int, int] = {}
        self._failed: dict[int, int] = {}
        lease_us = int(LEASE_SECONDS[connections.dialect] * 1_000_000)
        self._ownership = Ownership(connections, me=name, lease_us=lease_us)
        self._endings = Endings(connections, me=name, take_recorder=take_recorder, new_event_id=new_event_id)

    async def run(self) -> None:
        """Until `stop`. Raises only when the store cannot be opened: what goes wrong later is waited out."""
        self._store: Store = (
            await PostgresStore.open(self._connections.plain_url)
            if self._connections.dialect == "postgresql"
            else SQLiteStore(self._connections)
        )
        self._recording = Recording(
            self._store,
            me=self._me,
            desks=self._desks,
            small=self._connections.dialect == "sqlite",
            on_step=self._on_step,
            on_recorded=self._after_recording,
        )
        await self._wake.start()
        recording = asyncio.create_task(self._recording.run())
        try:
            while not self._stopping:
                await self._round()
        finally:
            await self._drain()
            recording.cancel()
            await asyncio.gather(recording, return_exceptions=True)
            await self._wake.close()
            await self._store.close()

    def stop(self) -> None:
        """Begin nothing more; `run` returns when what is under way is recorded and ownership is given back."""
        self._stopping = True
        self._wake.wake()

    def wake(self) -> None:
        self._wake.wake()

    async def _round(self) -> None:
        """Renew if it is time, claim, send, then sleep until something is due or somebody wakes."""
        loop = asyncio.get_running_loop()
        try:
            if loop.time() >= self._lease_ends - self._lease + RENEW_SECONDS[self._connections.dialect]:
                await self._renew()
            claimed = await self._claim()
        except Exception as error:  # noqa: BLE001 - the database may be away; what is committed waits for it
            self._on_step("failed", error)
            await self._wake.wait(BUSY_SECONDS)
            return
        self.pump()
        if not claimed and not self._sends:
            self._on_step("idle", None)
        pause = BUSY_SECONDS if claimed or self._sends else IDLE_SECONDS
        now = loop.time()
        await self._wake.wait(max(0.0, min(pause, self._next_due - now)))
        if self._next_due <= loop.time():
            self._next_due = float("inf")

    @property
    def _lease(self) -> float:
        return LEASE_SECONDS[self._connections.dialect]

    async def _renew(self) -> None:
        begun = asyncio.get_running_loop().time()
        ok, failed, self._ok, self._failed = self._ok, self._failed, {}, {}
        if ok or failed:
            await note_health(self._connections, ok=ok, failed=failed)
        idle = [number for number, desk in self._desks.items() if not desk.busy]
        owned = await self._ownership.renew(now=await self._store.now_us(), idle=idle)
        self._lease_ends = begun + self._lease
        self._settle(owned)
        self._on_step("owned", sorted(self._desks))

    def _settle(self, owned: list[Owned]) -> None:
        """Make the desks those of the endpoints owned. One that has changed forgets what it had read ahead."""
        current = {one.id: one for one in owned}
        for number in [number for number in self._desks if number not in current]:
            self._desks.pop(number).drop_ready()
        for number, one in current.items():
            desk = self._desks.get(number)
            if desk is None or desk.owned.epoch != one.epoch:
                self._desks[number] = Desk(one, self._open(one))
            elif desk.owned != one:
                desk.drop_ready()
                desk.owned, desk.secrets = one, self._open(one)

    def _open(self, one: Owned) -> tuple[str, ...]:
        try:
            return tuple(self._sealer.open(sealed, context=row).decode() for row, sealed in one.sealed)
        except Unsealable as error:
            self._on_step("unsealable", (one.public_id, str(error)))
            return ()

    async def _claim(self) -> int:
        """Read ahead for every desk with room and something due. An endpoint that changed is renewed first."""
        look = await self._store.look(self._me)
        known = {number: desk.owned.revision for number, desk in self._desks.items()}
        moved = any(known.get(number) != revision for number, (revision, _) in look.mine.items())
        if look.unowned or moved or any(number not in look.mine for number in known):
            await self._renew()
            look = await self._store.look(self._me)
        count = 0
        now = asyncio.get_running_loop().time()
        for number, (_, due) in look.mine.items():
            desk = self._desks.get(number)
            if due and desk and desk.room and now >= desk.not_before:
                heads = await self._store.claim(self._me, desk.owned, busy=desk.busy, limit=desk.room)
                count += desk.claimed(heads)
        if count:
            self._on_step("claimed", count)
        return count

    def pump(self) -> None:
        """Begin sends while there is room, one endpoint after the other, so that none goes first for long."""
        loop = asyncio.get_running_loop()
        if self._stopping or loop.time() > self._lease_ends - MARGIN_SECONDS:
            return
        going = True
        while going:
            going = False
            for desk in list(self._desks.values()):
                if len(self._sends) >= MOST_IN_FLIGHT:
                    return
                if desk.may_send(loop.time()):
                    task = loop.create_task(self._send(desk, desk.next_head()))
                    self._sends.add(task)
                    task.add_done_callback(self._sends.discard)
                    going = True

    async def _send(self, desk: Desk, head: Head) -> None:
        started_at = time.time_ns() // 1000
        try:
            came = await self._transport.send(_request(desk, head, now_seconds=started_at // 1_000_000))
        except Exception as error:  # noqa: BLE001 - what cannot even be made must not hold up its lane for ever
            came = NoAnswer(error_class="protocol", detail=type(error).__name__, duration_ms=0)
        finally:
            desk.in_flight -= 1
        judged = self._judge(desk, head, came, started_at)
        self._on_step("sent", head)
        if judged.end or judged.stop or judged.wait_seconds is not None:
            await self._conclude_or_release(desk, judged)
        else:
            self._recording.add(judged.result)
        self.pump()

    async def _conclude_or_release(self, desk: Desk, judged: Judged) -> None:
        try:
            await self._conclude(desk, judged)
        except Exception as error:  # noqa: BLE001 - not recorded, so it is sent once more: at least once is the promise
            self._on_step("failed", error)
            desk.closed = False
            desk.release(judged.result.head.lane)

    def _judge(self, desk: Desk, head: Head, came: Answer | NoAnswer, started_at: int) -> Judged:
        outcome = decide(came, now_seconds=started_at / 1_000_000)
        if isinstance(outcome, Delivered):
            self._ok[desk.owned.id] = started_at
        elif is_outage(outcome):
            self._failed[desk.owned.id] = started_at
        return judge(
            head,
            desk.owned,
            came,
            outcome,
            started_at=started_at,
            chance=random.random(),
            scale=self._scale,
        )

    async def _conclude(self, desk: Desk, judged: Judged) -> None:
        """The rarer outcomes: the endpoint waits, the event is dead, the endpoint stops."""
        head = judged.result.head
        if judged.wait_seconds is not None:
            desk.not_before = asyncio.get_running_loop().time() + judged.wait_seconds
            desk.drop_ready()
            until = await self._store.now_us() + int(judged.wait_seconds * 1_000_000)
            await throttle(self._connections, desk.owned.id, until=until)
            self._due_in(judged.wait_seconds)
        if judged.end:
            await self._endings.bury(judged.result, judged.end)
            desk.release(head.lane)
            self._on_step("dead", head)
            self._wake.wake()
            return
        if judged.stop:
            desk.closed = True
            desk.drop_ready()
            desk.closed = await self._endings.stop(judged.result, judged.stop)
            self._on_step("stopped", desk.owned.public_id)
        self._recording.add(judged.result)

    def _after_recording(self, delay_seconds: float | None) -> None:
        if delay_seconds is not None:
            self._due_in(delay_seconds)
        self.pump()

    def _due_in(self, seconds: float) -> None:
        self._next_due = min(self._next_due, asyncio.get_running_loop().time() + seconds)
        self._wake.wake()

    async def _drain(self) -> None:
        for desk in self._desks.values():
            desk.drop_ready()
        if self._sends:
            await asyncio.wait(set(self._sends), timeout=STOP_SECONDS)
        await self._recording.finish()
        await self._ownership.give_back()


def _request(desk: Desk, head: Head, *, now_seconds: int) -> OutboundRequest:
    body = head.body.encode()
    extra = {"traceparent": head.traceparent} if head.traceparent else {}
    return OutboundRequest(
        url=desk.owned.url,
        message_id=head.event_id,
        timestamp_seconds=now_seconds,
        signature=sign(message_id=head.event_id, timestamp_seconds=now_seconds, body=body, secrets=desk.secrets),
        body=body,
        timeout_seconds=desk.owned.timeout_ms / 1000,
        extra_headers=extra,
    )
