"""Several events as one message: its id, its body, and what the receiver answers about each. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

from service.webhooks.work import Head

Said = Literal["ok", "retry", "reject"]
_CAREFUL: Mapping[Said, int] = {"ok": 0, "reject": 1, "retry": 2}
"""Said twice of one event, the greater one counts: it is sent once too often rather than once too few."""

SPLIT = frozenset({400, 413, 422})
"""Statuses with which a receiver says that something in the batch, or its size, is not to its liking."""
ID_CHARS = 32


def batch_id(events: Sequence[str]) -> str:
    """The same for the same events in the same order, so that a receiver knows a batch that comes again."""
    return "bat_" + hashlib.sha256("\n".join(events).encode()).hexdigest()[:ID_CHARS]


def _standard(name: str, bodies: Sequence[bytes]) -> bytes:
    return b'{"type":"batch","id":"%b","events":[%b]}' % (name.encode(), b",".join(bodies))


def _cloudevents(_name: str, bodies: Sequence[bytes]) -> bytes:
    return b"[%b]" % b",".join(bodies)


_FORMS: Mapping[str, tuple[Callable[[str, Sequence[bytes]], bytes], str, int]] = {
    "standard": (_standard, "application/json", len(_standard(batch_id(()), ()))),
    "cloudevents": (_cloudevents, "application/cloudevents-batch+json", 2),
}
"""By format: how bodies become one, its media type, and the bytes that it has without any."""


def event_body(head: Head, _format: str) -> bytes:
    """An event as it stands in a batch: exactly as it is stored."""
    return head.body.encode()


def body_of(heads: Sequence[Head], form: str) -> bytes:
    """The body of a batch; events in the order given."""
    make, _, _ = _FORMS[form]
    return make(batch_id([head.event_id for head in heads]), [event_body(head, form) for head in heads])


def content_type(form: str) -> str:
    """The media type of a batch."""
    return _FORMS[form][1]


def empty_bytes(form: str) -> int:
    """How large a batch without events would be; each event adds its own bytes and a comma."""
    return _FORMS[form][2]


def said_of(body: bytes, events: Sequence[str]) -> dict[str, Said]:
    """What a receiver that answered 2xx says of single events. Those that it does not name are delivered.

    An event of the batch with a status that is none of the three is to be tried again: whoever takes the trouble to
    name it has not simply taken it. Anything else that is not of the form says nothing.
    """
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    results: Any = cast(dict[str, Any], found).get("results") if isinstance(found, dict) else None
    if not isinstance(results, list):
        return {}
    known = frozenset(events)
    said: dict[str, Said] = {}
    for entry in cast(list[Any], results):
        if not isinstance(entry, dict):
            continue
        entry = cast(dict[str, Any], entry)
        event = entry.get("id")
        if not isinstance(event, str) or event not in known:
            continue
        status = entry.get("status")
        word: Said = status if status in ("ok", "reject") else "retry"
        if event not in said or _CAREFUL[word] > _CAREFUL[said[event]]:
            said[event] = word
    return said
