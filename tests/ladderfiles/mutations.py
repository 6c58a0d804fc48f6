"""What slips, bad editors and bad luck do to a file: a strategy for its bytes after a few of them."""

import re
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st

Mutation = Callable[[bytes], bytes]

VALUES = (
    "",
    "1",
    "-1",
    "0x1F",
    "1e400",
    ".nan",
    "99999999999999999999",
    "true",
    "no",
    "null",
    "~",
    "[]",
    "{}",
    "[[]]",
    "{a: b}",
    "2020-01-01",
    "2020-13-45",
    '"5"',
    "'",
    '"\\0"',
    '"\\ud800"',
    "|",
    "!!binary aGk=",
    "!!python/object:os.system x",
    "!!set {a, b}",
    "&a [*a]",
    "*nothing",
    "&a twice",
    "x" * 9000,
    "\u202e\U0001f600",
)
LINES = (
    "---",
    "...",
    "%YAML 9.9",
    "<<: *a",
    "? [a]",
    "- &a {b: *a}",
    "key: twice",
    "a: &a b",
    "\t",
    "# only a comment",
)
LETTERS = "ab19 :-,[]{}#&*!|>'\"%@`\\\t\n~?=.\x00\x85\u2028\ufeffé"
BYTES = (b"\xff", b"\xe4", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88", b"\x00", b"\r", b"\xef\xbb\xbf")
_VALUE = re.compile(rb"(?<=: )[^\n,{}\[\]]+|(?<=- )[^\n,{}\[\]:]+(?=\n)")
_WORD = re.compile(rb"(?<=[a-z] )[a-z]{3,}(?= [a-z])")


def _delete(place: int, count: int, content: bytes) -> bytes:
    lines = _lines(content)
    at = place % len(lines)
    return b"".join(lines[:at] + lines[at + count :])


def _duplicate(place: int, count: int, content: bytes) -> bytes:
    lines = _lines(content)
    at = place % len(lines)
    return b"".join(lines[: at + count] + lines[at:])


def _swap(place: int, other: int, content: bytes) -> bytes:
    lines = _lines(content)
    one, two = place % len(lines), other % len(lines)
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def _indent(place: int, by: int, content: bytes) -> bytes:
    lines = _lines(content)
    at = place % len(lines)
    bare = lines[at].lstrip(b" ")
    lines[at] = b" " * max(0, len(lines[at]) - len(bare) + by) + bare
    return b"".join(lines)


def _insert_line(place: int, line: str, content: bytes) -> bytes:
    lines = _lines(content)
    at = place % len(lines)
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip(b" "))]
    return b"".join([*lines[:at], indent, line.encode(), b"\n", *lines[at:]])


def _insert(place: int, more: bytes, content: bytes) -> bytes:
    at = place % (len(content) + 1)
    return content[:at] + more + content[at:]


def _flip(place: int, letter: str, content: bytes) -> bytes:
    at = place % len(content)
    return content[:at] + letter.encode() + content[at + 1 :]


def _cut(place: int, content: bytes) -> bytes:
    return content[: place % len(content)]


def _retype(place: int, value: str, content: bytes) -> bytes:
    found = list(_VALUE.finditer(content))
    if not found:
        return content
    chosen = found[place % len(found)]
    return content[: chosen.start()] + value.encode() + content[chosen.end() :]


def _anchor(place: int, content: bytes) -> bytes:
    """One value is named and another one refers to it, whichever comes first."""
    found = list(_VALUE.finditer(content))
    if len(found) < 2:
        return content
    first, second = found[place % len(found)], found[(place * 7 + 1) % len(found)]
    for chosen, text in sorted(((first, b"&a " + first[0]), (second, b"*a")), key=lambda pair: -pair[0].start()):
        content = content[: chosen.start()] + text + content[chosen.end() :]
    return content


def _reword(place: int, content: bytes) -> bytes:
    """A word inside a sentence becomes another one."""
    found = list(_WORD.finditer(content))
    if not found:
        return content
    chosen = found[place % len(found)]
    return content[: chosen.start()] + b"mutated" + content[chosen.end() :]


def _lines(content: bytes) -> list[bytes]:
    return content.splitlines(keepends=True) or [b"\n"]


_PLACE = st.integers(0, 100_000)
WORDING: st.SearchStrategy[Mutation] = st.builds(lambda at: partial(_reword, at), _PLACE)
"""What hardly ever breaks anything."""

GENTLE: st.SearchStrategy[Mutation] = st.one_of(
    st.builds(lambda at, n: partial(_delete, at, n), _PLACE, st.integers(1, 3)),
    st.builds(lambda at, n: partial(_duplicate, at, n), _PLACE, st.integers(1, 3)),
    st.builds(lambda at, other: partial(_swap, at, other), _PLACE, _PLACE),
    st.builds(lambda at, letter: partial(_flip, at, letter), _PLACE, st.sampled_from("abcxyz129")),
    st.builds(lambda at, value: partial(_retype, at, value), _PLACE, st.sampled_from(VALUES)),
)
"""What often leaves a file that can be used."""

MUTATION: st.SearchStrategy[Mutation] = GENTLE | st.one_of(
    st.builds(lambda at, by: partial(_indent, at, by), _PLACE, st.sampled_from([-4, -2, -1, 1, 2, 9])),
    st.builds(lambda at: partial(_insert, at, b"\t"), _PLACE),
    st.builds(lambda at, letter: partial(_flip, at, letter), _PLACE, st.sampled_from(LETTERS)),
    st.builds(lambda at, some: partial(_insert, at, some), _PLACE, st.sampled_from(BYTES)),
    st.builds(lambda at, line: partial(_insert_line, at, line), _PLACE, st.sampled_from(LINES)),
    st.builds(lambda at: partial(_anchor, at), _PLACE),
    st.builds(lambda at: partial(_cut, at), _PLACE),
)


def mutated(content: bytes, mutations: list[Mutation]) -> bytes:
    for mutation in mutations:
        content = mutation(content) or b"\n"
    return content
