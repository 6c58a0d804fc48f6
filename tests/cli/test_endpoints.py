"""Endpoints beside the database: listed, paused and resumed."""

import json

from service.cli import endpoints
from service.webhooks.endpoints import create_endpoint
from service.webhooks.subscriptions import Subscription
from tests.cli.desk import on_stage, run, sqlite
from tests.stage import Stage
from tests.webhooks.post import SEALER

COMMANDS = [endpoints.__name__]
A, B = "end_a", "end_b"


async def subscribe(stage: Stage) -> None:
    chosen = Subscription(
        url="https://payroll.example/", description=None, rendering="v1", event_types=("*",), filters={}
    )
    async with stage.database.transaction() as tx:
        for name in (A, B):
            await create_endpoint(
                tx, public_id=name, secret_id=f"s{name}", subscription=chosen, sealer=SEALER, created_by="key:a", now=1
            )


def test_they_are_listed_paused_and_resumed(sqlite_url: str) -> None:
    engine = sqlite(sqlite_url)
    on_stage(engine, subscribe)
    paused = run("endpoints", "pause", A, "--reason", "their weekend", engine=engine)
    assert (paused.code, paused.out) == (0, "paused end_a: its events are held\n")
    listed = run("endpoints", "list", engine=engine).lines
    assert [line.split("  ")[0] for line in listed] == [A, B]
    assert listed[0].endswith("https://payroll.example/  their weekend") and "  paused since " in listed[0]
    tried = run("endpoints", "resume", A, "--deliver", "skip", "--dry-run", engine=engine)
    assert tried.out == "would resume end_a: 0 to send, 0 skipped\n"
    states = [one["state"] for one in json.loads(run("endpoints", "list", "--json", engine=engine).out)]
    assert states == ["paused", "healthy"]
    done = run("endpoints", "resume", A, "--json", engine=engine)
    assert (json.loads(done.out)["state"], json.loads(done.out)["to_deliver"]) == ("healthy", 0)


def test_what_cannot_be_done_is_refused(sqlite_url: str) -> None:
    engine = sqlite(sqlite_url)
    missing = run("endpoints", "pause", "end_none", engine=engine)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "dualtrack: There is no endpoint end_none. Ids of endpoints begin with end_.\n"
    alone = run("endpoints", "resume", A, "--since", "2026-01-01T00:00:00Z", engine=engine)
    assert (alone.code, alone.err) == (1, "dualtrack: since comes with deliver: since, and only with it.\n")
