"""`dualtrack payroll changes`, on the database of the test."""

import csv
import io
import json
from datetime import date

from service.cli import payroll
from tests.builders import PAID
from tests.cli.desk import on_stage, run
from tests.engines import Engine
from tests.stage import Stage, publish

COMMANDS = [payroll.__name__]
JUNE = ("payroll", "changes", "--calendar", "monthly", "--period", "2026-06-01")


async def staffed(stage: Stage) -> None:
    await publish(stage, company=PAID)
    await stage.create("ada", gusto="g-1")
    await stage.change({"ladder": "engineering", "level": "ic4", "zone": "berlin"}, "2026-06-10")
    stage.clock.move_to(date(2026, 7, 2))


def test_req_08_a_file_from_the_command_line(plain_sqlite: Engine) -> None:
    assert run("migrate", engine=plain_sqlite).code == 0
    on_stage(plain_sqlite, staffed)
    told = run(*JUNE, engine=plain_sqlite)
    assert (told.code, told.lines[0]) == (
        0,
        "2026-06-10  ada  primary  assignment.started  nobody -> engineering/ic4  effective",
    )
    assert told.lines[1] == "cut, as known at 2026-06-30T22:00:00.000000Z"
    rows = list(csv.DictReader(io.StringIO(run(*JUNE, "--csv", engine=plain_sqlite).out)))
    assert [(row["employee.key"], row["end.count"]) for row in rows] == [("ada", ""), ("", "1")]
    lines = run(*JUNE, "--ndjson", engine=plain_sqlite).lines
    assert json.loads(lines[1])["end"]["status"] == "cut"
    assert run(*JUNE, "--csv", "--ndjson", engine=plain_sqlite).code == 2
    refused = run(*JUNE[:-1], "2026-06-02", engine=plain_sqlite)
    assert (refused.code, "no-such-period" in refused.err) == (1, True)
