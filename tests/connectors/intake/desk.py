"""A company, a connection and rows that another system has: what is taken in of them."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from service.connectors.intake import run
from service.connectors.kinds import Tools
from service.connectors.wire import Wires
from service.domain.claims import Claim
from service.domain.intake_reports import IntakeProblem, IntakeReport
from service.domain.mappings import MappingEntry, Noun
from service.usecases.assignments import ShownTimeline, read_timeline
from service.usecases.connection_feeds import ConnectionRequest
from service.usecases.connection_mappings import set_mapping
from service.usecases.connections import create_connection
from service.usecases.endpoints import Sending
from service.usecases.open_connections import OpenConnection, open_connection
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.sealer import AesGcmSealer
from tests.engines import SECRET_KEY, Engine
from tests.stage import HR, Stage, make_stage, publish

TITLES = {
    "Junior": "engineering/e2",
    "Engineer": "engineering/ic3",
    "Senior Engineer": "engineering/ic4",
    "Manager": "engineering/em3",
    "Senior Manager": "engineering/em4",
    "Designer": "design/d3",
}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def entry(
    of: Noun, ours: str, theirs: str, from_: str | None = None, to: str | None = None, **more: bool
) -> MappingEntry:
    return MappingEntry(of=of, ours=ours, theirs=theirs, from_=_day(from_), to=_day(to), **more)


MAPPED = (
    *(entry("level", ours, theirs) for theirs, ours in TITLES.items()),
    entry("team", "core", "Platform"),
    entry("team", "web", "Web"),
    entry("reason", "promotion", "Promotion"),
)


def row(day: str | None, level: str | None = None, who: str = "1", **more: Any) -> Claim:
    """A row of person `who` there."""
    job = more.get("job", "primary")
    return Claim(
        external_ids={"hris": who, **more.pop("ids", {})},
        effective_on=_day(day),
        level=level,
        place=f"jobInfo/{who}-{day}-{job}",
        **more,
    )


def ended(day: str, who: str = "1", **more: Any) -> Claim:
    return row(day, who=who, ended=True, **more)


@dataclass(slots=True)
class Rows:
    """A source of whatever rows it is given. `fault` is raised behind them, `problems` are its own remarks."""

    rows: Sequence[Claim]
    cursor: str | None = "1"
    fault: Exception | None = None
    problems: Sequence[IntakeProblem] = ()
    asked: list[str | None] = field(default_factory=list[str | None])

    async def claims(self, since: str | None) -> AsyncIterator[Claim]:
        self.asked.append(since)
        for one in self.rows:
            yield one
        if self.fault:
            raise self.fault


@dataclass(slots=True, kw_only=True)
class Desk:
    stage: Stage
    tools: Tools
    sealer: AesGcmSealer
    connection: OpenConnection

    async def take(self, *rows: Claim, **how: Any) -> IntakeReport:
        return await run(self.tools, self.connection, Rows(rows), **{"caller": HR, **how})

    async def map(self, *entries: MappingEntry, version: int) -> None:
        await set_mapping(self.stage.runtime, HR, self.connection.id, entries, expected=version)

    async def timeline(self, who: str = "hris:1", job: str = "primary") -> ShownTimeline:
        return await read_timeline(self.stage.runtime, HR, who, job=job)

    async def levels(self, who: str = "hris:1", job: str = "primary") -> list[tuple[str, str | None, str]]:
        shown = await self.timeline(who, job)
        return [(str(one.effective_from), _text(one.effective_to), one.assignment.level) for one in shown.segments]

    async def live(self, who: str = "hris:1") -> list[tuple[str, str, str]]:
        """(day, kind, reason) of the changes that count."""
        shown = await self.timeline(who)
        return [(str(one.effective_on), one.kind, one.reason or "") for one in shown.changes if not one.ended_at]


@asynccontextmanager
async def at_desk(engine: Engine, **settings: Any) -> AsyncGenerator[Desk]:
    stage = make_stage(engine)
    await publish(stage)
    guard = EgressGuard(allow=())
    sealer = AesGcmSealer(SECRET_KEY)
    wires = Wires(guard, agent="test")
    request = ConnectionRequest(key="hris", kind="trial", system="hris", settings=settings, credentials={}, feed=None)
    sending = Sending(guard=guard, sealer=sealer, transport=_Nowhere(), origin=Origin(url="", agent="test"))
    made = await create_connection(stage.runtime, sending, HR, request)
    opened = await open_connection(stage.runtime, sealer, made.answer["id"])
    tools = Tools(runtime=stage.runtime, wires=wires, now_seconds=lambda: stage.clock() / 1_000_000)
    desk = Desk(stage=stage, tools=tools, sealer=sealer, connection=opened)
    await desk.map(*MAPPED, version=0)
    yield desk
    await wires.close()
    guard.close()
    await stage.database.close()


class _Nowhere:
    async def send(self, request: object) -> Any:
        raise AssertionError("nothing is sent from here")


def counts(report: IntakeReport) -> dict[str, int]:
    return {one.name: one.count for one in report.changes}


def codes(report: IntakeReport) -> dict[str, int]:
    return {one.name: one.count for one in report.problem_counts}


def moved(claims: Sequence[Claim], **to: Any) -> list[Claim]:
    return [replace(one, **to) for one in claims]


def _text(day: date | None) -> str | None:
    return str(day) if day else None
