"""Many changes in one batch, validated, with events and audit, against loading the same rows and nothing else."""

import os
from contextlib import AsyncExitStack
from datetime import date, timedelta

from bench.company import employee_id, furnish, settings_for
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report
from bench.loading import Taken, by_hand, timed_once
from service.domain.access import OPERATOR
from service.domain.assignments import PRIMARY
from service.house import House, opened
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_rows import BatchRow
from service.usecases.batch_views import read_batch
from service.usecases.batch_work import advance_batch
from service.usecases.batches import BatchRequest, add_rows, create_batch
from service.usecases.changes import ChangeRequest

CHANGES = int(os.environ.get("BENCH_CHANGES", "100000"))
LEAST, SMOKE_CHANGES = 100_000, 600
SENT_AT_ONCE = 50_000
FIRST_DAY = date(2021, 1, 1)
SERVICE = "service: a partial batch"
LOADED = "by hand: the same rows, loaded"
GOALS = (Goal(name="bulk", target=SERVICE, limit=LOADED, value="rate", ratio=0.3),)


async def measure(plan: Plan, place: Shelter) -> None:
    changes = SMOKE_CHANGES if plan.smoke else CHANGES
    plan.say(f"bulk, {place.engine}: {changes:,} changes of as many people, applied from a stored batch")
    plan.require(Size(what="changes a round", count=changes, least=LEAST))
    async with AsyncExitStack() as stack:
        template = await stack.enter_async_context(place.database())
        await furnish(template, people=changes)
        ours, theirs = [await stack.enter_async_context(place.database(like=template)) for _ in range(2)]
        house = await stack.enter_async_context(opened(settings_for(ours)))
        taken = Taken(ours, place.folder)
        service = _service(house, changes, taken)
        # One round ahead, so that whoever begins a round has rows to load.
        await service()
        contenders = {SERVICE: service, LOADED: by_hand(theirs, changes, taken, lambda: (_CLOSED, _COUNTED))}
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


def _service(house: House, changes: int, taken: Taken) -> Run:
    rounds = 0

    async def run() -> Sample:
        nonlocal rounds
        since = house.database.now_us()
        batch = await _stored(house, changes, FIRST_DAY + timedelta(days=rounds))
        rounds += 1
        await apply_batch(house.runtime, OPERATOR, batch)

        async def work() -> None:
            while await advance_batch(house.runtime, batch):
                pass

        sample = await timed_once(work, changes)
        done = await read_batch(house.runtime, OPERATOR, batch)
        if done.applied != changes:
            raise RuntimeError(f"{done.applied} of {changes} rows were applied")
        await taken.take(since)
        return sample

    return run


async def _stored(house: House, changes: int, day: date) -> str:
    """A batch in parts, as it comes over the wire: one with everything would be judged first."""
    request = BatchRequest(mode="partial", backfill=False, complete=False, rows=())
    batch = (await create_batch(house.runtime, OPERATOR, request, key=None)).answer["id"]
    change = ChangeRequest(
        effective_on=day, job=PRIMARY, to={"title": f"Since {day}"}, reason="bulk", comment=None, override=None
    )
    for first in range(0, changes, SENT_AT_ONCE):
        last = min(changes, first + SENT_AT_ONCE)
        rows = [
            BatchRow(number=number - first + 1, employee=employee_id(number), change=change)
            for number in range(first, last)
        ]
        part = BatchRequest(mode="partial", backfill=False, complete=last == changes, rows=rows)
        await add_rows(house.runtime, OPERATOR, batch, part, key=None)
    return batch


_CLOSED = "UPDATE assignment SET known_to = known_from + 1 WHERE known_to IS NULL AND effective_to IS NULL"
_COUNTED = "UPDATE employee SET revision = revision + 1, sequence = sequence + 1"
