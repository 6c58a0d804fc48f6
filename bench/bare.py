"""The limit of a point read: an ASGI route without a framework, on the driver itself, that sends the same bytes.

python -m bench.bare DATABASE_URL one     one statement that finds everything the answer holds
python -m bench.bare DATABASE_URL same    the statements that the service issues, one after the other
"""

import asyncio
import json
import socket
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import asyncpg
import orjson
import uvicorn
import uvloop

from bench.capture import Statement, captured
from bench.company import STANDINGS, employee_id, settings_for
from service.domain.access import OPERATOR
from service.domain.instants import instant_text
from service.domain.wire import plain
from service.house import opened
from service.usecases.access import KeyRing
from service.usecases.assignment_bytes import assignment_bytes
from service.usecases.assignments import read_assignment

DAY = date(2026, 6, 1)
POOL = 10
"""As many connections as the service holds."""

Find = Callable[[str, date], Awaitable[dict[str, Any]]]
Answers = dict[str, dict[str, Any]]
"""Answers about one person on each level: what definitions add is the same for all of them."""

_ONE = """
SELECT e.id, e.key, e.revision, r.at, a.effective_from, a.effective_to, a.known_from, a.ladder, a.level, a.grade,
  a.step, a.role, a.team, a.zone, a.title, a.band_set, a.grade_since, a.step_since,
  (SELECT {names}(x.system, x.value) FROM external_id x WHERE x.employee_id = e.id AND x.known_from <= r.at
    AND (x.known_to IS NULL OR x.known_to > r.at)) AS names
FROM employee e CROSS JOIN recorder r JOIN job j ON j.employee_id = e.id AND j.key = 'primary'
JOIN assignment a ON a.job_id = j.id AND a.employee_id = e.id AND a.effective_from <= {day}
  AND (a.effective_to IS NULL OR a.effective_to > {day})
  AND a.known_from <= r.at AND (a.known_to IS NULL OR a.known_to > r.at)
WHERE e.id = {id}
"""


async def main(url: str, mode: str) -> None:
    answers, statements = await _observe(url)
    listening = socket.create_server(("127.0.0.1", 0))
    find = await (_one(url, answers) if mode == "one" else _same(url, answers, statements))
    server = uvicorn.Server(uvicorn.Config(_app(find), lifespan="off", access_log=False, log_config=None))
    place = f"http://127.0.0.1:{listening.getsockname()[1]}"
    print(json.dumps({"url": place, "statements": 1 if mode == "one" else len(statements)}), flush=True)
    await server.serve(sockets=[listening])


def _app(find: Find) -> Any:
    async def app(scope: Any, _receive: Any, send: Any) -> None:
        employee = scope["path"].split("/")[3]
        day = date.fromisoformat(scope["query_string"].decode().partition("effective_on=")[2])
        body = orjson.dumps(await find(employee, day))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def _observe(url: str) -> tuple[Answers, list[Statement]]:
    """What the service answers and issues, with all it remembers between requests remembered."""
    async with opened(settings_for(url)) as house:
        keys = KeyRing(house.runtime)
        answers: Answers = {}
        for number in range(len(STANDINGS)):
            found: Any = plain(await read_assignment(house.runtime, OPERATOR, employee_id(number), effective_on=DAY))
            answers[found["level"]] = found
        await keys.actor_of("dt_some_key")
        with captured(house.database) as statements:
            await keys.actor_of("dt_some_key")
            await assignment_bytes(house.runtime, OPERATOR, employee_id(0), effective_on=DAY)
    return answers, statements


async def _one(url: str, answers: Answers) -> Find:
    if url.startswith("sqlite"):
        connection = _sqlite(url)
        statement = _ONE.format(names="json_group_object", day="?2", id="?1")

        async def find_here(employee: str, day: date) -> dict[str, Any]:
            return _answer(answers, connection.execute(statement, (employee, day.isoformat())).fetchone())

        return find_here
    pool = await asyncpg.create_pool(url, min_size=POOL, max_size=POOL)
    asked = _ONE.format(names="json_object_agg", day="$2", id="$1")

    async def find_there(employee: str, day: date) -> dict[str, Any]:
        return _answer(answers, await pool.fetchrow(asked, employee, day))

    return find_there


def _answer(answers: Answers, row: Any) -> dict[str, Any]:
    return {
        **answers[row["level"]],
        "employee": {"id": row["id"], "key": row["key"], "external_ids": orjson.loads(row["names"] or "{}")},
        "effective_from": row["effective_from"],
        "effective_to": row["effective_to"],
        "recorded_at": instant_text(row["known_from"]),
        "revision": row["revision"],
        "known_at": instant_text(row["at"]),
    }


async def _same(url: str, answers: Answers, statements: list[Statement]) -> Find:
    levels = [answers[level] for level, *_ in STANDINGS]

    def answer(employee: str) -> dict[str, Any]:
        number = int(employee.removeprefix("emp_"))
        who = {"id": employee, "key": f"p{number}", "external_ids": {}}
        return {**levels[number % len(levels)], "employee": who}

    if url.startswith("sqlite"):
        connection = _sqlite(url)

        async def find_here(employee: str, day: date) -> dict[str, Any]:
            for one in statements:
                connection.execute(one.text, _about(employee, one)).fetchall()
            return answer(employee)

        return find_here
    pool = await asyncpg.create_pool(url, min_size=POOL, max_size=POOL)

    async def find_there(employee: str, day: date) -> dict[str, Any]:
        async with pool.acquire() as connection:
            for one in statements:
                await connection.fetch(one.text, *_about(employee, one))
        return answer(employee)

    return find_there


def _about(employee: str, statement: Statement) -> tuple[object, ...]:
    return tuple(employee if value == employee_id(0) else value for value in statement.parameters)


def _sqlite(url: str) -> sqlite3.Connection:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA query_only=ON")
    return connection


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(main(*sys.argv[1:]))
