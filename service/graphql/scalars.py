"""Values that GraphQL has no type for, written as everywhere else (`domain/wire.py`)."""

from datetime import date
from decimal import Decimal
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from service.domain.dates import BadDate, parse_date
from service.domain.wire import plain

Day = NewType("Day", object)
Amount = NewType("Amount", object)
Json = NewType("Json", object)


def _day(text: Any) -> date:
    """Raises ValueError for what is no day between 1900 and 2999; GraphQL makes a refusal of it."""
    try:
        return parse_date(str(text))
    except BadDate as error:
        raise ValueError(str(error)) from None


SCALARS: dict[object, ScalarDefinition] = {
    Day: strawberry.scalar(
        name="Date",
        description="A calendar day without a zone, YYYY-MM-DD.",
        serialize=plain,
        parse_value=_day,
    ),
    Amount: strawberry.scalar(
        name="Decimal",
        description="An exact decimal number as text, never a float. Of money: in the currency beside it.",
        serialize=plain,
        parse_value=lambda text: Decimal(str(text)),
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="A JSON value in the form that REST and the files have.",
        serialize=plain,
        parse_value=lambda value: value,
    ),
}
"""Passed to the schema, which reads the three names as these."""
