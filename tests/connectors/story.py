"""One company beside three systems of other firms, all on one day: what a story of it begins with, and what it asks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.connectors.registry import KINDS
from service.storage.connection_tables import connection, connection_cursor, connection_link
from service.storage.tables import audit, idempotency
from service.telemetry.book import Book
from service.usecases.changes import activate_due, employees_due
from service.webhooks import tables
from tests.connectors.bamboohr.account import NAMES as TITLES
from tests.connectors.bridge import Segments
from tests.connectors.workday.at_work import ENTRIES, NAMES, credentials_for, settings_for
from tests.rest.served import Served, serving
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.server import Bamboo
from tests.simulators.bamboohr.server import running as bamboo_running
from tests.simulators.clock import Clock
from tests.simulators.gusto.calls import shown_job
from tests.simulators.gusto.company import Company as Payroll
from tests.simulators.gusto.server import Gusto
from tests.simulators.gusto.server import running as gusto_running
from tests.simulators.workday.server import Workday, workday

LOADED = "2026-01-01"
PEOPLE = {"ada": "e2", "ben": "ic3", "cleo": "ic3", "dan": "em3", "eve": "ic4"}
"""At which level each is when all begins, by their key."""
SYSTEMS = {"hris": "bamboohr", "people": "workday", "payroll": "gusto"}
"""By the key of each connection."""
SURNAME, PAID = "Quibbleworth", "91919.17"
TITLED = [{"of": "level", "ours": f"engineering/{level}", "theirs": name} for level, name in TITLES.items()]


def number(person: str) -> int:
    return list(PEOPLE).index(person) + 1


def ids(person: str) -> dict[str, str]:
    """Their id in each system."""
    count = number(person)
    return {"bamboohr": f"{count}", "workday": f"2100{count}", "gusto": f"e0000000-0000-4000-8000-00000000000{count}"}


class Steps(Book):
    """The figures of the sender, which tell that there is a new one."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = asyncio.Event()

    def observe(self, figure: str, seconds: float, *labels: str) -> None:
        super().observe(figure, seconds, *labels)
        self.taken.set()


@dataclass(slots=True, kw_only=True)
class Story:
    served: Served
    clock: Clock
    bamboo: Bamboo
    workday: Workday
    gusto: Gusto
    steps: Steps

    async def post(self, path: str, body: Any = None, *, method: str = "POST", **more: Any) -> Any:
        done = await self.served.call(method, path, json=body or {}, **more)
        assert done.status_code < 300, done.text
        return done.json()

    async def get(self, path: str) -> Any:
        return (await self.served.get(path)).json()

    async def day(self, day: str) -> None:
        """It is that day everywhere, and what was planned takes effect."""
        self.clock.move_to(date.fromisoformat(day))
        self.served.clock.move_to(date.fromisoformat(day))
        for employee in await employees_due(self.served.house.runtime):
            await activate_due(self.served.house.runtime, employee)

    async def ours(self, person: str) -> Segments:
        """(day, level) wherever it changes."""
        shown = await self.get(f"/v1/employees/{person}/timeline")
        found: Segments = []
        for one in shown["segments"]:
            level = one["assignment"]["level"]
            if not found or found[-1][1] != level:
                found.append((one["effective_from"], level))
        return found

    def holds(self, person: str) -> dict[str, Segments]:
        """What each system says of somebody, in our words."""
        there = ids(person)
        rows = self.workday.tenant.rows(there["workday"], f"P-{there['workday']}")
        return {
            "hris": in_ours(self.bamboo.company.timeline(there["bamboohr"]), TITLES),
            "people": in_ours([(day.isoformat(), profile) for day, profile in rows], NAMES),
            "payroll": in_ours(self.gusto.company.timeline(there["gusto"]), TITLES),
        }

    def writes(self, person: str) -> dict[str, Segments]:
        """(day, name or None where it was removed) of all that was written of somebody since the first load."""
        there = ids(person)
        rows = [one for one in self.bamboo.company.written if one.employee == there["bamboohr"] and one.day > LOADED]
        told = [one for one in self.workday.tenant.written if one[1] == there["workday"]]
        paid = [one for one in self.gusto.company.written if one.employee == there["gusto"]]
        return {
            "hris": [(one.day, None if one.how == "deleted" else one.values["jobTitle"]) for one in rows],
            "people": [(day.isoformat(), value) for _, _, day, value in told],
            "payroll": [(one.day.isoformat(), one.title) for one in paid],
        }

    def extract(self, key: str) -> dict[str, Any]:
        """What somebody would export there."""
        if key == "hris":
            rows = [{"employeeId": one.employee, **one.values} for one in self.bamboo.company.rows["jobInfo"]]
            return {"format": "bamboohr", "extract": rows}
        if key == "payroll":
            jobs = self.gusto.company.jobs.values()
            return {"format": "gusto", "extract": [shown_job(self.gusto, one, everything=True) for one in jobs]}
        entries = [
            {"Employee_ID": worker, "Job_Profile_ID": profile, "Effective_Date": day.isoformat(), "Name": SURNAME}
            for worker in self.workday.tenant.workers
            for day, profile in self.workday.tenant.rows(worker, f"P-{worker}")
        ]
        return {"format": "workday", "extract": {"Report_Entry": entries}}

    async def drifts(self) -> dict[str, list[tuple[str, str, str]]]:
        """(person, what differs, from which day on) by connection, of extracts that have everybody."""
        found: dict[str, list[tuple[str, str, str]]] = {}
        for key, system in SYSTEMS.items():
            asked = {"system": system, "connection": key, "complete": True, **self.extract(key)}
            report = await self.post("/v1/reconciliations", asked)
            assert report["people"] == len(PEOPLE)
            listed = (await self.get(f"/v1/reconciliations/{report['id']}/drifts"))["data"]
            people = {ids(person)[system]: person for person in PEOPLE}
            found[key] = sorted(
                (people[one["person"].partition(":")[2]], one["kind"], one["effective_on"]) for one in listed
            )
        return found

    async def left(self) -> int:
        """How much is still to be written, to whomever."""
        async with self.served.house.database.read() as reading:
            return len((await reading.execute(select(tables.queue.c.event_seq))).all())

    async def tried(self, key: str) -> list[tuple[str, int, str]]:
        """(person, sequence of the event, outcome) of each attempt at a connection, as they were made."""
        log, event = tables.dlog, tables.event
        endpoint = (await self.get(f"/v1/connections/{key}"))["endpoint"]
        people = {one["id"]: one["key"] for one in (await self.get("/v1/employees"))["data"]}
        async with self.served.house.database.read() as reading:
            found = await reading.execute(
                select(event.c.subject_key, log.c.event_seq, log.c.outcome)
                .join(event, event.c.seq == log.c.event_seq)
                .join(tables.endpoint, tables.endpoint.c.id == log.c.endpoint_id)
                .where(tables.endpoint.c.public_id == endpoint)
                .order_by(log.c.started_at, log.c.event_seq, log.c.n)
            )
            return [(people[row[0].partition(":")[2]], row[1], row[2]) for row in found if ":" in row[0]]

    async def a_moment(self) -> None:
        """Until the sender has taken a step, or for a moment: not each of its steps is counted."""
        self.steps.taken.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.steps.taken.wait(), 0.05)

    async def kept(self) -> str:
        """Every attempt, audit row and note of a connection, as text."""
        named = (audit, tables.dlog, connection, connection_cursor, connection_link, idempotency)
        async with self.served.house.database.read() as reading:
            return str([(await reading.execute(select(table))).all() for table in named])


