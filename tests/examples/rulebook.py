"""Short ways to build definitions from documents and to ask what is found in them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from service.domain.bands import BandSet, bandset_from_document
from service.domain.chart import chart
from service.domain.company import Company, company_from_document
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.levels import Level
from service.domain.principles import principle_findings
from service.domain.structure import definition_findings
from tests.domain.documents import bandset_document, company_document, ladder_document, level_document
from tests.examples.folders import example

TODAY = date(2026, 11, 25)
TIMEZONES = available_timezones()


def company(*grades: str, **changes: Any) -> Company:
    """Grades rank in the order in which they are given; without any there are 1, 2 and 3."""
    ranked = {"grades": [{"key": key, "rank": rank} for rank, key in enumerate(grades, 1)]} if grades else {}
    return company_from_document(company_document(**ranked, **changes))


def rung(key: str, grade: str | None, *tracks: str, **changes: Any) -> Mapping[str, Any]:
    return level_document(key, grade, *(tracks or ("ic",)), **changes)


def ladder(*levels: Mapping[str, Any], **changes: Any) -> Ladder:
    return ladder_from_document(ladder_document(**({"levels": list(levels)} if levels else {}), **changes))


def bands(*rows: Mapping[str, Any], **changes: Any) -> BandSet:
    return bandset_from_document(bandset_document(*rows, **changes))


def level_of(subject: Ladder, key: str) -> Level:
    found = subject.level(key)
    assert found is not None
    return found


def structure(firm: Company, *ladders: Ladder) -> list[str]:
    """`error DT045 /ladders/0/levels/1/grade` for each finding of the structure rules."""
    found = definition_findings(company=firm, ladders=by_pointer(ladders), bandsets={}, timezones=TIMEZONES)
    return [f"{finding.severity} {finding.rule} {finding.pointer}" for finding in found]


def principles(firm: Company, *ladders: Ladder) -> list[str]:
    """The same for each finding of the principle rules."""
    found = principle_findings(company=firm, ladders=by_pointer(ladders), bandsets={}, today=TODAY)
    return [f"{finding.severity} {finding.rule} {finding.pointer}" for finding in found]


def by_pointer(ladders: Sequence[Ladder]) -> dict[str, Ladder]:
    return {f"/ladders/{index}": found for index, found in enumerate(ladders)}


def drawn(firm: Company, subject: Ladder) -> dict[str | None, list[str]]:
    """The chart: of each grade its cells as `ic+manager: d1, d2`."""
    return {
        row.grade: [f"{'+'.join(cell.tracks)}: {', '.join(level.key for level in cell.levels)}" for cell in row.cells]
        for row in chart(subject, firm, None).rows
    }


def example_company(name: str) -> Company:
    found = example(name).company
    assert found is not None
    return found


def example_ladder(name: str, key: str = "engineering") -> Ladder:
    return next(found for found in example(name).ladders.values() if found.key == key)
