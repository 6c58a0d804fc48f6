"""From what came back to what is recorded: the outcome policy of one attempt. Pure; chance is an argument."""

from dataclasses import dataclass
from typing import Literal

from service.webhooks.entries import POSTPONED, UNSENT
from service.webhooks.kept_headers import kept_headers
from service.webhooks.outcomes import (
    Aborted,
    Answer,
    Delivered,
    Disabled,
    Failed,
    Gone,
    NoAnswer,
    Outcome,
    Postponed,
    Throttled,
    Unsent,
    is_outage,
)
from service.webhooks.retry import SCHEDULE_SECONDS, delay_seconds, postponed_seconds
from service.webhooks.work import Head, Owned, Result, Verdict

End = Literal["exhausted", "aborted"]
Stop = Literal["gone", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One attempt, judged.

    `end` says that the event is dead for this endpoint, `stop` that the endpoint takes nothing more,
    `wait_seconds` that the endpoint takes nothing for so long; each None where it does not apply. `reason` is what its
    owner may be told of the answer, None where that is a stranger's text.
    """

    result: Result
    end: End | None
    stop: Stop | None
    wait_seconds: float | None
    reason: str | None = None

    @property
    def is_postponed(self) -> bool:
        return self.result.outcome == POSTPONED

    @property
    def is_rare(self) -> bool:
        """Whether more than its lane's next try comes of it."""
        return bool(self.end or self.stop) or self.wait_seconds is not None or self.is_postponed


def judge(
    head: Head,
    endpoint: Owned,
    came: Answer | NoAnswer,
    outcome: Outcome,
    *,
    started_at: int,
    chance: float,
    scale: float,
    throttle_seconds: float,
    spared: bool,
) -> Judged:
    """`started_at` is µs; `chance` is uniform in [0, 1) and moves the delay; `scale` multiplies the schedule.

    `throttle_seconds` is how long to wait where the receiver does not say, or is not at fault. `spared` is an endpoint
    that is known to be out: one more outage uses up nothing, and its event is tried again with the next probe.
    """
    verdict, outcome_name, burns, error = named(outcome)
    burns = burns and not (spared and is_outage(outcome))
    schedule = SCHEDULE_SECONDS if endpoint.retry_schedule is None else endpoint.retry_schedule
    delay = delay_seconds(failures=head.attempts + 1, random=chance, scale=scale, schedule=schedule) if burns else None
    exhausted = burns and delay is None
    if not burns:
        usual = postponed_seconds(tries=head.tries, random=chance, scale=scale)
        delay = _rest(outcome, postponed=usual, throttled=throttle_seconds)
    blocked = exhausted and endpoint.on_exhausted == "block"
    result = Result(
        head=head,
        epoch=endpoint.epoch,
        verdict=verdict,
        burns=burns,
        delay_us=None if blocked else int((delay or 0) * 1_000_000),
        started_at=started_at,
        duration_ms=came.duration_ms,
        dns_ms=came.phases.dns_ms,
        connect_ms=came.phases.connect_ms,
        tls_ms=came.phases.tls_ms,
        ttfb_ms=came.phases.first_byte_ms,
        ip=came.peer_ip,
        status=came.status if isinstance(came, Answer) else None,
        outcome="blocked" if blocked else outcome_name,
        error_class=error,
        response_head=came.body_head if isinstance(came, Answer) else came.detail,
        response_headers=kept_headers(came) if isinstance(came, Answer) else None,
        rendering=endpoint.rendering,
    )
    end = _end(outcome, exhausted=exhausted and not blocked)
    reason = came.body_head if isinstance(came, Answer) and came.ours else None
    wait = _wait(outcome, throttle_seconds)
    return Judged(result=result, end=end, stop=_stop(outcome), wait_seconds=wait, reason=reason)


def named(outcome: Outcome) -> tuple[Verdict, str, bool, str | None]:
    """(what becomes of the lane, name in the log, whether it uses up the schedule, error class)."""
    match outcome:
        case Delivered():
            return "delivered", "delivered", False, None
        case Failed(error_class=error):
            return "failed", "failed", True, error
        case Throttled(error_class=error, burns_attempt=burns):
            return "failed", "throttled", burns, error
        case Postponed():
            return "failed", POSTPONED, False, POSTPONED
        case Unsent(error_class=error):
            return "failed", UNSENT, False, error
        case Aborted(error_class=error):
            return "failed", "aborted", False, error
        case Gone():
            return "failed", "gone", False, "gone"
        case Disabled():
            return "failed", "disabled", False, "disabled"


def _end(outcome: Outcome, *, exhausted: bool) -> End | None:
    if isinstance(outcome, Aborted):
        return "aborted"
    return "exhausted" if exhausted else None


def _rest(outcome: Outcome, *, postponed: float, throttled: float) -> float:
    """Seconds until the next try of an event that has used up nothing, beside what its endpoint waits for."""
    match outcome:
        case Postponed(wait_seconds=asked):
            return postponed if asked is None else asked
        case Unsent():
            return throttled
        case _:
            return 0


def _wait(outcome: Outcome, throttle_seconds: float) -> float | None:
    match outcome:
        case Throttled(wait_seconds=seconds) if seconds is not None:
            return seconds
        case Throttled() | Unsent():
            return throttle_seconds
        case _:
            return None


def _stop(outcome: Outcome) -> Stop | None:
    match outcome:
        case Gone():
            return "gone"
        case Disabled() | Delivered(disable=True):
            return "disabled"
        case _:
            return None
