"""Sending heads: one task each, with no connection held, and what its answer leads to."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.webhooks.desk import Desk
from service.webhooks.endings import Endings
from service.webhooks.outcomes import Answer, Delivered, NoAnswer, decide, is_outage
from service.webhooks.signing import sign
from service.webhooks.tracing import attempt_of
from service.webhooks.transport import OutboundRequest, Transport
from service.webhooks.verdicts import Judged, judge
from service.webhooks.work import Head, Result

MOST_IN_FLIGHT = 1024
"""Of all endpoints together; each may use an equal part of it, so that none can take another's."""
RETRY_SECONDS = 0.25

OnStep = Callable[[str, object], None]


@dataclass(slots=True, kw_only=True)
class Health:
    """When endpoints were last seen to work and not to, since this was last written; µs by endpoint."""

    ok: dict[int, int] = field(default_factory=dict[int, int])
    failed: dict[int, int] = field(default_factory=dict[int, int])


class Sending:
    """Begins sends while their time allows it. `record` takes each result, `due_in` is told of waits in seconds."""

    def __init__(
        self,
        *,
        desks: Mapping[int, Desk],
        transport: Transport,
        endings: Endings,
        retry_scale: float,
        record: Callable[[Result], None],
        due_in: Callable[[float], None],
        wake: Callable[[], None],
        nudge: Callable[[], None],
        on_step: OnStep,
    ) -> None:
        self._desks = desks
        self._transport = transport
        self._endings = endings
        self._scale = retry_scale
        self._record = record
        self._due_in = due_in
        self._wake = wake
        self._nudge = nudge
        self._on_step = on_step
        self._time = asyncio.get_running_loop().time
        self._sends: set[asyncio.Task[None]] = set()
        self.begin_until = 0.0
        """By the event loop's clock: the end of what the lease allows."""
        self.health = Health()

    @property
    def under_way(self) -> bool:
        return bool(self._sends)

    def pump_all(self) -> None:
        for desk in list(self._desks.values()):
            self.pump(desk)

    def pump(self, desk: Desk) -> None:
        """Begin what this endpoint has ready and takes."""
        now = self._time()
        if now > self.begin_until:
            return
        most = max(1, MOST_IN_FLIGHT // max(1, len(self._desks)))
        while desk.may_send(now, most=most):
            task = asyncio.get_running_loop().create_task(self._send(desk, desk.next_head()))
            self._sends.add(task)
            task.add_done_callback(self._sends.discard)
        if desk.dry:
            self._nudge()

    async def finish(self) -> None:
        """Until nothing is under way."""
        while self._sends:
            await asyncio.wait(set(self._sends))

    def abandon(self) -> None:
        """Break off what is under way: another may send it by now, and events would overtake each other."""
        for desk in self._desks.values():
            desk.drop_ready()
        for task in self._sends:
            task.cancel()

    async def _send(self, desk: Desk, head: Head) -> None:
        try:
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
                await self._conclude(desk, judged)
            else:
                self._record(judged.result)
        except asyncio.CancelledError:
            desk.release(head.lane)
            raise
        self.pump(desk)

    def _judge(self, desk: Desk, head: Head, came: Answer | NoAnswer, started_at: int) -> Judged:
        outcome = decide(came, now_seconds=started_at / 1_000_000)
        if isinstance(outcome, Delivered):
            self.health.ok[head.endpoint_id] = started_at
        elif is_outage(outcome):
            self.health.failed[head.endpoint_id] = started_at
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
        """The rarer outcomes: the endpoint waits, the event is dead, the endpoint stops. Until the database has it."""
        if judged.wait_seconds is not None:
            desk.not_before = self._time() + judged.wait_seconds
            desk.drop_ready()
        if judged.stop:
            desk.closed = True
            desk.drop_ready()
        while True:
            try:
                return await self._write(desk, judged)
            except Exception as error:  # noqa: BLE001 - sending it again instead would be a duplicate without need
                self._on_step("failed", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _write(self, desk: Desk, judged: Judged) -> None:
        head = judged.result.head
        if judged.wait_seconds is not None:
            await self._endings.throttle(head.endpoint_id, seconds=judged.wait_seconds)
            self._due_in(judged.wait_seconds)
        if judged.end:
            await self._endings.bury(judged.result, judged.end)
            desk.release(head.lane)
            self._on_step("dead", head)
            self._wake()
            return
        if judged.stop:
            stopped = await self._endings.stop(judged.result, judged.stop)
            self._on_step("stopped", desk.owned.public_id)
            if stopped:
                self._wake()
            else:
                self._nudge()
        self._record(judged.result)


def _request(desk: Desk, head: Head, *, now_seconds: int) -> OutboundRequest:
    body = head.body.encode()
    trace = attempt_of(head.traceparent)
    headers = {"traceparent": trace} if trace else {}
    if head.replay_id:
        headers["webhook-replay"] = head.replay_id
    return OutboundRequest(
        url=desk.owned.url,
        message_id=head.event_id,
        timestamp_seconds=now_seconds,
        signature=sign(message_id=head.event_id, timestamp_seconds=now_seconds, body=body, secrets=desk.secrets),
        body=body,
        timeout_seconds=desk.owned.timeout_ms / 1000,
        extra_headers=headers,
    )
