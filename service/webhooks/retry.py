"""When to try again. Pure: no clock, no random source, no HTTP, no tables.

The schedule counts failures of one event at one endpoint, and only attempts that were
really made are counted: while an endpoint is open, paused or throttled nothing is sent,
so that time does not use up the budget. The default budget is 75 h 35 m of trying.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0

# The schedule recommended by Standard Webhooks: quick at first for a receiver that restarts,
# then long enough for a weekend of somebody else's outage.
SCHEDULE_SECONDS: tuple[float, ...] = (
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
JITTER = 0.2

# Below a second `Retry-After: 0` would turn into a loop that never backs off, since a receiver
# that throttles does not use up attempts; above a day a typing error would silence an endpoint.
RETRY_AFTER_MIN_SECONDS = 1.0
RETRY_AFTER_MAX_SECONDS = 24 * HOUR

POSTPONED_SECONDS = 15 * MINUTE
"""Until an event is tried again that its receiver could not take yet, and that it did not say of how long."""
POSTPONED_LATER_SECONDS = 1 * HOUR
"""The same once it was tried for about a day: whatever it waits for is not seen to in minutes."""
_POSTPONED_TRIES = 96

_SECONDS = re.compile(r"[0-9]{1,20}(\.[0-9]{1,9})?")
_LONGEST_HEADER = 64


def delay_seconds(
    *, failures: int, random: float, scale: float = 1.0, schedule: Sequence[float] = SCHEDULE_SECONDS
) -> float | None:
    """Seconds to wait after the `failures`-th failure (1 = the first); None when the schedule is exhausted.

    `random` is uniform in [0, 1) and moves the delay by up to 20 % either way, so that events
    that failed together do not come back together. `scale` multiplies the whole schedule.

    Raises: ValueError for failures < 1.
    """
    if failures < 1:
        raise ValueError("failures are counted from 1")
    if failures > len(schedule):
        return None
    return jittered(seconds=schedule[failures - 1] * scale, random=random)


def postponed_seconds(*, tries: int, random: float, scale: float = 1.0) -> float:
    """Seconds to wait for a receiver that cannot take an event yet, after `tries` tries of it before this one."""
    seconds = POSTPONED_SECONDS if tries < _POSTPONED_TRIES else POSTPONED_LATER_SECONDS
    return jittered(seconds=seconds * scale, random=random)


def jittered(*, seconds: float, random: float) -> float:
    """`seconds` moved by up to 20 % either way; `random` is uniform in [0, 1)."""
    return seconds * (1 - JITTER + 2 * JITTER * random)


def budget_seconds(*, scale: float = 1.0, schedule: Sequence[float] = SCHEDULE_SECONDS) -> float:
    """The waiting time of a whole schedule without jitter: how long an event is tried before it is dead."""
    return sum(schedule) * scale


def parse_retry_after(value: str | None, *, now_seconds: float) -> float | None:
    """Seconds a `Retry-After` header asks for, within [1 s, 24 h]; None when it is absent or not understood.

    Takes seconds (decimals are tolerated, some receivers send them) or an HTTP date, which
    is compared with `now_seconds` (epoch, UTC). A date in the past asks for the minimum.
    Neither scale nor jitter apply: the receiver has said what it wants.
    """
    if value is None or len(value) > _LONGEST_HEADER:
        return None
    text = value.strip()
    wanted = float(text) if _SECONDS.fullmatch(text) else _seconds_until(text, now_seconds=now_seconds)
    if wanted is None:
        return None
    return min(max(wanted, RETRY_AFTER_MIN_SECONDS), RETRY_AFTER_MAX_SECONDS)


def _seconds_until(text: str, *, now_seconds: float) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() - now_seconds
