"""SIGKILL in the middle of a replay: whole parts are queued, and the next process goes on behind them."""

import asyncio

from tests.e2e.house import PATIENCE_SECONDS, House
from tests.e2e.people import HIRE, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = 60
ROWS = [{"key": f"p{number}", **HIRE} for number in range(PEOPLE)]
"""A first load, which is pushed to nobody: only a replay brings it."""


async def test_killed_in_the_middle_of_a_replay(postgres_house: House, receiver: Receiver) -> None:
    house = postgres_house
    serving = await house.serve()
    receiver.after = lambda _: serving.strike() if len(receiver.answered) == 20 else None
    async with house.client(serving) as client:
        body = {"mode": "atomic", "backfill": True, "rows": ROWS}
        batch = await client.post("/v1/change-batches", json=body, headers={"Idempotency-Key": "load"})
        path = f"/v1/change-batches/{batch.json()['id']}"
        await client.post(f"{path}/apply")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await client.get(path)).json()["applied"] < PEOPLE:
                pass
        made = await subscribe(client, receiver.url, max_in_flight=1)
        asked = {"from": "2020-01-01T00:00:00Z", "event_types": ["assignment.started"]}
        counted = await client.post(f"/v1/endpoints/{made['id']}/replay?dry_run=true", json=asked)
        begun = (await client.post(f"/v1/endpoints/{made['id']}/replay", json=asked)).json()
        assert counted.json()["events"] == begun["events"] == PEOPLE
        await receiver.until(lambda: len(receiver.answered) >= 20)
    await serving.killed()
    before = {arrival.id for arrival in receiver.arrivals}
    assert len(receiver.arrivals) == len(before) < PEOPLE

    async with house.client(await house.serve()) as client:
        await receiver.until(lambda: len(set(receiver.answered)) == PEOPLE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (found := (await client.get(f"/v1/replays/{begun['id']}")).json())["waiting"]:
                pass
        assert (found["state"], found["queued"], found["events"]) == ("done", PEOPLE, PEOPLE)
        assert (await client.get("/v1/deliveries")).json()["data"] == []
    # Results are recorded by groups: what was sent and not recorded yet comes once more, with the same id and body.
    after = [arrival.id for arrival in receiver.arrivals[len(before) :]]
    assert len(after) == len(set(after))
    assert len(before & set(after)) < len(before)
    assert {len(bodies) for bodies in receiver.bodies().values()} == {1}
