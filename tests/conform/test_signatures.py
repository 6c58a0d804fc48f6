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
from service.webhooks.signing import new_secret, public_key, sign

HERE = Path(__file__).parent
PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"
PUBLISHED = {
    "secret": "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
    "now": 1614265330,
    "headers": {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJa"
        "A7AZdpXwVLPo3mNl8EM+m7TBAg==",
    },
    "body": base64.b64encode(b'{"test": 2432232314}').decode(),
}
"""A signature that others have published, so that the program itself is known to judge right."""
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


def judged_by_public_key(*deliveries: dict[str, Any]) -> list[str]:
    """What node's own cryptography says of each."""
    node = shutil.which("node")
    assert node, "node is not installed: make conform needs it"
    return _said("".join(json.dumps(each) + "\n" for each in deliveries), node, HERE / "verify_v1a.mjs")


def asymmetric(secret: str, **changes: Any) -> dict[str, Any]:
    """A delivery signed with a private key among others, as whoever has the public one gets it."""
    known = changes.pop("known", public_key(secret))
    return {**delivery(signed_with=[new_secret(), secret], **changes), "secret": known}


def test_node_accepts_an_ed25519_signature_and_nothing_that_was_touched() -> None:
    secret, stranger = new_secret("ed25519"), public_key(new_secret("ed25519"))
    assert judged_by_public_key(
        PUBLISHED,
        asymmetric(secret),
        asymmetric(secret, arrives=BODY + b" "),
        asymmetric(secret, known=stranger),
        asymmetric(secret, **{"webhook-id": "evt_01h455vb4pex5vsknk084sn02r"}),
        asymmetric(secret, at=int(time.time()) - 3600),
        delivery(secret=public_key(secret), signed_with=[new_secret()]),
    ) == [
        "accepted",
        "accepted",
        *["refused: no signature fits"] * 3,
        "refused: it is too old or too new",
        "refused: no signature fits",
    ]


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
