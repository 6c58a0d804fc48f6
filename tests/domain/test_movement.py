"""Movement against a naive model that walks every evening of every job and counts what differs from the one before."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.assignments import Facts, Row
from service.domain.movement import Posts, Selection, moves_of
from service.domain.movement_counts import HeadCount, Movement, Runs
from service.domain.movement_stays import runs_of
from service.domain.movement_tally import Tally
from service.domain.timelines import LiveChange, fold
from tests.builders import DESIGN, ENGINEERING, day, definitions

DEFINITIONS = definitions()
FIRST, DAYS = date(2024, 1, 1), 16
# ladder, level: grade, and the track with its kind on the levels that have one.
LEVELS = {
    ("engineering", "e2"): (2, None, None),
    ("engineering", "ic3"): (3, "ic", "ic"),
    ("engineering", "em3"): (3, "manager", "manager"),
    ("engineering", "ic4"): (4, "ic", "ic"),
    ("engineering", "em4"): (4, "manager", "manager"),
    ("design", "d3"): (3, "ic", "ic"),
    ("design", "l3"): (3, "lead", "manager"),
}
some_day = st.integers(0, DAYS - 1).map(lambda number: FIRST + timedelta(days=number))
some_acts = st.lists(st.tuples(some_day, st.none() | st.sampled_from(sorted(LEVELS)), st.booleans()), max_size=9)


def rows_of(acts: Sequence[tuple[date, tuple[str, str] | None, bool]]) -> tuple[Row, ...]:
    """The timeline of these acts; None ends the job, the flag puts into a team. What does not fit is left out."""
    changes: list[LiveChange] = []
    for number, (on, level, in_core) in enumerate(sorted(acts, key=lambda act: act[0])):
        states = {} if level is None else {"ladder": level[0], "level": level[1], "team": "core" if in_core else "web"}
        for form in ("end",) if level is None else ("start", "alter"):
            change = LiveChange(id=str(number), effective_on=on, ordinal=number, form=form, states=states)
            if not fold([*changes, change], DEFINITIONS).broken:
                changes.append(change)
                break
    return fold(changes, DEFINITIONS).rows


def counted(people: Sequence[dict[str, tuple[Row, ...]]], first: date, end: date, chosen: Selection) -> Movement:
    tally = Tally(first=first, end=end, selection=chosen, posts=Posts(DEFINITIONS, 10))
    tally.add(people)
    return tally.result()


def facts_on(rows: tuple[Row, ...], on: date) -> Facts | None:
    return next((row.standing.facts for row in rows if row.days.contains(on)), None)


def level_of(facts: Facts) -> tuple[int, str | None, str | None]:
    return LEVELS[facts.ladder, facts.level]


def on_one_track(one: Facts, other: Facts) -> bool:
    (_, track, kind), (_, other_track, other_kind) = level_of(one), level_of(other)
    if track is None or other_track is None:
        return False
    return track == other_track if one.ladder == other.ladder else kind == other_kind


def kind_of(before: Facts, after: Facts) -> str:
    (low, track, _), (high, other, _) = level_of(before), level_of(after)
    if track and other and not on_one_track(before, after):
        return "switch"
    return "promotion" if high > low else "demotion" if high < low else "other"


def naive(jobs: Sequence[tuple[Row, ...]], first: date, end: date, chosen: Selection) -> Counter[str]:
    def inside(facts: Facts | None) -> bool:
        return facts is not None and (
            (not chosen.ladders or facts.ladder in chosen.ladders) and (not chosen.teams or facts.team in chosen.teams)
        )

    found: Counter[str] = Counter()
    one = timedelta(days=1)
    for rows in jobs:
        run = at_level = 0
        for number in range(-2, DAYS + 30):
            on = FIRST + number * one
            before, after = facts_on(rows, on - one), facts_on(rows, on)
            is_in_range = first <= on < end
            same_run = before and after and level_of(before)[0] == level_of(after)[0]
            if before and not same_run and is_in_range and inside(before):
                found["completed"] += 1
                found["completed days"] += run
            run = (run if same_run else 0) + 1
            same_level = before and after and (before.ladder, before.level) == (after.ladder, after.level)
            if before and not same_level and is_in_range and inside(before):
                ended = kind_of(before, after) if after else "left"
                found[f"level {ended}"] += 1
                found["level days"] += at_level
            at_level = (at_level if same_level else 0) + 1
            if on == end - one and inside(after):
                found["running"] += 1
                found["running days"] += run
                found["level running days"] += at_level
            if not is_in_range or not (inside(before) or inside(after)):
                continue
            if after is None:
                found["ends"] += 1
            elif before is None:
                held = any(facts_on(rows, on - past * one) for past in range(1, DAYS + 3))
                found["rehires" if held else "hires"] += 1
            else:
                found["moved_in"] += not inside(before)
                found["moved_out"] += not inside(after)
                kind = kind_of(before, after)
                found[kind] += 1
                if kind == "switch":
                    earlier = [facts_on(rows, on - past * one) for past in range(1, DAYS + 3)]
                    found["returns"] += any(held and on_one_track(held, after) for held in earlier)
        found["start"] += inside(facts_on(rows, first - one))
        found["end"] += inside(facts_on(rows, end - one))
    return found


LEVEL_ENDS = {
    "promotion": "promoted",
    "demotion": "demoted",
    "switch": "switched",
    "left": "left",
    "other": "other",
}
"""How a run at a level ends, by the kind of the move."""


def numbers(report: Movement) -> Counter[str]:
    flows = {name: getattr(report.flows, name) for name in ("hires", "rehires", "ends", "moved_in", "moved_out")}
    return Counter(
        **flows,
        promotion=report.promotions,
        demotion=report.demotions,
        switch=sum(one.count for one in report.switches),
        returns=sum(one.count for one in report.returns),
        start=report.start.jobs,
        end=report.end.jobs,
        completed=sum(one.completed.runs for one in report.time_at_grade),
        running=sum(one.running.runs for one in report.time_at_grade),
        **{
            "completed days": sum(one.completed.days for one in report.time_at_grade),
            "running days": sum(one.running.days for one in report.time_at_grade),
            "level days": sum(one.completed.days for one in report.time_at_level),
            "level running days": sum(one.running.days for one in report.time_at_level),
            **{
                f"level {kind}": sum(getattr(one, name) for one in report.time_at_level)
                for kind, name in LEVEL_ENDS.items()
            },
        },
    )


@settings(max_examples=150, deadline=None)
@given(
    acts=st.lists(st.lists(some_acts, min_size=1, max_size=2), min_size=1, max_size=3),
    bounds=st.tuples(some_day, some_day).filter(lambda two: two[0] != two[1]),
    chosen=st.sampled_from(
        [Selection(), Selection(ladders=frozenset({"design"})), Selection(teams=frozenset({"core"}))]
    ),
)
def test_every_number_is_what_the_evenings_show(acts: Any, bounds: tuple[date, date], chosen: Selection) -> None:
    first, end = min(bounds), max(bounds)
    people = [{str(number): rows_of(job) for number, job in enumerate(jobs)} for jobs in acts]
    report = counted(people, first, end, chosen)
    found = naive([rows for jobs in people for rows in jobs.values()], first, end, chosen)
    assert {name: value for name, value in numbers(report).items() if value} == {
        name: value for name, value in found.items() if value and name != "other"
    }
    flows = report.flows
    came, went = flows.hires + flows.rehires + flows.moved_in, flows.ends + flows.moved_out
    assert report.end.jobs == report.start.jobs + came - went
    for name in ("start", "end"):
        assert sum(getattr(one, name).jobs for one in report.headcount) == getattr(report, name).jobs
        assert getattr(report, name).people <= getattr(report, name).jobs
    for one in report.returns:
        assert one.count == one.on_track + one.elsewhere + one.left
        assert one.count == one.higher_grade + one.same_grade + one.lower_grade + one.left
        assert one.people <= one.count and one.promoted <= min(one.count, one.promotions)
    for one in report.time_at_grade:
        assert one.completed.runs >= one.promoted + one.demoted + one.left
    for at in report.time_at_level:
        assert at.completed.runs == at.promoted + at.demoted + at.switched + at.left + at.other
    # Two halves make the whole: nothing falls between them and nothing is in both.
    middle = first + (end - first) // 2
    if first < middle:
        halves = numbers(counted(people, first, middle, chosen)) + numbers(counted(people, middle, end, chosen))
        for name in ("hires", "rehires", "ends", "promotion", "demotion", "switch", "returns", "completed"):
            assert halves[name] == numbers(report)[name]


def test_there_and_back_again() -> None:
    """One who leads and returns, one who leads for good, one who returns and goes."""
    ic3, em3, ic4 = ("engineering", "ic3"), ("engineering", "em3"), ("engineering", "ic4")
    ada = [
        (day("2024-01-01"), ic3, True),
        (day("2024-02-01"), em3, True),
        (day("2024-03-01"), ic3, True),
        (day("2024-04-01"), ic4, True),
    ]
    bob = [(day("2024-01-01"), ic3, True), (day("2024-02-10"), ("engineering", "em4"), True)]
    cyd = [
        (day("2024-01-01"), em3, False),
        (day("2024-02-15"), ("design", "d3"), False),
        (day("2024-03-15"), ("design", "l3"), False),
        (day("2024-04-15"), None, False),
    ]
    people = [{"primary": rows_of(ada)}, {"primary": rows_of(bob), "second": rows_of(bob)}, {"primary": rows_of(cyd)}]
    report = counted(people, day("2024-02-01"), day("2024-05-01"), Selection())

    assert (report.start, report.end) == (HeadCount(people=3, jobs=4), HeadCount(people=2, jobs=3))
    assert [(one.from_kind, one.to_kind, one.count, one.same_grade, one.higher_grade) for one in report.switches] == [
        ("ic", "manager", 4, 2, 2),
        ("manager", "ic", 2, 2, 0),
    ]
    to_ic, to_manager = report.returns
    assert (to_ic.to_kind, to_ic.count, to_ic.on_track, to_ic.higher_grade) == ("ic", 1, 1, 1)
    assert (to_ic.promoted, to_ic.promotions, to_ic.people) == (1, 1, 1)
    assert (to_manager.to_kind, to_manager.count, to_manager.left, to_manager.on_track) == ("manager", 1, 1, 0)
    assert (report.promotions, report.demotions, report.flows.ends, report.flows.hires) == (1, 0, 1, 0)
    times = {(one.track_kind, one.grade): one for one in report.time_at_grade}
    # A switch at an equal grade does not end a run: three months at grade 3 for ada, and for cyd until the end.
    ended = times["ic", "3"].completed
    assert (ended.runs, ended.days, ended.mean_days, ended.median_days) == (3, 171, Decimal("57.00"), Decimal(40))
    assert (times["ic", "3"].promoted, times["ic", "3"].left) == (3, 0)
    assert (times["manager", "3"].left, times["manager", "3"].completed.days) == (1, 105)
    assert times["ic", "4"].running.days == 30
    assert times["manager", "4"].running.median_days == 81
    at_levels = {(one.ladder, one.track, one.level): one for one in report.time_at_level}
    # It ends a run at a level: a month at ic3 before the lead and a month after, and that of bob in both jobs.
    at_ic3 = at_levels["engineering", "ic", "ic3"]
    assert (at_ic3.completed.runs, at_ic3.completed.days) == (4, 31 + 31 + 40 + 40)
    assert (at_ic3.switched, at_ic3.promoted, at_ic3.left, at_ic3.other) == (3, 1, 0, 0)
    assert (at_levels["engineering", "manager", "em3"].switched, at_levels["design", "lead", "l3"].left) == (2, 1)
    nobody = counted([], day("2024-02-01"), day("2024-05-01"), Selection())
    assert [(one.from_kind, one.to_kind, one.count) for one in nobody.switches] == [
        ("ic", "manager", 0),
        ("manager", "ic", 0),
    ]
    assert (nobody.headcount, nobody.returns, nobody.time_at_grade) == ((), (), ())


def test_means_and_medians_are_exact() -> None:
    assert runs_of(Counter()) == Runs(runs=0, days=0, mean_days=None, median_days=None)
    assert runs_of(Counter({5: 1})) == Runs(runs=1, days=5, mean_days=Decimal("5.00"), median_days=Decimal(5))
    uneven = runs_of(Counter({1: 1, 2: 1, 1_000_000: 1, 4: 1}))
    assert (uneven.median_days, uneven.mean_days) == (Decimal(3), Decimal("250001.75"))
    assert runs_of(Counter({1: 2, 2: 1})).mean_days == Decimal("1.33")
    assert runs_of(Counter({1: 3, 2: 3})).median_days == Decimal("1.5")


def test_nobody_is_promoted_by_a_regrade() -> None:
    regraded = [{**level, "grade": "4"} if level["key"] == "ic3" else level for level in ENGINEERING["levels"]]
    second = {**ENGINEERING, "version": "2", "effective_from": "2024-01-05", "levels": regraded, "maps": {"ic3": "ic3"}}
    known = definitions(ladders=(ENGINEERING, DESIGN, second))
    states = {"ladder": "engineering", "level": "ic3"}
    hired = LiveChange(id="1", effective_on=FIRST, ordinal=1, form="start", states=states, recorded_at=10)
    risen = LiveChange(
        id="2",
        effective_on=day("2024-01-08"),
        ordinal=2,
        form="alter",
        states={**states, "level": "ic5"},
        recorded_at=11,
    )
    rows = fold([hired, risen], known).rows
    assert [(row.effective_from.day, row.standing.grade) for row in rows] == [(1, "3"), (5, "4"), (8, "5")]
    moves = list(moves_of(rows, Posts(known, 10)))
    assert [(move.on.day, move.kind, move.grades) for move in moves] == [
        (1, "hire", None),
        (5, "other", 1),
        (8, "promotion", 1),
    ]
    tally = Tally(first=FIRST, end=day("2024-01-20"), selection=Selection(), posts=Posts(known, 10))
    tally.add([{"primary": rows}])
    report = tally.result()
    ended = [(one.grade, one.completed.runs, one.promoted, one.regraded) for one in report.time_at_grade]
    assert (ended, report.promotions) == ([("3", 1, 0, 1), ("4", 1, 1, 0), ("5", 0, 0, 0)], 1)
