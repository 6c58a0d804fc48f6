"""Connections, checks and readings as text."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.table import Table

from service.cli.folders.telling import visible
from service.connectors.band_drifts import BandDriftReport
from service.connectors.bands import BandDrift
from service.connectors.checks import CheckedConnection
from service.domain.intake_reports import IntakeProblem, IntakeReport
from service.usecases.connection_syncs import ShownSync
from service.usecases.connection_views import StandingConnection

_NOTHING = "·"


def standing_lines(one: StandingConnection) -> Iterator[str]:
    """How a connection is doing, on a line, and what waits for somebody to act below it."""
    way = "reads only"
    if one.health:
        backlog = one.health.backlog
        waits = backlog.pending + backlog.retrying + backlog.held + backlog.blocked
        way = f"{one.health.state}, {waits}{'+' if backlog.capped else ''} to write"
    read = f", last read {one.last_sync.started_at} ({one.last_sync.state})" if one.last_sync else ""
    yield visible(f"{one.id}  {one.key}  {one.kind}  {way}{read}")
    for wait in one.postponed:
        yield visible(f"  waits since {wait.since}: {wait.employee or 'nobody'} {wait.event_type}: {wait.reason}")


def check_lines(checked: CheckedConnection) -> Iterator[str]:
    for one in checked.lines:
        yield visible(f"{'ok ' if one.ok else 'NOT'}  {one.name}: {one.text}")


def unnamed_text(levels: Sequence[str]) -> str:
    """Comments of a mapping's file: an entry of each level that lacks a name there, to be filled in."""
    if not levels:
        return ""
    lines = (f'# - {{of: level, ours: {one}, theirs: ""}}\n' for one in levels)
    return "# Without a name there; what gets one goes to the entries:\n" + "".join(lines)


def bands_table(drifts: Sequence[BandDrift]) -> Table:
    """Each band that is not the same on both sides. A · stands for what one side has not."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("", "there", "grade", "here", "currency", "min–mid–max there", "min–mid–max here"):
        table.add_column(column, overflow="fold")
    for one in drifts:
        there, here = one.theirs, one.ours
        table.add_row(
            one.code.replace("-", " "),
            visible(there.name) if there else _NOTHING,
            one.grade or _NOTHING,
            " ".join(part for part in (here.zone, here.ladder, here.track) if part) if here else _NOTHING,
            visible(one.currency),
            _amounts(there.min, there.mid, there.max) if there else _NOTHING,
            _amounts(here.min, here.mid, here.max) if here else _NOTHING,
        )
    return table


def bands_lines(report: BandDriftReport) -> Iterator[str]:
    """How many of each there are, or why nothing was compared."""
    if report.counts:
        more = sum(one.drifts for one in report.counts) - len(report.drifts)
        yield "\n" + ", ".join(f"{one.drifts} {one.code.replace('-', ' ')}" for one in report.counts)
        if more:
            yield f"and {more} more than are shown"
    elif report.complete:
        yield f"they say what the bands in force here on {report.effective_on} say"
    yield from (f"ALARM {_problem(one)}" for one in report.alarms)


def sync_lines(sync: ShownSync) -> Iterator[str]:
    """What a reading came to, and each thing that somebody has to see to."""
    would = " (nothing is kept)" if sync.dry_run else ""
    if sync.report:
        yield f"{sync.state}{would}: {progress_text(sync.report)}"
        report = sync.report
        yield f"  {report.made} made known, {report.bound} ids added, {report.unchanged} unchanged"
        if report.changes:
            yield "  recorded: " + ", ".join(f"{one.count} {one.name}" for one in report.changes)
        for one in report.choices:
            yield visible(f"  chose {one.ours} for {one.theirs} of {one.person}, among {', '.join(one.among)}")
        for kind, problems in (("problem", report.problems), ("ALARM", report.alarms)):
            yield from (f"  {kind} {_problem(one)}" for one in problems)
        told = len(report.problems)
        counted = sum(one.count for one in report.problem_counts)
        if counted > told:
            yield f"  and {counted - told} more problems"
    if sync.detail:
        yield visible(f"{sync.state}: {sync.detail}")


def progress_text(report: IntakeReport) -> str:
    changes = sum(one.count for one in report.changes)
    problems = sum(one.count for one in report.problem_counts)
    return f"{report.people} people read, {changes} changes, {problems} problems"


def is_well(sync: ShownSync) -> bool:
    """Whether it came to its end and left nothing for anybody to see to."""
    report = sync.report
    return bool(sync.state == "done" and report and report.complete and not report.problems and not report.alarms)


def _amounts(*amounts: Decimal | None) -> str:
    return " – ".join(_NOTHING if one is None else f"{one:f}" for one in amounts)


def _problem(one: IntakeProblem) -> str:
    where = " ".join(part for part in (one.person, one.row) if part)
    between = " " if one.detail.endswith(".") else ": "
    return visible(f"{one.code}{f' {where}' if where else ''}: {one.detail}{between}{one.remedy}")
