"""What one attempt came to, in two typed stages.

    Answer | NoAnswer          what the wire gave            (made by a Transport)
      Delivered                the event is done
      Failed                   this lane backs off by the schedule
      Throttled                the whole endpoint waits
      Postponed                this lane waits, through nobody's fault
      Unsent                   it did not get out of here: the endpoint waits, and has no part in it
      Aborted                  the receiver never wants this event again
      Gone, Disabled           the endpoint stops, its events are held

An outcome can only be made from what came back, so a delivery without an answer cannot be recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from service.webhooks.retry import parse_retry_after

NetworkClass = Literal["timeout", "dns", "connect", "tls", "protocol", "egress", "token", "proxy"]
AnswerClass = Literal["unavailable", "throttled", "redirect", "rejected", "refused"]
ErrorClass = NetworkClass | AnswerClass

# Classes that say something about the endpoint rather than about one event.
OUTAGE_CLASSES: frozenset[ErrorClass] = frozenset(
    ("timeout", "dns", "connect", "tls", "protocol", "egress", "token", "unavailable")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Milliseconds. `dns`, `connect` (TCP) and `tls` (the handshake) are None on a pooled connection, and where they
    did not come to their end; `first_byte` runs from the start of the attempt to the end of the response headers."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    first_byte_ms: float | None = None


NO_PHASES = Phases()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A complete response. `headers` is case-insensitive, or has lower-case names.

    `body_head` is printable text of at most 2 KiB of the body; `truncated` means the body went
    on after the cap and was not read. `body` is all that was read, where the request asked for it. `peer_ip` is None
    where the transport cannot know it. `ours` says that `body_head` is a text of this side, which may be told on.
    """

    status: int
    headers: Mapping[str, str]
    body_head: str
    duration_ms: float
    truncated: bool = False
    body: bytes = b""
    peer_ip: str | None = None
    phases: Phases = NO_PHASES
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """No complete response. `detail` is one printable line of at most 300 characters."""

    error_class: NetworkClass
    detail: str
    duration_ms: float
    peer_ip: str | None = None
    phases: Phases = NO_PHASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """2xx. `disable` when the receiver asked, in the same answer, for nothing more."""

    disable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """This lane backs off by the schedule; other lanes of the endpoint go on."""

    error_class: ErrorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The endpoint gets nothing for `wait_seconds`; None when it does not say for how long.

    `burns_attempt` is False for 429 and 503: they are about the endpoint's load, so the event
    keeps its place in the schedule. On any other status the event may be at fault: it backs
    off by the schedule as well, else one bad event could hold the endpoint for ever.
    """

    error_class: ErrorClass
    wait_seconds: float | None
    burns_attempt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Postponed:
    """`webhook-delivery: postpone`: the receiver cannot take this event yet, through nobody's fault.

    Its lane waits for `wait_seconds`, None where the receiver does not say for how long. Nothing of the schedule is
    used up, so the event is never given up for it.
    """

    wait_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """The way out failed, on this side of it: the receiver has seen nothing, and nothing of this speaks of it.

    The endpoint gets nothing for a while, so that what stands behind it is not sent in vain; no attempt is used up.
    """

    error_class: NetworkClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Aborted:
    """`webhook-delivery: abort-message`: no retry, the event is dead for this endpoint."""

    error_class: ErrorClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410: the endpoint is gone, its events are held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """`webhook-delivery: disable` on an answer that is not 2xx: as Gone, by request."""


Outcome = Delivered | Failed | Throttled | Postponed | Unsent | Aborted | Gone | Disabled


def decide(result: Answer | NoAnswer, *, now_seconds: float) -> Outcome:
    """`now_seconds` (epoch, UTC) is only compared with a `Retry-After` date."""
    match result:
        case NoAnswer(error_class="proxy"):
            return Unsent(error_class="proxy")
        case NoAnswer(error_class=error_class):
            return Failed(error_class=error_class)
        case Answer(status=status, headers=headers):
            return _judge(status, headers, now_seconds)


def is_outage(outcome: Outcome) -> bool:
    """True when the outcome speaks for an endpoint that cannot be reached or does not work."""
    match outcome:
        case Failed(error_class=error_class) | Throttled(error_class=error_class):
            return error_class in OUTAGE_CLASSES
        case _:
            return False


def _judge(status: int, headers: Mapping[str, str], now_seconds: float) -> Outcome:
    control = headers.get("webhook-delivery", "").strip().lower()
    if 200 <= status <= 299:
        return Delivered(disable=control == "disable")
    if status == 410:
        return Gone()
    if control == "disable":
        return Disabled()
    error_class = _answer_class(status)
    if control == "abort-message":
        return Aborted(error_class=error_class)
    wait = parse_retry_after(headers.get("retry-after"), now_seconds=now_seconds)
    if control == "postpone":
        return Postponed(wait_seconds=wait)
    if wait is None and status != 429:
        return Failed(error_class=error_class)
    return Throttled(error_class=error_class, wait_seconds=wait, burns_attempt=status not in (429, 503))


def _answer_class(status: int) -> AnswerClass:
    if 300 <= status <= 399:
        return "redirect"
    if status == 429:
        return "throttled"
    if status in (408, 425) or 500 <= status <= 599:
        return "unavailable"
    return "rejected"
