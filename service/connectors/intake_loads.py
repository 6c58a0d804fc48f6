"""A first load: many people's histories as batches of changes, which stand in the feed and are pushed to nobody.

Where the company has batches approved by somebody else, each is proposed by whoever asked for the load, and waits. Once
all that were proposed are applied, whatever is left of it is changes like any other.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from service.connectors.intake_acts import change_of
from service.connectors.intake_people import Planned, problem_of
from service.domain.access import Actor
from service.domain.intake_reports import IntakeProblem, Tally
from service.domain.intake_steps import Step
from service.domain.refusals import Conflict
from service.usecases.act import Act, IdempotencyKey, Runtime
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_rows import BatchRow, document_of
from service.usecases.batch_views import ShownBatch, list_batch_rows, read_batch
from service.usecases.batch_work import advance_batch
from service.usecases.batches import BatchRequest, create_batch
from service.usecases.connection_loads import NotedLoad, note_batch, note_load, noted_load
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window

MOST_ROWS = 5_000
"""Rows of one batch of a load: what a killed load has to look at again."""
LOOK_SECONDS = 0.05
"""How often it is looked at a batch that another process applies."""
_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A row with what it is about; `step` None only makes somebody known."""

    row: BatchRow
    plan: Planned
    step: Step | None


class Load:
    """Gathers rows, and has them applied by the batch. `actor` needs admin, as every backfill does.

    What waits for somebody's approval is an alarm of `tally`, and `waits` then.
    """

    def __init__(self, runtime: Runtime, actor: Actor, connection: OpenConnection, tally: Tally) -> None:
        self._runtime = runtime
        self._actor = actor
        self._connection = connection
        self._tally = tally
        self._asked: list[_Asked] = []
        self.waits = False

    async def decided(self) -> bool:
        """What became of what was stored before: whether it was all there was, and is applied.

        What is applied by now is waited for. Whoever said no is asked anew by what is stored next.
        """
        noted = await noted_load(self._runtime, self._connection)
        refused = False
        for batch in noted.batches:
            if (await read_batch(self._runtime, self._actor, batch)).state == "rejected":
                refused = True
            elif await self._begun(batch):
                await self._applied(batch)
        if self.waits:
            return False
        if refused:
            await note_load(self._runtime, self._connection, NotedLoad(refused=noted.refused + 1))
        return noted.whole and not refused

    async def keep_whole(self) -> None:
        """Nothing else is to be stored: once what waits is applied, the load is done."""
        noted = await noted_load(self._runtime, self._connection)
        await note_load(self._runtime, self._connection, replace(noted, whole=True))

    @property
    def is_full(self) -> bool:
        return len(self._asked) >= MOST_ROWS

    def add(self, plan: Planned) -> None:
        """Of somebody whose ids are bound, or who is new."""
        steps: list[Step | None] = [*plan.steps] or [None]
        if plan.known is None or plan.steps:
            self._asked += [_Asked(row=_row(plan, step), plan=plan, step=step) for step in steps]

    async def flush(self) -> None:
        """Have applied what was gathered, and wait until it is. Raises what a batch is refused with."""
        asked, self._asked = self._asked, []
        if not asked:
            return
        rows = [replace(one.row, number=number) for number, one in enumerate(asked, start=1)]
        noted = await noted_load(self._runtime, self._connection)
        text = json.dumps([noted.refused, *(document_of(row) for row in rows)], sort_keys=True, default=str)
        digest = hashlib.sha256(text.encode()).hexdigest()
        connection = self._connection
        key = IdempotencyKey(scope="\n".join((connection.actor.id, "intake", connection.id, digest)), request=digest)

        async def beside(a: Act, batch: str) -> None:
            await note_batch(a, connection, batch)

        stored = await create_batch(
            self._runtime,
            self._actor,
            BatchRequest(mode="partial", backfill=True, complete=True, rows=rows, in_name_of=self._connection.actor.id),
            key=key,
            beside=beside,
        )
        batch: str = stored.answer["id"]
        if not await self._begun(batch):
            return
        await self._applied(batch)
        await self._count(batch, asked)

    async def _begun(self, batch: str) -> bool:
        """Have it applied; False where it waits for somebody, which is told."""
        try:
            await apply_batch(self._runtime, self._actor, batch)
        except Conflict as refusal:
            if refusal.code != "batch-not-approved":
                raise
        else:
            return True
        shown = await read_batch(self._runtime, self._actor, batch)
        self.waits = True
        self._tally.alarms.append(_waiting(shown))
        return False

    async def _applied(self, batch: str) -> None:
        """Apply it here, and wait where the worker was quicker."""
        while (await read_batch(self._runtime, self._actor, batch)).state == "applying":
            if not await advance_batch(self._runtime, batch):
                await asyncio.sleep(LOOK_SECONDS)

    async def _count(self, batch: str, asked: list[_Asked]) -> None:
        failed = await self._failed(batch)
        made: set[int] = set()
        for number, one in enumerate(asked, start=1):
            problem = failed.get(number)
            if problem is None:
                if one.step:
                    self._tally.recorded(one.step.name)
                if one.plan.known is None and id(one.plan) not in made:
                    made.add(id(one.plan))
                    self._tally.made += 1
            elif problem["code"] != "no-change":
                # What holds already was done by the same load before it was killed.
                row = one.step.row if one.step else None
                self._tally.refused([problem_of(one.plan.group, problem["code"], problem["detail"], row)])

    async def _failed(self, batch: str) -> dict[int, dict[str, Any]]:
        failed: dict[int, dict[str, Any]] = {}
        place: tuple[int, ...] | None = None
        while True:
            window = Window(limit=_PAGE, place=place)
            page = await list_batch_rows(self._runtime, self._actor, batch, outcome="failed", window=window)
            failed |= {one.row: one.problem.document for one in page.items if one.problem}
            if page.after is None:
                return failed
            place = page.after


def _waiting(batch: ShownBatch) -> IntakeProblem:
    return IntakeProblem(
        code="batch-not-approved",
        person=None,
        row=None,
        detail=f"{batch.id} with {batch.rows} rows of this first load waits for somebody else than {batch.created_by}",
        remedy=f"POST /v1/change-batches/{batch.id}/approve with another key, or reject it; then read again",
    )


def _row(plan: Planned, step: Step | None) -> BatchRow:
    return BatchRow(
        number=0,
        employee=_named(plan),
        person=None if plan.known else plan.group.new,
        change=change_of(step) if step else None,
    )


def _named(plan: Planned) -> str | None:
    """By an id there that they have here too: a batch may wait for long, and is about whoever has it by then."""
    if plan.known is None:
        return None
    had = plan.known.external_ids
    shared = (f"{system}:{value}" for system, value in plan.group.external_ids.items() if had.get(system) == value)
    return next(shared, plan.known.id)
