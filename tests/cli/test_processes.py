"""The commands about folders as processes of their own: exit codes, and one line where a database is away."""

import asyncio
import os
import socket
from pathlib import Path

from service.resources import folder as shipped
from tests.cli.desk import sqlite
from tests.e2e.house import a_house

TEMPLATE = str(shipped("examples") / "template")


async def test_a_database_that_is_away_is_told_in_a_line_and_with_2(tmp_path: Path) -> None:
    # Bound but not listening: nobody else can have the port meanwhile.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"postgresql://somebody:do-not-tell@127.0.0.1:{held.getsockname()[1]}/nothing"
        async with a_house(tmp_path, {"DUALTRACK_DATABASE_URL": url}) as house:
            all_ended = await asyncio.gather(
                house.run("plan", TEMPLATE, "-o", "plan.json"),
                house.run("apply", TEMPLATE),
                house.run("export", "out"),
            )
    for ended in all_ended:
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("dualtrack: The database does not answer. ") and ended.err.count("\n") == 1
        assert "do-not-tell" not in ended.err
    assert not (tmp_path / "plan.json").exists() and not (tmp_path / "out").exists()


async def test_a_company_from_its_first_file_to_its_export(sqlite_url: str, tmp_path: Path) -> None:
    async with a_house(tmp_path, sqlite(sqlite_url).environment()) as house:
        commands = [
            ("init company", 0, "Next: dualtrack lint company, then dualtrack apply company\n"),
            ("plan company -o plan.json", 2, "To publish: the company, engineering@1, 2026.\n"),
            ("apply plan.json", 0, "Z\n"),
            ("apply plan.json", 1, ""),
            ("export out", 0, "wrote 3 files to out\n"),
            ("plan out", 0, "Nothing to publish: all of it is published already.\n"),
        ]
        for command, code, ending in commands:
            ended = await house.run(*command.split())
            assert ended.code == code, (command, ended)
            assert ended.out.endswith(ending) if ending else ended.out == "", command
            assert ended.err.count("\n") == (0 if ending else 1), (command, ended.err)
            assert "Traceback" not in ended.err


async def test_names_that_are_no_text_can_be_told(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9\x1b[31m")
    # Outside the C locale a terminal takes no half letters.
    async with a_house(tmp_path, {"PYTHONIOENCODING": "utf-8:strict"}) as house:
        made = await house.run("init", name)
        (tmp_path / name / "company.yaml").write_text("")
        linted = await house.run("lint", name)
    assert (made.code, made.err) == (0, "")
    assert made.out.startswith("wrote caf\\udce9\\x1b[31m/bands/2026.yaml\n")
    assert linted.code == 1
    assert linted.out.startswith("caf\\udce9\\x1b[31m/company.yaml:1:1 error DT012 `name` is missing\n")
