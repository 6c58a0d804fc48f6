"""The programs of the page on receiving that need packages of others: what they accept and what they refuse."""

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conform.test_clients import PYTHON_CLIENTS
from tests.conform.test_signatures import BODY, delivery
from tests.docs import block_with, blocks

HERE = Path(__file__).parent
PROGRAMS = blocks("receiving.md", "js")
WITH_SVIX = block_with("receiving.md", "python", "from svix")
PYTHON_DRIVER = """
import base64, json, sys
for line in sys.stdin:
    sent = json.loads(line)
    try:
        print("accepted", verify(sent["secret"], sent["headers"], base64.b64decode(sent["body"])))
    except ValueError as error:
        print("refused:", error)
"""
DRIVER = """
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { secret, headers, body } = JSON.parse(line);
  try {
    console.log("accepted " + verify(secret, headers, Buffer.from(body, "base64")));
  } catch (error) {
    console.log(`refused: ${error.message}`);
  }
}
"""


def judged(program: str, deliveries: list[dict[str, Any]]) -> list[str]:
    """By the program as it is shown; of Node, it finds its packages beside this file."""
    sent = "".join(json.dumps(each) + "\n" for each in deliveries)
    if program == WITH_SVIX:
        return said_by([str(PYTHON_CLIENTS / "python"), "-c", program + PYTHON_DRIVER], sent)
    node = shutil.which("node")
    assert node, "node is not installed: make conform needs it"
    file = HERE / "shown.mjs"
    try:
        file.write_text(program + DRIVER)
        return said_by([node, str(file)], sent)
    finally:
        file.unlink()


def said_by(command: list[str], sent: str) -> list[str]:
    return subprocess.run(command, input=sent, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("program", [*PROGRAMS, WITH_SVIX], ids=["alone", "standardwebhooks", "svix", "python-svix"])
def test_a_shown_program(program: str) -> None:
    now = int(time.time())
    good = delivery()
    rotated = delivery()
    rotated["headers"]["webhook-signature"] = "v1a,xyz v1,AAAA " + rotated["headers"]["webhook-signature"]
    unreadable = delivery(body=BODY[:-1])
    bad = [
        delivery(arrives=BODY + b" "),
        delivery(**{"webhook-id": "evt_other"}),
        delivery(**{"webhook-timestamp": str(now - 60)}),
        delivery(**{"webhook-timestamp": "now"}),
        delivery(**{"webhook-signature": "v1,AAAA"}),
        delivery(**{"webhook-signature": "v1,ü"}),
        delivery(at=now - 3600),
        delivery(at=now + 3600),
        *({**good, "headers": {k: v for k, v in good["headers"].items() if k != name}} for name in good["headers"]),
    ]
    told = judged(program, [good, rotated, *bad, unreadable])
    assert told[:2] == ["accepted " + good["headers"]["webhook-id"]] * 2
    assert {line.startswith("refused: ") for line in told[2:-1]} == {True}, told
    # Some packages read the body, too; what is genuine and cannot be read is for its receiver to judge.
    only_verifies = "createHmac" in program or program == WITH_SVIX
    assert told[-1].startswith("accepted" if only_verifies else "refused: "), told
    assert base64.b64decode(unreadable["body"]) == BODY[:-1]
