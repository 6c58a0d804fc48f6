"""What is done to an endpoint, within the one script of writes: getting through to it, its secrets, trying it."""

from typing import Any

HOOK = "http://127.0.0.1:9/hook"
OWN: dict[str, Any] = {
    "headers": {"X-Tenant": "seven"},
    "oauth2": {"token_url": "http://127.0.0.1:9/token", "client_id": "us", "client_secret": "hush"},
}
CARE: list[tuple[str, dict[str, Any]]] = [
    ("createEndpoint", {"url": HOOK, **OWN, "dry_run": True}),
    ("createEndpoint", {"url": HOOK, "headers": {"Host": "elsewhere"}}),
    ("createEndpoint", {"url": HOOK, "oauth2": {**OWN["oauth2"], "token_url": "https://10.0.0.1/"}}),
    ("createEndpoint", {"url": HOOK, "client_certificate": {"certificate": "x", "key": "y"}}),
    ("changeEndpoint", {"endpoint": "{endpoint}", **OWN, "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "headers": {"X-Tenant": "other"}, "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "oauth2": None, "rate": 0.5, "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "verify": "handshake", "if_match": "*"}),
    ("changeEndpoint", {"endpoint": "{endpoint}", "verify": "none", "state": "active", "if_match": "*"}),
    ("rotateSecret", {"endpoint": "{endpoint}", "kind": "ed25519", "dry_run": True}),
    ("rotateSecret", {"endpoint": "{endpoint}", "kind": "ed25519", "idempotency_key": "rotate"}),
    ("rotateSecret", {"endpoint": "{endpoint}", "kind": "ed25519", "idempotency_key": "rotate"}),
    ("rotateSecret", {"endpoint": "{endpoint}", "overlap_seconds": 604_801}),
    ("rotateSecret", {"endpoint": "end_none"}),
    ("revokeSecret", {"endpoint": "{endpoint}", "secret": "sec_none"}),
    ("revokeSecret", {"endpoint": "{endpoint}", "secret": "{secret}"}),
    ("testEndpoint", {"endpoint": "{endpoint}", "event_type": "track.swiched"}),
    ("testEndpoint", {"endpoint": "end_none", "event_type": "track.switched"}),
]
