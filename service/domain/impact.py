"""What new definitions mean for people: who is shown something else from a day on, and what it costs at the least."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field

from service.domain.assignments import Assignment, Facts, Standing, resolve
from service.domain.currencies import minor_digits
from service.domain.definitions import Definitions
from service.domain.pay import Band

_SHOWN = ("level", "track", "grade", "title", "currency", "band")
"""What people notice. A version's name alone touches nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headcount:
    """How many people hold exactly these facts at this grade."""

    facts: Facts
    grade: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """People that a plan touches in one way."""

    ladder: Annotated[str, Field(description="Ladder they stand on.")]
    level: Annotated[str, Field(description="Level they stand on without the plan.")]
    zone: Annotated[str | None, Field(description="Their pay zone.")]
    people: Annotated[int, Field(description="How many; somebody with two jobs counts for each.")]
    changed: Annotated[tuple[str, ...], Field(description="What is shown differently for them.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """A sum over people for a year."""

    currency: Annotated[str, Field(description="ISO 4217 currency; nothing is converted.")]
    per_year: Annotated[Decimal, Field(description="For a year of pay.")]
    people: Annotated[int, Field(description="People it is summed over.")]
    not_told: Annotated[int, Field(description="People left out, since an amount of theirs is not stated.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What holds from a day on, against what would hold on it without the news."""

    effective_on: Annotated[date, Field(description="The day.")]
    people: Annotated[int, Field(description="People touched; somebody with two jobs counts for each.")]
    touched: Annotated[tuple[Touched, ...], Field(description="They, by ladder, level and zone.")]
    cost: Annotated[tuple[Cost, ...], Field(description="Lowest pay of their bands after, minus before, by currency.")]


def impact(
    held: Iterable[tuple[Headcount, Headcount]], *, before: Definitions, after: Definitions, day: date
) -> Impact:
    """`held` is who stands where on the day: without the news, and the same people with them."""
    touched: dict[tuple[str, str, str | None, tuple[str, ...]], int] = {}
    costs: list[tuple[str | None, Decimal | None, int]] = []
    for count, then in held:
        old, new = _shown(count, before, day), _shown(then, after, day)
        changed = tuple(name for name in _SHOWN if _seen(old, name) != _seen(new, name))
        if not changed:
            continue
        place = (count.facts.ladder, count.facts.level, count.facts.zone, changed)
        touched[place] = touched.get(place, 0) + count.people
        rise = _rise(_lowest(count, before, day), _lowest(then, after, day))
        costs.append((new.currency or old.currency, rise, count.people))
    return Impact(
        effective_on=day,
        people=sum(touched.values()),
        touched=tuple(
            Touched(ladder=ladder, level=level, zone=zone, people=people, changed=changed)
            for (ladder, level, zone, changed), people in sorted(touched.items(), key=lambda item: str(item[0]))
        ),
        cost=summed(costs),
    )


def summed(amounts: Iterable[tuple[str | None, Decimal | None, int]]) -> tuple[Cost, ...]:
    """Sums of (currency, amount for one, people) by currency. An amount of None cannot be told; no currency is none."""
    totals: dict[str, Decimal] = {}
    people, not_told = Counter[str](), Counter[str]()
    for currency, amount, count in amounts:
        if currency is None:
            continue
        totals.setdefault(currency, Decimal(0))
        if amount is None:
            not_told[currency] += count
        else:
            totals[currency] += amount * count
            people[currency] += count
    return tuple(
        Cost(
            currency=currency,
            per_year=totals[currency].quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP),
            people=people[currency],
            not_told=not_told[currency],
        )
        for currency in sorted(totals)
    )


def _shown(count: Headcount, definitions: Definitions, day: date) -> Assignment:
    # The days of the standing do not show in what is compared.
    standing = Standing(facts=count.facts, grade=count.grade, grade_since=day, step_since=day, since=day)
    return resolve(standing, day=day, definitions=definitions)


def _seen(assignment: Assignment, name: str) -> object:
    """A fact as people see it: equal amounts of a set with another name are the same band."""
    value = getattr(assignment, name)
    return replace(value, band_set="") if isinstance(value, Band) else value


def _rise(old: tuple[str, Decimal] | None, new: tuple[str, Decimal] | None) -> Decimal | None:
    if old is None or new is None or old[0] != new[0]:
        return None
    return new[1] - old[1]


def _lowest(count: Headcount, definitions: Definitions, day: date) -> tuple[str, Decimal] | None:
    """(currency, lowest pay of a year); None where it is not stated."""
    facts = count.facts
    bands = definitions.bands(day, None, facts.band_set)
    ladder = definitions.ladder(facts.ladder, day)
    level = ladder.level(facts.level) if ladder else None
    if bands is None:
        return None
    row = bands.band_for(grade=count.grade, zone=facts.zone, ladder=facts.ladder, track=level.track if level else None)
    return bands.lowest_per_year(row) if row else None
