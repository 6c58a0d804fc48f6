"""What the pages about connecting BambooHR and reading it say is what there is."""

import json
import re

from pydantic import TypeAdapter

from service.connectors.bamboohr.settings import Credentials, Settings
from service.domain.mappings import MappingEntry, wrong_entries
from tests.docs import blocks
from tests.house.sources import ROOT

NAME = "connect-bamboohr.md"
PAGE, READING = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in (NAME, "reading-bamboohr.md")]
CONNECTORS = ROOT / "service" / "connectors"
CODE = [
    one.read_text(encoding="utf-8")
    for one in (*CONNECTORS.glob("bamboohr/*.py"), *(CONNECTORS / name for name in ("comparing.py", "former.py")))
]


def rows(page: str, heading: str) -> list[str]:
    """First names in every table whose first row begins so."""
    tables = [part.split("\n\n", 1)[0] for part in page.split(heading)[1:]]
    return [name for table in tables for name in re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)]


def test_each_setting_has_a_row() -> None:
    told = [*rows(PAGE, "| setting |"), *rows(READING, "| setting |")]
    assert {name.partition(".")[0] for name in told} == set(Settings.model_fields)


def test_each_reason_to_wait_has_a_row() -> None:
    made = re.compile(r'(?:code=|_held\(|missing=\(|^    4\d\d: \()"([a-z-]+)"', re.MULTILINE)
    codes = {name for text in CODE for name in made.findall(text)}
    to_wait = set(rows(PAGE, "| code |"))
    assert to_wait <= codes
    assert codes - to_wait <= set(rows(READING, "| code in the report |"))


def test_files_that_are_shown_can_be_used() -> None:
    secret, settings, titles = (json.loads(block) for block in blocks(NAME, "json"))
    Credentials.model_validate_json(json.dumps(secret))
    Settings.model_validate_json(json.dumps(settings))
    entries = TypeAdapter(list[MappingEntry]).validate_json(json.dumps(titles["entries"]))
    assert list(wrong_entries(entries)) == []
