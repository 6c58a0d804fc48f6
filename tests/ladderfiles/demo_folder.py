"""The demo folder and its history, read once."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from service.domain.bands import BandSet
from service.domain.company import Company
from service.domain.dates import parse_date
from service.domain.ladders import Ladder
from service.domain.levels import Level
from service.ladderfiles.folder import Folder, read_folder

DEMO = Path(__file__).parents[2] / "examples" / "demo"
LADDERS = ("engineering", "marketing")


@cache
def demo() -> Folder:
    return read_folder(DEMO)


def company() -> Company:
    found = demo().company
    assert found is not None
    return found


def ladder_of(key: str) -> Ladder:
    found = {ladder.key: ladder for ladder in demo().ladders.values()}
    assert tuple(found) == LADDERS
    return found[key]


def bands() -> BandSet:
    (found,) = demo().bandsets.values()
    return found


def history() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / "history.ndjson").read_text(encoding="utf-8").splitlines()]


def standing(until: date = date(2999, 12, 31)) -> dict[str, dict[str, str]]:
    """The facts of each person after all changes up to a day, folded by hand: later statements replace earlier ones."""
    people: dict[str, dict[str, str]] = {}
    for line in history():
        if parse_date(line["change"]["effective_on"]) <= until:
            people.setdefault(line["employee"], {}).update(line["change"]["to"])
    return people


def levels_of(person: str) -> list[str]:
    """Every level that somebody stands on, in order."""
    changes = [line["change"]["to"] for line in history() if line["employee"] == person]
    return [to["level"] for to in changes if "level" in to]


def level_at(facts: dict[str, str]) -> tuple[Ladder, Level]:
    ladder = ladder_of(facts["ladder"])
    level = ladder.level(facts["level"])
    assert level is not None
    return ladder, level
