"""`dualtrack replay` and `dualtrack deliveries`, on the database of the test."""

import json
from dataclasses import replace
from typing import Any

from service.cli import deliveries, replay
from service.usecases.endpoints import EndpointRequest, Sending, create_endpoint
from service.webhooks.addresses import parse_networks
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.transport import AiohttpTransport
from tests.cli.desk import on_stage, run
from tests.engines import Engine
from tests.stage import HR, Stage
from tests.webhooks.depot import open_depot, result
from tests.webhooks.post import SEALER

COMMANDS = [module.__name__ for module in (deliveries, replay)]
EVER = "2020-01-01T00:00:00Z"


def subscribed(engine: Engine) -> str:
    """An endpoint that a change of somebody is to be sent to."""

    async def act(stage: Stage) -> str:
        guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
        asked = EndpointRequest(url="http://127.0.0.1:9/")
        transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test")
        sending = Sending(guard=guard, sealer=SEALER, transport=transport, origin=Origin())
        made = await create_endpoint(stage.runtime, sending, HR, asked)
        await stage.change({"level": "ic2"}, "2026-01-01", employee="ada")
        await transport.close()
        guard.close()
        return made.answer["id"]

    return on_stage(engine, act)


def postpone(engine: Engine) -> None:
    """As if the receiver of what waits had said that it cannot take it yet."""

    async def act(stage: Stage) -> None:
        async with open_depot(stage.database) as depot:
            (mine,) = await depot.own()
            came = result(await depot.only_head(mine), ok=False, burns=False)
            said = {"status": 423, "response_head": "mapping-missing: ic2\nhas no title"}
            await depot.store.record("d1", [replace(came, outcome="postponed", error_class="postponed", **said)])

    on_stage(engine, act)


def document(*arguments: str, engine: Engine) -> Any:
    said = run(*arguments, "--json", engine=engine)
    assert said.code == 0, said.err
    return json.loads(said.out)


def test_a_replay_is_counted_and_asked_for(staffed: Engine) -> None:
    endpoint = subscribed(staffed)
    tried = document("replay", endpoint, "--from", EVER, "--subject", "ada", "--dry-run", engine=staffed)
    assert (tried["id"], tried["events"], tried["lanes"]) == (None, 2, 1)
    told = run("replay", endpoint, "--from", EVER, "--facet", "ladder=engineering", "--type", "*", engine=staffed)
    assert (told.code, told.err.splitlines()[-1].split(":")[1]) == (1, " unknown-event-type")
    told = run("replay", endpoint, "--from", EVER, "--facet", "ladder=engineering", engine=staffed)
    assert (told.code, told.out.startswith("rep_"), "events of" in told.out) == (0, True, True)
    for wrong in (("--from", "soon"), ("--facet", "ladder"), ("--state", "held"), ("--after", "latest")):
        assert run("replay", endpoint, *wrong, engine=staffed).code == 2, wrong
    assert run("replay", "end_none", "--from", EVER, engine=staffed).code == 1


def test_a_delivery_is_listed_dropped_and_tried_again(staffed: Engine) -> None:
    endpoint = subscribed(staffed)
    (one,) = document("deliveries", "list", endpoint, "--state", "pending", engine=staffed)
    hurried = document("deliveries", "retry", one["id"], engine=staffed)
    assert (hurried["id"], hurried["state"]) == (one["id"], "pending")
    assert run("deliveries", "attempts", one["id"], engine=staffed).out == ""
    postpone(staffed)
    (waits,) = document("deliveries", "list", endpoint, "--state", "retrying", engine=staffed)
    assert (waits["id"], waits["attempts"], waits["next_attempt_at"] is None) == (one["id"], 1, False)
    (tried,) = document("deliveries", "attempts", one["id"], engine=staffed)
    assert (tried["outcome"], tried["error_class"], tried["status"]) == ("postponed", "postponed", 423)
    (line,) = run("deliveries", "attempts", one["id"], engine=staffed).lines
    assert line.startswith("1  ") and line.endswith("Z  postponed  423  mapping-missing: ic2 has no title")
    assert run("deliveries", "attempts", "dlv_none", engine=staffed).code == 1
    tried = document("deliveries", "drop", one["id"], "--reason", "by hand", "--dry-run", engine=staffed)
    assert tried["state"] == "dropped"
    assert run("deliveries", "list", "--state", "dropped", engine=staffed).out == ""
    dropped = run("deliveries", "drop", one["id"], "--reason", "by hand", engine=staffed)
    assert (dropped.code, dropped.out) == (0, f"{one['id']}  dropped\n")
    (line,) = run("deliveries", "list", "--state", "dropped", engine=staffed).lines
    assert line.split("  ")[-1] == "dropped: by hand"
    again = document("deliveries", "retry", one["id"], engine=staffed)
    assert (again["event"], again["state"], again["id"] != one["id"]) == (one["event"], "pending", True)
    assert run("deliveries", "retry", one["id"], engine=staffed).code == 1
    assert run("deliveries", "drop", again["id"], "--reason", "", engine=staffed).code == 2
    assert run("deliveries", "list", "--state", "pending", engine=staffed).code == 1
