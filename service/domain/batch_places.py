"""Where people stand on a day, with many changes and without them, and what the definitions make of it. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from pydantic import Field

from service.domain.assignments import Facts, Standing, level_in_force
from service.domain.band_rows import BandRow, Period
from service.domain.bands import BandSet
from service.domain.definitions import Definitions
from service.domain.parity import compared, worst_verdict

_SIDES = ("ic", "manager")
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActualPay:
    """What somebody is paid. It is used for a report and kept nowhere."""

    amount: Decimal
    currency: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A job that changes touch, on the day of the report: what holds without them and with them.

    `row` is the number of the last of them; `pay` is what the person is paid, None where it is not said.
    """

    row: int
    before: Standing | None
    after: Standing | None
    pay: ActualPay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPeople:
    """People who stand where the two tracks' pay was judged alike."""

    verdict: Annotated[str, Field(description="equal, within_policy, gap, not_comparable or no_band.")]
    people: Annotated[int, Field(description="How many.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Everybody in the company on the day, by the two tracks. Levels that both share count for neither."""

    ic: Annotated[int, Field(description="People on levels of individual contributors alone.")]
    manager: Annotated[int, Field(description="People on levels of managers alone.")]
    ratio: Annotated[Decimal | None, Field(description="Individual contributors for each manager; null without any.")]
    parity: Annotated[
        tuple[VerdictPeople, ...], Field(description="They, by how pay of the two tracks compares at their grades.")
    ]


class Places:
    """Where people stand on a day, and what the definitions make of it; each place is looked at once."""

    def __init__(self, definitions: Definitions, day: date) -> None:
        self._definitions = definitions
        self._day = day
        self._rows: dict[tuple[Facts, str], tuple[BandSet, BandRow] | None] = {}
        self._verdicts: dict[tuple[str, str, str], str] = {}

    def key(self, standing: Standing, by: str) -> str | None:
        if by == "grade":
            return standing.grade
        if by == "track":
            return self._track(standing.facts)
        return standing.facts.ladder if by == "ladder" else standing.facts.zone

    def currency(self, one: Moved) -> str | None:
        side = one.after or one.before
        company = self._definitions.company()
        zone = company.zone(side.facts.zone) if company and side and side.facts.zone else None
        return zone.currency if zone else None

    def rise(self, one: Moved) -> Decimal | None:
        """What the lowest pay rises by in a year; None where it is not stated, or in another currency than before."""
        lowest = [self._lowest(side) if side else None for side in (one.before, one.after)]
        if any(side is not None and found is None for side, found in zip((one.before, one.after), lowest, strict=True)):
            return None
        currencies = {found[0] for found in lowest if found}
        if len(currencies) > 1:
            return None
        old, new = (found[1] if found else Decimal(0) for found in lowest)
        return new - old

    def lift(self, one: Moved) -> tuple[str, Decimal | None] | None:
        """(currency, what lifts somebody to the lowest pay of their band in a year); None where they need no lift.

        An amount of None: what they are paid cannot be held against the band, of another currency or not stated.
        """
        if not one.pay or one.after is None:
            return None
        found, paid = self._lowest(one.after), self._paid(one)
        if found is None or paid is None or found[0] != one.pay.currency:
            return one.pay.currency, None
        return (found[0], found[1] - paid) if paid < found[1] else None

    def outside(self, one: Moved) -> Literal["below", "above"] | None:
        found, paid = self._row(one.after) if one.after else None, self._paid(one)
        if found is None or paid is None or not one.pay or found[1].currency != one.pay.currency:
            return None
        bands, row = found
        yearly = bands.per_year(row.period)
        if yearly is None:
            return None
        if row.lowest is not None and paid < row.lowest * yearly:
            return "below"
        highest = row.max if row.max is not None else row.point
        return "above" if highest is not None and paid > highest * yearly else None

    def balance(self, held: Counter[tuple[Facts, str]]) -> Balance:
        sides, parity = Counter[str](), Counter[str]()
        for (facts, grade), people in held.items():
            side = self._side(facts)
            if people and side:
                sides[side] += people
                parity[self._verdict(facts, grade)] += people
        ic, manager = (sides[side] for side in _SIDES)
        return Balance(
            ic=ic,
            manager=manager,
            ratio=(Decimal(ic) / manager).quantize(_HUNDREDTH, rounding=ROUND_HALF_UP) if manager else None,
            parity=tuple(VerdictPeople(verdict=verdict, people=parity[verdict]) for verdict in sorted(parity)),
        )

    def _track(self, facts: Facts) -> str | None:
        found = level_in_force(self._definitions, facts, self._day)
        return found[1].track if found else None

    def _side(self, facts: Facts) -> str | None:
        found = level_in_force(self._definitions, facts, self._day)
        kinds = found[0].kinds_of(found[1]) & set(_SIDES) if found else set[str]()
        return next(iter(kinds)) if len(kinds) == 1 else None

    def _verdict(self, facts: Facts, grade: str) -> str:
        ladder, company = self._definitions.ladder(facts.ladder, self._day), self._definitions.company()
        bands = self._definitions.bands(self._day)
        if not (ladder and company and bands and facts.zone):
            return "no_band"
        place = (facts.ladder, grade, facts.zone)
        if place not in self._verdicts:
            found = compared(ladder, bands, company.parity, grade=grade, zone=facts.zone)
            self._verdicts[place] = worst_verdict(one.verdict for one in found)
        return self._verdicts[place]

    def _paid(self, one: Moved) -> Decimal | None:
        bands = self._definitions.bands(self._day)
        yearly = bands.per_year(one.pay.period) if bands and one.pay else None
        return one.pay.amount * yearly if one.pay and yearly is not None else None

    def _lowest(self, standing: Standing) -> tuple[str, Decimal] | None:
        found = self._row(standing)
        return found[0].lowest_per_year(found[1]) if found else None

    def _row(self, standing: Standing) -> tuple[BandSet, BandRow] | None:
        place = (standing.facts, standing.grade)
        if place not in self._rows:
            facts = standing.facts
            bands = self._definitions.bands(self._day, None, facts.band_set)
            row = (
                bands.band_for(grade=standing.grade, zone=facts.zone, ladder=facts.ladder, track=self._track(facts))
                if bands
                else None
            )
            self._rows[place] = (bands, row) if bands and row else None
        return self._rows[place]
