"""The surface whose caller is the clock: planned changes take effect, batches are applied, replays go on, connected
systems are read, and the sender runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from service.connectors.polling import Polls
from service.domain.maps import LevelMapping
from service.usecases.act import Runtime
from service.usecases.batch_work import advance_batch, batches_to_apply
from service.usecases.changes import activate_due, employees_due
from service.usecases.map_days import maps_due, people_to_tell, tell_of_map, tick_off
from service.usecases.system import keep_house
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.replay_work import Replaying

_LOG = structlog.get_logger("dualtrack.worker")

UPKEEP_SECONDS = 3_600.0
LOOK_SECONDS = 5.0
"""How often the clock looks for what is due: midnight of the company's zone may move with its definition."""
MOST_BACK_OFF_SECONDS = 60.0
BATCH_SECONDS = 1.0
"""How often it is looked whether a batch of changes is to be applied, or a replay to be begun."""
POLL_SECONDS = 15.0
"""How often it is looked which connected systems are to be read."""
REPLAY_SECONDS = 0.05
"""How often it is looked whether an endpoint has room for more of a replay that runs."""


class Worker:
    """Run it with `run`, end it with `stop`; what is under way is finished."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        dispatcher: Dispatcher,
        replaying: Replaying,
        polls: Polls | None = None,
        look_seconds: float = LOOK_SECONDS,
        on_look: Callable[[str, bool], None] = lambda _of, _failed: None,
    ) -> None:
        """`on_look` is told of each look, at the `clock` or at `batches`, and whether something could not be done."""
        self._runtime = runtime
        self._dispatcher = dispatcher
        self._replaying = replaying
        self._polls = polls
        self._look_seconds = look_seconds
        self._on_look = on_look
        self._stopped = asyncio.Event()
        self.failures = 0
        """How many looks in a row found something that could not be done."""

    async def run(self) -> None:
        sending = asyncio.create_task(self._dispatcher.run())
        clock = asyncio.create_task(self._clock())
        batches = asyncio.create_task(self._batches())
        replays = asyncio.create_task(self._replays())
        reading = asyncio.create_task(self._poll())
        # When one of them ends by itself it has failed for good, and the process is better ended than half alive.
        done, _ = await asyncio.wait({sending, clock, batches, replays, reading}, return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        await asyncio.gather(sending, clock, batches, replays, reading)
        for task in done:
            task.result()

    def stop(self) -> None:
        self._stopped.set()
        self._dispatcher.stop()

    async def _clock(self) -> None:
        time = asyncio.get_running_loop().time
        upkeep_at = time()
        while not self._stopped.is_set():
            pause = await self.look()
            self._on_look("clock", self.failures > 0)
            if time() >= upkeep_at:
                await self._keep_house()
                upkeep_at = time() + UPKEEP_SECONDS
            await self._rest(pause)

    async def _batches(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            advanced, failed = await self.apply()
            self._on_look("batches", failed)
            failures = failures + 1 if failed else 0
            if failed or not advanced:
                await self._rest(min(MOST_BACK_OFF_SECONDS, BATCH_SECONDS * 2 ** min(failures, 10)))

    async def _replays(self) -> None:
        failures, pause = 0, BATCH_SECONDS
        while not self._stopped.is_set():
            advanced, failed = await self.replay()
            failures = failures + 1 if failed else 0
            # Who has no room now may have it in a moment; who takes nothing for days is not asked so often.
            pause = REPLAY_SECONDS if advanced else min(2 * pause, BATCH_SECONDS)
            await self._rest(min(MOST_BACK_OFF_SECONDS, BATCH_SECONDS * 2 ** min(failures, 10)) if failed else pause)

    async def _poll(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            failed = self._polls is not None and await self._polls.look()
            failures = failures + 1 if failed else 0
            await self._rest(min(MOST_BACK_OFF_SECONDS, POLL_SECONDS * 2 ** min(failures, 10)))

    async def replay(self) -> tuple[bool, bool]:
        """Do the next part of each replay that has room; tells whether any went on, and whether any could not.

        One that cannot go on holds up no other.
        """
        running: tuple[str, ...] = ()
        advanced = failed = False
        try:
            running = await self._replaying.running()
        except Exception:  # noqa: BLE001 - the database may be away; what is to be sent again stays so
            failed = True
            _LOG.exception("it could not be seen what is to be replayed")
        for replay in running:
            went_on = await self._tried(self._replaying.advance(replay), "a replay could not go on", replay=replay)
            advanced |= went_on is True
            failed |= went_on is None
        return advanced, failed

    async def apply(self) -> tuple[bool, bool]:
        """Do the next part of each batch; tells whether any went on, and whether any could not.

        One that cannot go on holds up no other.
        """
        advanced = failed = False
        try:
            for batch in await batches_to_apply(self._runtime):
                doing = advance_batch(self._runtime, batch)
                went_on = await self._tried(doing, "a batch of changes could not go on", batch=batch)
                advanced |= went_on is True
                failed |= went_on is None
        except Exception:  # noqa: BLE001 - the database may be away; what is to be applied stays so
            failed = True
            _LOG.exception("it could not be seen what is to be applied")
        return advanced, failed

    async def _tried(self, doing: Awaitable[bool], otherwise: str, **about: str) -> bool | None:
        """Whether it went on; None when it could not, which is said."""
        try:
            return await doing
        except Exception:  # noqa: BLE001 - what is not done stays to be done, and the others go on
            _LOG.exception(otherwise, **about)
            return None

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def look(self) -> float:
        """Let what is due take effect, person by person; returns the seconds until the next look.

        Everybody is tried once a look: somebody whose changes cannot take effect holds up nobody else.
        """
        tried: set[str] = set()
        failed = False
        try:
            while people := await employees_due(self._runtime, but=tried):
                for employee in people:
                    failed |= not await self._done(employee, activate_due(self._runtime, employee))
                tried.update(people)
            for mapping in await maps_due(self._runtime):
                failed |= not await self._told(mapping)
        except Exception:  # noqa: BLE001 - the database may be away; what is due stays due
            failed = True
            _LOG.exception("it could not be seen what is due")
        self.failures = self.failures + 1 if failed else 0
        return min(MOST_BACK_OFF_SECONDS, self._look_seconds * 2 ** min(self.failures, 10))

    async def _told(self, mapping: LevelMapping) -> bool:
        """Tell everybody of a level map on its day; whether all were."""
        all_told, last = True, ""
        while people := await people_to_tell(self._runtime, mapping, after=last):
            for employee in people:
                all_told &= await self._done(employee, tell_of_map(self._runtime, employee, mapping))
            last = people[-1]
        if all_told:
            await tick_off(self._runtime, mapping)
        return all_told

    async def _keep_house(self) -> None:
        try:
            await keep_house(self._runtime)
        except Exception:  # noqa: BLE001 - what is not tidied now is tidied in an hour
            _LOG.exception("upkeep could not be done")

    async def _done(self, employee: str, doing: Awaitable[None]) -> bool:
        try:
            await doing
        except Exception:  # noqa: BLE001 - it stays to be done, and the others go on
            _LOG.exception("what is due could not take effect", employee=employee)
            return False
        return True
