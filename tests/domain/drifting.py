"""One person's rows beside a timeline of ours, for tests of what differs."""

from collections.abc import Sequence
from typing import Any

from service.domain.assignments import Facts, Row, Standing
from service.domain.claims import Claim
from service.domain.drift_mends import Terms, Who
from service.domain.drift_shapes import Authority, Drift, ExtractRow
from service.domain.drift_words import Words
from service.domain.drifts import drifts_of
from service.domain.mappings import MappingEntry, SystemMapping
from tests.builders import day, definitions

DEFINITIONS = definitions()
GRADES = {"e1": "1", "e2": "2", "ic3": "3", "em3": "3", "ic4": "4", "em4": "4", "ic5": "5"}
TODAY = day("2026-06-15")
MAPPING = SystemMapping(
    entries=tuple(
        MappingEntry(of="level", ours=f"engineering/{ours}", theirs=theirs)
        for ours, theirs in (
            *(("e1", "Junior"), ("e2", "Engineer"), ("ic3", "Senior"), ("em3", "Senior"), ("ic4", "Staff")),
            *(("em4", "Director"), ("ic5", "Principal"), ("ic9", "Ghost")),
        )
    )
)


def ours(*runs: tuple[str, str | None]) -> list[Row]:
    """A timeline of (first day, level), None where it ends."""
    rows: list[Row] = []
    for number, (start, level) in enumerate(runs):
        if level is None:
            continue
        end = runs[number + 1][0] if number + 1 < len(runs) else None
        facts = Facts(ladder="engineering", level=level, zone="berlin")
        since = day(start)
        standing = Standing(facts=facts, grade=GRADES[level], grade_since=since, step_since=since, since=since)
        rows.append(Row(effective_from=since, effective_to=day(end) if end else None, standing=standing))
    return rows


def theirs(*rows: tuple[str | None, str | None], **more: Any) -> list[ExtractRow]:
    """Rows of (day, their word); None for the word ends the job."""
    return [
        ExtractRow(
            claim=Claim(
                external_ids={"hr": "1"},
                effective_on=day(on) if on else None,
                level=word,
                ended=word is None,
                place=f"row {number}",
                **more,
            )
        )
        for number, (on, word) in enumerate(rows, start=1)
    ]


def terms(authority: Authority = "theirs", mapping: SystemMapping = MAPPING) -> Terms:
    return Terms(words=Words(mapping, DEFINITIONS), as_of=TODAY, authority=authority)


def found(
    held: Sequence[Row], rows: Sequence[ExtractRow], *, authority: Authority = "theirs", known: bool = True
) -> list[Drift]:
    who = Who(
        employee_id="emp_1" if known else None,
        person="hr:1",
        external_ids={"hr": "1"},
        timelines={"primary": held} if held else {},
    )
    return list(drifts_of(who, rows, terms(authority), DEFINITIONS))


def told(drifts: Sequence[Drift]) -> list[tuple[str, str, str | None]]:
    return [(one.kind, str(one.effective_on), str(one.until) if one.until else None) for one in drifts]


def mends(drifts: Sequence[Drift]) -> list[tuple[str, str | None]]:
    """(day, level) of every change that mends."""
    return [(str(row.effective_on), (row.to or {}).get("level")) for one in drifts for row in one.mend.here]
