"""The fold against a naive model that asks of each single day what all changes up to it leave standing."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.assignments import FACTS, Row
from service.domain.changes import decide
from service.domain.refusals import Refused
from service.domain.statements import Proposal
from service.domain.timelines import LiveChange, altered_days, difference, fold, segments
from tests.builders import definitions

DEFINITIONS = definitions()
FIRST = date(2024, 1, 1)
DAYS = 24
GRADES = {"e1": "1", "e2": "2", "ic3": "3", "em3": "3", "ic4": "4", "em4": "4", "ic5": "5"}
STEPS = {"ic3": "a", "em3": "a"}

some_day = st.integers(0, DAYS - 1).map(lambda number: FIRST + timedelta(days=number))
some_facts = st.fixed_dictionaries(
    {},
    optional={
        "level": st.sampled_from(sorted(GRADES)),
        "team": st.sampled_from(["core", "web", None]),
        "step": st.sampled_from(["a", "b", None]),
        "zone": st.sampled_from(["berlin", "nyc"]),
        "title": st.sampled_from(["Wizard", None]),
    },
)
act = st.tuples(some_day, st.none() | some_facts)


def naive(changes: list[LiveChange], day: date) -> dict[str, str | None] | None:
    """What holds on a day, by walking every change up to it with nothing but a dictionary."""
    state: dict[str, str | None] | None = None
    for change in sorted(changes, key=lambda change: (change.effective_on, change.ordinal)):
        if change.effective_on > day:
            break
        if change.form == "end":
            state = None
            continue
        before = state or {}
        state = {**dict.fromkeys(FACTS), **before, **change.states}
        level = str(state["level"])
        if not before or GRADES[str(before["level"])] != GRADES[level]:
            state["step"] = change.states.get("step", STEPS.get(level))
            state["band_set"] = change.states.get("band_set")
    return state


def tenure(changes: list[LiveChange], day: date, *, with_step: bool) -> date:
    """First day of the unbroken run at the grade (and step) that holds on `day`, by walking back day by day."""

    def run(of: date) -> tuple[str, str | None] | None:
        state = naive(changes, of)
        return (GRADES[str(state["level"])], state["step"] if with_step else None) if state else None

    first = day
    while first > FIRST and run(first - timedelta(days=1)) == run(day):
        first -= timedelta(days=1)
    return first


def record(acts: list[tuple[date, dict[str, str | None] | None]]) -> list[tuple[list[LiveChange], tuple[Row, ...]]]:
    """Offer acts one by one; a refused one leaves no trace. Returns the history after each accepted one."""
    live: list[LiveChange] = []
    stored: list[Row] = []
    history: list[tuple[list[LiveChange], tuple[Row, ...]]] = []
    for number, (day, facts) in enumerate(acts):
        to = facts if facts is None else {"ladder": "engineering", **facts}
        proposal = Proposal(change_id=f"chg_{number}", effective_on=day, to=to)
        try:
            decision = decide(proposal, live=live, definitions=DEFINITIONS, today=FIRST)
        except Refused:
            continue
        live = [*live, decision.change]
        stored = sorted(
            [row for row in stored if row not in decision.closes] + list(decision.opens),
            key=lambda row: row.effective_from,
        )
        history.append((live, tuple(stored)))
    return history


@settings(max_examples=300, deadline=None)
@given(st.lists(act, max_size=12))
def test_rows_written_act_by_act_say_what_every_single_day_holds(acts) -> None:
    for live, stored in record(acts):
        assert stored == fold(live, DEFINITIONS).rows
        for number in range(DAYS + 2):
            day = FIRST + timedelta(days=number)
            rows = [row for row in stored if row.days.contains(day)]
            expected = naive(live, day)
            assert len(rows) == (0 if expected is None else 1)
            if expected is not None:
                standing = rows[0].standing
                assert {name: getattr(standing.facts, name) for name in FACTS} == expected
                assert standing.grade == GRADES[standing.facts.level]
                assert standing.grade_since == tenure(live, day, with_step=False)
                assert standing.step_since == tenure(live, day, with_step=True)
                assert standing.since == rows[0].effective_from


@settings(max_examples=200, deadline=None)
@given(st.lists(act, max_size=12))
def test_rows_never_touch_their_equal_and_are_never_empty(acts) -> None:
    for _, stored in record(acts):
        for row, following in pairwise(stored):
            assert row.effective_to is not None and row.effective_to <= following.effective_from
            if row.effective_to == following.effective_from:
                assert row.standing != following.standing
        assert all(row.effective_to is None or row.effective_from < row.effective_to for row in stored)


@settings(max_examples=200, deadline=None)
@given(st.lists(act, max_size=12))
def test_replacing_the_altered_days_is_all_a_mirror_needs(acts) -> None:
    before: tuple[Row, ...] = ()
    for _, after in record(acts):
        altered = altered_days(before, after)
        assert (altered is None) == (before == after)
        if altered:
            start, end = altered
            mirrored = dict(segments_by_day(before))
            for first, last, standing in segments(after, start, end):
                for day in days_of(first, last):
                    mirrored[day] = standing
            assert mirrored == dict(segments_by_day(after))
            assert standing_on(before, start) != standing_on(after, start)
        before = after


@settings(max_examples=100, deadline=None)
@given(st.lists(act, max_size=10), st.integers(1, 400))
def test_moving_every_date_moves_every_answer(acts, shift) -> None:
    """A metamorphic check: nothing in the fold knows which day it is."""
    by = timedelta(days=shift)
    moved = record([(day + by, facts) for day, facts in acts])
    for (_, here), (_, there) in zip(record(acts), moved, strict=True):
        assert [(row.effective_from + by, row.standing.facts) for row in here] == [
            (row.effective_from, row.standing.facts) for row in there
        ]


def test_what_is_closed_and_opened_is_only_what_differs() -> None:
    history = record(
        [
            (FIRST, {"level": "ic3"}),
            (FIRST + timedelta(days=10), {"team": "core"}),
            (FIRST + timedelta(days=5), {"zone": "nyc"}),
        ]
    )
    closes, opens = difference(history[1][1], history[2][1])
    assert [(row.effective_from.day, row.effective_to and row.effective_to.day) for row in closes] == [
        (1, 11),
        (11, None),
    ]
    assert [(row.effective_from.day, row.effective_to and row.effective_to.day) for row in opens] == [
        (1, 6),
        (6, 11),
        (11, None),
    ]


def days_of(first: date, last: date | None) -> list[date]:
    end = last or FIRST + timedelta(days=DAYS + 2)
    return [first + timedelta(days=number) for number in range((end - first).days)]


def standing_on(rows: tuple[Row, ...], day: date):
    return next((row.standing for row in rows if row.days.contains(day)), None)


def segments_by_day(rows: tuple[Row, ...]):
    return [(day, standing_on(rows, day)) for day in days_of(FIRST, None)]


def test_what_a_person_of_many_changes_costs_grows_with_their_number_and_not_with_its_square() -> None:
    """Whoever may record changes could otherwise stop everybody with one person of thousands of them."""

    def seconds(count: int) -> float:
        standing = record([(FIRST, {"level": "e1"})])[0][1][0].standing
        days = [FIRST + timedelta(days=number) for number in range(count)]
        rows = [
            Row(effective_from=day, effective_to=day + timedelta(days=1), standing=replace(standing, since=day))
            for day in days
        ]
        taken: list[float] = []
        for _ in range(3):
            begun = process_time()
            assert altered_days(rows[:-1], rows) == (days[-1], days[-1] + timedelta(days=1))
            taken.append(process_time() - begun)
        return min(taken)

    assert seconds(8_000) < 24 * seconds(1_000)
