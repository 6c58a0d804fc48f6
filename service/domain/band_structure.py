"""Structure rules of band sets; `structure.py` lists all rules."""

from collections.abc import Iterator, Sequence
from datetime import date

from service.domain.band_rows import BandRow
from service.domain.bands import BandSet
from service.domain.company import Company, Zone
from service.domain.currencies import MINOR_DIGITS
from service.domain.findings import Finding, token, unknown, unknown_currency
from service.domain.ladder_structure import origin_findings
from service.domain.ladders import Ladder
from service.domain.row_structure import row_findings

MOST_TIMES = 1000
"""Places differ by less: a larger factor is a slip, and could come to more digits than an amount has."""


def bandset_findings(
    bandset: BandSet, company: Company | None, ladders: Sequence[Ladder] | None, *, until: date | None = None
) -> Iterator[Finding]:
    """`company` and `ladders` are None when they are not (all) known: what refers to them is left unjudged.

    `until` is the first day of the set that follows, None when none does: a ladder version that begins only then
    was never paid by this one, so its steps and tracks say nothing about it.
    """
    cells: dict[tuple[str | None, ...], int] = {}
    for index, row in enumerate(bandset.rows):
        pointer = f"/rows/{index}"
        first = cells.setdefault(row.cell, index)
        if first != index:
            yield Finding(
                rule="DT031",
                pointer=pointer,
                text=f"row {first + 1} already pays grade {row.grade} in zone {row.zone} for the same people",
                remedy="remove one, or narrow one down by `ladder` or `track`",
            )
        yield from (finding.under(pointer) for finding in row_findings(row))
        if company is not None:
            yield from (finding.under(pointer) for finding in _company_references(row, company))
        if ladders is not None:
            yield from (finding.under(pointer) for finding in _ladder_references(row, ladders, until))
    yield from _rule_findings(bandset)
    yield from _derived_findings(bandset, company)
    yield from _unstated_years(bandset)
    yield from origin_findings(bandset, bandset.provenance, bandset.sources)
    if company is not None:
        yield from _holes(bandset, company)


def _rule_findings(bandset: BandSet) -> Iterator[Finding]:
    """Numbers that rules of the set are made of: above zero, and of a known currency."""
    numbers = [
        *((f"/derived/{index}/times", zone.times) for index, zone in enumerate(bandset.derived)),
        *(("/periods_per_year" + token(year.period), year.count) for year in bandset.periods_per_year),
        *((("/rounding/to", bandset.rounding.to),) if bandset.rounding else ()),
        *(("/caps" + token(cap.currency), cap.amount) for cap in bandset.caps if cap.amount is not None),
    ]
    for index, zone in enumerate(bandset.derived):
        if zone.times >= MOST_TIMES:
            yield Finding(
                rule="DT034",
                pointer=f"/derived/{index}/times",
                text=f"{zone.times} is no factor between places",
                remedy=f"write a factor below {MOST_TIMES}",
            )
    for pointer, number in numbers:
        if number <= 0:
            yield Finding(
                rule="DT034", pointer=pointer, text=f"{number} is not above zero", remedy="write a number above 0"
            )
    for cap in bandset.caps:
        if cap.currency not in MINOR_DIGITS:
            yield unknown_currency("/caps" + token(cap.currency), cap.currency)


def _derived_findings(bandset: BandSet, company: Company | None) -> Iterator[Finding]:
    stated = {row.zone: row.currency for row in bandset.rows}
    taken: set[str] = set()
    for index, zone in enumerate(bandset.derived):
        pointer = f"/derived/{index}"
        if zone.from_zone not in stated:
            yield unknown("DT057", f"{pointer}/from_zone", "zone with rows", zone.from_zone, stated)
        elif zone.from_zone == zone.zone:
            yield Finding(
                rule="DT057",
                pointer=f"{pointer}/from_zone",
                text=f"zone {zone.zone} is derived from itself",
                remedy="name the zone whose rows it follows",
            )
        if zone.zone in taken:
            yield Finding(
                rule="DT057",
                pointer=f"{pointer}/zone",
                text=f"zone {zone.zone} is derived twice",
                remedy="keep one of the two",
            )
        taken.add(zone.zone)
        known = company.zone(zone.zone) if company else None
        if company is not None and known is None:
            yield unknown("DT024", f"{pointer}/zone", "zone", zone.zone, [zone.key for zone in company.zones])
        elif known is not None and stated.get(zone.from_zone, known.currency) != known.currency:
            yield _other_currency(f"{pointer}/zone", stated[zone.from_zone], known)


