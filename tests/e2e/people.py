"""People and their changes, asked for over HTTP; requests that may be sent again carry a key."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx

HIRED_ON = date(2021, 1, 1)
HIRE: dict[str, Any] = {
    "effective_on": HIRED_ON.isoformat(),
    "to": {"ladder": "engineering", "level": "ic5", "role": "software-engineer", "team": "robots", "zone": "de-berlin"},
}
REQUEST_HEADERS = {"If-Match": "*"}


def names(count: int) -> list[str]:
    return [f"person-{number:02}" for number in range(count)]


def steps_of(changes: int) -> list[dict[str, Any]]:
    """A hire, then changes that are all different, each a month after the one before."""
    rest = [
        {
            "effective_on": (HIRED_ON + timedelta(days=30 * number)).isoformat(),
            "to": {"level": "em5" if number % 2 else "ic5", "title": f"Title {number}"},
        }
        for number in range(1, changes)
    ]
    return [HIRE, *rest]


async def subscribe(client: httpx.AsyncClient, url: str, **more: Any) -> dict[str, Any]:
    made = await client.post("/v1/endpoints", json={"url": url, **more})
    assert made.status_code == 201, made.text
    return made.json()


async def introduce(client: httpx.AsyncClient, keys: Sequence[str]) -> None:
    made = await asyncio.gather(*(client.post("/v1/employees", json={"key": key}) for key in keys))
    assert {answer.status_code for answer in made} == {201}


async def change(client: httpx.AsyncClient, person: str, number: int, body: dict[str, Any]) -> httpx.Response:
    """One change under a key of its own, so that it may be asked for again."""
    headers = {**REQUEST_HEADERS, "Idempotency-Key": f"{person}/{number}"}
    return await client.post(f"/v1/employees/{person}/changes", json=body, headers=headers)
