"""Replays beside live traffic, whatever fails: each key in order, each replay whole, nothing lost: by property."""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from aiohttp import web
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.storage.database import Database
from service.webhooks.endpoints import delete_endpoint
from tests.webhooks.again import begin, cancel, replaying, shown
from tests.webhooks.post import Sink
from tests.webhooks.test_order import NUMBERS, SUBJECTS, Trial, failing, postgres, sqlite, tell, trial

__all__ = ["postgres", "sqlite"]
SETTINGS = settings(
    max_examples=60 if "DUALTRACK_TEST_SOAK" in os.environ else 3,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
acts = st.sampled_from(("replay", "replay", "one key", "cancel", "pause", "resume", "exchange"))
steps = st.lists(st.one_of(tell, acts), min_size=4, max_size=12)


async def moment(ended: asyncio.Event) -> None:
    """Until something ends, and a little while at most: others get their turn."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.02):
            await ended.wait()


@dataclass(slots=True)
class Reader(Sink):
    """`sent` holds (event, replay, status) in order of arrival."""

    sent: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()
        event, replay = request.headers["webhook-id"], request.headers.get("webhook-replay", "")
        status, headers = self.answer(event, sum(1 for seen, again, _ in self.sent if (seen, again) == (event, replay)))
        self.sent.append((event, replay, status))
        self.got.append((event, status))
        self.changed.set()
        return web.Response(status=status, headers=headers)

    def delivered_by(self, replay: str, subject: str) -> list[str]:
        return [
            event
            for event, again, status in self.sent
            if again == replay and 200 <= status < 300 and event.startswith(f"{subject}-")
        ]


@dataclass(slots=True, kw_only=True)
class Course:
    """One example at the first endpoint of a trial: what each replay has to bring."""

    trial: Trial
    wanted: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    cancelled: set[str] = field(default_factory=set[str])

    async def take(self, step: "list[str] | str") -> None:
        if isinstance(step, str) and step in {"replay", "one key"}:
            # Known by what it is about: of this trial alone, whose subjects another has used before.
            replay, about = f"rep_{next(NUMBERS)}", None if step == "replay" else SUBJECTS[0]
            first = await self._first()
            chosen = [one for one in self.trial.told if about is None or one.startswith(f"{about}-")]
            await begin(self.trial.office, replay, self.trial.names[0], after=first, subject=about)
            self.wanted[replay] = chosen
        elif step == "cancel":
            for replay in list(self.wanted)[-1:]:
                await cancel(self.trial.office, replay)
                self.cancelled.add(replay)
        else:
            await self.trial.take(step)

    async def _first(self) -> int:
        async with self.trial.office.database.read() as connection:
            found = await connection.exec_driver_sql(
                f"SELECT min(seq) FROM event WHERE id = '{self.trial.told[0] if self.trial.told else ''}'"
            )
            seq = found.scalar()
            latest = (await connection.exec_driver_sql("SELECT max(seq) FROM event")).scalar()
        return seq - 1 if seq else latest or 0

    def check(self, sink: Reader) -> None:
        for subject in SUBJECTS:
            told = [event for event in self.trial.told if event.startswith(f"{subject}-")]
            assert sink.delivered_by("", subject) == told, "live, each once, in order"
            for replay, chosen in self.wanted.items():
                asked = [event for event in chosen if event.startswith(f"{subject}-")]
                got = sink.delivered_by(replay, subject)
                # One that is cancelled has brought what it had come to.
                assert got == (asked[: len(got)] if replay in self.cancelled else asked), replay
            self.check_turns(sink, subject)

    def check_turns(self, sink: Reader, subject: str) -> None:
        """A try is followed by another of the same, unless it was answered 2xx, or dropped with its replay."""
        tries = [one for one in sink.sent if one[0].startswith(f"{subject}-")]
        for (event, replay, status), (following, again, _) in pairwise(tries):
            if not 200 <= status < 300 and replay not in self.cancelled:
                assert (following, again) == (event, replay)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Parts are queued by two at once, as two processes would."""
        ended = asyncio.Event()

        async def work() -> None:
            clock = replaying(self.trial.office)
            while not ended.is_set():
                for replay in await clock.running():
                    await clock.advance(replay)
                await moment(ended)

        both = [asyncio.create_task(work()) for _ in range(2)]
        try:
            yield
        finally:
            ended.set()
            await asyncio.gather(*both)

    async def until_over(self) -> None:
        async with asyncio.timeout(30):
            for replay in self.wanted:
                while (found := await shown(self.trial.office, replay)).state == "running" or found.waiting:
                    await moment(asyncio.Event())


async def hold(database: Database, plan: "list[list[str] | str]", *, dispatchers: int) -> None:
    seed = next(NUMBERS)
    async with trial(database, seed, dispatchers) as made:
        # The second endpoint is none of ours: it would only cost.
        async with database.transaction() as tx:
            await delete_endpoint(tx, made.names.pop())
        await made.sinks.pop().stop()
        reader = Reader(failing(seed))
        await made.sinks.pop().stop()
        await reader.start()
        made.sinks.append(reader)
        async with database.transaction() as tx:
            await tx.exec_driver_sql(
                f"UPDATE endpoint SET url = '{reader.url}', revision = revision + 1 WHERE public_id = '{made.names[0]}'"
            )
        course = Course(trial=made)
        async with course.running():
            for step in plan:
                await course.take(step)
            await made.set_state("healthy")
            await course.until_over()
            live = len(made.told)
            await reader.until(lambda: sum(1 for _, again, status in reader.sent if not again and status < 300) >= live)
        course.check(reader)
        for replay in course.wanted:
            found = await shown(made.office, replay)
            assert (found.state, found.waiting) == ("cancelled" if replay in course.cancelled else "done", 0)
            assert found.events == len(course.wanted[replay])


@given(plan=steps)
@SETTINGS
async def test_replays_keep_order_with_several_dispatchers(postgres: Database, plan: "list[list[str] | str]") -> None:
    await hold(postgres, plan, dispatchers=2)


@given(plan=steps)
@SETTINGS
async def test_replays_keep_order_in_one_process(sqlite: Database, plan: "list[list[str] | str]") -> None:
    await hold(sqlite, plan, dispatchers=1)
