"""Endpoints beside the database: listed, paused and resumed."""

import json

from service.cli import endpoints
from service.webhooks.endpoints import create_endpoint
from service.webhooks.subscriptions import Subscription
from tests.cli.desk import on_stage, run, sqlite
from tests.engines import Engine
from tests.stage import Stage
from tests.webhooks.post import SEALER

COMMANDS = [endpoints.__name__]
A, B = "end_a", "end_b"

__all__ = ["sqlite"]


async def subscribe(stage: Stage) -> None:
    chosen = Subscription(
        url="https://payroll.example/", description=None, rendering="v1", event_types=("*",), filters={}
    )
    async with stage.database.transaction() as tx:
        for name in (A, B):
            await create_endpoint(
                tx, public_id=name, secret_id=f"s{name}", subscription=chosen, sealer=SEALER, created_by="key:a", now=1
            )


def test_they_are_listed_paused_and_resumed(sqlite: Engine) -> None:
    on_stage(sqlite, subscribe)
    paused = run("endpoints", "pause", A, "--reason", "their weekend", engine=sqlite)
    assert (paused.code, paused.out) == (0, "paused end_a: its events are held\n")
    listed = run("endpoints", "list", engine=sqlite).lines
    assert [line.split("  ")[0] for line in listed] == [A, B]
    assert listed[0].endswith("https://payroll.example/  their weekend") and "  paused since " in listed[0]
    tried = run("endpoints", "resume", A, "--deliver", "skip", "--dry-run", engine=sqlite)
    assert tried.out == "would resume end_a: 0 to send, 0 skipped\n"
    states = [one["state"] for one in json.loads(run("endpoints", "list", "--json", engine=sqlite).out)]
    assert states == ["paused", "healthy"]
    done = run("endpoints", "resume", A, "--json", engine=sqlite)
    assert (json.loads(done.out)["state"], json.loads(done.out)["to_deliver"]) == ("healthy", 0)


def test_what_cannot_be_done_is_refused(sqlite: Engine) -> None:
    missing = run("endpoints", "pause", "end_none", engine=sqlite)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "dualtrack: There is no endpoint end_none. Ids of endpoints begin with end_.\n"
    alone = run("endpoints", "resume", A, "--since", "2026-01-01T00:00:00Z", engine=sqlite)
    assert (alone.code, alone.err) == (1, "dualtrack: since comes with deliver: since, and only with it.\n")
