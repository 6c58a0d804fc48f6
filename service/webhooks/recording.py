"""Recording results in groups: one statement for up to a hundred deliveries instead of one each."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from service.webhooks.desk import Desk
from service.webhooks.store import Store
from service.webhooks.work import Recorded, Result

GATHER_SECONDS = 0.002
"""How long the first result of a group waits for others."""
GROUP = 128
SMALL_GROUP = 64
"""On SQLite a flush occupies the only writer: smaller groups keep others waiting for less."""
FLUSHES = 2
RETRY_SECONDS = 0.25


class Recording:
    """Results on their way into the store. `on_recorded` is told, in seconds, when a failed lane is next due."""

    def __init__(
        self,
        store: Store,
        *,
        me: str,
        desks: Mapping[int, Desk],
        small: bool,
        on_step: Callable[[str, object], None],
        on_recorded: Callable[[float | None], None],
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

    def add(self, result: Result) -> None:
        self._results.append(result)
        self._arrived.set()

    async def run(self) -> None:
        while True:
            await self._arrived.wait()
            if len(self._results) < self._group:
                await asyncio.sleep(GATHER_SECONDS)
            await self._slots.acquire()
            self._begin_flush()

    async def finish(self) -> None:
        """Record everything that is here, or give up when nothing is taken: whoever is next sends it again."""
        while self._flushes:
            await asyncio.wait(set(self._flushes))
        while self._results:
            group, self._results = self._results[: self._group], self._results[self._group :]
            if len(await self._store.record(self._me, group)) == 0:
                return

    def _begin_flush(self) -> None:
        group, self._results = self._results[: self._group], self._results[self._group :]
        if not self._results:
            self._arrived.clear()
        task = asyncio.get_running_loop().create_task(self._flush(group))
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _flush(self, group: Sequence[Result]) -> None:
        try:
            recorded = await self._store.record(self._me, group)
        except Exception as error:  # noqa: BLE001 - results are kept until the database takes them
            self._on_step("failed", error)
            await asyncio.sleep(RETRY_SECONDS)
            recorded = []
        finally:
            self._slots.release()
        done = {(one.result.head.endpoint_id, one.result.head.lane) for one in recorded}
        for one in recorded:
            self._settle(one)
        for result in group:
            if (result.head.endpoint_id, result.head.lane) not in done:
                self._offer_again(result)
        if recorded:
            self._on_step("recorded", recorded)
            self._on_recorded(None)

    def _settle(self, recorded: Recorded) -> None:
        result = recorded.result
        desk = self._desks.get(result.head.endpoint_id)
        if desk is None or desk.owned.epoch != result.epoch:
            return
        if recorded.following:
            desk.follow(recorded.following)
            return
        desk.release(result.head.lane)
        if result.verdict == "failed" and result.delay_us is not None:
            self._on_recorded(result.delay_us / 1_000_000)

    def _offer_again(self, result: Result) -> None:
        """A writer held the lane, or the store was away. Without the endpoint there is nothing to say any more."""
        desk = self._desks.get(result.head.endpoint_id)
        if desk is not None and desk.owned.epoch == result.epoch:
            self.add(result)