def in_ours(rows: list[tuple[str, Any]], names: dict[str, str]) -> Segments:
    """By the level that a name stands for; None stays."""
    levels = {None: None, **{name: level for level, name in names.items()}}
    return [(day, levels[name]) for day, name in rows]


@asynccontextmanager
async def told(engine: Any, folder: Path) -> AsyncGenerator[Story]:
    """Everybody works there already; nothing is connected here, and nobody is known."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        bamboo = await stack.enter_async_context(bamboo_running(Bamboo(company=Company(clock=clock))))
        tenant = await stack.enter_async_context(workday(clock))
        gusto = await stack.enter_async_context(gusto_running(Gusto(company=Payroll(clock=clock))))
        tenant.write_wsdls(folder)
        # A quarter of an hour is 45 ms, and the wait of hours behind four failures less than a second.
        served = await stack.enter_async_context(serving(engine, kinds=KINDS, wsdl_folder=folder, retry_scale=0.00005))
        steps = Steps()
        served.house = replace(served.house, book=steps)
        story = Story(served=served, clock=clock, bamboo=bamboo, workday=tenant, gusto=gusto, steps=steps)
        staff(story)
        yield story


def staff(story: Story) -> None:
    company, payroll, tenant = story.bamboo.company, story.gusto.company, story.workday.tenant
    company.add_option("location", "New York")
    tenant.profiles |= {name: {"title": name} for name in NAMES.values()}
    payroll.schedule("2026-06-15", [14, 14, 14])
    for person, level in PEOPLE.items():
        there, named = ids(person), {"jobTitle": TITLES[level], "department": "Platform", "location": "New York"}
        others = {"workdayId": there["workday"], "gustoId": there["gusto"]}
        known = {"employeeNumber": person, "lastName": SURNAME}
        company.hire(there["bamboohr"], LOADED, **named, **others, **known)
        company.add_row(there["bamboohr"], "employmentStatus", {"date": LOADED, "employmentStatus": "Full-Time"})
        company.add_row(there["bamboohr"], "compensation", {"startDate": LOADED, "rate": f"{PAID} USD"})
        tenant.hire(there["workday"], NAMES[level], on=date.fromisoformat(LOADED), name=SURNAME)
        payroll.hire(there["gusto"], LOADED, title=TITLES[level], rate=PAID)


def asked_of(story: Story, key: str) -> dict[str, Any]:
    """Settings and credentials of a connection."""
    if key == "hris":
        reading = {"key": "employeeNumber", "ids": {"workday": "workdayId", "gusto": "gustoId"}}
        settings = {"base_url": story.bamboo.base_url, "trusted_ca": story.bamboo.authority, "reading": reading}
        return {"settings": settings, "credentials": {"api_key": "key-of-a-test"}}
    if key == "people":
        return {"settings": settings_for(story.workday), "credentials": credentials_for(story.workday)}
    pay = {"owns_pay": True, "pay_figure": "mid"}
    settings = {"base_url": story.gusto.origin, "company": story.gusto.company.uuid, **pay}
    return {"settings": settings, "credentials": {"access_token": "token-of-a-test"}}


async def connect(story: Story) -> None:
    mapped = {
        "hris": [*TITLED, {"of": "zone", "ours": "nyc", "theirs": "New York"}],
        "people": [{"of": one.of, "ours": one.ours, "theirs": one.theirs} for one in ENTRIES],
        "payroll": TITLED,
    }
    for key, kind in SYSTEMS.items():
        await story.post("/v1/connections", {"kind": kind, "key": key, **asked_of(story, key)})
        path = f"/v1/connections/{key}/mapping"
        await story.post(path, {"entries": mapped[key]}, method="PUT", headers={"If-Match": "*"})
