"""Receivers: the programs that the documentation shows, and the commands for those who write their own."""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from service.webhooks.signing import new_secret, sign
from tests.docs import block_with, blocks, defined
from tests.e2e.house import PATIENCE_SECONDS, a_house

VERIFY = [code for code in blocks("receiving.md", "python") if "def verify" in code and "svix" not in code]
"""The one with svix runs in tests/conform."""
RECEIVER = block_with("receiving.md", "python", "class Hook")
NAIVE = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["content-length"])))
        known = event["type"] == "track.switched"
        self.send_response(200 if known else 404)
        self.send_header("content-length", "0")
        self.end_headers()

server = HTTPServer(("127.0.0.1", 0), Hook)
print(f"listening on {server.server_address[1]}", flush=True)
server.serve_forever()
"""
FORGIVING = {"wrong signature", "altered body", "altered id", "unsigned", "old timestamp", "future timestamp"}
"""What somebody takes who does not verify."""


@asynccontextmanager
async def running(code: str, folder: Path, secret: str) -> AsyncGenerator[tuple[str, asyncio.StreamReader]]:
    """A program that says where it listens, and what else it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        cwd=folder,
        env={**os.environ, "WEBHOOK_SECRET": secret, "PORT": "0"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await process.stdout.readline()
        found = re.search(rb"listening on (\d+)", line)
        assert found, line
        yield f"http://127.0.0.1:{found[1].decode()}/hook", process.stdout
    finally:
        process.kill()
        await process.wait()


def headers_of(body: bytes, secrets: list[str], *, ago: int = 0, **changes: str) -> dict[str, str]:
    at = int(time.time()) - ago
    signature = sign(message_id="evt_a", timestamp_seconds=at, body=body, secrets=secrets)
    made = {"webhook-id": "evt_a", "webhook-timestamp": str(at), "webhook-signature": signature}
    return {**made, **{name.replace("_", "-"): value for name, value in changes.items()}}


@pytest.mark.parametrize("code", VERIFY, ids=["alone", "standardwebhooks"])
def test_what_the_page_verifies_with(code: str) -> None:
    verify: Callable[..., str] = defined(code)["verify"]
    secret, other = new_secret(), new_secret()
    body = '{"title":"Größe ✓"}'.encode()
    for secrets in ([secret], [other, secret], [secret, other]):
        assert verify(secret, headers_of(body, secrets), body) == "evt_a"
    unknown = headers_of(body, [secret])
    assert verify(secret, {**unknown, "webhook-signature": "v1a,xyz " + unknown["webhook-signature"]}, body) == "evt_a"
    good = headers_of(body, [secret])
    for wrong in (
        headers_of(body, [other]),
        headers_of(body, [secret], ago=400),
        headers_of(body, [secret], ago=-400),
        headers_of(body, [secret], webhook_id="evt_b"),
        headers_of(body, [secret], webhook_timestamp=str(int(time.time()) - 5)),
        headers_of(body, [secret], webhook_timestamp="now"),
        headers_of(body, [secret], webhook_signature="v1,AAAA"),
        headers_of(body, [secret], webhook_signature=""),
        *({name: value for name, value in good.items() if name != one} for one in good),
    ):
        with pytest.raises(ValueError, match=r"."):
            verify(secret, wrong, body)
    with pytest.raises(ValueError, match=r"."):
        verify(secret, good, body + b" ")


def test_the_page_has_every_program() -> None:
    assert (len(VERIFY), len(blocks("receiving.md", "js"))) == (2, 3)


async def test_the_shown_receiver_passes_every_trial(tmp_path: Path) -> None:
    secret = new_secret()
    async with (
        a_house(tmp_path, {}) as house,
        running(VERIFY[0] + RECEIVER, tmp_path, secret) as (url, said),
    ):
        ended = await house.run("receiver-test", url, "--secret", secret, "--slow-seconds", "2", "--json")
        report = json.loads(ended.out)
        assert [one["name"] for one in report["trials"] if not one["good"]] == [], report
        assert (ended.code, report["good"], ended.err) == (0, True, "")
        # What it did about all that: each event once, in the order of the person, and nothing of what was refused.
        assert len(report["trials"]) == 16
        async with asyncio.timeout(PATIENCE_SECONDS):
            lines = [await said.readline() for _ in range(7)]
        assert {line.split()[1:] == [b"is", b"manager", b"now"] for line in lines} == {True}


async def test_a_naive_receiver_is_told_what_to_mend(tmp_path: Path) -> None:
    secret = new_secret()
    async with (
        a_house(tmp_path, {}) as house,
        running(NAIVE, tmp_path, secret) as (url, _),
    ):
        asked = ("receiver-test", url, "--slow-seconds", "2")
        ended = await house.run(*asked, "--secret", secret, "--json")
        report = json.loads(ended.out)
        found = {one["name"]: one for one in report["trials"] if not one["good"]}
        assert set(found) == {*FORGIVING, "unknown type", "malformed JSON", "slow body"}
        assert (ended.code, report["good"]) == (1, False)
        assert found["unsigned"]["found"] == "200: it was taken"
        assert found["unknown type"]["found"] == "404, not 2xx"
        assert found["slow body"]["found"] == "others wait until the slow one is done"
        assert found["malformed JSON"]["found"].startswith("no answer: ")
        assert all(one["why"] and one["mend"] for one in found.values())
        # The same for people, with a secret of its own, and one trial alone.
        shown = await house.run(*asked, "--only", "unsigned", "--only", "good")
        assert (shown.code, shown.err.count("whsec_")) == (1, 1)
        assert "1 of 2 are as they should be" in shown.out
        assert "\n  mend  refuse what lacks one of the three headers" in shown.out


async def test_what_cannot_be_tried(tmp_path: Path) -> None:
    async with a_house(tmp_path, {}) as house:
        for arguments, says in (
            (("http://127.0.0.1:9/hook",), "Start the receiver first"),
            (("ftp://127.0.0.1/",), "write an address"),
            (("http://127.0.0.1:9/", "--secret", "x"), "whsec_"),
            (("http://127.0.0.1:9/", "--only", "everything"), "there is no trial everything"),
        ):
            ended = await house.run("receiver-test", *arguments)
            assert (ended.code, ended.out) == (2, "")
            assert says in " ".join(ended.err.replace("│", " ").split()), ended.err
