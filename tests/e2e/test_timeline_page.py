"""The story that the page about the timeline tells, told to a running service request by request."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.house import House
from tests.e2e.test_readme import shell
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "timeline.md").read_text()
BLOCKS = re.findall(r"^```(http|json|console)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
NAME = re.compile(r"<([a-z ]+)>")


def filled(text: str, names: dict[str, str]) -> str:
    return NAME.sub(lambda found: names[found[1]], text)


def differences(expected: Any, found: Any, names: dict[str, str], place: str = "") -> Iterator[str]:
    """Where the answer lacks what is shown. A name that is met for the first time takes what is there."""
    if isinstance(expected, str) and (name := NAME.fullmatch(expected)):
        expected = names.setdefault(name[1], found)
    if isinstance(expected, dict) and isinstance(found, dict):
        for key, value in expected.items():
            yield from differences(value, found.get(key, "nothing"), names, f"{place}/{key}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for index, value in enumerate(expected):
            yield from differences(value, found[index], names, f"{place}/{index}")
    elif expected != found:
        yield f"{place}: {expected} is shown, {found} came"


async def sent(client: httpx.AsyncClient, request: str) -> httpx.Response:
    first, *lines = request.strip().splitlines()
    method, path = first.split(" ", 1)
    headers = dict(line.split(": ", 1) for line in lines if not line.startswith("{"))
    body = [line for line in lines if line.startswith("{")]
    return await client.request(method, path, headers=headers, json=json.loads(body[0]) if body else None)


async def typed(block: str, folder: Path, house: House) -> None:
    lines = block.splitlines()
    script = ["set -eu", *(f"export {name}={value}" for name, value in house.settings.items())]
    process = await shell(
        "\n".join([*script, *(line.removeprefix("$ ") for line in lines if line.startswith("$ "))]), folder
    )
    async with asyncio.timeout(60):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    shown = [line for line in lines if not line.startswith("$ ")]
    assert [line for line in out.decode().splitlines() if line in shown] == shown, out.decode()


async def test_the_story_is_true(sqlite_house: House, tmp_path: Path) -> None:
    serving = await sqlite_house.serve()
    settings = {name: value if " " not in value else f"'{value}'" for name, value in sqlite_house.settings.items()}
    names: dict[str, str] = {}
    answer: httpx.Response | None = None
    assert {kind for kind, _ in BLOCKS} == {"http", "json", "console"}
    async with sqlite_house.client(serving) as client:
        for kind, block in BLOCKS:
            if kind == "http":
                request = filled(block, names)
                answer = await sent(client, request)
                assert answer.status_code < 400 or "set-by-definitions" in answer.text, (request, answer.text)
            elif kind == "json":
                assert answer is not None
                assert list(differences(json.loads(block), answer.json(), names)) == [], block
            else:
                await typed(block, tmp_path, House(settings=settings, folder=tmp_path))
