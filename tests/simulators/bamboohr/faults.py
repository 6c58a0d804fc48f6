"""What can go wrong over there, switched on by tests, and the answers of each trouble."""

from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Throttle = Literal["429", "503", "inside"]
ERROR_HEADER = "X-BambooHR-Error-Message"


@dataclass(slots=True, kw_only=True)
class Faults:
    """`throttle` holds the next answers of any kind; "inside" is a 200 whose body holds the error.

    `pending` are people with an approval under way (409), `no_schedule` people whose rows need an active pay schedule
    (412). `break_after` breaks the connection after that many more writes were carried out, without an answer;
    `break_before` likewise before the next ones are.
    """

    throttle: list[Throttle] = field(default_factory=list[Throttle])
    retry_after: int | None = 7
    down: bool = False
    pending: set[str] = field(default_factory=set[str])
    no_schedule: set[str] = field(default_factory=set[str])
    delete_refused: str | None = None
    break_after: int = 0
    break_before: int = 0
    log_throttled: bool = False
    doubled_updates: bool = False
    """An edit of standard and custom fields arrives as two messages."""
    coarse: bool = False
    """A monitored field of a table fires on any update of its table."""


def refused(status: int, text: str, **headers: str) -> web.Response:
    return web.Response(status=status, headers={ERROR_HEADER: text, **headers})


def throttled(form: Throttle, retry_after: int | None) -> web.Response:
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if form == "inside":
        return web.json_response({"error": {"code": 429, "message": "Rate limit exceeded"}}, headers=wait)
    return web.Response(status=int(form), headers=wait)
