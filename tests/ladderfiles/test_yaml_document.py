import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.ladderfiles.yaml_document import parse_yaml
from tests.ladderfiles.folders import LADDER


def value(text: str) -> object:
    parsed = parse_yaml(text, file="f.yaml")
    assert parsed.is_yaml
    assert parsed.findings == ()
    return parsed.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("010", 10),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", 1000),
        ("-7", -7),
        ("1.50", 1.5),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("[null]", [None]),
        ("{a: ~}", {"a": None}),
        ("2020-01-01", "2020-01-01"),
        ('"5"', "5"),
        ("<<", "<<"),
        ("=", "="),
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("'it''s'", "it's"),
        (">-\n a\n b", "a b"),
    ],
)
def test_scalars_are_read_as_yaml_1_2(text: str, expected: object) -> None:
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_an_alias_stands_for_what_it_names() -> None:
    assert value("a: &x [1]\nb: *x") == {"a": [1], "b": [1]}


def test_every_duplicate_is_found_and_the_first_value_stays() -> None:
    parsed = parse_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n", file="f.yaml")

    assert parsed.value == {"a": 1, "b": {"c": 1}}
    assert [str(found).split(" DT003 ")[0] for found in parsed.findings] == ["f.yaml:2:11", "f.yaml:3:1", "f.yaml:4:1"]


def test_keys_and_values_have_places() -> None:
    positions = parse_yaml("a:\n  - b: 1\n    'c/d': x\n", file="f.yaml").positions

    assert {pointer: (p.line, p.column) for pointer, p in positions.keys.items()} == {
        "/a": (1, 1),
        "/a/0/b": (2, 5),
        "/a/0/c~1d": (3, 5),
    }
    assert {pointer: (p.line, p.column) for pointer, p in positions.values.items()} == {
        "": (1, 1),
        "/a": (2, 3),
        "/a/0": (2, 5),
        "/a/0/b": (2, 8),
        "/a/0/c~1d": (3, 12),
    }


def test_keys_that_are_no_text_are_findings() -> None:
    parsed = parse_yaml("1: a\n? [b]\n: c\n~: d\n", file="f.yaml")

    assert parsed.value == {}
    assert [str(found) for found in parsed.findings] == [
        'f.yaml:1:1 DT011 the key 1 is not text: put it in quotes: "1"',
        "f.yaml:2:3 DT011 a key must be text: write a plain key",
        'f.yaml:4:1 DT011 the key ~ is not text: put it in quotes: "~"',
    ]


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    "text", [BOMB, "a: &a [*a]", "[" * 20_000, "- " * 3_000, "a: " + "{b: " * 3_000], ids=lambda text: text[:6]
)
def test_what_unfolds_into_too_much_is_refused_soon(text: str) -> None:
    started = time.perf_counter()

    parsed = parse_yaml(text, file="f.yaml")

    assert not parsed.is_yaml
    assert [found.finding.rule for found in parsed.findings] in (["DT004"], ["DT002"])
    # Unfolded, the first would hold 9 ** 12 values.
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize(
    "text",
    ["a: *nothing", "a: 1\n---\nb: 2", "%YAML 9.9\n---\na: 1", "a: \x00", "\tb: 1", 'a: "\\q"', "&a &b c", "{", "@"],
)
def test_what_is_no_yaml_is_one_finding_with_a_place(text: str) -> None:
    parsed = parse_yaml(text, file="f.yaml")

    assert not parsed.is_yaml
    assert [found.finding.rule for found in parsed.findings] == ["DT002"]
    assert parsed.findings[0].position.line >= 1


@settings(deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>%'\"#,\n \t?~0.", max_size=60))
@example("!<!> a")
@example("a: &a\n  *a: 1")
@example("? |")
@example("\ufeff\ufeff")
def test_no_text_makes_it_raise(text: str) -> None:
    parsed = parse_yaml(text, file="f.yaml")

    assert parsed.is_yaml or parsed.findings


@settings(deadline=None)
@given(st.integers(0, len(LADDER)), st.text(alphabet="ab:-[]{}&*!|'\"#\n \t0", max_size=3), st.integers(0, 5))
def test_no_edit_of_a_ladder_makes_it_raise(place: int, insert: str, cut: int) -> None:
    parsed = parse_yaml(LADDER[:place] + insert + LADDER[place + cut :], file="f.yaml")

    assert parsed.is_yaml or parsed.findings