def _unstated_years(bandset: BandSet) -> Iterator[Finding]:
    """DT058, once a period, at the first row that has it."""
    said: set[str] = set()
    for index, row in enumerate(bandset.rows):
        if row.period not in said and bandset.per_year(row.period) is None:
            said.add(row.period)
            yield Finding(
                rule="DT058",
                pointer=f"/rows/{index}/period",
                text=f"how many periods of one {row.period} a year has is not stated, so its cost cannot be told",
                remedy=f"add `periods_per_year: {{{row.period}: …}}` to the set",
                severity="warning",
            )


def _holes(bandset: BandSet, company: Company) -> Iterator[Finding]:
    """DT056: a set is complete, so between two paid grades of a zone every grade in use is paid."""
    ranks = company.ranks
    for zone in dict.fromkeys(row.zone for row in bandset.rows):
        paid = {row.grade for row in bandset.rows if row.zone == zone and row.grade in ranks}
        if not paid:
            continue
        low, high = min(ranks[grade] for grade in paid), max(ranks[grade] for grade in paid)
        missing = [
            grade.key
            for grade in company.grades
            if not grade.retired and grade.key not in paid and low < grade.rank < high
        ]
        if missing:
            place = next(index for index, row in enumerate(bandset.rows) if row.zone == zone)
            yield Finding(
                rule="DT056",
                pointer=f"/rows/{place}/zone",
                text=f"zone {zone} has rows below and above but none for {', '.join(missing)}",
                remedy="add the rows: a set is complete, nothing is taken from another one",
                severity="error" if company.principles == "enforce" else "note",
            )


def _company_references(row: BandRow, company: Company) -> Iterator[Finding]:
    grades = [grade.key for grade in company.grades]
    if row.grade not in grades:
        yield unknown("DT021", "/grade", "grade", row.grade, grades)
    zone = company.zone(row.zone)
    if zone is None:
        yield unknown("DT024", "/zone", "zone", row.zone, [zone.key for zone in company.zones])
    elif zone.currency != row.currency:
        yield _other_currency("/currency", row.currency, zone)


def _other_currency(pointer: str, currency: str, zone: Zone) -> Finding:
    return Finding(
        rule="DT033",
        pointer=pointer,
        text=f"{currency} is not the currency of zone {zone.key}",
        remedy=f"write {zone.currency}, or change the zone",
    )


def _ladder_references(row: BandRow, ladders: Sequence[Ladder], until: date | None) -> Iterator[Finding]:
    keys = sorted({ladder.key for ladder in ladders})
    if row.ladder is not None and row.ladder not in keys:
        yield unknown("DT023", "/ladder", "ladder", row.ladder, keys)
        return
    meant = [
        ladder
        for ladder in ladders
        if row.ladder in (None, ladder.key) and not ladder.generic and (until is None or ladder.effective_from < until)
    ]
    if not meant:
        return
    tracks = sorted({track.key for ladder in meant for track in ladder.tracks})
    if row.track is not None and row.track not in tracks:
        yield unknown("DT022", "/track", "track", row.track, tracks)
        return
    levels = [
        level
        for ladder in meant
        for level in ladder.levels_at(row.grade)
        if row.track is None or row.track in level.tracks
    ]
    if not levels:
        return
    labels = list(dict.fromkeys(label for level in levels for label in level.steps))
    for place, step in (
        *(("/steps", step) for step in row.steps),
        *(("/formula/steps", step) for step in (row.formula.steps if row.formula else ())),
    ):
        if step.label not in labels:
            yield Finding(
                rule="DT032",
                pointer=place + token(step.label),
                text=f"no level of grade {row.grade} has a step {step.label}",
                remedy=f"use one of {', '.join(labels)}" if labels else "list it on a level, or remove the amount",
            )
