"""The endpoints this dispatcher owns, in good health and in bad: what their answers lead to.

What turns for the worse or the better is written at the next round, before anything is claimed; what only counts is
written with each renewal. Killed in between, the next owner judges by a little less.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.webhooks.desk import NO_LIMIT, Desk
from service.webhooks.easing import Easing
from service.webhooks.health import Health, Kind, after, begin_probe
from service.webhooks.notices import TakeRecorder
from service.webhooks.outcomes import Answer, NoAnswer, Outcome, Unsent
from service.webhooks.retry import jittered
from service.webhooks.signs import asks_for_less, kind_of, sign_of, took_too_long
from service.webhooks.skipping import Skipping
from service.webhooks.store_health import HealthStore, Told
from service.webhooks.work import Connections, Head, Owned

LEAST_SCALE = 0.001
"""Of the times of health: below it, an endpoint on trial would be disabled within seconds."""
THROTTLE_SECONDS, THROTTLE_CAP_SECONDS = 5.0, 900.0
"""How long an endpoint that does not say how long is left alone: doubled each time."""
UNSENT_SECONDS, UNSENT_CAP_SECONDS = 5.0, 60.0
"""The same where our own way out fails: not for long, since nobody there has asked for it."""


@dataclass(slots=True)
class Charge:
    """One endpoint. `moved` and `dirty` say that something is to be written, at once or in time."""

    owned: Owned
    health: Health
    pace: Easing | None
    skip_to: int
    told: list[Told] = field(default_factory=list[Told])
    moved: bool = False
    dirty: bool = False
    ok_at: int | None = None
    throttles: int = 0
    unsents: int = 0
    """How often in a row it was waited for the way out."""

    def settled(self) -> Health:
        """The health with the last success in it, which alone is not worth an object of its own."""
        if self.ok_at is not None:
            self.health = replace(self.health, last_ok_at=self.ok_at)
            self.ok_at = None
        return self.health


class Tending:
    """Judges endpoints by their attempts. `on_step` is told `health` with (endpoint, state) when a state is written."""

    def __init__(
        self,
        *,
        desks: Mapping[int, Desk],
        connections: Connections,
        me: str,
        take_recorder: TakeRecorder,
        new_event_id: Callable[[], str],
        now_us: Callable[[], Awaitable[int]],
        scale: float,
        wake: Callable[[], None],
        nudge: Callable[[], None],
        on_step: Callable[[str, object], None],
    ) -> None:
        self._desks = desks
        self._store = HealthStore(connections, me=me, take_recorder=take_recorder, new_event_id=new_event_id)
        self._skipping = Skipping(connections, me=me, now_us=now_us)
        self._retry_scale = scale
        self._scale = max(LEAST_SCALE, scale)
        self._wake = wake
        self._nudge = nudge
        self._on_step = on_step
        self._time = asyncio.get_running_loop().time
        self._charges: dict[int, Charge] = {}
        self._ahead = 0
        """µs from the event loop's clock to the database's."""

    def set_clock(self, now_us: int) -> None:
        """What the database's clock shows now."""
        self._ahead = now_us - int(self._time() * 1_000_000)

    def tend(self, owned: Sequence[Owned]) -> None:
        """These are mine, as they are kept. One that is known, and that nobody has changed, goes on as it is here."""
        for number in self._charges.keys() - {one.id for one in owned}:
            del self._charges[number]
        for one in owned:
            known = self._charges.get(one.id)
            if known and (known.owned.epoch, known.owned.revision) == (one.epoch, one.revision):
                continue
            # Whoever owned it may have died with a probe under way: the next one goes when it would have gone.
            health = replace(one.health, state="open") if one.health.state == "half_open" else one.health
            pace = Easing(limit=one.max_in_flight) if health.easing else None
            self._charges[one.id] = charge = Charge(owned=one, health=health, pace=pace, skip_to=one.skip_to)
            self._bound(charge)

    def spares(self, desk: Desk) -> bool:
        """While an endpoint is open, outages use up nothing of what its events have."""
        charge = self._charge_of(desk)
        return charge is not None and charge.health.is_open

    def throttle_seconds(self, desk: Desk) -> float:
        """How long to leave an endpoint alone that asks for less and does not say for how long."""
        charge = self._charge_of(desk)
        throttles = 0 if charge is None else charge.throttles
        seconds = min(THROTTLE_CAP_SECONDS, THROTTLE_SECONDS * 2 ** min(throttles, 10))
        return jittered(seconds=seconds * self._retry_scale, random=random.random())

    def unsent_seconds(self, desk: Desk) -> float:
        """How long an endpoint gets nothing whose event did not get out of here. Those under way with it wait alike."""
        if (left := desk.not_before - self._time()) > 0:
            return left
        charge = self._charge_of(desk)
        unsents = 0 if charge is None else charge.unsents
        seconds = min(UNSENT_CAP_SECONDS, UNSENT_SECONDS * 2 ** min(unsents, 10))
        return jittered(seconds=seconds * self._retry_scale, random=random.random())

    def saw(
        self, desk: Desk, heads: Sequence[Head], came: Answer | NoAnswer, outcome: Outcome, *, begun_at: int
    ) -> None:
        """One attempt, of one event or of a batch, came to this; `begun_at` is µs by this machine's clock."""
        charge = self._charge_of(desk)
        kind = kind_of(outcome, is_open=self.spares(desk))
        if charge is None or charge.health.state == "disabled":
            return
        if isinstance(outcome, Unsent):
            self._rest(charge, desk)
            return
        charge.unsents = 0
        if kind is None:
            return
        now = self._now_us()
        if kind == "ok" and charge.health.quiet:
            charge.ok_at, charge.throttles, charge.dirty = now, 0, True
            return
        charge.throttles = charge.throttles + 1 if kind == "throttled" else 0
        sign = sign_of(heads, came, outcome, kind=kind, at=now)
        before = charge.settled()
        charge.health, notices = after(before, sign, chance=random.random(), scale=self._scale)
        charge.told += [Told(notice=one, sign=sign) for one in notices]
        charge.dirty = charge.dirty or charge.health is not before
        self._paced(charge, before, came, kind, begun_at=begun_at)
        self._bound(charge)
        if notices or charge.health.state != before.state:
            charge.moved = True
            self._nudge()

    async def room(self, desk: Desk) -> int:
        """How many heads may be read now: one for a probe, none while others are passed by."""
        charge = self._charge_of(desk)
        if charge is None or desk.held or desk.closed or self._time() < desk.not_before:
            return 0
        if charge.skip_to or charge.health.is_open:
            # Heads may have been on their way here when it turned.
            desk.drop_ready()
        if charge.skip_to:
            ended = await self._skipping.advance(charge.owned, charge.skip_to, busy=desk.busy)
            if ended is None:
                charge.skip_to = 0
                self._bound(charge)
            if ended != 0:
                self._nudge()
            return 0
        return await self._probed(charge, desk) if charge.health.is_open else max(0, desk.room)

    async def settle(self) -> None:
        """Write every turn that was not written yet."""
        for charge in [one for one in self._charges.values() if one.moved]:
            told, charge.moved = list(charge.told), False
            health = charge.settled()
            try:
                kept = await self._store.move(charge.owned, health, told)
            except BaseException:
                charge.moved = True
                raise
            del charge.told[: len(told)]
            if not kept:
                continue
            self._on_step("health", (charge.owned.public_id, health.state))
            if told:
                self._wake()

    async def keep(self) -> None:
        """Write how those are doing of which something has come."""
        # A turn is written with what is told of it, and not before.
        dirty = [charge for charge in self._charges.values() if charge.dirty and not charge.moved]
        if dirty:
            await self._store.keep([(charge.owned, charge.settled()) for charge in dirty])
            for charge in dirty:
                charge.dirty = False

    def _rest(self, charge: Charge, desk: Desk) -> None:
        """The way out failed, of which the endpoint has no part: but one request is enough to see whether it works."""
        if self._time() < desk.not_before:
            return
        charge.unsents += 1
        self._on_step("unsent", charge.owned.public_id)
        if not charge.health.is_open:
            charge.pace = Easing(limit=charge.owned.max_in_flight)
            charge.health = replace(charge.health, easing=True)
            self._bound(charge)

    async def _probed(self, charge: Charge, desk: Desk) -> int:
        now, health = self._now_us(), charge.settled()
        early = now < health.probe_at
        if desk.busy or charge.moved or (early and (health.state == "half_open" or health.outage_lane is None)):
            return 0
        begun = begin_probe(health, at=now, chance=random.random(), scale=self._scale)
        if not await self._store.begin_probe(charge.owned, begun, now=now, busy=desk.busy, early=early):
            return 0
        charge.health = begun
        self._bound(charge)
        return 1

    def _paced(self, charge: Charge, before: Health, came: Answer | NoAnswer, kind: Kind, *, begun_at: int) -> None:
        """How many requests it takes from here on."""
        limit = charge.owned.max_in_flight
        if before.is_open and not charge.health.is_open:
            charge.pace = Easing(limit=limit)
        elif (asks_for_less(came) and kind != "postponed") or (charge.pace and took_too_long(came)):
            charge.pace = charge.pace or Easing(limit=limit, start=limit)
            charge.pace.cut(begun_at=begun_at, at=time.time_ns() // 1000)
        elif kind == "ok" and charge.pace:
            charge.pace.grow()
        if charge.pace and charge.pace.is_full:
            charge.pace = None
        charge.health = replace(charge.health, easing=charge.pace is not None)

    def _bound(self, charge: Charge) -> None:
        """Let its desk know."""
        desk = self._desks.get(charge.owned.id)
        if desk is None:
            return
        allowed = charge.pace.allowed if charge.pace else NO_LIMIT
        by_state = {"open": 0, "disabled": 0, "half_open": 1}
        desk.allowed = 0 if charge.skip_to else by_state.get(charge.health.state, allowed)
        if not desk.allowed:
            desk.drop_ready()

    def _charge_of(self, desk: Desk) -> Charge | None:
        charge = self._charges.get(desk.owned.id)
        return charge if charge and charge.owned.epoch == desk.owned.epoch else None

    def _now_us(self) -> int:
        return int(self._time() * 1_000_000) + self._ahead
