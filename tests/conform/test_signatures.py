"""Libraries of others, for JavaScript and Python, accept what our signer makes, and nothing that was touched."""

import base64
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from service.resources import folder
from service.webhooks.signing import new_secret, sign

HERE = Path(__file__).parent
PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"
BODY = '{"type":"track.switched","data":{"title":"Ingénieure – Größe ✓","min":"71000.00"}}'.encode()


def delivery(**changes: Any) -> dict[str, Any]:
    """What arrives for one signed event, with parts replaced after signing."""
    secret = changes.pop("secret", None) or new_secret()
    at = changes.pop("at", int(time.time()))
    body = changes.pop("body", BODY)
    signed_with = changes.pop("signed_with", [secret])
    signature = sign(message_id="evt_01h455vb4pex5vsknk084sn02q", timestamp_seconds=at, body=body, secrets=signed_with)
    headers = {
        "webhook-id": "evt_01h455vb4pex5vsknk084sn02q",
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }
    arrived = changes.pop("arrives", body)
    return {"secret": secret, "headers": {**headers, **changes}, "body": base64.b64encode(arrived).decode()}


def judged(*deliveries: dict[str, Any]) -> list[str]:
    """What the libraries say of each: one word where they agree, as they must."""
    lines = "".join(json.dumps(each) + "\n" for each in deliveries)
    node = shutil.which("node")
    assert node, "node is not installed: make conform needs it"
    assert PYTHON.exists(), "the libraries for Python are not installed: make conform does it"
    javascript = _said(lines, node, HERE / "verify.mjs")
    python = [json.loads(line) for line in _said(lines, PYTHON, HERE / "verify.py")]
    found = [[script, *others] for script, others in zip(javascript, python, strict=True)]
    for said in found:
        assert len({one.partition(":")[0] for one in said}) == 1, said
    return [said[0] for said in found]


def _said(lines: str, *command: str | Path) -> list[str]:
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()


def test_accepts_what_we_sign() -> None:
    assert judged(delivery()) == ["accepted"]


def test_accepts_ten_signatures_of_which_the_last_is_its_own() -> None:
    secrets = [new_secret() for _ in range(10)]
    assert judged(delivery(secret=secrets[-1], signed_with=secrets)) == ["accepted"]


def test_accepts_each_side_of_a_rotation() -> None:
    old, new = new_secret(), new_secret()
    both = [new, old]
    assert judged(
        delivery(secret=old, signed_with=both), delivery(secret=new, signed_with=both), delivery(signed_with=both)
    ) == ["accepted", "accepted", "refused: No matching signature found"]


def test_accepts_every_published_example() -> None:
    bodies = [path.read_bytes() for path in sorted((folder("schemas") / "events").glob("*.json"))]
    assert bodies
    assert judged(*(delivery(body=body) for body in bodies)) == ["accepted"] * len(bodies)


@pytest.mark.parametrize(
    "changes",
    [
        {"arrives": BODY + b" "},
        {"arrives": BODY.replace(b"71000", b"91000")},
        {"webhook-id": "evt_01h455vb4pex5vsknk084sn02r"},
        {"webhook-timestamp": str(int(time.time()) - 60)},
        {"webhook-signature": "v1,AAAA"},
        {"at": int(time.time()) - 3600},
        {"at": int(time.time()) + 3600},
    ],
)
def test_refuses_what_was_touched_or_is_old(changes: dict[str, Any]) -> None:
    (verdict,) = judged(delivery(**changes))
    assert verdict.startswith("refused: ")
