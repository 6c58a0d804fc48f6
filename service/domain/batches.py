"""What many changes together mean: who stands where on a day with and without them, and what that costs. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from service.domain.assignments import Facts, Standing
from service.domain.batch_places import Balance, Moved, Places
from service.domain.definitions import Definitions
from service.domain.impact import Cost, Headcount, summed

GROUPED: tuple[Literal["grade", "track", "ladder", "zone"], ...] = ("grade", "track", "ladder", "zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchGroup:
    """The people touched, by one property of where they stand."""

    by: Annotated[str, Field(description="grade, track, ladder or zone.")]
    key: Annotated[str | None, Field(description="Which one; null where there is none, as on a shared level.")]
    before: Annotated[int, Field(description="How many of them stand there without the batch.")]
    after: Annotated[int, Field(description="How many of them stand there with it.")]
    cost: Annotated[
        tuple[Cost, ...],
        Field(description="What they cost more, at the least of their bands; counted where they come to stand."),
    ]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Somebody whose pay would lie outside the band they come to stand in."""

    row: Annotated[int, Field(description="Number of the row that says what they are paid.")]
    side: Annotated[Literal["below", "above"], Field(description="On which side of the band.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchImpact:
    """What the rows that can be done make of the company on a day: the last day on which one of them begins."""

    effective_on: Annotated[date, Field(description="The day.")]
    people: Annotated[int, Field(description="Jobs that are held otherwise on it.")]
    groups: Annotated[tuple[BatchGroup, ...], Field(description="They, by grade, by track, by ladder and by zone.")]
    cost: Annotated[
        tuple[Cost, ...],
        Field(description="Lowest pay of their bands after, minus before; no job counts as 0."),
    ]
    at_actual_pay: Annotated[
        tuple[Cost, ...],
        Field(
            description="What lifts those who say what they are paid to the lowest pay of their bands after, by the "
            "currency they are paid in; not told where the band is of another or states none for the period."
        ),
    ]
    outside: Annotated[tuple[Outside, ...], Field(description="Who would lie outside their band, of those who say.")]
    before: Annotated[Balance, Field(description="The company without the batch.")]
    after: Annotated[Balance, Field(description="The company with it.")]
    redacted: Annotated[tuple[str, ...], Field(description="Fields left out because the caller may not read them.")] = (
        field(default=())
    )

    def without_pay(self) -> "BatchImpact":
        hidden = tuple(replace(group, cost=(), redacted=("cost",)) for group in self.groups)
        return replace(
            self, groups=hidden, cost=(), at_actual_pay=(), outside=(), redacted=("cost", "at_actual_pay", "outside")
        )


def batch_impact(
    moved: Sequence[Moved], held: Iterable[Headcount], *, definitions: Definitions, day: date
) -> BatchImpact:
    """`held` is who stands where on the day without the batch."""
    places = Places(definitions, day)
    touched = [one for one in moved if one.before != one.after]
    before = Counter({(count.facts, count.grade): count.people for count in held})
    after = before.copy()
    for one in touched:
        after.subtract(_counted(one.before))
        after.update(_counted(one.after))
    lifts = [(*lift, 1) for one in moved if (lift := places.lift(one))]
    return BatchImpact(
        effective_on=day,
        people=len(touched),
        groups=tuple(_groups(touched, places)),
        cost=summed((places.currency(one), places.rise(one), 1) for one in touched),
        at_actual_pay=summed(lifts),
        outside=tuple(Outside(row=one.row, side=side) for one in moved if (side := places.outside(one))),
        before=places.balance(before),
        after=places.balance(after),
    )


def _counted(standing: Standing | None) -> Counter[tuple[Facts, str]]:
    return Counter([(standing.facts, standing.grade)]) if standing else Counter()


def _groups(touched: Sequence[Moved], places: Places) -> Iterable[BatchGroup]:
    for by in GROUPED:
        before = Counter(places.key(one.before, by) for one in touched if one.before)
        after = Counter(places.key(one.after, by) for one in touched if one.after)
        for key in sorted({*before, *after}, key=lambda key: (key is None, key or "")):
            there = [one for one in touched if (side := one.after or one.before) and places.key(side, by) == key]
            yield BatchGroup(
                by=by,
                key=key,
                before=before[key],
                after=after[key],
                cost=summed((places.currency(one), places.rise(one), 1) for one in there),
            )
