"""Endpoints beside the database: made, listed, changed, paused, resumed and deleted."""

import json
from pathlib import Path

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


def test_they_are_made_changed_and_deleted_with_all_that_rest_can_set(sqlite_url: str, tmp_path: Path) -> None:
    engine = sqlite(sqlite_url)
    address = "https://93.184.216.34/hook"
    dry = run("endpoints", "create", address, "--dry-run", engine=engine)
    assert (dry.code, dry.out) == (0, f"would subscribe {address}\n")
    assert run("endpoints", "list", engine=engine).out == ""

    file = tmp_path / "endpoint.json"
    file.write_text(
        json.dumps({"url": "https://1.2.3.4/", "headers": {"X-Key": "hush"}, "rate": 1, "signature": "both"})
    )
    sets = (
        'event_types=["track.switched"]',
        'filters={"team":["robots"]}',
        "mode=batch",
        "rate=2.5",
        "description=pay: 7",
    )
    asked = [part for one in sets for part in ("--set", one)]
    made = run("endpoints", "create", address, *asked, "--file", file, engine=engine)
    first, secret, public = made.lines
    assert made.code == 0 and first.endswith(f": {address}")
    assert secret.startswith("signing secret, shown this once: whsec_") and public.startswith("public key: whpk_")
    (listed,) = json.loads(run("endpoints", "list", "--json", engine=engine).out)
    assert first == f"subscribed {listed['id']}: {address}"
    wanted = {
        "event_types": ["track.switched"],
        "filters": {"team": ["robots"]},
        "mode": "batch",
        "rate": 2.5,
        "description": "pay: 7",
        "header_names": ["X-Key"],
        "secret": None,
    }
    assert {name: listed[name] for name in wanted} == wanted

    change = ("endpoints", "change", listed["id"])
    done = run(*change, "--set", "description=null", "--set", "state=paused", "--revision", "1", engine=engine)
    assert (done.code, done.out) == (0, f"changed {listed['id']}: paused, revision 2\n")
    stale = run(*change, "--set", "rate=9", "--revision", "1", engine=engine)
    assert (stale.code, stale.out) == (1, "")
    after = json.loads(run(*change, "--set", "state=active", "--dry-run", "--json", engine=engine).out)
    assert (after["state"], after["rate"], after["description"]) == ("healthy", 2.5, None)

    delete = ("endpoints", "delete", listed["id"])
    assert run(*delete, "--dry-run", engine=engine).out == f"would delete {listed['id']}\n"
    assert json.loads(run(*delete, "--json", engine=engine).out) == {"id": listed["id"]}
    gone = run(*delete, engine=engine)
    assert (gone.code, run("endpoints", "list", engine=engine).out) == (1, "")


def test_what_cannot_be_read_is_told_without_what_stood_there(sqlite_url: str, tmp_path: Path) -> None:
    engine = sqlite(sqlite_url)
    file = tmp_path / "endpoint.json"
    file.write_text('{"headers": {"X-Key": 7890123}, "oauth2": {"client_secret": 7890123}, "nothing": "7890123"}')
    said = run("endpoints", "create", "https://93.184.216.34/", "--file", file, "--set", "rate=-1", engine=engine)
    assert (said.code, said.out) == (2, "")
    assert {line.split(": ")[1] for line in said.err.splitlines()} == {
        *("headers/X-Key", "oauth2/token_url", "oauth2/client_id", "oauth2/client_secret", "rate", "nothing")
    }
    assert "7890123" not in said.err
    for wrong in ("[1]", "{", '{"a":1,"a":2}', ""):
        file.write_text(wrong)
        assert run("endpoints", "change", A, "--file", file, engine=engine).code == 2
    assert run("endpoints", "change", A, "--file", tmp_path / "none.json", engine=engine).code == 2
    assert run("endpoints", "change", A, "--set", "rate", engine=engine).code == 2
    missing = run("endpoints", "change", "end_none", "--set", "rate=1", engine=engine)
    assert (missing.code, missing.err) == (
        1,
        "dualtrack: There is no endpoint end_none. Ids of endpoints begin with end_.\n",
    )


def test_what_cannot_be_done_is_refused(sqlite_url: str) -> None:
    engine = sqlite(sqlite_url)
    missing = run("endpoints", "pause", "end_none", engine=engine)
    assert (missing.code, missing.out) == (1, "")
    assert missing.err == "dualtrack: There is no endpoint end_none. Ids of endpoints begin with end_.\n"
    alone = run("endpoints", "resume", A, "--since", "2026-01-01T00:00:00Z", engine=engine)
    assert (alone.code, alone.err) == (1, "dualtrack: since comes with deliver: since, and only with it.\n")
