"""Whole company folders sent over the network, and what is kept of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from sqlalchemy import func, select

from service.storage import tables
from service.webhooks.tables import event
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.rest.served import Served

PATH = "/v1/definitions"
Document = Mapping[str, Any]


def folder(
    *,
    company: Document = COMPANY,
    ladders: Sequence[Document] = (ENGINEERING, DESIGN),
    bands: Sequence[Document] = (BANDS,),
) -> dict[str, Any]:
    """The body of a PUT; without arguments it is what `served` has published."""
    return {"company": company, "ladders": list(ladders), "bands": list(bands)}


async def put(served: Served, body: object, *, base: str | None = "*", **more: Any) -> httpx.Response:
    headers = {**({"If-Match": base} if base else {}), **more.pop("headers", {})}
    return await served.call("PUT", PATH, json=body, headers=headers, **more)


async def publish(served: Served, **documents: Any) -> dict[str, Any]:
    """Publish `folder(**documents)`; returns the answer."""
    done = await put(served, folder(**documents))
    assert done.status_code == 200, done.text
    return done.json()


async def read(served: Served, path: str, **more: Any) -> Any:
    """The answer of a GET, or its `data` where it is a list that fits on one page."""
    answer = await served.get(path, **more)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["data"] if "page" in body else body


async def kept(served: Served) -> dict[str, int]:
    """Rows of every table that publishing writes to, the generation, and how far the record has come."""
    written = (
        tables.company_version,
        tables.ladder_version,
        tables.band_set,
        tables.audit,
        tables.idempotency,
        event,
    )
    # Making the caller's key is a write too: it comes before anything is counted.
    await served.key("admin")
    async with served.house.database.read() as connection:
        rows = {
            table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            for table in written
        }
        reached = (await connection.execute(select(tables.recorder.c.at, tables.recorder.c.position))).one()
        generation = (await connection.execute(select(tables.generation.c.value))).scalar_one()
    return {**rows, "generation": generation, "at": reached.at, "position": reached.position}


async def announced(served: Served) -> list[dict[str, Any]]:
    """Bodies of all events about definitions, in feed order."""
    async with served.house.database.read() as connection:
        found = await connection.execute(
            select(event.c.bodies)
            .where(event.c.type.in_(["ladder.published", "bands.published"]))
            .order_by(event.c.seq)
        )
        return [json.loads(json.loads(row.bodies)["v1"]) for row in found]


def version_of(ladder: Document, version: str, effective_from: str, **changed: Any) -> dict[str, Any]:
    return {**ladder, "version": version, "effective_from": effective_from, **changed}


def retitled(ladder: Document, **titles: str) -> list[dict[str, Any]]:
    """The levels of a ladder, those named with another title."""
    return [{**level, "title": titles.get(level["key"], level["title"])} for level in ladder["levels"]]


def set_of(key: str, effective_from: str, **changed: Any) -> dict[str, Any]:
    return {**BANDS, "key": key, "effective_from": effective_from, **changed}
