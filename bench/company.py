"""The example company, and as many people in it as a figure needs, written by bulk statements."""

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from ipaddress import ip_network

import asyncpg
from pydantic import SecretStr

from service.domain.access import OPERATOR, Scope
from service.house import House, opened
from service.ladderfiles.folder import read_folder
from service.resources import folder
from service.settings import Settings
from service.usecases import access, definitions

SECRET_KEY = "a key for measurements only, 32 characters"
SINCE = date(2020, 1, 1)
RECORDED_AT = 1_577_836_800_000_000
"""2020-01-01, in microseconds: before everything that a run records itself."""
APART = timedelta(days=270)
"""From a person's change to the next, each recorded on its day. The ninth, in force now, is like the first."""
STANDINGS = (
    ("eng1", "1", None, "software-engineer", "robots", "de-berlin"),
    ("eng2", "2", None, "software-engineer", "fleet", "us-ny"),
    ("eng3", "3", None, "hardware-engineer", "lab", "de-berlin"),
    ("ic4", "4", "entry", "software-engineer", "robots", "us-ny"),
    ("em4", "4", "entry", "software-engineer", "fleet", "de-berlin"),
    ("ic5", "5", "established", "hardware-engineer", "lab", "us-ny"),
    ("em5", "5", "leading", "software-engineer", "robots", "de-berlin"),
    ("ic6", "6", "entry", "software-engineer", "fleet", "us-ny"),
)
"""(level, grade, step, role, team, zone), taken in turn."""
COLUMNS = {
    "employee": "id key name revision sequence recorded_at",
    "job": "id employee_id key class base_job_id",
    "change": "id job_id employee_id ordinal form kind announced effective_on states reason comment override "
    "grade_delta planned retroactive revision actor recorded_at",
    "assignment": "job_id employee_id effective_from effective_to known_from known_to ladder level grade step role "
    "team zone title band_set grade_since step_since",
}
CHUNK = 50_000

Row = tuple[object, ...]


def employee_id(number: int) -> str:
    return f"emp_{number:026d}"


def settings_for(url: str) -> Settings:
    """As a deployment has them, with receivers on this machine allowed."""
    return Settings(
        database_url=url, secret_key=SecretStr(SECRET_KEY), egress_allow=(ip_network("127.0.0.1/32"),), port=0
    )


def environment_for(url: str) -> dict[str, str]:
    """The same for a process of its own."""
    return {
        "DUALTRACK_DATABASE_URL": url,
        "DUALTRACK_SECRET_KEY": SECRET_KEY,
        "DUALTRACK_EGRESS_ALLOW": "127.0.0.1/32",
        "DUALTRACK_HOST": "127.0.0.1",
        "DUALTRACK_PORT": "0",
        # Counted as in a deployment, and never reached by one key that sends all there is.
        "DUALTRACK_RATE_LIMIT": "100000000/60",
    }


async def furnish(url: str, *, people: int, changes: int = 1) -> str:
    """Define the company, let `people` stand where they stand after `changes` each; returns an administrator's key."""
    async with opened(settings_for(url)) as house:
        await _define(house)
        made = await access.create_key(house.runtime, OPERATOR, name="bench", scopes=frozenset({Scope.ADMIN}))
    if url.startswith("sqlite"):
        _fill_sqlite(url, people, changes)
    else:
        await _fill_postgres(url, people, changes)
    return made.answer["key"]


async def _define(house: House) -> None:
    read = read_folder(folder("examples") / "demo")
    assert read.company is not None
    wanted = definitions.Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)
    await definitions.apply_definitions(house.runtime, OPERATOR, wanted, base="*")


def _rows(table: str, first: int, last: int, changes: int) -> Iterator[Row]:
    for number in range(first, last):
        yield from _ROWS_OF[table](number, changes)


def _employee(number: int, changes: int) -> Iterator[Row]:
    yield (employee_id(number), f"p{number}", None, changes, changes, RECORDED_AT)


def _job(number: int, changes: int) -> Iterator[Row]:
    yield (number + 1, employee_id(number), "primary", "job", None)


def _change(number: int, changes: int) -> Iterator[Row]:
    for turn in range(changes):
        level, _, step, role, team, zone = _standing(number, turn)
        stepped = f',"step":"{step}"' if step else ""
        states = (
            f'{{"ladder":"engineering","level":"{level}"{stepped},"role":"{role}","team":"{team}","zone":"{zone}"}}'
        )
        form = ("alter", "other", "assignment.changed") if turn else ("start", "hire", "assignment.started")
        who = (f"chg_{number * changes + turn:026d}", number + 1, employee_id(number), turn + 1, *form, _day(turn))
        yield (*who, states, form[1], None, None, None, False, False, turn + 1, "operator", _instant(turn))


def _assignment(number: int, changes: int) -> Iterator[Row]:
    """What was known after each change: the one before it has an end from then on."""
    for turn in range(changes):
        known = (_instant(turn), _instant(turn + 1) if turn + 1 < changes else None)
        if turn:
            yield _held(number, turn - 1, _day(turn), (known[0], None))
        yield _held(number, turn, None, known)


def _held(number: int, turn: int, to: date | None, known: tuple[int, int | None]) -> Row:
    level, grade, step, role, team, zone = _standing(number, turn)
    day = _day(turn)
    place = (number + 1, employee_id(number), day, to, *known)
    return (*place, "engineering", level, grade, step, role, team, zone, None, None, day, day)


def _standing(number: int, turn: int) -> tuple[str, str, str | None, str, str, str]:
    return STANDINGS[(number + turn) % len(STANDINGS)]


def _day(turn: int) -> date:
    return SINCE + turn * APART


def _instant(turn: int) -> int:
    return RECORDED_AT + turn * (APART // timedelta(microseconds=1))


_ROWS_OF = {"employee": _employee, "job": _job, "change": _change, "assignment": _assignment}


async def _fill_postgres(url: str, people: int, changes: int) -> None:
    connection = await asyncpg.connect(url)
    # Foreign keys are not asked row by row: the rows are of one making.
    await connection.execute("SET session_replication_role = replica")
    for table, columns in COLUMNS.items():
        for first in range(0, people, CHUNK):
            rows = _rows(table, first, min(people, first + CHUNK), changes)
            await connection.copy_records_to_table(table, records=rows, columns=columns.split())
    await connection.execute("SELECT setval(pg_get_serial_sequence('job', 'id'), $1)", people)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


def _fill_sqlite(url: str, people: int, changes: int) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA cache_size=-500000")
    connection.execute("BEGIN IMMEDIATE")
    for table, columns in COLUMNS.items():
        names = columns.split()
        quoted = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" for _ in names)
        rows = (tuple(_plain(value) for value in row) for row in _rows(table, 0, people, changes))
        connection.executemany(f'INSERT INTO "{table}" ({quoted}) VALUES ({marks})', rows)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


async def rows_of(url: str) -> dict[str, int]:
    """How many rows each of the filled tables has, counted in the database itself."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        counts = {t: connection.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in COLUMNS}
        connection.close()
        return counts
    postgres = await asyncpg.connect(url)
    counts = {t: await postgres.fetchval(f'SELECT count(*) FROM "{t}"') for t in COLUMNS}
    await postgres.close()
    return counts
