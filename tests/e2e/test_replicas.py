"""Several processes on one database: what is published or revoked by one is heeded by all within a second."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx

from service.domain.access import OPERATOR, Scope
from service.usecases.access import create_key, revoke_key
from tests.e2e.house import PATIENCE_SECONDS, House, inside
from tests.e2e.relay import a_relay
from tests.engines import Engine

COMPANY = "/v1/company"
PATHS = (COMPANY, "/v1/ladders")
WITHIN_SECONDS = 1.0


async def last_old(
    client: httpx.AsyncClient, is_new: Callable[[httpx.Response], bool], *, path: str = COMPANY
) -> tuple[float, set[int]]:
    """Asks until the answer is new: when the last old 200 was asked for (monotonic), and every status there was.

    That instant does not depend on how busy the machine is: a request sent later was answered anew.
    """
    asked_at, statuses = float("-inf"), set[int]()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        begun = time.monotonic()
        answer = await client.get(path)
        statuses.add(answer.status_code)
        if is_new(answer):
            return asked_at, statuses
        if answer.status_code == 200:
            asked_at = begun
    raise AssertionError(f"the answer stays old: {statuses}")


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 401


async def test_what_one_replica_publishes_or_revokes_the_other_heeds_within_a_second(
    postgres_house: House, postgres_url: str
) -> None:
    first = await postgres_house.serve("--no-dispatcher")
    second = await postgres_house.serve("--no-dispatcher")
    async with (
        postgres_house.client(first) as one,
        postgres_house.client(second) as other,
        inside(Engine(name="postgres", url=postgres_url, journal="auto")) as desk,
    ):
        for client in (one, other):
            assert [(await client.get(path)).status_code for path in (*PATHS, *PATHS)] == [200] * 4
        folder = (await one.get("/v1/definitions")).json()
        folder["company"]["name"] = "Renamed Ltd"
        done = await one.put("/v1/definitions", json=folder, headers={"If-Match": "*"})
        published = time.monotonic()
        assert done.status_code == 200, done.text
        assert (await one.get(COMPANY)).json()["definition"]["name"] == "Renamed Ltd"
        old, statuses = await last_old(other, lambda answer: answer.json()["definition"]["name"] == "Renamed Ltd")
        assert old - published < WITHIN_SECONDS
        assert statuses == {200}

        made = await create_key(desk.runtime, OPERATOR, name="short", scopes=frozenset({Scope.LADDERS_READ}))
        for client in (one, other):
            client.headers["Authorization"] = f"Bearer {made.answer['key']}"
            # A new key is not known everywhere at once either.
            await last_old(client, lambda answer: answer.status_code == 200)
            assert (await client.get(COMPANY)).status_code == 200
        await revoke_key(desk.runtime, OPERATOR, made.answer["id"])
        revoked = time.monotonic()
        for client in (one, other):
            old, statuses = await last_old(client, refused)
            assert old - revoked < WITHIN_SECONDS
            assert statuses <= {200, 401}


async def test_a_replica_that_has_lost_the_database_trusts_its_memory_for_a_second_only(
    postgres_house: House, postgres_url: str
) -> None:
    async with (
        a_relay(postgres_url) as relay,
        inside(Engine(name="postgres", url=postgres_url, journal="auto")) as desk,
    ):
        made = await create_key(desk.runtime, OPERATOR, name="short", scopes=frozenset({Scope.LADDERS_READ}))
        serving = await postgres_house.serve("--no-dispatcher", DUALTRACK_DATABASE_URL=relay.url)
        async with postgres_house.client(serving) as client:
            client.headers["Authorization"] = f"Bearer {made.answer['key']}"
            assert [(await client.get(path)).status_code for path in (*PATHS, *PATHS)] == [200] * 4
            await relay.cut()
            lost = time.monotonic()
            await revoke_key(desk.runtime, OPERATOR, made.answer["id"])
            old, statuses = await last_old(client, lambda answer: answer.status_code == 503)
            assert old - lost < WITHIN_SECONDS
            assert statuses <= {200, 503}
            away = await client.get("/v1/ladders")
            assert (away.status_code, away.json()["code"]) == (503, "database-away")

            await relay.mend()
            old, statuses = await last_old(client, refused)
            assert (old, statuses <= {503, 401}) == (float("-inf"), True)


async def test_a_command_beside_a_server_served_once_is_heeded_by_the_next_request(
    sqlite_house: House, tmp_path: Path
) -> None:
    serving = await sqlite_house.serve()
    async with sqlite_house.client(serving) as client:
        kept = [(await client.get(COMPANY)).json() for _ in range(2)]
        assert kept[0] == kept[1]
        assert (await sqlite_house.run("export", "out")).code == 0
        company = tmp_path / "out" / "company.yaml"
        written = company.read_text()
        name = kept[0]["definition"]["name"]
        company.write_text(written.replace(f"name: {name}\n", "name: Renamed Ltd\n", 1))
        assert company.read_text() != written
        applied = await sqlite_house.run("apply", "out")
        assert applied.code == 0, applied.err
        assert (await client.get(COMPANY)).json()["definition"]["name"] == "Renamed Ltd"

        key_id = sqlite_house.key.split("_")[1]
        assert (await sqlite_house.run("keys", "revoke", key_id)).code == 0
        assert [(await client.get(path)).status_code for path in PATHS] == [401, 401]
