"""JSON documents as YAML in blocks.

The library takes seconds for a document of a megabyte, in which a process answers nobody. A document is read by YAML
1.1 and 1.2 alike: what either could take for anything but text is quoted, and quoted text is written as in JSON.
"""

import json
import re
from functools import lru_cache
from typing import Any, cast

_PLAIN = re.compile(r"""[A-Za-z$/_](?:[\w $/.,;()+*?!'"=<>@&%~^{}\[\]`|…’–-]|:(?! |$)|(?<! )\#)*(?<! )""")
"""Text that needs no quotes: it begins like a word, and nothing in it ends it or begins a comment."""
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""What is no text in one of the versions, in any case of its letters."""


def yaml_text(document: Any) -> str:
    """`document` is of what JSON has."""
    lines: list[str] = []
    if isinstance(document, dict | list) and document:
        _block(document, "", lines)
    else:
        lines.append(_scalar(document))
    return "\n".join(lines) + "\n"


def _block(value: Any, pad: str, lines: list[str]) -> None:
    """The lines of an object or a list with something in it. `pad` is before each."""
    if isinstance(value, list):
        for one in cast("list[Any]", value):
            start = len(lines)
            if isinstance(one, dict | list) and one:
                _block(one, f"{pad}  ", lines)
                lines[start] = f"{pad}- {lines[start][len(pad) + 2 :]}"
            else:
                lines.append(f"{pad}- {_scalar(one)}")
        return
    for name, inner in cast("dict[str, Any]", value).items():
        if isinstance(inner, dict | list) and inner:
            lines.append(f"{pad}{_text(name)}:")
            # Items of a list stand right below its name.
            _block(inner, pad if isinstance(inner, list) else f"{pad}  ", lines)
        else:
            lines.append(f"{pad}{_text(name)}: {_scalar(inner)}")


def _scalar(value: Any) -> str:
    """One value, or an object or a list that is empty."""
    return _text(value) if isinstance(value, str) else json.dumps(value)


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
