"""Lists in pages, as Relay wants them. A cursor carries what the first page was bounded by, as those of REST do."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import strawberry

from service.cursors import Place, packed, question_of, unpacked
from service.domain.instants import instant_text
from service.graphql.context import Asked
from service.graphql.lookahead import selected
from service.graphql.scalars import Day
from service.problems import SurfaceProblem
from service.usecases.paging import Listing, Part, Window

DEFAULT_PAGE, MOST = 50, 100


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="There is more behind it.")
    has_previous_page: bool = strawberry.field(description="It does not begin the list.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item: send it as `after`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What a caller asks of a list: `first` behind `after`, or `last` before `before`."""

    first: int | None
    after: str | None
    last: int | None
    before: str | None

    @property
    def limit(self) -> int:
        """Raises SurfaceProblem `invalid-parameter` outside 1 to MOST."""
        name, wanted = ("last", self.last) if self.backward else ("first", self.first)
        if wanted is not None and not 1 <= wanted <= MOST:
            raise _unusable(name, f"lies outside 1 to {MOST}")
        return DEFAULT_PAGE if wanted is None else wanted

    @property
    def backward(self) -> bool:
        """Raises SurfaceProblem `invalid-parameter` for both directions at once."""
        is_backward = self.last is not None or self.before is not None
        if is_backward and (self.first is not None or self.after is not None):
            raise _unusable("last", "and before go another way than first and after: ask for one of the two")
        return is_backward


def _unusable(argument: str, why: str) -> SurfaceProblem:
    fault = {"parameter": argument, "detail": why, "code": "invalid-parameter"}
    return SurfaceProblem("invalid-parameter", f"{argument} {why}.", errors=[fault])


class Page:
    """One page, read by a connection type."""

    def __init__(
        self,
        part: Part[Any],
        *,
        question: str,
        now: int | None,
        known_at: int | None = None,
        effective_on: date | None = None,
        total: int | None = None,
    ) -> None:
        self.nodes = part.items
        self.total_count = total
        self.known_at = instant_text(known_at) if known_at is not None else None
        self.effective_on = effective_on
        self._part = part
        self._question = question
        self._now = now
        self._bounds = known_at, effective_on
        self.told: dict[str, str] = {}

    def __getattr__(self, name: str) -> str:
        try:
            return self.__dict__["told"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def edges(self) -> list["Edge"]:
        pairs = zip(self._part.items, self._part.places, strict=True)
        return [Edge(self, node, place) for node, place in pairs]

    @property
    def page_info(self) -> PageInfo:
        places = self._part.places
        return PageInfo(
            has_next_page=self._part.more_after,
            has_previous_page=self._part.more_before,
            start_cursor=self.cursor(places[0]) if places else None,
            end_cursor=self.cursor(places[-1]) if places else None,
        )

    def cursor(self, place: tuple[Any, ...]) -> str:
        known_at, effective_on = self._bounds
        return packed(self._question, Place(after=place, known_at=known_at, effective_on=effective_on), now=self._now)


Read = Callable[[Window, date | None, int | None], Awaitable[Listing[Any] | Part[Any]]]
"""Reads a part of a list, by the day and the instant (µs) that bound it where any does."""


async def paged(
    info: Asked,
    wanted: Slice,
    read: Read,
    *,
    place: tuple[type, ...],
    show: Callable[[Any, date | None, int | None], Any] = lambda item, day, instant: item,
    effective_on: date | None = None,
    known_at: int | None = None,
    asked: Mapping[str, object] | None = None,
    tell: Callable[[Any], dict[str, str]] = lambda found: {},
) -> Page:
    """A page of a list.

    `place` is the types of an item's place, `show` makes a node of an item, `asked` is what else the list was asked
    with, `tell` gives what a page tells beside its items. Raises SurfaceProblem for a slice or a cursor that cannot be
    used.
    """
    question = question_of(info.field_name, effective_on, known_at, sorted((asked or {}).items()))
    now = info.context.office.now()
    cursor = wanted.before if wanted.backward else wanted.after
    where = unpacked(question, cursor, place, now=now) if cursor is not None else None
    window = Window(limit=wanted.limit, place=where.after if where else None, backward=wanted.backward)
    day, instant = (where.effective_on, where.known_at) if where else (effective_on, known_at)
    found = await read(window, day, instant)
    if isinstance(found, Part):
        return Page(found.each(lambda item: show(item, None, None)), question=question, now=now)
    page = Page(
        found.part.each(lambda item: show(item, found.effective_on or day, found.known_at)),
        question=question,
        # A question that names its instant has one answer for ever.
        now=None if known_at is not None else now,
        known_at=found.known_at,
        effective_on=found.effective_on or day,
        total=found.total,
    )
    page.told = tell(found)
    return page


def is_counted(info: Asked) -> bool:
    """Whether the query asks how many there are in all: counting is not for nothing."""
    return bool(selected(info, "totalCount"))


class Edge:
    """A node and its cursor, which is made when it is asked for."""

    __slots__ = ("_page", "_place", "node")

    def __init__(self, page: Page, node: Any, place: tuple[Any, ...]) -> None:
        self._page = page
        self._place = place
        self.node = node

    @property
    def cursor(self) -> str:
        return self._page.cursor(self._place)


def connection_of(node: Any, name: str, *, counted: bool = False, told: Mapping[str, str] | None = None) -> Any:
    """The connection type of a node type; `name` is the node's. A `counted` one can tell how many there are in all.

    `told` are texts that a page tells beside its items (`Page.told`), each with what it is.
    """
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
    total: dict[str, Any] = (
        {"total_count": strawberry.field(description="How many there are in all; counted when it is asked for.")}
        if counted
        else {}
    )
    texts = told or {}
    made = type(
        f"{name}Connection",
        (),
        {
            **total,
            **{key: strawberry.field(description=said) for key, said in texts.items()},
            "__annotations__": {
                **dict.fromkeys(texts, str),
                **({"total_count": int | None} if counted else {}),
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
