"""What the page about connecting BambooHR says is what there is."""

import json
import re
from pathlib import Path

from pydantic import TypeAdapter

from service.connectors.bamboohr.settings import Credentials, Settings
from service.domain.mappings import MappingEntry, wrong_entries
from tests.docs import blocks
from tests.house.sources import ROOT

NAME = "connect-bamboohr.md"
PAGE = (ROOT / "docs" / NAME).read_text(encoding="utf-8")
CODE = [path.read_text(encoding="utf-8") for path in Path(ROOT, "service/connectors/bamboohr").glob("*.py")]


def rows(heading: str) -> list[str]:
    """First cells of the table that begins with this row."""
    table = PAGE.split(heading, 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)


def test_each_setting_has_a_row() -> None:
    assert rows("| setting |") == list(Settings.model_fields)


def test_each_reason_to_wait_has_a_row() -> None:
    made = re.compile(r'(?:code=|_held\(|missing=\(|^    4\d\d: \()"([a-z-]+)"', re.MULTILINE)
    codes = {name for text in CODE for name in made.findall(text)}
    assert set(rows("| code |")) == codes


def test_files_that_are_shown_can_be_used() -> None:
    secret, settings, titles = (json.loads(block) for block in blocks(NAME, "json"))
    Credentials.model_validate_json(json.dumps(secret))
    Settings.model_validate_json(json.dumps(settings))
    entries = TypeAdapter(list[MappingEntry]).validate_json(json.dumps(titles["entries"]))
    assert list(wrong_entries(entries)) == []
