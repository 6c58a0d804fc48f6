"""Structure rules of band sets: DT021-DT024 and DT030-DT039 where they concern pay (`structure.py` lists all)."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from service.domain.bands import BandRow, BandSet, to_minor
from service.domain.company import Company
from service.domain.currencies import MINOR_DIGITS, minor_digits
from service.domain.findings import Finding, token, unknown, unknown_currency
from service.domain.ladders import Ladder


def bandset_findings(bandset: BandSet, company: Company | None, ladders: Sequence[Ladder] | None) -> Iterator[Finding]:
    """`company` and `ladders` are None when they are not (all) known: what refers to them is left unjudged."""
    cells: dict[tuple[str | None, ...], int] = {}
    for index, row in enumerate(bandset.rows):
        pointer = f"/rows/{index}"
        cell = (row.grade, row.zone, row.ladder, row.track)
        first = cells.setdefault(cell, index)
        if first != index:
            yield Finding(
                rule="DT031",
                pointer=pointer,
                text=f"row {first + 1} already pays grade {row.grade} in zone {row.zone} for the same people",
                remedy="remove one, or narrow one down by `ladder` or `track`",
            )
        yield from (finding.under(pointer) for finding in _amount_findings(row))
        if company is not None:
            yield from (finding.under(pointer) for finding in _company_references(row, company))
        if ladders is not None:
            yield from (finding.under(pointer) for finding in _ladder_references(row, ladders))


def _amount_findings(row: BandRow) -> Iterator[Finding]:
    amounts = row.amounts()
    if not any(name != "cap" for name, _ in amounts):
        yield Finding(
            rule="DT035", pointer="", text="the row states no amount", remedy="state `min`, `mid`, `max` or `steps`"
        )
    ordered = [(name, amount) for name, amount in amounts if name in ("min", "mid", "max")]
    for (low_name, low), (high_name, high) in pairwise(ordered):
        if low > high:
            yield Finding(
                rule="DT030",
                pointer=f"/{low_name}",
                text=f"{low_name} {low} is above {high_name} {high}",
                remedy=f"lower {low_name} or raise {high_name}",
            )
    if row.currency not in MINOR_DIGITS:
        yield unknown_currency("/currency", row.currency)
        return
    for name, amount in amounts:
        try:
            usable = to_minor(amount, row.currency) >= 0
        except ValueError:
            usable = False
        if not usable:
            yield Finding(
                rule="DT034",
                pointer="/" + "/".join(token(part)[1:] for part in name.split("/", 1)),
                text=f"{amount} is no amount of {row.currency}",
                remedy=f"write an amount from 0 with at most {minor_digits(row.currency)} decimals",
            )


def _company_references(row: BandRow, company: Company) -> Iterator[Finding]:
    grades = [grade.key for grade in company.grades]
    if row.grade not in grades:
        yield unknown("DT021", "/grade", "grade", row.grade, grades)
    zone = company.zone(row.zone)
    if zone is None:
        yield unknown("DT024", "/zone", "zone", row.zone, [zone.key for zone in company.zones])
    elif zone.currency != row.currency:
        yield Finding(
            rule="DT033",
            pointer="/currency",
            text=f"{row.currency} is not the currency of zone {zone.key}",
            remedy=f"write {zone.currency}, or change the zone",
        )


def _ladder_references(row: BandRow, ladders: Sequence[Ladder]) -> Iterator[Finding]:
    keys = sorted({ladder.key for ladder in ladders})
    if row.ladder is not None and row.ladder not in keys:
        yield unknown("DT023", "/ladder", "ladder", row.ladder, keys)
        return
    meant = [ladder for ladder in ladders if row.ladder in (None, ladder.key)]
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
    for step in row.steps:
        if step.label not in labels:
            yield Finding(
                rule="DT032",
                pointer="/steps" + token(step.label),
                text=f"no level of grade {row.grade} has a step {step.label}",
                remedy=f"use one of {', '.join(labels)}" if labels else "list it on a level, or remove the amount",
            )
