"""What has to be done so that the rows of a table say what holds here. Pure: no requests, no clock.

A row holds from its day until the next one. Days are looked at in order, each with what would be in force just before
it, so that no row is made that would say what holds anyway, and none goes that something after it leans on.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to hold from a day on. `values` None: nobody holds it then, or `missing` says, as code and reason, what
    keeps it from being known."""

    day: date
    values: Values | None = field(repr=False)
    missing: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A row we wrote or took over. `row` is None where it is not known whether it came to be.

    `written` is a digest of what it was to hold; `adopted` where somebody else made it, `altered` where we have written
    into such a row; `whole` a digest of all it held then; `lacking` are fields they did not take.
    """

    row: str | None
    written: str
    adopted: bool = False
    altered: bool = False
    whole: str = ""
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """A row of theirs. `values` are those that are ours to say, `rest` all others that may be seen. `said` are `values`
    by the names that stand there, where names are further ones of what is written."""

    row: str
    day: date
    values: Values = field(repr=False)
    rest: Mapping[str, Any] = field(repr=False)
    said: Values = field(default_factory=dict[str, str], repr=False)

    @property
    def written(self) -> str:
        """A digest of what stands there."""
        return digest(self.said or self.values)

    def still_says(self, written: str) -> bool:
        """Whether it is what was written, though by now another name may be written for it."""
        return written in (self.written, digest(self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One write, or one thing to remember. `send` is what goes out with it."""

    how: Literal["create", "update", "delete", "adopt", "forget"]
    day: date
    row: str | None = None
    values: Values = field(default_factory=dict[str, str], repr=False)
    send: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why nothing from this day on can be written."""

    day: date
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`carried` are fields of a new row that are taken from the row before, or from `fresh` where there is none.
    `latest` is the last day on which a row may be made, None without such a day."""

    name: str
    carried: tuple[str, ...] = ()
    fresh: Mapping[str, str] = field(default_factory=dict[str, str])
    overwrite: bool = False
    latest: date | None = None


def steps(
    table: Table,
    wanted: Sequence[Wanted],
    there: Sequence[There],
    known: Mapping[date, Known],
    *,
    first: date,
    last: date | None,
) -> Iterator[Step | Obstacle]:
    """What makes the rows of [first, last) those that are wanted, and lets `last` hold what it is to hold.

    By day. Ends behind the first Obstacle: nothing is written past it.
    """
    rows: dict[date, There] = {}
    for one in sorted(there, key=lambda row: (row.day, _number(row.row))):
        if one.day in rows and rows[one.day].values != one.values and _within(one.day, first, last):
            yield Obstacle(
                day=one.day,
                code="two-rows-there",
                reason=f"{table.name} has two rows of {one.day} that differ: remove one of them there",
            )
            return
        rows[one.day] = _chosen(rows.get(one.day), one, known.get(one.day))
    starts = {one.day: one for one in wanted}
    for day in sorted({*rows, *starts, *known}):
        if not (_within(day, first, last) or day == last):
            continue
        bounds = day == last
        for step in _on(table, day, _holding(wanted, day), day in starts, rows, known.get(day), bounds=bounds):
            yield step
            if isinstance(step, Obstacle):
                return
            _carry_out(table, rows, step)


