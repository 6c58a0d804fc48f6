"""`listen` and `trigger`: events reach the code of a developer, whatever is cut off, and end with Ctrl-C."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from tests.e2e.house import PATIENCE_SECONDS, House, Program, a_house
from tests.e2e.people import change, introduce, names, steps_of
from tests.e2e.receiver import Receiver
from tests.e2e.relay import a_relay

PEOPLE = names(2)
STEPS = steps_of(6)


async def line(program: Program) -> Any:
    assert program.process.stdout
    async with asyncio.timeout(PATIENCE_SECONDS):
        text = await program.process.stdout.readline()
    assert text, program.errors.read_text()
    return json.loads(text)


async def test_what_is_listened_to_is_complete_whatever_is_cut_off(sqlite_house: House, receiver: Receiver) -> None:
    house = sqlite_house
    serving = await house.serve("--no-dispatcher")
    async with a_relay(serving.url) as relay, house.client(serving) as client:
        await introduce(client, PEOPLE)
        published = await client.get("/v1/events", params={"after": "latest"})
        start = published.json()["page"]["next_cursor"]
        listening = await house.start(
            *("listen", "--url", relay.url, "--after", start, "--forward", receiver.url, "--json"),
            DUALTRACK_CLIENT_KEY=house.key,
        )
        begun = await line(listening)
        assert (begun["listening"], begun["forward"]) == (relay.url, receiver.url)
        got: list[Any] = []
        for number in range(3):
            if number == 1:
                # What is told while nobody is connected, and what was under way when it was cut, comes all the same.
                await relay.cut()
            for person in PEOPLE:
                assert (await change(client, person, number, STEPS[number])).status_code == 201
            if number:
                await relay.cut()
                await relay.mend()
            got += [await line(listening) for _ in PEOPLE]
        told = (await client.get("/v1/events", params={"after": start, "limit": 200})).json()["data"]
        assert [one["event"] for one in got] == told
        assert {(one["answer"]["status"], *one["notes"]) for one in got} == {(204,)}
        for arrival, event in zip(receiver.arrivals, told, strict=True):
            verified: Any = Webhook(begun["secret"]).verify(arrival.body, arrival.headers)
            assert verified == event and arrival.id == event["id"]
        os.kill(listening.process.pid, signal.SIGINT)
        ended = await listening.ended()
        assert (ended.code, ended.out, "Traceback" in ended.err) == (0, "", False)
        assert "again in" in ended.err and begun["secret"] not in ended.err

        # One more time, byte for byte, for the code that was not ready for it.
        again = ("listen", "--url", serving.url, "--key", house.key, "--forward", receiver.url)
        receiver.status = 500
        failed = await house.run(*again, "--resend", told[2]["id"])
        receiver.status = 204
        done = await house.run(*again, "--resend", told[0]["id"], "--secret", begun["secret"])
        assert (failed.code, done.code) == (1, 0)
        assert "-> 500 in " in failed.out and "-> 204 in " in done.out and told[0]["id"] in done.out
        assert [one.body for one in receiver.arrivals[-2:]] == [receiver.arrivals[2].body, receiver.arrivals[0].body]
        missing = await house.run(*again, "--resend", "evt_none")
        assert (missing.code, missing.err) == (1, "dualtrack: There is no event evt_none that this key may read.\n")


async def test_it_ends_when_the_key_does_and_says_what_refuses(sqlite_house: House) -> None:
    house = sqlite_house
    serving = await house.serve("--no-dispatcher")
    async with house.client(serving) as client:
        made = (await client.post("/v1/keys", json={"name": "mine", "scopes": ["assignments:read"]})).json()
        listening = await house.start("listen", "--url", serving.url, "--key", made["key"], "--types", "track.switched")
        assert listening.process.stdout
        await listening.process.stdout.readline()
        assert (await client.delete(f"/v1/keys/{made['id']}")).status_code == 200
        ended = await listening.ended()
        assert (ended.code, ended.err.splitlines()[-1].startswith("dualtrack: key-refused: ")) == (1, True)
    for arguments, code, says in (
        (("--key", house.key, "--after", "x"), 1, "cursor-invalid"),
        (("--key", house.key, "--types", "track.swiched"), 1, "Did you mean track.switched?"),
        (("--key", house.key, "--forward", "nowhere"), 2, "write an address"),
        (("--key", house.key, "--secret", "x"), 2, "whsec_"),
        ((), 2, "--key"),
    ):
        refused = await house.run("listen", "--url", serving.url, *arguments)
        assert refused.code == code and says in " ".join(refused.err.replace("│", " ").split()), refused.err


@asynccontextmanager
async def a_door(status: int, answer: dict[str, Any]) -> AsyncGenerator[tuple[str, list[Any]]]:
    """What the service answers to whoever asks it to send an example, and what was asked."""
    asked: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        asked.append((request.path, request.headers["authorization"], await request.json()))
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_post("/v1/endpoints/{endpoint}/test", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def test_trigger_tells_what_came_of_it(tmp_path: Path) -> None:
    attempt = {
        "status": 204,
        "outcome": "delivered",
        "duration_ms": 12.5,
        "error_class": None,
        "response_head": "a\x1bb",
    }
    problem = {"code": "no-such-endpoint", "detail": "There is no endpoint end_x."}
    async with a_house(tmp_path, {}) as house:
        asking = ("trigger", "track.switched", "--endpoint", "end_x", "--key", "dt_a_b")
        for status, answer, code, says in (
            (200, {"attempt": attempt}, 0, "outcome        delivered\nduration_ms    12.5\nresponse_head  a b\n"),
            (200, {"attempt": {**attempt, "status": 500, "outcome": "failed"}}, 1, "status         500\n"),
            (404, problem, 1, ""),
        ):
            async with a_door(status, answer) as (url, asked):
                ended = await house.run(*asking, "--url", url)
                assert (ended.code, says in ended.out) == (code, True), ended
                assert ended.err == (
                    "" if status == 200 else "dualtrack: no-such-endpoint: There is no endpoint end_x.\n"
                )
                assert asked == [("/v1/endpoints/end_x/test", "Bearer dt_a_b", {"event_type": "track.switched"})]
        async with a_door(200, {"attempt": attempt}) as (url, _):
            ended = await house.run(*asking, "--url", url, "--json")
            assert (ended.code, json.loads(ended.out)) == (0, {"attempt": attempt})
        nobody = await house.run(*asking, "--url", "http://127.0.0.1:9")
        assert (nobody.code, nobody.err) == (2, "dualtrack: http://127.0.0.1:9 does not answer: ConnectError.\n")
