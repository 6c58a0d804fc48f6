"""Where facts come from, how sure they are, and what is known not to be known."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.shapes import ByKey, Key, Prose

Confidence = Literal["A", "B", "C", "U"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place that facts were taken from."""

    key: Annotated[Key, Field(description="Key of the source, which `provenance` names.")]
    text: Annotated[Prose, Field(description="What it is: an address, a title, who said it.")]
    read_on: Annotated[date | None, Field(description="Day on which it was read; null when that is not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a single fact of its holder is known."""

    fact: Annotated[Key, Field(description="The fact: the name of a field beside it, for example `title`.")]
    source: Annotated[Key | None, Field(description="Key of the source; null when none is stated.")]
    confidence: Annotated[
        Confidence | None,
        Field(
            description="A: official text. B: a named insider or established press. C: outsiders. U: not known. "
            "Null when not stated."
        ),
    ]
    note: Annotated[Prose | None, Field(description="What else is to be known about it.")]


Sources = Annotated[
    tuple[Source, ...], ByKey(plain="text"), Field(description="Where the facts come from, by key of the source.")
]
Origins = Annotated[
    tuple[Provenance, ...], ByKey(plain="source"), Field(description="How single facts are known, by field name.")
]
NotKnown = Annotated[
    tuple[Prose, ...], Field(description="What is known not to be known; it stays empty and is shown as unknown.")
]
