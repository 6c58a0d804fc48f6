"""The Standard Webhooks library for JavaScript accepts what our signer makes, and nothing that was touched."""

import base64
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from service.resources import folder
from service.webhooks.signing import new_secret, sign

HERE = Path(__file__).parent
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


def judged_by_javascript(*deliveries: dict[str, Any]) -> list[str]:
    node = shutil.which("node")
    assert node, "node is not installed: make conform needs it"
    answer = subprocess.run(
        [node, HERE / "verify.mjs"],
        input="".join(json.dumps(each) + "\n" for each in deliveries),
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.splitlines()


def test_accepts_what_we_sign() -> None:
    assert judged_by_javascript(delivery()) == ["accepted"]


def test_accepts_each_side_of_a_rotation() -> None:
    old, new = new_secret(), new_secret()
    both = [new, old]
    assert judged_by_javascript(
        delivery(secret=old, signed_with=both), delivery(secret=new, signed_with=both), delivery(signed_with=both)
    ) == ["accepted", "accepted", "refused: No matching signature found"]


def test_accepts_every_published_example() -> None:
    bodies = [path.read_bytes() for path in sorted((folder("schemas") / "events").glob("*.json"))]
    assert bodies
    assert judged_by_javascript(*(delivery(body=body) for body in bodies)) == ["accepted"] * len(bodies)


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
    (verdict,) = judged_by_javascript(delivery(**changes))
    assert verdict.startswith("refused: ")
