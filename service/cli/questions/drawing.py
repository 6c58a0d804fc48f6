"""Charts, parity, coverage and comparisons as tables of plain text: no colour carries meaning alone."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from service.domain.chart import Chart, ChartCell, ChartRow
from service.domain.comparison import LevelComparison
from service.usecases.parity import CoverageReport, ParityReport

_SAME = "″"
_NOTHING = "·"


def show(table: Table) -> None:
    """As wide as the terminal; 160 columns where there is none, so that a file holds whole lines.

    Cells are shown as they are: a title there may hold brackets, which would be taken for a colour.
    """
    Console(width=None if Console().is_terminal else 160, highlight=False, markup=False).print(table)


def chart_table(drawn: Chart) -> Table:
    """Highest grade first. A level that tracks share stands at the first of them and is repeated as ″."""
    table = _table("grade", *drawn.tracks, "pairing", "pay")
    for row in reversed(drawn.rows):
        pairing = (row.pairing or "").replace("_", " ")
        table.add_row(
            row.grade or "not stated",
            *(_cell(row, track) for track in drawn.tracks),
            pairing,
            (row.verdict or "").replace("_", " ") if row.zones else "",
        )
    return table


def parity_table(report: ParityReport) -> Table:
    zones = list(dict.fromkeys(zone.zone for grade in report.grades for zone in grade.zones))
    table = _table("ladder", "grade", "ic", "manager", "verdict", *zones)
    for grade in report.grades:
        by_zone = {zone.zone: zone for zone in grade.zones}
        table.add_row(
            grade.ladder,
            grade.grade,
            ", ".join(grade.ic) or _NOTHING,
            ", ".join(grade.manager) or _NOTHING,
            grade.verdict.replace("_", " "),
            *(_gap(by_zone[zone].verdict, by_zone[zone].gap_percent) if zone in by_zone else "" for zone in zones),
        )
    return table


def coverage_table(report: CoverageReport) -> Table:
    table = _table("role or team", "ladder", "state", "why")
    for role in report.roles:
        table.add_row(role.role, role.ladder or "not stated", role.state, role.reason or "")
    for team in report.teams:
        table.add_row(f"team {team.team}", "", team.state, ", ".join(team.gaps))
    return table


def comparison_lines(compared: LevelComparison) -> Iterator[str]:
    a, b = compared.a, compared.b
    yield f"a  {a.ladder}/{a.level}  {a.title or 'title not stated'}, grade {a.grade or 'not stated'}"
    yield f"b  {b.ladder}/{b.level}  {b.title or 'title not stated'}, grade {b.grade or 'not stated'}"
    for competency in compared.expectations:
        yield f"\n{competency.title or competency.competency}"
        yield from (f"  =  {statement.text}" for statement in competency.both)
        yield from (f"  a  {statement.text}" for statement in competency.only_a)
        yield from (f"  b  {statement.text}" for statement in competency.only_b)
        if competency.proficiency_a or competency.proficiency_b:
            yield f"     {competency.proficiency_a or _NOTHING} -> {competency.proficiency_b or _NOTHING}"
    for attribute in compared.influence:
        if attribute.a or attribute.b:
            yield f"\n{attribute.attribute.replace('_', ' ')}"
            yield f"  a  {_said(attribute.a)}"
            yield f"  b  {_said(attribute.b)}"
    switch = compared.switch
    yield "\nmoving from a to b"
    yield f"  grade {'not stated' if switch.grade_delta is None else f'{switch.grade_delta:+d}'}"
    yield f"  {'another track' if switch.changes_track else 'no other track'}, {_may(switch.allowed, switch.way_back)}"
    yield f"  steps {'are the same' if switch.keeps_steps else 'differ'}"
    for band in compared.bands:
        word = {True: "not lower", False: "LOWER", None: "cannot be compared"}[band.not_lower]
        yield f"  band in {band.zone}: {word}"


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _cell(row: ChartRow, track: str) -> str:
    cells = [cell for cell in row.cells if track in cell.tracks]
    return ", ".join(text for cell in cells for text in _levels(cell, track)) or _NOTHING


def _levels(cell: ChartCell, track: str) -> Sequence[str]:
    if track != cell.tracks[0]:
        return [_SAME] if cell.levels else []
    return [f"{level.title or 'title not stated'} ({level.key})" for level in cell.levels]


def _gap(verdict: str, percent: object) -> str:
    return verdict.replace("_", " ") + (f" ({percent:+} %)" if percent and verdict != "equal" else "")


def _said(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else value or "not stated"  # pyright: ignore[reportUnknownArgumentType] - JSON has no types


def _may(allowed: bool, way_back: bool) -> str:
    if allowed and way_back:
        return "allowed both ways"
    return "allowed, not back" if allowed else "not allowed"
