"""What the receiver of several events in one message answers about each. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

Said = Literal["ok", "retry", "reject", "postpone"]
_CAREFUL: Mapping[Said, int] = {"ok": 0, "reject": 1, "retry": 2, "postpone": 3}
"""Said twice of one event, the greater one counts: it is sent once too often rather than once too few."""

SPLIT = frozenset({400, 413, 422})
"""Statuses with which a receiver says that something in the batch, or its size, is not to its liking."""


def said_of(body: bytes, events: Sequence[str]) -> dict[str, Said]:
    """What a receiver that answered 2xx says of single events. Those that it does not name are delivered.

    An event of the batch with a status that is none of the four is to be tried again: whoever takes the trouble to
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
        word: Said = status if status in ("ok", "reject", "postpone") else "retry"
        if event not in said or _CAREFUL[word] > _CAREFUL[said[event]]:
            said[event] = word
    return said
