"""What the page about deploying shows to type works, on servers that stand in for those it names."""

import re
import shlex
from pathlib import Path

import pytest

from service.settings import Settings
from tests.e2e.house import House, a_house, furnish
from tests.e2e.people import HIRE, change, introduce
from tests.e2e.test_readme import typed
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.replicated import Copied

PAGE = (ROOT / "docs" / "deploying.md").read_text()
CONSOLES = re.findall(r"^```console\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
PRIMARY = "postgresql://dualtrack:secret@db.example.com/dualtrack"
REPLICA = "postgresql://dualtrack:secret@replica.example.com/dualtrack"


@pytest.mark.parametrize("block", [block for block in CONSOLES if "pooler" not in block])
async def test_what_is_shown_to_type_works(block: str, copied: Copied, tmp_path: Path) -> None:
    await typed(block.replace(PRIMARY, copied.url).replace(REPLICA, copied.read_url), tmp_path)


async def test_a_write_is_read_by_its_instant_through_the_replica(copied: Copied, tmp_path: Path) -> None:
    engine = Engine(name="postgres", url=copied.url, journal="auto")
    async with a_house(tmp_path, {**engine.environment(), "DUALTRACK_DATABASE_READ_URL": copied.read_url}) as house:
        house.key = await furnish(engine)
        await copied.caught_up()
        await copied.pause()
        serving = await house.serve("--processes", "2")
        async with house.client(serving) as client:
            await introduce(client, ["ada"])
            recorded_at = (await change(client, "ada", 0, HIRE)).json()["recorded_at"]
            early = await client.get("/v1/employees/ada/assignment")
            assert (early.status_code, early.json()["code"]) == (404, "no-employee")
            asked = await client.get("/v1/employees/ada/assignment", params={"known_at": recorded_at})
            assert (asked.status_code, asked.json()["known_at"]) == (200, recorded_at), asked.text
            ready = (await client.get("/readyz")).json()
            assert (ready["ready"], ready["replica"]) == (True, "answers")
            assert ready["replica_known_at"] < recorded_at
            await copied.go_on()
            await copied.caught_up()
            again = await client.get("/v1/employees/ada/assignment", params={"known_at": recorded_at})
            assert (again.content, again.headers.get("etag")) == (asked.content, asked.headers.get("etag"))
            assert (await client.get("/readyz")).json()["replica_known_at"] >= recorded_at
        assert (await serving.stopped()).code == 0


async def test_a_replica_of_another_database_is_refused(copied: Copied, postgres_house: House) -> None:
    ended = await postgres_house.run("serve", "--port", "0", DUALTRACK_DATABASE_READ_URL=copied.read_url)
    assert (ended.code, ended.out) == (2, "")
    assert "dualtrack: DUALTRACK_DATABASE_READ_URL leads to a database that is no replica" in ended.err
    assert "Traceback" not in ended.err


def test_the_connections_that_are_counted_are_those_there_are() -> None:
    pool = Settings.model_fields["database_pool"].default
    # Four servers and a worker, each with its pool and a connection that listens; the sender's four.
    assert f"With 4 processes and the default of {pool} that is at most {5 * (pool + 1) + 4}" in PAGE


def test_containers_run_commands_that_exist() -> None:
    lines = [shlex.split(line) for line in re.findall(r"^docker run .*$", PAGE, flags=re.MULTILINE)]
    commands = [line[line.index("dualtrack", len(line) - 4) + 1] for line in lines]
    assert commands == ["migrate", "serve"]
    assert all((ROOT / "service" / "cli" / f"{command}.py").exists() for command in commands)
