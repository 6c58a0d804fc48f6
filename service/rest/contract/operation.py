"""What is said of an operation in the contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`example` is an object of the answer's class, or a JSON value; a `listed` one comes in pages.

    An `exported` list comes as a table and as lines, too, and may have an `ending`: the line after the last, with
    `ending_headers` told before the first. `more` are members a page has besides its items, `counted` those, by class,
    that it has only with Prefer: count=exact. `codes` are this operation's own refusals, `scope` is what the key needs,
    together with `also`; None where no key is asked for. `otherwise` is what it answers in other media types, `written`
    what of it is text, `streamed` what it sends as events. `sent` is the class of a body that the route reads by
    itself, `lines` has one of it in other media types.
    """

    example: Any
    scope: Scope | None = None
    also: tuple[Scope, ...] = ()
    codes: tuple[str, ...] = ()
    request: Any = None
    listed: bool = False
    exported: bool = False
    ending: Any = None
    ending_headers: Mapping[str, Any] = field(default_factory=dict[str, Any])
    more: tuple[str, ...] = ()
    counted: Mapping[str, type[object]] = field(default_factory=dict[str, type[object]])
    media: str = "application/json"
    otherwise: Mapping[str, Any] = field(default_factory=dict[str, Any])
    written: Mapping[str, str] = field(default_factory=dict[str, str])
    streamed: str = ""
    sent: type[object] | None = None
    lines: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def shape(self) -> type[object] | None:
        """The class of the answer; None for a JSON value, whose schema is made from the example."""
        example: object = self.example
        return None if isinstance(example, dict | str) else type(example)


def open_schema(example: object) -> dict[str, Any]:
    """The schema of a JSON value: a word is itself, an object may hold anything."""
    if isinstance(example, str):
        return {"type": "string", "enum": [example]}
    return {"type": "object", "description": "Open: members may be added."}
