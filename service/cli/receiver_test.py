"""`dualtrack receiver-test`: somebody's receiver tried out, with what to mend and how."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from service.cli import REFUSED, UNUSABLE, app
from service.cli.questions.drawing import show
from service.cli.receiving.forwarding import Secret, local_client, secret_of
from service.cli.receiving.grading import Examiner, Grade
from service.cli.receiving.remote import check_address
from service.cli.receiving.trials import Trial, trials
from service.rest.contract.events import event_example

_SLOW_SECONDS = 3.0


@app.command("receiver-test")
def receiver_test(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the receiver takes events.")],
    secret: Secret = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this trial; repeat for several.")] = None,
    slow_seconds: Annotated[
        float, typer.Option("--slow-seconds", min=0.1, max=60, help="How long a slow body takes.")
    ] = _SLOW_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Send events to a receiver, good ones and all kinds of bad ones, and judge its answers. docs/receiving.md has why.

    Give it the secret that the receiver verifies with. Exit code 0: all good; 1: findings; 2: it cannot be tried.

    Example: dualtrack receiver-test http://127.0.0.1:3000/hook --secret whsec_… --json
    """
    check_address(url, "URL")
    chosen = secret_of(secret)
    wanted = _wanted(trials(event_example("track.switched"), chosen), only or [])
    if secret is None:
        typer.echo(f"signed with {chosen}: let the receiver verify with it, or give its own with --secret", err=True)
    grades = asyncio.run(_graded(url, wanted, slow_seconds))
    typer.echo(json.dumps(_report(url, grades), ensure_ascii=False, indent=1)) if as_json else _show(url, grades)
    if not all(grade.is_good for grade in grades):
        raise typer.Exit(REFUSED)


def _wanted(every: list[Trial], names: Sequence[str]) -> list[Trial]:
    known = [trial.name for trial in every]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"there is no trial {name}: known are {', '.join(known)}", param_hint="--only")
    return [trial for trial in every if not names or trial.name in names]


async def _graded(url: str, wanted: Sequence[Trial], slow_seconds: float) -> list[Grade]:
    async with local_client() as client:
        examiner = Examiner(client=client, url=url, slow_seconds=slow_seconds)
        if why := await examiner.is_reached():
            typer.echo(f"dualtrack: nothing is to be tried at {url}: {why}. Start the receiver first.", err=True)
            raise typer.Exit(UNUSABLE)
        return [await examiner.grade(trial) for trial in wanted]


def _show(url: str, grades: Sequence[Grade]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("trial", "what is sent", "wanted", "answer", "ms", ""):
        table.add_column(column, overflow="fold")
    for grade in grades:
        statuses = " ".join(str(one.status or "none") for one in grade.answers)
        longest = f"{max(one.duration_ms for one in grade.answers):.0f}"
        trial = grade.trial
        table.add_row(trial.name, trial.says, trial.wanted, statuses, longest, "good" if grade.is_good else "FOUND")
    show(table)
    found = [grade for grade in grades if not grade.is_good]
    for grade in found:
        typer.echo(f"\n{grade.trial.name}: {grade.found}")
        typer.echo(f"  why   {grade.trial.why}")
        typer.echo(f"  mend  {grade.trial.mend}")
    typer.echo(f"\n{len(grades) - len(found)} of {len(grades)} are as they should be at {url}")


def _report(url: str, grades: Sequence[Grade]) -> dict[str, Any]:
    return {
        "url": url,
        "good": all(grade.is_good for grade in grades),
        "trials": [
            {
                "name": grade.trial.name,
                "sent": grade.trial.says,
                "wanted": grade.trial.wanted,
                "answers": [{"status": one.status, "ms": one.duration_ms, "said": one.said} for one in grade.answers],
                "good": grade.is_good,
                "found": grade.found,
                "why": grade.trial.why,
                "mend": grade.trial.mend,
            }
            for grade in grades
        ],
    }
