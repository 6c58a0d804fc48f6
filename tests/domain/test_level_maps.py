"""Level maps in the fold, against a naive model that walks every single day."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.assignments import FACTS
from service.domain.company import company_from_document
from service.domain.definitions import Definitions, Recorded
from service.domain.ladders import ladder_from_document
from service.domain.timelines import LiveChange, fold
from tests.builders import COMPANY, ENGINEERING, level

FIRST = date(2024, 1, 1)
DAYS = 24
VERSIONS: list[tuple[int, int, list[dict[str, Any]], dict[str, str]]] = [
    # recorded at, day from FIRST on, levels, maps
    (10, -1, [level("a", ["ic"], "1"), level("b", ["ic"], "2", steps=["x", "y"]), level("c", ["ic"], "3")], {}),
    # a is renamed, b is regraded under its name, c goes into b
    (50, 8, [level("a2", ["ic"], "1"), level("b", ["ic"], "3", steps=["y", "x"])], {"a": "a2", "b": "b", "c": "b"}),
    # replaced before it was in force by the one after it
    (60, 16, [level("a2", ["ic"], "1"), level("z", ["ic"], "3")], {"b": "z"}),
    (80, 16, [level("b", ["ic"], "2"), level("c", ["ic"], "3", steps=["y"])], {"a2": "b", "b": "c"}),
]
IN_FORCE = [VERSIONS[0], VERSIONS[1], VERSIONS[3]]
DEFINITIONS = Definitions(
    companies=[Recorded(recorded_at=10, value=company_from_document(COMPANY))],
    ladders=[
        Recorded(
            recorded_at=recorded_at,
            value=ladder_from_document(
                {
                    **ENGINEERING,
                    "version": str(recorded_at),
                    "effective_from": (FIRST + timedelta(days=day)).isoformat(),
                    "levels": levels,
                    "moves": [],
                    "maps": maps,
                }
            ),
        )
        for recorded_at, day, levels, maps in VERSIONS
    ],
)

PLACE = {"ladder": "engineering", "level": "a"}

some_change = st.tuples(
    st.integers(0, DAYS - 1),
    st.sampled_from(["start", "alter", "alter", "alter", "end"]),
    st.fixed_dictionaries(
        {},
        optional={
            "level": st.sampled_from(["a", "a2", "b", "c"]),
            "step": st.sampled_from(["x", "y", None]),
            "team": st.sampled_from(["core", "web"]),
            "band_set": st.sampled_from(["2000", None]),
        },
    ),
    st.integers(2, 12),
)


def levels_on(day: int) -> dict[str, dict[str, Any]]:
    return {one["key"]: one for one in [version for version in IN_FORCE if version[1] <= day][-1][2]}


def placed(
    state: dict[str, Any] | None, wanted: dict[str, Any], stated: dict[str, Any], day: int
) -> dict[str, Any] | None:
    """`wanted` with its grade; None where there is no such level."""
    found = levels_on(day).get(wanted["level"])
    if found is None:
        return None
    if state is None or state["grade"] != found["grade"]:
        first = (found.get("steps") or [None])[0]
        wanted = {**wanted, "step": stated.get("step", first), "band_set": stated.get("band_set")}
    return {**wanted, "grade": found["grade"]}


def naive(changes: list[LiveChange]) -> list[dict[str, Any] | None]:
    """What holds at the end of each day."""
    state: dict[str, Any] | None = None
    held: list[dict[str, Any] | None] = []
    for day in range(DAYS + 1):
        for _, starts, _, maps in IN_FORCE:
            if starts == day and state and state["level"] in maps:
                state = placed(state, {**state, "level": maps[state["level"]]}, {}, day) or state
        for change in sorted(changes, key=lambda change: change.ordinal):
            if (change.effective_on - FIRST).days != day:
                continue
            stated = dict(change.states)
            for recorded_at, starts, _, maps in IN_FORCE:
                if "level" in stated and starts <= day and change.recorded_at and recorded_at > change.recorded_at:
                    stated["level"] = maps.get(str(stated["level"]), stated["level"])
            if change.form == "end":
                state = None
            elif (change.form == "start") == (state is None):
                base = {**dict.fromkeys(FACTS), **(state or {})}
                state = placed(state, {**base, **stated}, stated, day) or state
        held.append(state)
    return held


@settings(max_examples=400, deadline=None)
@given(st.lists(some_change, max_size=10))
def test_every_day_is_as_a_walk_over_all_days_has_it(drawn: list[tuple[int, Any, dict[str, Any], int]]) -> None:
    changes = [
        LiveChange(
            id=f"chg_{number}",
            effective_on=FIRST + timedelta(days=day),
            ordinal=number,
            form=form,
            states={"ladder": "engineering", "level": "a", **states}
            if form == "start" or "level" in states
            else states,
            recorded_at=recorded_at * 10 + 1,
        )
        for number, (day, form, states, recorded_at) in enumerate(drawn)
        if form != "end" or not states
    ]
    timeline = fold(changes, DEFINITIONS)
    for day, expected in enumerate(naive(changes)):
        standing = timeline.on(FIRST + timedelta(days=day))
        found = standing and {**{name: getattr(standing.facts, name) for name in FACTS}, "grade": standing.grade}
        assert found == expected, day
