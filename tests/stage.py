"""A company at work on a real database, with a clock that the test moves."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from typeid import TypeID

from service.domain.access import Actor, Scope
from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.ladders import ladder_from_document
from service.domain.statements import Override
from service.storage import tables
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf
from service.usecases.act import IdempotencyKey, Runtime
from service.usecases.assignments import HeldAssignment, read_assignment
from service.usecases.changes import ChangeRequest, record_change
from service.usecases.definitions import apply_definitions
from service.usecases.employees import create_employee
from service.usecases.folders import Folder
from service.usecases.generation import GenerationWatch
from service.usecases.revisions import Expected
from service.webhooks.tables import event
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.engines import Engine

HR = Actor(id="key:hr", scopes=frozenset({Scope.ADMIN}))
TODAY = date(2026, 6, 15)
"""The stage's first day, unless the test moves the clock. It is noon in the company's zone."""


@dataclass(slots=True)
class Clock:
    us: int = field(default_factory=lambda: instant(TODAY))

    def __call__(self) -> int:
        return self.us

    def move_to(self, day: date, hour: int = 10) -> None:
        self.us = instant(day, hour)


def instant(day: date, hour: int = 10) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000


@dataclass(slots=True, kw_only=True)
class Stage:
    """`woken` counts how often the sender was told of work."""

    database: Database
    runtime: Runtime
    clock: Clock
    woken: list[int]

    async def create(self, key: str = "ada", **external_ids: str) -> str:
        outcome = await create_employee(self.runtime, HR, key=key, name=None, external_ids=external_ids)
        return outcome.answer["id"]

    async def change(
        self,
        to: Mapping[str, str | None] | None,
        on: str | None = None,
        *,
        employee: str = "ada",
        job: str = "primary",
        expected: Expected = "*",
        actor: Actor = HR,
        override: Override | None = None,
        key: IdempotencyKey | None = None,
        dry_run: bool = False,
        reason: str | None = None,
    ) -> dict[str, Any]:
        request = ChangeRequest(
            effective_on=date.fromisoformat(on) if on else None,
            job=job,
            to=to,
            reason=reason,
            comment=None,
            override=override,
        )
        outcome = await record_change(
            self.runtime, actor, employee, request, expected=expected, key=key, dry_run=dry_run
        )
        return outcome.answer

    async def assignment(self, on: str, known_at: int | None = None, employee: str = "ada") -> HeldAssignment:
        return await read_assignment(self.runtime, HR, employee, effective_on=date.fromisoformat(on), known_at=known_at)

    async def events(self, rendering: str = "v1") -> list[dict[str, Any]]:
        """Bodies of all events about people, in feed order."""
        async with self.database.read() as connection:
            found = await connection.execute(
                select(event.c.bodies).where(event.c.subject_key.like("employee:%")).order_by(event.c.seq)
            )
            return [json.loads(json.loads(row.bodies)[rendering]) for row in found]

    async def counts(self) -> dict[str, int]:
        """How many rows each table of the record has: what must not change when something is refused."""
        named = (tables.change, tables.assignment, tables.audit, tables.idempotency, tables.activation, event)
        async with self.database.read() as connection:
            return {
                table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in named
            }

    async def rows(self, employee: str = "ada") -> list[tuple[str, str | None, str]]:
        """(from, to, level) of the rows known now, by day."""
        row = tables.assignment
        async with self.database.read() as connection:
            found = await connection.execute(
                select(row.c.effective_from, row.c.effective_to, row.c.level)
                .join(tables.employee, tables.employee.c.id == row.c.employee_id)
                .where(row.c.known_to.is_(None), tables.employee.c.key == employee)
                .order_by(row.c.effective_from)
            )
            return [
                (r.effective_from.isoformat(), r.effective_to.isoformat() if r.effective_to else None, r.level)
                for r in found
            ]


def new_id(prefix: str) -> str:
    return str(TypeID(prefix=prefix))


def make_stage(engine: Engine, clock: Clock | None = None) -> Stage:
    clock = clock or Clock()
    woken: list[int] = []
    database = Database(url=engine.url, journal=engine.journal, clock=clock)
    runtime = Runtime(
        database=database,
        shelf=DefinitionsShelf(),
        generation=GenerationWatch(database),
        new_id=new_id,
        wake=lambda: woken.append(clock.us),
    )
    return Stage(database=database, runtime=runtime, clock=clock, woken=woken)


async def publish(
    stage: Stage,
    *,
    ladders: Sequence[Any] = (ENGINEERING, DESIGN),
    bands: Sequence[Any] = (BANDS,),
    company: Any = COMPANY,
) -> dict[str, Any]:
    outcome = await apply_definitions(
        stage.runtime,
        HR,
        Folder(
            company=company_from_document(company),
            ladders={f"/ladders/{i}": ladder_from_document(document) for i, document in enumerate(ladders)},
            bandsets={f"/bands/{i}": bandset_from_document(document) for i, document in enumerate(bands)},
        ),
        base="*",
    )
    return outcome.answer
