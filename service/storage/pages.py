"""Lists read by key, in either direction: a page begins behind the place of an item, wherever that stands by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, tuple_

Place = tuple[Any, ...]
Rows = TypeVar("Rows", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """A column of an order. Together the columns of an order are unique and never null."""

    column: ColumnElement[Any]
    descending: bool = False


def walked(statement: Rows, order: Sequence[By], *, place: Place | None, backward: bool, limit: int) -> Rows:
    """`limit` rows in the direction of the walk: those behind `place`, or those before it with the nearest first."""
    turned = [(by.column, by.descending != backward) for by in order]
    statement = statement.order_by(*(column.desc() if down else column.asc() for column, down in turned)).limit(limit)
    return statement if place is None else statement.where(_beyond(turned, place))


def _beyond(turned: list[tuple[ColumnElement[Any], bool]], place: Place) -> ColumnElement[bool]:
    columns = [column for column, _ in turned]
    if len({down for _, down in turned}) == 1:
        # One comparison of rows, which an index over the columns answers.
        is_down = turned[0][1]
        if len(columns) == 1:
            return columns[0] < place[0] if is_down else columns[0] > place[0]
        return tuple_(*columns) < tuple_(*place) if is_down else tuple_(*columns) > tuple_(*place)
    return or_(
        *(
            and_(
                *(equal == value for equal, value in zip(columns[:number], place[:number], strict=True)),
                column < place[number] if down else column > place[number],
            )
            for number, (column, down) in enumerate(turned)
        )
    )
