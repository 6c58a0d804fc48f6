"""One owned endpoint in the dispatcher's memory: what is ready to be sent, and how much is under way.

One dispatcher owns an endpoint at a time, so counting here is exact. Instants are of the event loop's clock.
"""

from collections import deque
from dataclasses import replace
from itertools import groupby

from service.webhooks.envelopes import Opened
from service.webhooks.pace import Pace
from service.webhooks.parcels import Parcel
from service.webhooks.ready import Ready, Run, Size
from service.webhooks.work import Claimed, Head, Owned, Recorded

WINDOW = 1024
"""Heads read ahead at most. Bounding what is read by what is in flight would cap the rate at window / cycle time."""
BATCH_WINDOW = 8192
FIRST_WINDOW = 4
"""Times `max_in_flight`: how a window begins. It grows when it runs dry, so that slow endpoints keep few bodies."""
TURNS = 64
"""How often a lane goes on without being read again while others wait to be read at all."""
NO_LIMIT = 1 << 30


class Desk:
    """`opened` is what it is sent with; without a key nothing is sent. `size` tells how much an event takes of a batch,
    `fresh` that nobody has owned the endpoint before."""

    def __init__(self, owned: Owned, opened: Opened, *, size: Size, now: float = 0.0, fresh: bool = True) -> None:
        self.owned = owned
        self.opened = opened
        self.in_flight = 0
        """Requests under way; a batch is one."""
        self.allowed = NO_LIMIT
        """How many may be under way at once as the endpoint's health allows; none while it is open."""
        self.not_before = 0.0
        """Until then the endpoint takes nothing."""
        self.closed = False
        """The receiver asked for nothing more; true until that is recorded and the desk goes."""
        self.held = False
        """Nothing is begun: the endpoint takes nothing, is not ours any more, or has changed and must be read anew."""
        self.lost: list[Parcel] = []
        """Parts of batches that were tried and are not sent as such any more, until that is kept."""
        self.pace = Pace(rate=owned.rate, burst=owned.burst, now=now, full=fresh)
        self._size = size
        self._ready = Ready(owned, size)
        self._divided: deque[Parcel] = deque()
        """Parts of batches, which go before everything else."""
        self._waiting: dict[str, list[Parcel]] = {}
        """By lane, parts that go when the one before them, which came into it last, is delivered."""
        self._later: dict[str, Run] = {}
        """What was read of a lane behind that which is under way."""
        self._out: dict[str, int] = {}
        """Heads of each lane that are not ready any more and not recorded yet, and all of them."""
        self._under_way = 0
        self._busy: set[str] = set()
        self._turns: dict[str, int] = {}
        self._rested: set[str] = set()
        self._window = self._first_window()
        self._more = False
        self._told_dry = False

    @property
    def busy(self) -> frozenset[str]:
        """Lanes whose head is here: read, under way, or waiting to be recorded."""
        return frozenset(self._busy)

    @property
    def passed_over(self) -> frozenset[str]:
        """Lanes not to be read now: those that are here, and those that let others go first this once."""
        return frozenset(self._busy | self._rested)

    @property
    def bytes(self) -> int:
        """Of the bodies that are ready."""
        return self._ready.bytes

    @property
    def working(self) -> bool:
        """Whether it has anything to send or under way."""
        return bool(self.in_flight or self._ready or self._divided)

    @property
    def room(self) -> int:
        """How many more heads may be read ahead; none until half of the window is used up."""
        free = 0 if self._is_shut else self._window - self._ready.count - self._under_way
        return free if self._ready.count <= self._window // 2 else 0

    def runs_dry(self) -> bool:
        """Whether nearly everything read ahead is under way, and there was more to read. Said once until something has
        ended or was read: an endpoint that takes nothing just now would have it looked for again and again."""
        if self._told_dry or not self._more or self._ready.count > self._window // 4:
            return False
        self._told_dry = True
        return True

    def claimed(self, found: Claimed, *, now: float = 0.0) -> int:
        """Take heads that were read; returns how many."""
        self._more, self._told_dry = found.more, False
        self._rested.clear()
        if self._more and not self._ready:
            self._window = min(BATCH_WINDOW if self.owned.batches else WINDOW, 2 * self._window)
        count = 0
        for lane, run in groupby(found.heads, key=lambda head: head.lane):
            if lane not in self._busy:
                heads = tuple(run)
                self._busy.add(lane)
                self._ready.add(heads, now=now)
                count += len(heads)
        return count

    def may_send(self, now: float, *, most: int = NO_LIMIT) -> bool:
        """`most` is what may be under way at once, whatever the endpoint allows."""
        begins = self.begins_at()
        return begins is not None and now >= begins and self.in_flight < self._limit(most)

    def begins_at(self) -> float | None:
        """When the next request may begin, if one of those under way does not have to end first; None for never."""
        if self._is_shut or not self.opened.keys or not (self._ready or self._divided):
            return None
        full = float("-inf") if self._divided else self._ready.full_at()
        return max(self.not_before, self.pace.free_at(), full)

    def wakes_at(self, now: float, *, most: int = NO_LIMIT) -> float | None:
        """When to look again, if only time keeps the next request from beginning."""
        begins = self.begins_at()
        return begins if begins is not None and begins > now and self.in_flight < self._limit(most) else None

    def next_parcel(self, now: float) -> Parcel:
        """What to send next: under way from now on."""
        self.pace.take(now)
        self.in_flight += 1
        if self._divided:
            return self._divided.popleft()
        parcel, later = self._ready.take()
        for run in parcel.runs():
            self._out[run[0].lane] = len(run)
        self._under_way += len(parcel.heads)
        self._later.update(later)
        return parcel

    def divide(self, first: Parcel, second: Parcel) -> None:
        """Send both parts of what was under way, before everything else; of one lane, the second after the first."""
        if self._is_shut:
            self._lose(first, second)
            return
        self._divided.append(first)
        if (lane := second.first.lane) == first.heads[-1].lane:
            self._waiting.setdefault(lane, []).append(second)
        else:
            self._divided.append(second)

    def never_sent(self, lane: str) -> tuple[Parcel, ...]:
        """Parts of a lane that were to be sent after one that failed, and are not: they are read anew."""
        return tuple(self._waiting.pop(lane, ()))

    def keep_alone(self, lane: str) -> None:
        """What comes first in this lane goes by itself until it is done: in a batch it would spoil it for others."""
        self._ready.alone.add(lane)

    def done_alone(self, lane: str) -> None:
        """What came first in this lane is done."""
        self._ready.alone.discard(lane)

    def go_on(self, one: Recorded) -> None:
        """A result is recorded: its lane goes on with what follows, as far as that is known."""
        result = one.result
        lane = result.head.lane
        self._told_dry = False
        if result.verdict == "failed" or self._is_shut or one.following is None:
            self.release(lane)
            return
        self._ready.alone.discard(lane)
        if lane in self._waiting:
            self._go_on_divided(lane, one.following, done=len(result.heads))
            return
        self._under_way -= self._out.pop(lane, 0)
        later = self._later.pop(lane, ())
        if later and later[0].pos == one.following.pos:
            self._ready.add((one.following, *later[1:]))
        elif later or self.owned.batches or self._yields(lane):
            # There is more of it than is known here: reading it again gives as much as fits.
            self._more = True
            self.release(lane)
        else:
            self._ready.add((one.following,))

    def _go_on_divided(self, lane: str, following: Head, *, done: int) -> None:
        part = self._waiting[lane].pop()
        if not self._waiting[lane]:
            del self._waiting[lane]
        if part.first.pos != following.pos:
            self._lose(part)
            return
        self._out[lane] -= done
        self._under_way -= done
        # How often it was tried is counted by the part; the lane's appends are counted by what follows.
        first = replace(part.first, gen=following.gen)
        self._divided.append(replace(part, heads=(first, *part.heads[1:])))

    @property
    def _is_shut(self) -> bool:
        return self.closed or self.held or not self.allowed

    def hold(self) -> None:
        """Begin nothing until `resume`; what is under way ends as it does."""
        self.held = True
        self.drop_ready()

    def resume(self, owned: Owned, opened: Opened, *, now: float = 0.0) -> None:
        """The endpoint as it is now. Nothing of it is ready."""
        self.held = self.closed = False
        self.not_before = 0.0
        if (owned.rate, owned.burst) != (self.owned.rate, self.owned.burst):
            self.pace = self.pace.altered(rate=owned.rate, burst=owned.burst, now=now)
        self.owned, self.opened = owned, opened
        self._ready = Ready(owned, self._size)
        self._window = max(self._window, self._first_window())

    def release(self, lane: str) -> None:
        """The lane is none of ours any more until it is claimed again."""
        self._busy.discard(lane)
        self._under_way -= self._out.pop(lane, 0)
        self._later.pop(lane, None)
        self._turns.pop(lane, None)
        self.lost += self._waiting.pop(lane, ())

    def _lose(self, *parcels: Parcel) -> None:
        self.lost += parcels
        for parcel in parcels:
            for run in parcel.runs():
                self.release(run[0].lane)

    def drop_ready(self) -> None:
        """Forget what is read but not under way; it is still in the queue."""
        divided, self._divided = self._divided, deque()
        self._lose(*divided)
        self._later.clear()
        for parts in self._waiting.values():
            self.lost += parts
        self._waiting.clear()
        for lane in self._ready.drop():
            self.release(lane)

    def _yields(self, lane: str) -> bool:
        """Whether a lane that always has something has had its turns while others are not even read."""
        turns = self._turns[lane] = self._turns.get(lane, 0) + 1
        if not self._more or turns < TURNS:
            return False
        self._rested.add(lane)
        return True

    def _limit(self, most: int) -> int:
        return min(self.owned.max_in_flight, self.allowed, most)

    def _first_window(self) -> int:
        a_request = self.owned.batch_max if self.owned.batches else 1
        return min(BATCH_WINDOW if self.owned.batches else WINDOW, FIRST_WINDOW * self.owned.max_in_flight * a_request)
