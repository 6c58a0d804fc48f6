"""Programs in the documentation, taken out of it so that they run."""

import re
from typing import Any

from tests.house.sources import ROOT

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """Every block of the page in the language, in their order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [block for written, block in _BLOCK.findall(text) if written == language]


def block_with(page: str, language: str, what: str) -> str:
    """The one block that holds the text."""
    (found,) = [block for block in blocks(page, language) if what in block]
    return found


def defined(code: str) -> dict[str, Any]:
    """What a program in Python defines."""
    names: dict[str, Any] = {}
    exec(compile(code, "docs", "exec"), names)
    return names
