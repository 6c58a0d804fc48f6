"""How an endpoint is doing, from one answer to the next. Pure: instants and chance are arguments.

    healthy -> degraded     three failures in a row, or more than half of the last twenty
    -> open                 five outages in a row, over two lanes or ten seconds: nothing is sent but probes
    open -> half_open       a probe is under way: one event, at 30 s, doubled up to 15 min
    -> healthy              one success, with a slow start (`pace.py`)
    -> disabled             five days of failures without a success
    open -> degraded        any other answer: it can be reached, and what follows will tell whether it works

An outage is no answer or one that speaks against the endpoint as a whole. An answer that rejects an event never opens:
the event may be at fault. Every time is multiplied by the scale of the retry schedule.
"""

from dataclasses import dataclass, replace
from typing import Literal

from service.webhooks.retry import jittered

State = Literal["healthy", "degraded", "open", "half_open", "disabled"]
Kind = Literal["ok", "outage", "rejected", "throttled", "postponed"]
Warned = Literal["1h", "24h", "75%"]

SECOND = 1_000_000
HOUR = 3_600 * SECOND
LAST = 20
"""Attempts whose outcome is remembered."""
IN_A_ROW, MOST_OF_LAST = 3, LAST // 2
"""Degraded from so many failures in a row, or from more than so many of the last twenty."""
OUTAGES, OUTAGES_FOR = 5, 10 * SECOND
"""Open after so many outages in a row, over two lanes or so long."""
PROBE_SECONDS, PROBE_CAP_SECONDS = 30.0, 900.0
LIMIT = 5 * 24 * HOUR
"""Disabled after failing for so long."""
APART = 12 * HOUR
"""And only if two failures are this far apart."""
MOST_GAP = HOUR // 2
"""What lies between two failures counts as failing up to here: while we were down or paused, nobody failed us."""
WARNINGS: tuple[tuple[Warned, int], ...] = (("1h", HOUR), ("24h", 24 * HOUR), ("75%", LIMIT * 3 // 4))
REJECTED_AGAIN = HOUR
"""The owner is told of rejected events at most once in so long."""

_TOLD_OPEN = 1
_MASK = (1 << LAST) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is known of an endpoint; instants and spans are µs.

    `recent` holds a bit for each of the last attempts, 1 for a failure, the latest lowest. `outages` counts those in a
    row, since `outage_since`, on `outage_lane` or on several when that is None. `fail_since` is the first failure since
    a success, `failing_us` how much of the time since then is proved. `told` has a bit for the opening and for each
    warning the owner has had. While `easing` it starts slowly.
    """

    state: State
    reason: str | None
    since: int
    probe_n: int = 0
    probe_at: int = 0
    easing: bool = False
    recent: int = 0
    outages: int = 0
    outage_since: int | None = None
    outage_lane: str | None = None
    fail_since: int | None = None
    last_fail_at: int | None = None
    failing_us: int = 0
    told: int = 0
    rejected_told_at: int = 0
    last_ok_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is sent but probes."""
        return self.state in ("open", "half_open")

    @property
    def quiet(self) -> bool:
        """One more success would only alter when the last one was."""
        return self.state == "healthy" and not (self.recent or self.easing) and self.fail_since is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """An attempt as far as it speaks of the endpoint.

    `lanes` are those it sent from, `event` id and type of what it sent. `is_first` when that was not tried before,
    `is_operational` when it only told of endpoints: about those nobody is told, or an endpoint would report on itself
    for ever.
    """

    kind: Kind
    at: int
    lanes: tuple[str, ...]
    event: tuple[str, str] | None = None
    is_first: bool = True
    is_operational: bool = False
    error: str | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the owner of the endpoint is told. `warning` only for `failing`."""

    kind: Literal["opened", "failing", "rejected", "recovered", "disabled"]
    failing_since: int | None
    disabled_at: int | None = None
    warning: Warned | None = None


def after(health: Health, sign: Sign, *, chance: float, scale: float) -> tuple[Health, tuple[Notice, ...]]:
    """The health after one more attempt, and what its owner is told of it."""
    if sign.kind == "ok":
        return _worked(health, at=sign.at)
    if sign.kind == "postponed":
        return _lives(health, sign), ()
    failed = _counted(health, sign, scale=scale)
    if _is_proved(failed, scale=scale):
        return _disabled(failed, sign)
    moved = _moved(failed, sign, chance=chance, scale=scale)
    return _told(moved, sign, scale=scale)


def _lives(health: Health, sign: Sign) -> Health:
    """An event has to wait: neither a failure nor a success, but proof that the endpoint can be reached."""
    alive = health if not health.outages else replace(health, outages=0, outage_since=None, outage_lane=None)
    return _reached(alive, sign) if health.is_open else alive


def begin_probe(health: Health, *, at: int, chance: float, scale: float) -> Health:
    """A probe is under way. Should its answer never be heard, the next one goes when it would have gone."""
    return replace(
        health,
        state="half_open",
        probe_n=health.probe_n + 1,
        probe_at=at + probe_delay_us(health.probe_n, chance=chance, scale=scale),
    )


def probe_delay_us(probes: int, *, chance: float, scale: float) -> int:
    """µs to wait after so many probes; `chance` is uniform in [0, 1) and moves it by up to a fifth."""
    seconds = min(PROBE_CAP_SECONDS, PROBE_SECONDS * 2 ** min(probes, 10))
    return round(jittered(seconds=seconds * scale, random=chance) * SECOND)


def _worked(health: Health, *, at: int) -> tuple[Health, tuple[Notice, ...]]:
    notices = (Notice(kind="recovered", failing_since=health.fail_since),) if health.told else ()
    recent = 0 if health.is_open else health.recent << 1 & _MASK
    state = "degraded" if health.state == "degraded" and recent.bit_count() > MOST_OF_LAST else "healthy"
    working = replace(
        _in_state(health, state, reason=health.reason if state == "degraded" else None, at=at),
        recent=recent,
        easing=health.easing or health.is_open,
        outages=0,
        outage_since=None,
        outage_lane=None,
        probe_n=0,
        probe_at=0,
        fail_since=None,
        last_fail_at=None,
        failing_us=0,
        told=0,
        last_ok_at=at,
    )
    return working, notices


def _counted(health: Health, sign: Sign, *, scale: float) -> Health:
    """One failure more. Throttling is no sign of trouble by itself, only that nothing got through."""
    gap = 0 if health.last_fail_at is None else max(0, sign.at - health.last_fail_at)
    counted = replace(
        health,
        recent=health.recent if sign.kind == "throttled" else (health.recent << 1 | 1) & _MASK,
        fail_since=sign.at if health.fail_since is None else health.fail_since,
        last_fail_at=max(sign.at, health.last_fail_at or 0),
        failing_us=health.failing_us + min(gap, round(MOST_GAP * scale)),
    )
    if sign.kind != "outage":
        return replace(counted, outages=0, outage_since=None, outage_lane=None)
    lane = sign.lanes[0] if len(sign.lanes) == 1 and health.outages == 0 else health.outage_lane
    return replace(
        counted,
        outages=health.outages + 1,
        outage_since=sign.at if health.outage_since is None else health.outage_since,
        outage_lane=lane if sign.lanes == (lane,) else None,
    )


def _is_proved(health: Health, *, scale: float) -> bool:
    if health.fail_since is None or health.last_fail_at is None:
        return False
    return health.failing_us >= LIMIT * scale and health.last_fail_at - health.fail_since >= APART * scale


def _disabled(health: Health, sign: Sign) -> tuple[Health, tuple[Notice, ...]]:
    disabled = _in_state(health, "disabled", reason="nothing got through for five days", at=sign.at)
    # Whoever was told that it fails is told how it ends, whatever the last attempt was about.
    silent = sign.is_operational and not health.told
    return disabled, () if silent else (Notice(kind="disabled", failing_since=health.fail_since),)


def _moved(health: Health, sign: Sign, *, chance: float, scale: float) -> Health:
    reason = _reason(sign)
    if health.is_open:
        if sign.kind != "outage":
            return _reached(health, sign)
        if health.state == "open":
            return health
        delay = probe_delay_us(health.probe_n, chance=chance, scale=scale)
        return replace(health, state="open", reason=reason, probe_at=sign.at + delay)
    if sign.kind == "outage" and _opens(health, at=sign.at, scale=scale):
        delay = probe_delay_us(0, chance=chance, scale=scale)
        return replace(_in_state(health, "open", reason=reason, at=sign.at), probe_n=0, probe_at=sign.at + delay)
    in_a_row = (1 << IN_A_ROW) - 1
    if health.recent & in_a_row == in_a_row or health.recent.bit_count() > MOST_OF_LAST:
        return _in_state(health, "degraded", reason=reason, at=sign.at)
    return health


def _reached(health: Health, sign: Sign) -> Health:
    """It can be reached again. Whether it works, those that follow will tell."""
    return replace(_in_state(health, "degraded", reason=_reason(sign), at=sign.at), easing=True, probe_n=0, probe_at=0)


def _opens(health: Health, *, at: int, scale: float) -> bool:
    if health.outages < OUTAGES or health.outage_since is None:
        return False
    return health.outage_lane is None or at - health.outage_since >= OUTAGES_FOR * scale


def _told(health: Health, sign: Sign, *, scale: float) -> tuple[Health, tuple[Notice, ...]]:
    """What is due to be told and was not. An attempt about endpoints leaves it to the next one that is not."""
    if sign.is_operational:
        return health, ()
    notices: list[Notice] = []
    told, rejected_at = health.told, health.rejected_told_at
    due = Notice(
        kind="opened",
        failing_since=health.fail_since,
        disabled_at=sign.at + max(0, round(LIMIT * scale) - health.failing_us),
    )
    if health.is_open and not told & _TOLD_OPEN:
        told |= _TOLD_OPEN
        notices.append(due)
    for number, (warning, span) in enumerate(WARNINGS, start=1):
        if health.failing_us >= span * scale and not told & 1 << number:
            told |= 1 << number
            notices.append(replace(due, kind="failing", warning=warning))
    if sign.kind == "rejected" and sign.is_first and sign.at - rejected_at >= REJECTED_AGAIN * scale:
        rejected_at = sign.at
        notices.append(replace(due, kind="rejected"))
    return replace(health, told=told, rejected_told_at=rejected_at), tuple(notices)


def _in_state(health: Health, state: State, *, reason: str | None, at: int) -> Health:
    return replace(health, state=state, reason=reason, since=health.since if health.state == state else at)


def _reason(sign: Sign) -> str:
    answer = "" if sign.status is None else f" ({sign.status})"
    return f"the last attempt did not get through: {sign.error or sign.kind}{answer}"
