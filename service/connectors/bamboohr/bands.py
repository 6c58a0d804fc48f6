"""Levels & Bands there. They know neither tracks nor days, and their interface for it is to be read only, by OAuth."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from service.connectors.bamboohr.client import Client, amount_of
from service.connectors.bamboohr.reader import Reader
from service.connectors.bands import BandThere, TheirBand
from service.connectors.intake import Halted
from service.webhooks.printing import printable

PATH = "/pay-grades-and-bands"
_MOST_CHARS = 200
_MOST_DIGITS = 40
"""Of an amount, and of the places before or behind its point: more is no pay, and takes long to write out."""


async def their_bands(client: Client) -> Sequence[TheirBand]:
    """Every level that has pay. Raises Unreachable, and Halted for what they refuse and for what are no bands."""
    return bands_in(await Reader(client).document(PATH, "pay_grades_and_bands, by OAuth"))


def bands_in(found: object) -> Sequence[TheirBand]:
    """Those of an answer. Amounts are read as they are written, never as binary fractions. Raises Halted."""
    groups = _items(found, "groups")
    if groups is None:
        raise _unreadable("groups are missing in their answer")
    paid = [(group, level) for group in groups for level in _items(group, "levels") or () if level.get("payBand")]
    return [_band(group, level) for group, level in paid]


def _band(group: Mapping[str, Any], level: Mapping[str, Any]) -> TheirBand:
    pay = level["payBand"]
    if not isinstance(pay, dict):
        raise _unreadable("a pay band is no object in their answer")
    pay = cast(dict[str, Any], pay)
    low, middle, high = (_amount(pay.get(name)) for name in ("min", "mid", "max"))
    return TheirBand(
        band=BandThere(
            group=_text(group.get("groupName")) or None,
            level=_text(level.get("levelName")),
            min=low,
            mid=middle,
            max=high,
        ),
        currency=_text(pay.get("currencyCode")),
        is_yearly=pay.get("compensationType") == "salary",
        titles=tuple(_text(one.get("jobTitle")) for one in _items(level, "jobTitles") or ()),
    )


def _amount(value: object) -> Decimal | None:
    found = amount_of(value)
    if found is None or abs(found.adjusted()) > _MOST_DIGITS or len(found.as_tuple().digits) > _MOST_DIGITS:
        return None
    return found


def _text(value: object) -> str:
    return "" if value is None else printable(str(value))[:_MOST_CHARS]


def _items(found: object, name: str) -> list[dict[str, Any]] | None:
    member = cast(dict[str, object], found).get(name) if isinstance(found, dict) else None
    if not isinstance(member, list):
        return None
    return [cast(dict[str, Any], one) for one in cast(list[object], member) if isinstance(one, dict)]


def _unreadable(detail: str) -> Halted:
    return Halted("unreadable-there", detail, "see whether bands are published there")
