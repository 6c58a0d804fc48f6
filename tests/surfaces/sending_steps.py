"""Steps of the script about what was sent to an endpoint: (mutation, what is given to it)."""

from typing import Any

HOOK = "http://127.0.0.1:9/hook"
SENDING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("createEndpoint", {"url": HOOK}),
    ("recordChange", {"employee": "ada", "effective_on": "2026-05-02", "to": {"team": "core"}, "if_match": "*"}),
    ("createReplay", {"endpoint": "{endpoint}", "from": "2020-01-01T00:00:00Z", "dry_run": True}),
    ("createReplay", {"endpoint": "{endpoint}", "from": "2020-01-01T00:00:00Z", "filters": {"team": ["core"]}}),
    ("createReplay", {"endpoint": "{endpoint}", "from": "soon"}),
    ("createReplay", {"endpoint": "{endpoint}", "after": "???"}),
    ("createReplay", {"endpoint": "{endpoint}"}),
    ("createReplay", {"endpoint": "{endpoint}", "state": "dead"}),
    ("createReplay", {"endpoint": "{endpoint}", "state": "held"}),
    ("createReplay", {"endpoint": "{endpoint}", "state": "dead", "event_types": ["track.swiched"]}),
    ("createReplay", {"endpoint": "{endpoint}", "state": "dead", "subject": "nobody"}),
    ("cancelReplay", {"replay": "{replay}", "dry_run": True}),
    ("cancelReplay", {"replay": "{replay}"}),
    ("cancelReplay", {"replay": "{replay}"}),
    ("cancelReplay", {"replay": "rep_none"}),
    ("retryDelivery", {"delivery": "dlv_none"}),
    ("retryDelivery", {"delivery": "{delivery}"}),
    ("dropDelivery", {"delivery": "{delivery}", "reason": "by hand", "dry_run": True}),
    ("dropDelivery", {"delivery": "{delivery}", "reason": ""}),
    ("dropDelivery", {"delivery": "{delivery}", "reason": "by hand"}),
    ("dropDelivery", {"delivery": "{delivery}", "reason": "by hand"}),
    ("retryDelivery", {"delivery": "{delivery}", "dry_run": True}),
    ("retryDelivery", {"delivery": "{delivery}", "idempotency_key": "again"}),
    ("retryDelivery", {"delivery": "{delivery}", "idempotency_key": "again"}),
    ("retryDelivery", {"delivery": "{delivery}"}),
    ("expungeDelivery", {"delivery": "{delivery}"}),
    ("expungeEndpoint", {"endpoint": "{endpoint}"}),
    ("expungeEndpoint", {"endpoint": "end_none"}),
    ("deleteEndpoint", {"endpoint": "{endpoint}", "if_match": "*"}),
)
