"""Heads and endpoints in memory, for what needs no database."""

from typing import Any

from service.webhooks.access import SealedAccess
from service.webhooks.health import Health
from service.webhooks.outcomes import Answer
from service.webhooks.work import Claimed, Head, Owned


def head(event: str, **given: Any) -> Head:
    """The event `<lane>-<number>`, at the position of its number."""
    lane, number = event.split("-")
    made: dict[str, Any] = {
        "endpoint_id": 1,
        "lane": lane,
        "gen": 1,
        "attempts": 0,
        "tries": 0,
        "pos": int(number),
        "event_seq": int(number),
        "replay_id": "",
        "event_id": event,
        "event_type": "thing.happened",
        "subject": lane,
        "body": f'{{"id":"{event}"}}',
        "traceparent": None,
    }
    return Head(**{**made, **given})


def heads(*events: str) -> tuple[Head, ...]:
    return tuple(map(head, events))


def claimed(*events: str, more: bool = False) -> Claimed:
    return Claimed(heads=list(heads(*events)), more=more)


def owned(**given: Any) -> Owned:
    made: dict[str, Any] = {
        "id": 1,
        "public_id": "end_a",
        "epoch": 1,
        "url": "http://127.0.0.1:9/",
        "rendering": "v1",
        "max_in_flight": 16,
        "timeout_ms": 1_000,
        "retry_schedule": None,
        "on_exhausted": "skip",
        "revision": 1,
        "mode": "single",
        "ordering": "per_key",
        "format": "standard",
        "thin": False,
        "verify": "none",
        "rate": None,
        "burst": None,
        "batch_max": 100,
        "batch_bytes": 1_048_576,
        "linger_ms": 0,
        "secrets": (),
        "access": SealedAccess(headers=None, tls=None, oauth2=None),
        "health": Health(state="healthy", reason=None, since=0),
        "skip_to": 0,
    }
    return Owned(**{**made, **given})


def batching(**given: Any) -> Owned:
    return owned(**{"mode": "batch", "batch_max": 100, "batch_bytes": 1_048_576, **given})


def answered(status: int, body: bytes = b"", **headers: str) -> Answer:
    """`_` in the names of headers stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=named, body_head=body.decode()[:2048], body=body, duration_ms=1.5)
