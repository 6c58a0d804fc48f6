"""What BambooHR's webhooks send: who signed it, and whom it is about. Pure.

There are two families of messages, one with ids alone and an older one with values, each as JSON or as a form. Of
either only the ids are read: what holds is asked for, as values may be old by the time they come.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import parse_qsl

SIGNATURE, TIMESTAMP = "x-bamboohr-signature", "x-bamboohr-timestamp"
WINDOW_SECONDS = 3 * 3_600
"""How far a message's time may lie from now: its last retry comes after 155 minutes, perhaps with its first time."""
MOST_PEOPLE = 1_000
_FIELDS = 20_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_OF_MANY = re.compile(r"employees\[[0-9]{1,6}\]\[id\]")

Verdict = Literal["good", "stale", "wrong"]


class Unreadable(Exception):
    """A message that is signed rightly and that nothing can be made of. The text says why."""


def verdict(raw: bytes, headers: Mapping[str, str], keys: Sequence[str], *, now_seconds: float) -> Verdict:
    """Whether one of the keys signed it, and lately. What is not signed rightly is `wrong`, whatever its time.

    Signed is the body as it came with the time behind it, nothing between them.
    """
    stamp, given = headers.get(TIMESTAMP, ""), headers.get(SIGNATURE, "").strip().lower()
    if not _SECONDS.fullmatch(stamp) or not keys:
        return "wrong"
    good = False
    for key in keys:
        made = hmac.new(key.encode(), raw + stamp.encode(), hashlib.sha256).hexdigest()
        # All are compared, so that the time it takes does not tell which one it was.
        good |= hmac.compare_digest(made.encode(), given.encode())
    if not good:
        return "wrong"
    return "good" if abs(now_seconds - int(stamp)) <= WINDOW_SECONDS else "stale"


def people_in(raw: bytes, content_type: str) -> tuple[str, ...]:
    """Ids of the people it is about, each once. Raises Unreadable."""
    media = content_type.partition(";")[0].strip().lower()
    found = _of_form(raw) if media == "application/x-www-form-urlencoded" else _of_json(raw)
    people = tuple(dict.fromkeys(found))
    if not people:
        raise Unreadable("it names nobody")
    if len(people) > MOST_PEOPLE:
        raise Unreadable(f"it names more than {MOST_PEOPLE} people")
    if any(not _ID.fullmatch(one) for one in people):
        raise Unreadable("it names people by what is no id")
    return people


def _of_json(raw: bytes) -> list[str]:
    try:
        document: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("its body is no JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("its body is no object")
    body = cast(dict[str, Any], document)
    many = body.get("employees")
    if isinstance(many, list):
        return [_text(cast(dict[str, Any], one).get("id")) for one in cast(list[Any], many) if isinstance(one, dict)]
    data = body.get("data")
    return [_text(cast(dict[str, Any], data).get("employeeId"))] if isinstance(data, dict) else []


def _of_form(raw: bytes) -> list[str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), max_num_fields=_FIELDS)
    except ValueError:
        raise Unreadable("its body is no form") from None
    return [value for name, value in pairs if name == "data[employeeId]" or _OF_MANY.fullmatch(name)]


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
