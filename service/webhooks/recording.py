"""Recording results in groups: one statement for a hundred deliveries and more instead of one each."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from service.webhooks.desk import Desk
from service.webhooks.store import Store
from service.webhooks.work import Group, Recorded, Result

GATHER_SECONDS = 0.002
"""How long the first result of a group waits for others."""
GROUP = 128
SMALL_GROUP = 64
"""On SQLite a flush occupies the only writer: smaller groups keep others waiting for less."""
FLUSHES = 2
RETRY_SECONDS = 0.25

OnRecorded = Callable[[Desk, Recorded], None]


class Recording:
    """Results on their way into the store. `on_recorded` is called for each that is in it, with its desk."""

    def __init__(
        self,
        store: Store,
        *,
        me: str,
        desks: Mapping[int, Desk],
        small: bool,
        on_step: Callable[[str, object], None],
        on_recorded: OnRecorded,
    ) -> None:
        self._store = store
        self._me = me
        self._desks = desks
        self._group = SMALL_GROUP if small else GROUP
        self._slots = asyncio.Semaphore(1 if small else FLUSHES)
        self._on_step = on_step
        self._on_recorded = on_recorded
        self._results: list[Result] = []
        self._arrived = asyncio.Event()
        self._flushes: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def add(self, result: Result) -> None:
        self._results.append(result)
        self._arrived.set()
        self._empty.clear()

    @property
    def pending(self) -> bool:
        return not self._empty.is_set()

    async def run(self) -> None:
        while True:
            await self._arrived.wait()
            if len(self._results) < self._group:
                await asyncio.sleep(GATHER_SECONDS)
            await self._slots.acquire()
            self._begin_flush()

    async def finish(self) -> None:
        """Until everything that was added is recorded, or can never be. `run` goes on meanwhile."""
        await self._empty.wait()

    async def abandon(self) -> None:
        """Give up what is under way. It is sent once more by whoever is next."""
        for task in self._flushes:
            task.cancel()
        await asyncio.gather(*self._flushes, return_exceptions=True)

    def _begin_flush(self) -> None:
        group, self._results = self._results[: self._group], self._results[self._group :]
        if not self._results:
            self._arrived.clear()
        task = asyncio.get_running_loop().create_task(self._flush(group))
        self._flushes.add(task)
        task.add_done_callback(self._flushed)

    def _flushed(self, task: "asyncio.Task[None]") -> None:
        self._flushes.discard(task)
        if not self._flushes and not self._results:
            self._empty.set()

    async def _flush(self, group: Sequence[Result]) -> None:
        try:
            done = await self._store.record(self._me, group)
        except Exception as error:  # noqa: BLE001 - results are kept until the database takes them
            self._on_step("failed", error)
            await asyncio.sleep(RETRY_SECONDS)
            done = Group(recorded=[], again=list(group))
        finally:
            self._slots.release()
        for result in done.again:
            self.add(result)
        self._settle(group, done)
        if done.recorded:
            self._on_step("recorded", done.recorded)

    def _settle(self, group: Sequence[Result], done: Group) -> None:
        """Pass lanes on to what follows. Those that cannot be recorded any more are nobody's here."""
        for one in done.recorded:
            desk = self._desk_of(one.result)
            if desk is None:
                continue
            desk.go_on(one)
            self._on_recorded(desk, one)
        if len(done.recorded) + len(done.again) < len(group):
            kept = {id(one.result) for one in done.recorded} | {id(result) for result in done.again}
            for result in group:
                desk = self._desk_of(result)
                if desk and id(result) not in kept:
                    desk.release(result.head.lane)

    def _desk_of(self, result: Result) -> Desk | None:
        """None once the endpoint is another's, or ours anew: then its lanes are read anew, too."""
        desk = self._desks.get(result.head.endpoint_id)
        return desk if desk and desk.owned.epoch == result.epoch else None
