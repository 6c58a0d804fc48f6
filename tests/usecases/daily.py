"""A naive model of people on one ladder: what holds on a day is found by walking every day before it.

It keeps what live changes state and what versions map, and nothing that is derived.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

FACTS = ("ladder", "level", "step", "role", "team", "zone", "title", "band_set")
State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`levels` are (grade, steps) by key."""

    recorded_at: int
    day: date
    levels: Mapping[str, tuple[str, tuple[str, ...]]]
    maps: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A live change: what it states, nothing when it ends the job."""

    id: str
    day: date
    order: int
    form: str
    states: State
    recorded_at: int


@dataclass(slots=True)
class Ladder:
    key: str
    versions: list[Version] = field(default_factory=list[Version])

    def on(self, day: date) -> Version | None:
        known = [version for version in self.versions if version.day <= day]
        return max(known, key=lambda version: (version.day, version.recorded_at), default=None)

    def first_on(self, day: date) -> Version | None:
        """The version that is in force from exactly this day."""
        version = self.on(day)
        return version if version and version.day == day else None

    def meant(self, states: State, day: date, recorded_at: int) -> State:
        """What was stated at an instant for a day, as the maps recorded since have it."""
        days = sorted({version.day for version in self.versions if version.day <= day})
        for version in (self.first_on(one) for one in days):
            if version and version.recorded_at > recorded_at and "level" in states:
                states = {**states, "level": version.maps.get(states["level"], states["level"])}
        return states

    def placed(self, state: State | None, wanted: State, stated: State, day: date) -> State | None:
        version = self.on(day)
        found = version.levels.get(wanted["level"]) if version else None
        if found is None:
            return None
        grade, steps = found
        if state is None or state["grade"] != grade:
            first = steps[0] if steps else None
            wanted = {**wanted, "step": stated.get("step", first), "band_set": stated.get("band_set")}
        return {**wanted, "grade": grade}


def walk(ladder: Ladder, changes: Iterable[Stated], first: date, last: date) -> dict[date, State | None]:
    """What holds at the end of each day. Every change has to fit: it was accepted."""
    waiting = sorted(changes, key=lambda change: (change.day, change.order))
    state: State | None = None
    held: dict[date, State | None] = {}
    day = first
    while day <= last:
        version = ladder.first_on(day)
        if version and state and state["level"] in version.maps:
            state = ladder.placed(state, {**state, "level": version.maps[state["level"]]}, {}, day)
            assert state
        for change in [change for change in waiting if change.day == day]:
            state = applied(ladder, state, change)
        held[day] = state
        day += timedelta(days=1)
    return held


def applied(ladder: Ladder, state: State | None, change: Stated) -> State | None:
    if change.form == "end":
        assert state
        return None
    assert (state is None) == (change.form == "start"), change
    stated = ladder.meant(change.states, change.day, change.recorded_at)
    after = ladder.placed(state, {**dict.fromkeys(FACTS), **(state or {}), **stated}, stated, change.day)
    assert after, change
    return after


def just_before(ladder: Ladder, changes: Iterable[Stated], first: date, day: date, order: int) -> State | None:
    """What holds just before a change of a day with this place within the day."""
    earlier = [change for change in changes if (change.day, change.order) < (day, order)]
    return walk(ladder, earlier, first, day)[day]


def statement(ladder: Ladder, to: State | None, before: State | None, day: date) -> tuple[str, State]:
    """Form of what is asked, and what it states: the facts that differ from what holds just before."""
    if to is None:
        return "end", {}
    if before is None:
        return "start", to
    states = {name: value for name, value in to.items() if value != before[name]}
    if "level" in states:
        states["ladder"] = ladder.key
    after = ladder.placed(before, {**before, **to}, to, day)
    if after and after["grade"] != before["grade"]:
        states |= {name: to[name] for name in ("step", "band_set") if name in to}
    return "alter", states


def asked(
    ladder: Ladder, live: Iterable[Stated], to: State | None, first: date, place: tuple[date, int], *, recorded_at: int
) -> Stated | None:
    """What a request comes to on a day, at a place within it, beside live changes; None where it is to be refused."""
    day, order = place
    before = just_before(ladder, live, first, day, order)
    if to is None:
        return (
            Stated(id="asked", day=day, order=order, form="end", states={}, recorded_at=recorded_at) if before else None
        )
    if before is None and not {"ladder", "level"} <= to.keys():
        return None
    version = ladder.on(day)
    found = version.levels.get({**(before or {}), **to}["level"]) if version else None
    if found is None or to.get("step") not in {None, *found[1]}:
        return None
    form, states = statement(ladder, to, before, day)
    if not states:
        return None
    return Stated(id="asked", day=day, order=order, form=form, states=states, recorded_at=recorded_at)


def fits(ladder: Ladder, changes: Iterable[Stated], first: date, last: date) -> bool:
    """Whether each change finds what it needs, and somebody stands on a level that is there on each day."""
    try:
        held = walk(ladder, changes, first, last)
    except AssertionError:
        return False
    for day, state in held.items():
        version = ladder.on(day)
        if state and (version is None or version.levels.get(state["level"], ("",))[0] != state["grade"]):
            return False
    return True


def corrected(ladder: Ladder, old: Stated, *, new_id: str, day: date, recorded_at: int) -> Stated:
    """The same content in its place, on another day: levels stay what was meant."""
    states = ladder.meant(old.states, day, old.recorded_at)
    return replace(old, id=new_id, day=day, states=states, recorded_at=recorded_at)
