"""What is written of a JSON document is read as the same by the library, of either version."""

import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.app import contract
from service.rest.contract.yaml_text import yaml_text

VERSIONS = ("1.1", "1.2")
LIKE_OTHER_THINGS = [
    *("", " ", "-", "- a", "?", ": a", "a:", "a: b", "a:b", "a #b", "a#b", "#", "&a", "*a", "!a", "%a", "@a", "`a"),
    *("a ", " a", "a\n", "a\nb", "a\tb", "\x00", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\U0001f600\x00"),
    *("true", "False", "NULL", "null", "~", "yes", "No", "ON", "off", "y", "N", "=", "<<", ".inf", ".NaN", "a|", "|"),
    *("1", "-1", "1.5", "1e3", "0x1f", "0o7", "1_000", "12:30:45", "2026-01-01", "2026-01-01T00:00:00Z", "[]", "{a}"),
    *("'", '"', "'a'", '"a"', "a'b", "$ref", "/v1/{key}", "https://example.com/a?b=c#d", "Größe ✓", "it’s …", "a, b]"),
]
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9).map(lambda one: round(one, 3))
TEXT = st.sampled_from(LIKE_OTHER_THINGS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
DOCUMENTS = st.recursive(
    PLAIN | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def read(text: str, version: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = version  # pyright: ignore[reportAttributeAccessIssue]
    return reader.load(StringIO(text))  # pyright: ignore[reportUnknownMemberType]


@pytest.mark.parametrize("version", VERSIONS)
def test_text_that_looks_like_other_things_stays_text(version: str) -> None:
    assert read(yaml_text(LIKE_OTHER_THINGS), version) == LIKE_OTHER_THINGS
    names = {name: {name: [name]} for name in LIKE_OTHER_THINGS}
    assert read(yaml_text(names), version) == names


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_any_document_is_read_as_it_was(document: Any) -> None:
    assert [read(yaml_text(document), version) for version in VERSIONS] == [document, document]


def test_every_word_of_the_contract_is_read_as_it_was() -> None:
    words: set[str] = set()

    def gather(value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                words.add(name)
                gather(inner)
        elif isinstance(value, list):
            for inner in value:
                gather(inner)
        elif isinstance(value, str):
            words.add(value)

    gather(json.loads(contract().json()))
    assert len(words) > 1000
    # Quoted text is JSON, which the others try.
    plain = sorted(word for word in words if not yaml_text(word).startswith('"'))
    assert read(yaml_text(plain), "1.1") == read(yaml_text(plain), "1.2") == plain
