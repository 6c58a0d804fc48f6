"""How long somebody has been where they are, in whole months."""

from collections.abc import Sequence
from datetime import date

from service.domain.assignments import Facts, Row


def months_on(facts: Facts, rows: Sequence[Row], day: date) -> int:
    """Whole months of the unbroken run on the level that lasts until `day`, whatever is planned from then on."""
    start = day
    for row in _until(rows, day):
        held = row.standing.facts
        if _ends_at(row, start, day) and (held.ladder, held.level) == (facts.ladder, facts.level):
            start = row.effective_from
    return _months(start, day)


def months_employed(rows: Sequence[Row], day: date) -> int:
    """Whole months of the unbroken run in the job that lasts until `day`."""
    start = day
    for row in _until(rows, day):
        if _ends_at(row, start, day):
            start = row.effective_from
    return _months(start, day)


def _until(rows: Sequence[Row], day: date) -> list[Row]:
    """The rows that began before `day`, latest first."""
    return sorted((row for row in rows if row.effective_from < day), key=lambda row: row.effective_from, reverse=True)


def _ends_at(row: Row, start: date, day: date) -> bool:
    return start == (day if row.effective_to is None or row.effective_to > day else row.effective_to)


def _months(start: date, end: date) -> int:
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
