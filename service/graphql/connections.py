"""Lists in pages, as Relay wants them. A cursor carries what the first page was bounded by, as those of REST do."""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import strawberry

from service.domain.instants import instant_text
from service.graphql.scalars import Day
from service.problems import SurfaceProblem

# 9999-12-31 in µs, the last instant that has a written form.
_LARGEST = 253_402_300_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`after` is an item's place in the order of the list; the rest is what the first page was bounded by."""

    after: tuple[str | int, ...]
    known_at: int | None = None
    effective_on: date | None = None


def question_of(field: str, **asked: object) -> str:
    """Which list it is: cursors of one do not continue another."""
    return hashlib.sha256(json.dumps([field, asked], sort_keys=True, default=str).encode()).hexdigest()[:16]


def cursor_of(question: str, place: Place) -> str:
    day = place.effective_on.isoformat() if place.effective_on else None
    packed = json.dumps([question, list(place.after), place.known_at, day], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def place_of(question: str, cursor: str | None, *shape: type) -> Place | None:
    """Where to continue; None at the beginning. Raises SurfaceProblem `cursor-invalid`, `cursor-mismatch`."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        asked, after, known_at, day = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        place = Place(after=tuple(after), known_at=known_at, effective_on=date.fromisoformat(day) if day else None)
        fits = [type(value) for value in place.after] == list(shape) and _plausible(place)
    except (ValueError, TypeError, RecursionError):
        fits, place, asked = False, None, ""
    if not fits or place is None:
        raise _refused("cursor-invalid", "This cursor cannot be read. Use endCursor exactly as it was given.")
    if asked != question:
        raise _refused("cursor-mismatch", "This cursor belongs to another list. Send the arguments of its first page.")
    return place


def _plausible(place: Place) -> bool:
    numbers = [value for value in (*place.after, place.known_at) if value is not None and not isinstance(value, str)]
    texts = [value for value in place.after if isinstance(value, str)]
    return all(type(one) is int and abs(one) < _LARGEST for one in numbers) and all(
        text.isprintable() for text in texts
    )


def _refused(code: str, detail: str) -> SurfaceProblem:
    return SurfaceProblem(code, detail, errors=[{"parameter": "after", "detail": "cannot be used", "code": code}])


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="There is more behind it.")
    has_previous_page: bool = strawberry.field(description="It does not begin the list.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item: send it as `after`.")


class Page:
    """One page, read by a connection type. `place` says where an item stands in the order of the list."""

    def __init__(
        self,
        nodes: Sequence[Any],
        *,
        question: str,
        place: Callable[[Any], Place],
        more: bool,
        continued: bool,
        known_at: int | None = None,
        effective_on: date | None = None,
    ) -> None:
        self.nodes = nodes
        self._question = question
        self._place = place
        self._more = more
        self._continued = continued
        self.known_at = instant_text(known_at) if known_at is not None else None
        self.effective_on = effective_on

    @cached_property
    def edges(self) -> list["Edge"]:
        return [Edge(self, node) for node in self.nodes]

    @property
    def page_info(self) -> PageInfo:
        return PageInfo(
            has_next_page=self._more,
            has_previous_page=self._continued,
            start_cursor=self.cursor(self.nodes[0]) if self.nodes else None,
            end_cursor=self.cursor(self.nodes[-1]) if self.nodes else None,
        )

    def cursor(self, node: Any) -> str:
        return cursor_of(self._question, self._place(node))


class Edge:
    """A node and its cursor, which is made when it is asked for."""

    __slots__ = ("_page", "node")

    def __init__(self, page: Page, node: Any) -> None:
        self._page = page
        self.node = node

    @property
    def cursor(self) -> str:
        return self._page.cursor(self.node)


def connection_of(node: Any, name: str) -> Any:
    """The connection type of a node type; `name` is the node's."""
    edge = strawberry.type(
        type(
            f"{name}Edge",
            (),
            {
                "__annotations__": {"node": node, "cursor": str},
                "node": strawberry.field(description="The item."),
                "cursor": strawberry.field(description="Its place in the list."),
            },
        ),
        description=f"{name}: an item of a list and its place.",
    )
    made = type(
        f"{name}Connection",
        (),
        {
            "__annotations__": {
                "edges": list[edge],
                "nodes": list[node],
                "page_info": PageInfo,
                "known_at": str | None,
                "effective_on": Day | None,
            },
            "edges": strawberry.field(description="Items with their places."),
            "nodes": strawberry.field(description="Items."),
            "page_info": strawberry.field(description="Where the page lies."),
            "known_at": strawberry.field(description="Instant that all pages are bounded by; null where none bounds."),
            "effective_on": strawberry.field(description="The day asked; null where none matters."),
        },
    )
    return strawberry.type(made, description=f"{name}: a page of a list.")
