"""SIGKILL in the middle of a first load: whole parts are there, and the next process goes on."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import func, select

from service.storage import tables
from service.storage.audit import first_broken_link
from service.storage.batch_tables import change_batch_row
from service.storage.database import Database
from tests.e2e.house import PATIENCE_SECONDS, House
from tests.e2e.people import HIRE, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = 520
ROWS = [{"key": f"p{number}", **HIRE} for number in range(PEOPLE)]


async def until(client: httpx.AsyncClient, batch: str, applied: int) -> dict[str, Any]:
    """The batch as soon as that many rows are done."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = (await client.get(f"/v1/change-batches/{batch}")).json()
            if found["applied"] >= applied:
                return found


async def counts(database: Database) -> tuple[int, int, int]:
    """Changes, people who have one, and rows that are told to be done."""
    done = select(func.count()).select_from(change_batch_row).where(change_batch_row.c.outcome == "applied")
    async with database.read() as connection:
        assert await first_broken_link(connection) is None
        changes = await connection.execute(select(func.count()).select_from(tables.change))
        people = await connection.execute(select(func.count(tables.change.c.employee_id.distinct())))
        return changes.scalar_one(), people.scalar_one(), (await connection.execute(done)).scalar_one()


async def test_killed_in_the_middle_of_a_first_load(house: House, receiver: Receiver, database: Database) -> None:
    serving = await house.serve()
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        body = {"mode": "partial", "backfill": True, "rows": ROWS}
        made = await client.post("/v1/change-batches", json=body, headers={"Idempotency-Key": "load"})
        assert (made.status_code, made.json()["report"]["bad"]) == (201, 0), made.text
        batch = made.json()["id"]
        assert (await client.post(f"/v1/change-batches/{batch}/apply")).status_code == 202
        begun = await until(client, batch, 1)
        meanwhile = await client.post("/v1/employees", json={"key": "meanwhile"})
        assert meanwhile.status_code == 201
    await serving.killed()
    changes, people, done = await counts(database)
    assert changes == people == done
    assert begun["applied"] <= done < PEOPLE

    async with house.client(await house.serve()) as client:
        found = await until(client, batch, PEOPLE)
        assert (found["state"], found["failed"], found["waiting"]) == ("applied", 0, 0)
        assert await counts(database) == (PEOPLE, PEOPLE, PEOPLE)
        assert (await client.get("/v1/employees/p519")).json()["revision"] == 1
        hired = await client.post("/v1/employees/meanwhile/changes", json=HIRE, headers={"If-Match": "*"})
        assert hired.status_code == 201
        await receiver.until(lambda: len(receiver.answered) == 1)
    # The first load was pushed to nobody.
    assert [arrival.person for arrival in receiver.arrivals] == [meanwhile.json()["id"]]
