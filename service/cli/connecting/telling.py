"""Connections, checks and readings as text."""

from collections.abc import Iterator

from service.cli.folders.telling import visible
from service.connectors.checks import CheckedConnection
from service.domain.intake_reports import IntakeProblem, IntakeReport
from service.usecases.connection_syncs import ShownSync
from service.usecases.connection_views import StandingConnection


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


def _problem(one: IntakeProblem) -> str:
    where = " ".join(part for part in (one.person, one.row) if part)
    between = " " if one.detail.endswith(".") else ": "
    return visible(f"{one.code}{f' {where}' if where else ''}: {one.detail}{between}{one.remedy}")
