"""Levels & Bands there beside the bands in force here: what differs is told, and nothing is taken over.

They know neither tracks nor days, and their interface for it is to be read only, by OAuth. Which grade of ours a
level of theirs is says the mapping: by its name, or else by the levels that its job titles stand for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from service.connectors.bamboohr.client import Client, amount_of
from service.connectors.bamboohr.reader import Reader
from service.connectors.bamboohr.settings import Credentials, Settings
from service.connectors.intake import Halted
from service.connectors.kinds import Tools, formed
from service.domain.access import Actor, Scope, require
from service.domain.assignments import Facts, level_in_force
from service.domain.definitions import Definitions
from service.domain.mappings import SystemMapping, level_of
from service.usecases.bands import ShownBandRow, WantedBands, list_bands
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window
from service.usecases.reading import reading

PATH = "/pay-grades-and-bands"
Amounts = tuple[Decimal | None, Decimal | None, Decimal | None]
"""Of a year: lowest, middle, highest; None where it is not stated."""
_MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TheirBand:
    """A level of theirs with its pay."""

    group: str
    level: str
    currency: str
    kind: str
    amounts: Amounts = field(repr=False)
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDrift:
    """One line. `differs`: both have it, with other amounts. `not-mapped` and `not-yearly` are theirs and cannot be
    compared. `not-here` and `not-there`: one of the two has none for that grade and currency.
    """

    code: Literal["differs", "not-mapped", "not-yearly", "not-here", "not-there"]
    theirs: str | None
    grade: str | None
    zone: str | None
    currency: str
    their_amounts: Amounts | None = field(repr=False)
    our_amounts: Amounts | None = field(repr=False)


async def band_drift(
    tools: Tools, connection: OpenConnection, caller: Actor, *, client: Client | None = None
) -> tuple[BandDrift, ...]:
    """By their order, then what only we have; `client` is one that has a token already. Needs bands:read.

    Raises Forbidden `missing-scope`, NotFound `no-band-set`, Invalid `period-not-stated`, Unreachable, and Halted for
    what they refuse.
    """
    require(caller, Scope.BANDS_READ)
    if client is None:
        settings, credentials = formed(Settings, connection.settings), formed(Credentials, connection.credentials)
        client = Client(settings, credentials, tools)
    found = await Reader(client).document(PATH, "pay_grades_and_bands, by OAuth")
    mapping = await mapping_in_use(tools.runtime, connection.id)
    async with reading(tools.runtime) as view:
        definitions, today = view.definitions, view.today
    ours = await list_bands(
        tools.runtime,
        caller,
        wanted=WantedBands(period="year"),
        band_set=None,
        effective_on=today,
        known_at=None,
        window=Window(limit=_MOST_ROWS),
    )
    return tuple(compared(their_bands(found), ours.part.items, mapping, definitions, today))


def their_bands(found: object) -> tuple[TheirBand, ...]:
    """Every level that has pay. Amounts are read as they are written, never as binary fractions.

    Raises Halted for what is no list of groups.
    """
    groups = _items(found, "groups")
    if groups is None:
        raise Halted("unreadable-there", "groups are missing in their answer", "see whether bands are published there")
    return tuple(
        _band(group, level) for group in groups for level in _items(group, "levels") or () if level.get("payBand")
    )


def compared(
    theirs: Sequence[TheirBand],
    ours: Sequence[ShownBandRow],
    mapping: SystemMapping,
    definitions: Definitions,
    day: date,
) -> Iterator[BandDrift]:
    """A row of ours is the one that is meant if it is of the same grade and currency, and of a fitting ladder."""
    met: set[int] = set()
    for band in theirs:
        grade, ladders = _meant(band, mapping, definitions, day)
        if grade is None or band.kind != "salary":
            yield _line("not-mapped" if grade is None else "not-yearly", band, None, grade)
            continue
        rows = {
            number: row
            for number, row in enumerate(ours)
            if (row.grade, row.currency) == (grade, band.currency) and (row.ladder in (None, *ladders) or not ladders)
        }
        met |= rows.keys()
        if not rows:
            yield _line("not-here", band, None, grade)
        for row in rows.values():
            if _amounts(row) != band.amounts:
                yield _line("differs", band, row, grade)
    for number, row in enumerate(ours):
        if number not in met:
            yield _line("not-there", None, row, row.grade)


def _meant(
    band: TheirBand, mapping: SystemMapping, definitions: Definitions, day: date
) -> tuple[str | None, frozenset[str]]:
    """The grade of ours, None where it is none or several; and the ladders of the levels that its titles stand for."""
    places = [
        place
        for title in band.titles
        for name in mapping.ours("level", title, day)
        if (place := level_of(name)) is not None
    ]
    levels = [level_in_force(definitions, Facts(ladder=ladder, level=level), day) for ladder, level in places]
    grades = {found[1].grade for found in levels if found}
    named = mapping.ours("grade", band.level, day) or tuple(grades)
    return (named[0] if len(named) == 1 else None), frozenset(ladder for ladder, _ in places)


def _line(
    code: Literal["differs", "not-mapped", "not-yearly", "not-here", "not-there"],
    band: TheirBand | None,
    row: ShownBandRow | None,
    grade: str | None,
) -> BandDrift:
    return BandDrift(
        code=code,
        theirs=f"{band.group} / {band.level}" if band else None,
        grade=grade,
        zone=row.zone if row else None,
        currency=band.currency if band else row.currency if row else "",
        their_amounts=band.amounts if band else None,
        our_amounts=_amounts(row) if row else None,
    )


def _amounts(row: ShownBandRow) -> Amounts:
    return row.min, row.mid, row.max


def _band(group: Mapping[str, Any], level: Mapping[str, Any]) -> TheirBand:
    pay = cast(Mapping[str, Any], level["payBand"])
    titles = (str(one.get("jobTitle")) for one in _items(level, "jobTitles") or ())
    low, middle, high = (amount_of(pay.get(name)) for name in ("min", "mid", "max"))
    return TheirBand(
        group=str(group.get("groupName")),
        level=str(level.get("levelName")),
        currency=str(pay.get("currencyCode")),
        kind=str(pay.get("compensationType")),
        amounts=(low, middle, high),
        titles=tuple(titles),
    )


def _items(found: object, name: str) -> list[dict[str, Any]] | None:
    member = cast(dict[str, object], found).get(name) if isinstance(found, dict) else None
    if not isinstance(member, list):
        return None
    return [cast(dict[str, Any], one) for one in cast(list[object], member) if isinstance(one, dict)]
