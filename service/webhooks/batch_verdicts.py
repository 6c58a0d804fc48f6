"""What an answer means for everything that its request carried. Pure; chance is an argument."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from service.webhooks.batches import SPLIT, Said, said_of
from service.webhooks.entries import REFUSED
from service.webhooks.outcomes import Aborted, Answer, Delivered, Failed, NoAnswer, Outcome, Postponed, Throttled
from service.webhooks.parcels import Parcel
from service.webhooks.retry import parse_retry_after
from service.webhooks.verdicts import Judged, judge
from service.webhooks.work import Head, Owned, Result

HEAD_CHARS = 256
"""What is kept of the answer to a batch, with each of its events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divided:
    """The batch is sent again in two parts. `wait_seconds` None: at once."""

    tried: Result
    wait_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """One answer, or none. `started_at` is µs, `chance` uniform in [0, 1): the same for all, so that what failed
    together comes back together. `scale` multiplies the schedule."""

    came: Answer | NoAnswer
    outcome: Outcome
    started_at: int
    chance: float
    scale: float
    throttle_seconds: float
    spared: bool


def judge_parcel(parcel: Parcel, owned: Owned, answer: Came) -> list[Judged] | Divided:
    """Lane by lane, each in order; or that the batch is to be divided.

    A batch of several that is refused as such is divided until the one event is found that is. In a lane, what
    stands behind an event to be tried again counts as not delivered, whatever is said of it. So does all of a batch
    whose answer names events and was too long to be read: divided, it has shorter ones.
    """
    came, ends = answer.came, isinstance(answer.outcome, Delivered) and answer.outcome.disable
    is_cut = parcel.batch and _is_cut(came, answer.outcome, several=len(parcel.heads) > 1)
    if is_cut:
        answer = replace(answer, outcome=Failed(error_class=REFUSED))
    if len(parcel.heads) > 1:
        answer = replace(answer, came=_shortened(came))
        if not ends and (is_cut or _is_to_divide(came, answer.outcome)):
            wait = answer.outcome.wait_seconds if isinstance(answer.outcome, Throttled) else None
            tried = _judge(owned, answer, answer.outcome, parcel.first).result
            return Divided(tried=replace(tried, outcome="failed"), wait_seconds=wait)
    said: Mapping[str, Said] = {}
    if parcel.batch and isinstance(came, Answer) and isinstance(answer.outcome, Delivered):
        said = said_of(came.body, [head.event_id for head in parcel.heads])
    judged: list[Judged] = []
    for run in parcel.runs():
        if said:
            judged += _one_by_one(run, said, parcel, owned, answer)
        else:
            judged.append(_judge(owned, answer, answer.outcome, *run, earlier=parcel.earlier))
    if ends and not any(one.stop for one in judged):
        judged[0] = replace(judged[0], stop="disabled")
    return judged


def _one_by_one(
    run: tuple[Head, ...], said: Mapping[str, Said], parcel: Parcel, owned: Owned, answer: Came
) -> Iterator[Judged]:
    delivered: tuple[Head, ...] = ()
    for number, head in enumerate(run):
        match said.get(head.event_id, "ok"):
            case "ok":
                delivered = (*delivered, head)
            case "reject":
                outcome = Aborted(error_class="rejected")
                yield _judge(owned, answer, outcome, head, before=delivered, earlier=parcel.earlier)
                delivered = ()
            case "retry" | "postpone" as word:
                outcome = Failed(error_class=REFUSED) if word == "retry" else Postponed(wait_seconds=_wait(answer))
                yield _judge(owned, answer, outcome, *run[number:], before=delivered, earlier=parcel.earlier)
                return
    if delivered:
        yield _judge(owned, answer, answer.outcome, *delivered, earlier=parcel.earlier)


def _judge(
    owned: Owned,
    answer: Came,
    outcome: Outcome,
    head: Head,
    *rest: Head,
    before: tuple[Head, ...] = (),
    earlier: tuple[Result, ...] = (),
) -> Judged:
    judged = judge(
        head,
        owned,
        answer.came,
        outcome,
        started_at=answer.started_at,
        chance=answer.chance,
        scale=answer.scale,
        throttle_seconds=answer.throttle_seconds,
        spared=answer.spared,
    )
    if rest or before or earlier:
        return replace(judged, result=replace(judged.result, rest=rest, before=before, earlier=earlier))
    return judged


def _wait(answer: Came) -> float | None:
    """Seconds that the answer asks to wait for what it names as postponed."""
    asked = answer.came.headers.get("retry-after") if isinstance(answer.came, Answer) else None
    return parse_retry_after(asked, now_seconds=answer.started_at / 1_000_000)


def _is_cut(came: Answer | NoAnswer, outcome: Outcome, *, several: bool) -> bool:
    """Whether a 2xx may say something of single events where it was not read any more. To a single event, only if it
    had begun to: such an answer is as long each time."""
    if not (isinstance(came, Answer) and came.truncated and isinstance(outcome, Delivered)):
        return False
    return came.body.lstrip().startswith(b"{") and (several or b'"results"' in came.body)


def _is_to_divide(came: Answer | NoAnswer, outcome: Outcome) -> bool:
    match outcome:
        case Failed() | Throttled():
            return isinstance(came, Answer) and came.status in SPLIT
        # What is never wanted again is one event, and an answer to many does not say which.
        case Aborted():
            return True
        case _:
            return False


def _shortened(came: Answer | NoAnswer) -> Answer | NoAnswer:
    if isinstance(came, Answer) and len(came.body_head) > HEAD_CHARS:
        return replace(came, body_head=came.body_head[:HEAD_CHARS])
    return came