def digest(values: Mapping[str, Any]) -> str:
    """Tells whether two rows hold the same, and nothing of what they hold."""
    text = json.dumps({name: values[name] or None for name in sorted(values)}, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _on(
    table: Table,
    day: date,
    want: Wanted | None,
    starts: bool,
    rows: Mapping[date, There],
    known: Known | None,
    *,
    bounds: bool,
) -> Iterator[Step | Obstacle]:
    row, before = rows.get(day), _before(rows, day)
    if bounds and row is not None:
        # Another row begins there: what holds from it on was not altered.
        return
    if known is not None and row is None:
        yield Step(how="forget", day=day, row=known.row)
    if known is not None and row is not None and known.row not in (None, row.row):
        # Ours was removed there, and this one is somebody else's.
        known = None
    if row is None:
        if want is not None and starts and not (table.latest and day > table.latest):
            yield from _new(table, want, before)
    elif want is not None and want.missing is not None:
        yield Obstacle(day=day, code=want.missing[0], reason=want.missing[1])
    elif want is not None and want.values is not None:
        yield from _standing(table, row, want.values, before, known, starts=starts)
    elif known is not None and not known.adopted:
        # Nobody holds it on that day, or nobody ever did.
        yield Step(how="delete", day=day, row=row.row) if _is_ours(table, row, known) else _by_hand(table, row)


def _new(table: Table, want: Wanted, before: There | None) -> Iterator[Step | Obstacle]:
    """A row of a day that has none, if what is in force there by then is something else."""
    if want.missing is not None:
        yield Obstacle(day=want.day, code=want.missing[0], reason=want.missing[1])
    if want.missing is not None or want.values is None or (before and before.values == want.values):
        return
    rest = before.rest if before else table.fresh
    hidden = [name for name in table.carried if before and name not in rest]
    if hidden:
        yield Obstacle(
            day=want.day,
            code="field-hidden",
            reason=f"a new row of {table.name} would lose {', '.join(hidden)}, which these credentials may not see: "
            "let them, or set leave_blank",
        )
        return
    carried = {name: value for name, value in rest.items() if name in table.carried and value not in (None, "")}
    yield Step(how="create", day=want.day, values=want.values, send={**carried, **want.values})


def _standing(
    table: Table, row: There, values: Values, before: There | None, known: Known | None, *, starts: bool
) -> Iterator[Step | Obstacle]:
    """A row of that day: left alone, taken over, altered or removed."""
    needed = before is None or before.values != values
    # A row that we may have made, and of which they took nothing that is ours to say, is ours all the same.
    untouched = known is not None and (row.still_says(known.written) or not (known.row or row.values))
    if known and not known.adopted and not needed and known.row and known.whole == whole(row):
        yield Step(how="delete", day=row.day, row=row.row)
    elif row.values == values:
        lacking = (
            {name: before.rest[name] for name in known.lacking if before and before.rest.get(name)} if known else {}
        )
        if lacking:
            yield Step(how="update", day=row.day, row=row.row, values=values, send=lacking)
        elif starts and (known is None or known.row is None or not row.still_says(known.written)):
            yield Step(how="adopt", day=row.day, row=row.row, values=values)
    elif untouched or table.overwrite:
        yield Step(how="update", day=row.day, row=row.row, values=values, send=values)
    else:
        yield _by_hand(table, row)


def _is_ours(table: Table, row: There, known: Known) -> bool:
    """Whether a row that we made, or may have made, still says what we wrote, so that it may go."""
    return table.overwrite or not row.values or row.still_says(known.written)


def _by_hand(table: Table, row: There) -> Obstacle:
    return Obstacle(
        day=row.day,
        code="row-by-hand",
        reason=f"somebody wrote the row of {row.day} in {table.name}, and it says something else: alter it there, "
        "record it here, or set overwrite",
    )


def _carry_out(table: Table, rows: dict[date, There], step: Step) -> None:
    """As it will be once the step is done."""
    match step.how:
        case "delete":
            del rows[step.day]
        case "create":
            rest = {name: step.send.get(name) for name in table.carried}
            rows[step.day] = There(row="", day=step.day, values=step.values, rest=rest)
        case "update":
            row = rows[step.day]
            rows[step.day] = There(row=row.row, day=row.day, values=step.values, rest=row.rest)
        case "adopt" | "forget":
            pass


def whole(row: There) -> str:
    """A digest of all that a row holds."""
    return digest({**row.rest, **(row.said or row.values)})


def _holding(wanted: Sequence[Wanted], day: date) -> Wanted | None:
    """What is to hold on a day; None before the first of them."""
    begun = [one for one in wanted if one.day <= day]
    return begun[-1] if begun else None


def _before(rows: Mapping[date, There], day: date) -> There | None:
    earlier = [one for one in rows if one < day]
    return rows[max(earlier)] if earlier else None


def _within(day: date, first: date, last: date | None) -> bool:
    return first <= day and (last is None or day < last)


def _chosen(one: There | None, other: There, known: Known | None) -> There:
    """Of two rows of a day: the one that is known, else the younger."""
    return one if one is not None and known is not None and known.row == one.row else other


def _number(row: str) -> tuple[int, str]:
    return len(row), row
