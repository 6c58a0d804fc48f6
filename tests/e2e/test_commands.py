"""Commands that run to their end: exit codes, what they print and where, and what they leave as it was."""

import asyncio
import json
import shutil
import socket
from pathlib import Path

import pytest

from tests.e2e.house import DEMO, House, a_house
from tests.engines import SECRET_KEY


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"DUALTRACK_DATABASE_URL": f"sqlite:///{tmp_path}/new.db", "DUALTRACK_SECRET_KEY": SECRET_KEY}


async def test_a_database_is_served_once_it_is_migrated(environment: dict[str, str], tmp_path: Path) -> None:
    async with a_house(tmp_path, environment) as house:
        serve, check = await asyncio.gather(house.run("serve", "--port", "0"), house.run("migrate", "--check"))
        assert (serve.code, serve.out) == (2, "")
        assert serve.err.startswith("dualtrack: the database is at revision none, ")
        assert serve.err.endswith(": run `dualtrack migrate` first.\n") and serve.err.count("\n") == 1
        assert (check.code, check.err) == (1, "") and " is at no revision, not at " in check.out
        migrate = await house.run("migrate")
        check = await house.run("migrate", "--check")
        assert (migrate.code, migrate.err, check.code, check.err) == (0, "", 0, "")
        assert migrate.out == check.out and " is at revision " in check.out


async def test_what_cannot_be_used_is_said_in_a_line_and_with_2(sqlite_house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        busy, misspelt, keyless, nowhere = await asyncio.gather(
            sqlite_house.run("serve", "--port", str(port)),
            sqlite_house.run("serve", DUALTRACK_SECRET_KEX="x", DUALTRACK_RETRY_SCALE="fast"),
            sqlite_house.run("dispatch", DUALTRACK_SECRET_KEY="short"),
            sqlite_house.run("apply", "no-such-folder"),
        )
    assert [ended.code for ended in (busy, misspelt, keyless, nowhere)] == [2, 2, 2, 2]
    assert [ended.out for ended in (busy, misspelt, keyless, nowhere)] == [""] * 4
    assert busy.err.startswith(f"dualtrack: cannot listen on 127.0.0.1 port {port}: ")
    one, other = misspelt.err.splitlines()
    assert one == "dualtrack: DUALTRACK_SECRET_KEX is not a setting: did you mean DUALTRACK_SECRET_KEY?"
    assert other.startswith("dualtrack: DUALTRACK_RETRY_SCALE: ") and "fast" not in other
    assert keyless.err == "dualtrack: DUALTRACK_SECRET_KEY: must have at least 32 characters\n"
    assert nowhere.err == "dualtrack: no-such-folder is no folder. Name one that holds company.yaml.\n"


async def test_a_bad_folder_is_refused_by_line_and_nothing_of_it_is_kept(
    environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "company"
    shutil.copytree(DEMO, folder)
    ladder = folder / "ladders" / "engineering.yaml"
    lines = ladder.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.strip() == 'grade: "5"')
    lines[at - 1] = lines[at - 1].replace('"5"', '"55"')
    ladder.write_text("\n".join(lines) + "\n")
    async with a_house(tmp_path, environment) as house:
        assert (await house.run("migrate")).code == 0
        before = (tmp_path / "new.db").read_bytes()
        refused = await house.run("apply", "company")
        assert (refused.code, refused.out) == (1, "")
        column = lines[at - 1].index('"55"') + 1
        first, *_ = refused.err.splitlines()
        assert first.startswith(f"ladders/engineering.yaml:{at}:{column} DT021 unknown grade 55: ")
        assert (tmp_path / "new.db").read_bytes() == before


async def test_a_key_works_until_it_is_revoked_and_not_a_request_longer(sqlite_house: House) -> None:
    serving, made = await asyncio.gather(
        sqlite_house.serve(),
        sqlite_house.run("keys", "create", "--name", "payroll", "--scope", "assignments:read", "--json"),
    )
    assert (made.code, made.err) == (0, "")
    key = json.loads(made.out)
    assert sorted(key) == ["id", "key", "scopes"] and key["scopes"] == ["assignments:read"]
    sqlite_house.key = key["key"]
    async with sqlite_house.client(serving) as client:
        assert (await client.get("/v1/employees")).status_code == 200
        assert (await client.get("/v1/endpoints")).status_code == 403
        revoked = await sqlite_house.run("keys", "revoke", key["id"])
        assert (revoked.code, revoked.err) == (0, "") and revoked.out.startswith(f"revoked {key['id']} at ")
        after = await client.get("/v1/employees")
        assert (after.status_code, after.json()["code"]) == (401, "key-refused")
    again, listed = await asyncio.gather(
        sqlite_house.run("keys", "revoke", key["id"]), sqlite_house.run("keys", "list", "--json")
    )
    assert (again.code, again.out) == (1, "") and key["id"] in again.err
    (shown,) = [one for one in json.loads(listed.out) if one["id"] == key["id"]]
    assert shown["revoked_at"] is not None
    assert key["key"] not in listed.out
