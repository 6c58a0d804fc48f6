"""Documents of any shape that binds, and texts that YAML likes to take for something else."""

import re
from typing import Any

from hypothesis import strategies as st

from service.domain.shapes import (
    Amount,
    Choice,
    Day,
    FieldShape,
    Flag,
    Form,
    ListOf,
    MapOf,
    Record,
    Shape,
    Text,
    Whole,
    record_of,
)

Document = dict[str, Any]

TRICKY = (
    *("", " ", "\n", "\t", "~", "null", "Null", "true", "True", "yes", "no", "on", "off", "y", "n", "<<", "="),
    *("0", "007", "0x1F", "0o17", "1_000", "1e3", "-.5", "+1", ".inf", ".nan", "12:30:45", "1.0", "-0"),
    *("2026-01-01", "2026-01-01T10:00:00Z", "2026-01-01 10:00", "-", "- a", "? a", ": a", "a: b", "a:", "#", "a #b"),
    *("&a", "*a", "!a", "!!str a", "%a", "@a", "`a", "|", ">", "|-", "---", "...", "--- a", "{a: b}", "[a]", "{", ","),
    *(
        "'",
        '"',
        "'a'",
        '"a"',
        "it's",
        'say "no"',
        "\\",
        "\\n",
        "two\nlines",
        "ends\n",
        "ends\n\n",
        "\nbegins",
        "a\n\nb",
    ),
    *(" indented\n  more\n", "tab\tinside", "trailing \nspace ", "a\r\nb", "\r", "\n\n", " \n ", "\t\n"),
    *("Zoë", "北京", "e\u0301", "🚀", "\u00a0", "\u0085", "\u2028", "\u2029", "\ufeff", "\u200d", "\u202e", "\x1b[31m"),
    *("\x7f", "\x9b", "\x01", "\ue000", "\ufffe", "\uffff", "\U0010ffff", "a\u0085b", "a\u2028b", "a\ufeffb"),
    *("word " * 60, "x" * 300, "a  b" * 60, ("long line " * 20 + "\n") * 3, "\u3000" * 130, "é: # " * 50, "\t" * 130),
)

_LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def documents(build: type) -> st.SearchStrategy[Document]:
    """Documents that bind to a class; most of them hang together in no way."""
    record = record_of(build)
    return _fields(record.fields)


def fits(form: Form, text: str) -> bool:
    return len(text) <= form.longest and (form.pattern is None or bool(re.fullmatch(form.pattern, text)))


def _value(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case Record():
            whole = _fields(shape.fields)
            return whole if shape.plain is None else st.one_of(_field(shape.plain), whole)
        case ListOf():
            many = st.lists(_value(shape.item), max_size=2)
            return st.one_of(_value(shape.item), many) if shape.bare else many
        case MapOf():
            return st.dictionaries(_value(shape.key.shape), _entry(shape), max_size=2)
        case Text():
            return _text(shape.form)
        case Choice():
            return st.sampled_from(shape.values)
        case Whole():
            return st.integers(shape.within.least, shape.within.most)
        case Flag():
            return st.booleans()
        case Day():
            return st.sampled_from(["1900-01-01", "2024-02-29", "2999-12-31"])
        case Amount():
            return st.sampled_from(["0", "-0", "1", "62000.00", "0.000001", "1000000000000000", "-5.50"])


def _entry(shape: MapOf) -> st.SearchStrategy[Any]:
    alone = shape.plain
    if alone is not None and len(shape.rest) == 1:
        return _field(alone)
    whole = _fields(shape.rest)
    return whole if alone is None else st.one_of(_field(alone), whole)


def _field(field: FieldShape) -> st.SearchStrategy[Any]:
    made = _value(field.shape)
    return st.one_of(made, st.none()) if field.nullable else made


def _fields(fields: tuple[FieldShape, ...]) -> st.SearchStrategy[Document]:
    """All required fields and a few of the others, in any order."""

    @st.composite
    def made(draw: st.DrawFn) -> Document:
        optional = [field for field in fields if not field.required]
        few = draw(st.lists(st.sampled_from(optional), max_size=3, unique=True)) if optional else []
        wanted = draw(st.permutations([*(field for field in fields if field.required), *few]))
        return {field.name: draw(_field(field)) for field in wanted}

    return made()


def _text(form: Form) -> st.SearchStrategy[str]:
    tricky = [text for text in TRICKY if fits(form, text)]
    if form.pattern is None:
        made = st.text(_LETTERS, max_size=30)
    else:
        made = st.from_regex(form.pattern, fullmatch=True, alphabet=_LETTERS).filter(lambda text: fits(form, text))
    return st.one_of(st.sampled_from(tricky), made) if tricky else made
