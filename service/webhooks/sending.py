"""Sending parcels: one task each, with no connection held, and what its answer leads to."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from service.webhooks.batch_verdicts import Came, Divided, judge_parcel
from service.webhooks.desk import Desk
from service.webhooks.endings import Endings
from service.webhooks.envelopes import Envelopes
from service.webhooks.outcomes import Answer, NoAnswer, Unsent, decide
from service.webhooks.parcels import Parcel
from service.webhooks.shares import in_flight_share
from service.webhooks.tending import Tending
from service.webhooks.transport import Transport
from service.webhooks.verdicts import Judged, Stop
from service.webhooks.work import Result, Tried

RETRY_SECONDS = 0.25

OnStep = Callable[[str, object], None]


class Sending:
    """Begins sends while their time allows it. `record` takes each result, `due_in` is told of waits in seconds."""

    def __init__(
        self,
        *,
        desks: Mapping[int, Desk],
        transport: Transport,
        envelopes: Envelopes,
        endings: Endings,
        tending: Tending,
        retry_scale: float,
        record: Callable[[Result], None],
        due_in: Callable[[float], None],
        wake: Callable[[], None],
        nudge: Callable[[], None],
        on_step: OnStep,
    ) -> None:
        self._desks = desks
        self._transport = transport
        self._envelopes = envelopes
        self._endings = endings
        self._tending = tending
        self._scale = retry_scale
        self._record = record
        self._due_in = due_in
        self._wake = wake
        self._nudge = nudge
        self._on_step = on_step
        self._time = asyncio.get_running_loop().time
        self._sends: set[asyncio.Task[None]] = set()
        self._working: set[int] = set()
        """Endpoints that have something ready or under way."""
        self._alarms: dict[int, asyncio.TimerHandle] = {}
        self.begin_until = 0.0
        """By the event loop's clock: the end of what the lease allows."""

    @property
    def under_way(self) -> bool:
        return bool(self._sends)

    @property
    def working(self) -> int:
        """How many endpoints have something ready or under way."""
        return len(self._working)

    def pump_all(self) -> None:
        self._working = {number for number, desk in self._desks.items() if desk.working}
        for desk in list(self._desks.values()):
            self.pump(desk)

    def pump(self, desk: Desk) -> None:
        """Begin what this endpoint has ready and takes."""
        now = self._time()
        if now > self.begin_until:
            return
        if desk.working:
            self._working.add(desk.owned.id)
        most = in_flight_share(under_way=len(self._sends), mine=desk.in_flight, working=self.working)
        while desk.may_send(now, most=most):
            task = asyncio.get_running_loop().create_task(self._send(desk, desk.next_parcel(now)))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        if not desk.working:
            self._working.discard(desk.owned.id)
        self._set_alarm(desk, desk.wakes_at(now, most=most))
        if desk.runs_dry():
            self._nudge()

    def _set_alarm(self, desk: Desk, at: float | None) -> None:
        """Look again at the instant at which something may go: no sooner, and without looking until then."""
        number = desk.owned.id
        if alarm := self._alarms.pop(number, None):
            alarm.cancel()
        if at is not None:
            self._alarms[number] = asyncio.get_running_loop().call_at(at, self._ring, number)

    def _ring(self, number: int) -> None:
        self._alarms.pop(number, None)
        if desk := self._desks.get(number):
            self.pump(desk)

    async def keep_tries(self, *desks: Desk) -> None:
        """Of parts of batches that are not sent as such any more; before their lanes are read anew, which counts them.
        Of these desks, or of all."""
        for desk in desks or list(self._desks.values()):
            if lost := tuple(desk.lost):
                await self._endings.keep_tries(desk.owned, lost)
                del desk.lost[: len(lost)]

    async def finish(self) -> None:
        """Until nothing is under way."""
        while self._sends:
            await asyncio.wait(set(self._sends))

    def abandon(self) -> None:
        """Break off what is under way: another may send it by now, and events would overtake each other."""
        for desk in self._desks.values():
            desk.drop_ready()
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        for task in self._sends:
            task.cancel()

    async def _send(self, desk: Desk, parcel: Parcel) -> None:
        try:
            started_at = time.time_ns() // 1000
            trace: str | None = None
            try:
                request = self._envelopes.parcel(desk.owned, desk.opened, parcel, at=started_at)
                trace = request.extra_headers.get("traceparent")
                came = await self._transport.send(request)
            except Exception as error:  # noqa: BLE001 - what cannot even be made must not hold up its lane for ever
                came = NoAnswer(error_class="protocol", detail=type(error).__name__, duration_ms=0)
            finally:
                desk.in_flight -= 1
            judged = self._judge(desk, parcel, came, started_at)
            self._on_step("sent", parcel.first)
            self._tell(desk, parcel, judged, trace)
            if isinstance(judged, Divided):
                await self._divide(desk, parcel, judged)
            elif any(one.is_rare for one in judged):
                await self._conclude(desk, judged)
            else:
                for one in judged:
                    self._hand_on(desk, one.result)
        except asyncio.CancelledError:
            for run in parcel.runs():
                desk.release(run[0].lane)
            raise
        self.pump(desk)

    def _judge(self, desk: Desk, parcel: Parcel, came: Answer | NoAnswer, started_at: int) -> list[Judged] | Divided:
        outcome = decide(came, now_seconds=started_at / 1_000_000)
        unsent = isinstance(outcome, Unsent)
        resting = self._tending.unsent_seconds if unsent else self._tending.throttle_seconds
        answer = Came(
            came=came,
            outcome=outcome,
            started_at=started_at,
            chance=random.random(),
            scale=self._scale,
            throttle_seconds=resting(desk),
            spared=self._tending.spares(desk),
        )
        self._tending.saw(desk, parcel.heads, came, outcome, begun_at=started_at)
        return judge_parcel(parcel, desk.owned, answer)

    async def _divide(self, desk: Desk, parcel: Parcel, judged: Divided) -> None:
        if judged.wait_seconds is not None:
            await self._until_written(lambda: self._throttle(desk, judged.wait_seconds or 0))
        desk.divide(*parcel.halves(judged.tried))

    def _hand_on(self, desk: Desk, result: Result) -> None:
        if result.verdict == "failed":
            result = self._with_unsent(desk, result)
            if result.earlier:
                desk.keep_alone(result.head.lane)
        self._record(result)

    async def _conclude(self, desk: Desk, judged: Sequence[Judged]) -> None:
        """The rarer outcomes: the endpoint waits or stops, an event is dead or postponed. Until the database has it."""
        wait = next((one.wait_seconds for one in judged if one.wait_seconds is not None), None)
        stopping = next((one for one in judged if one.stop), None)
        if stopping:
            desk.closed = True
            desk.drop_ready()
        if wait is not None:
            desk.drop_ready()
            await self._until_written(lambda: self._throttle(desk, wait))
        for one in judged:
            if end := one.end:
                dead = self._with_unsent(desk, one.result)
                await self._until_written(lambda dead=dead, end=end: self._endings.bury(dead, end))
                desk.done_alone(dead.head.lane)
                self._on_step("dead", dead.head)
        await self._tell_postponed(judged)
        if stopping and (stop := stopping.stop):
            await self._until_written(lambda: self._stop(desk, stopping.result, stop))
        going_on = {one.result.head.lane for one in judged if not one.end}
        for one in judged:
            if not one.end:
                self._hand_on(desk, one.result)
            elif one.result.head.lane not in going_on:
                desk.release(one.result.head.lane)
        if any(one.end for one in judged):
            self._wake()

    async def _tell_postponed(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            if one.is_postponed:
                told = await self._until_written(lambda one=one: self._endings.postpone(one.result, reason=one.reason))
                if told:
                    self._wake()

    async def _until_written(self, write: Callable[[], Awaitable[object]]) -> object:
        while True:
            try:
                return await write()
            except Exception as error:  # noqa: BLE001 - sending it again instead would be a duplicate without need
                self._on_step("failed", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _throttle(self, desk: Desk, seconds: float) -> None:
        desk.not_before = max(desk.not_before, self._time() + seconds)
        await self._endings.throttle(desk.owned.id, seconds=seconds)
        self._due_in(seconds)

    async def _stop(self, desk: Desk, result: Result, stop: Stop) -> None:
        stopped = await self._endings.stop(result, stop)
        self._on_step("stopped", desk.owned.public_id)
        if stopped:
            self._wake()
        else:
            self._nudge()

    def _tell(self, desk: Desk, parcel: Parcel, judged: Sequence[Judged] | Divided, trace: str | None) -> None:
        """Whoever watches is told of each event that was tried."""
        if isinstance(judged, Divided):
            tried = replace(judged.tried, earlier=parcel.earlier)
            told = [(tried, head, False) for head in parcel.heads]
        else:
            results = [(one.result, bool(one.end)) for one in judged]
            told = [(result, head, end and head is result.head) for result, end in results for head in result.heads]
        for result, head, is_dead in told:
            self._on_step("tried", Tried(result, head, desk.owned.public_id, traceparent=trace, is_dead=is_dead))

    def _with_unsent(self, desk: Desk, result: Result) -> Result:
        """With what was to be sent after it in its lane, and has been tried with it before."""
        unsent = desk.never_sent(result.head.lane)
        return replace(result, unsent=tuple((part.heads, part.earlier) for part in unsent)) if unsent else result
