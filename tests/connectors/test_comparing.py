"""Whatever stood there and whatever holds here: afterwards altered days say the same, and no others have moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.connectors.comparing import Known, Obstacle, Step, Table, There, Wanted, digest, steps, whole

FIRST = date(2026, 1, 1)
DAYS = 12
TITLES = ("Engineer", "Manager", "Staff")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@dataclass(slots=True)
class Sheet:
    """Rows of a table, and what we know to have written."""

    rows: dict[date, There] = field(default_factory=dict[date, There])
    known: dict[date, Known] = field(default_factory=dict[date, Known])
    made: int = 100

    def by_hand(self, on: date, title: str) -> None:
        self.made += 1
        self.rows[on] = There(row=str(self.made), day=on, values={"title": title}, rest={"department": "Platform"})

    def says(self, on: date) -> str | None:
        begun = [one for one in self.rows if one <= on]
        return self.rows[max(begun)].values["title"] if begun else None

    def carry_out(self, step: Step) -> None:
        if step.how == "forget":
            del self.known[step.day]
            return
        if step.how == "delete":
            del self.rows[step.day], self.known[step.day]
            return
        if step.how == "create":
            assert step.day not in self.rows, "a second row of a day"
            self.by_hand(step.day, "")
        row, known = self.rows[step.day], self.known.get(step.day)
        rest = {**row.rest, **{name: one for name, one in step.send.items() if name != "title"}}
        row = There(row=row.row, day=row.day, values=step.values, rest=rest)
        self.rows[step.day] = row
        adopted = step.how != "create" and (known is None or known.adopted)
        self.known[step.day] = Known(row=row.row, written=digest(row.values), adopted=adopted, whole=whole(row))

    def run(self, table: Table, wanted: Sequence[Wanted], *, first: date, last: date | None) -> list[Step | Obstacle]:
        done: list[Step | Obstacle] = []
        for step in steps(table, wanted, list(self.rows.values()), dict(self.known), first=first, last=last):
            done.append(step)
            if isinstance(step, Step):
                self.carry_out(step)
        return done


def wanted(states: Mapping[int, str | None]) -> list[Wanted]:
    return [
        Wanted(day=day(number), values=None if title is None else {"title": title})
        for number, title in sorted(states.items())
    ]


def holds(states: Mapping[int, str | None], number: int) -> str | None:
    begun = [one for one in states if one <= number]
    return states[max(begun)] if begun else None


TIMELINES = st.dictionaries(st.integers(0, DAYS), st.one_of(st.none(), st.sampled_from(TITLES)), max_size=5)
HAND = st.dictionaries(st.integers(0, DAYS), st.sampled_from(TITLES), max_size=4)
CARRYING = Table(name="jobInfo", carried=("department",), overwrite=True)


@settings(max_examples=150, deadline=None, database=None)
@example(hand={0: "Engineer"}, earlier={2: "Manager", 5: "Engineer"}, now={2: "Engineer", 5: "Engineer"}, bounds=(2, 5))
@given(hand=HAND, earlier=TIMELINES, now=TIMELINES, bounds=st.tuples(st.integers(0, DAYS), st.integers(1, DAYS + 1)))
def test_altered_days_become_ours_and_no_others_move(
    hand: dict[int, str], earlier: dict[int, str | None], now: dict[int, str | None], bounds: tuple[int, int]
) -> None:
    begin, end = bounds[0], max(bounds[0] + 1, bounds[1])
    last = day(end) if end <= DAYS else None
    sheet = Sheet()
    for number, title in hand.items():
        sheet.by_hand(day(number), title)
    sheet.run(CARRYING, wanted(earlier), first=FIRST, last=None)
    before = [sheet.says(day(number)) for number in range(DAYS + 1)]
    # Of what was altered the first day is one on which something begins: that is what an event is about.
    now = {**now, begin: holds(now, begin)} if holds(now, begin) is not None else now
    done = sheet.run(CARRYING, wanted(now), first=day(begin), last=last)
    assert not any(isinstance(one, Obstacle) for one in done)
    for number in range(DAYS + 1):
        title, said = holds(now, number), sheet.says(day(number))
        if number < begin:
            assert said == before[number]
        elif last is None or number < end:
            assert title is None or said == title
        else:
            assert said in (before[number], title, holds(now, end)) or holds(now, end) is None
    assert sheet.run(CARRYING, wanted(now), first=day(begin), last=last) == []
    assert all(row.rest["department"] == "Platform" for row in sheet.rows.values())


def test_what_somebody_else_wrote_is_taken_over_or_waits() -> None:
    sheet, careful = Sheet(), Table(name="jobInfo", carried=("department",))
    sheet.by_hand(day(0), "Engineer")
    sheet.by_hand(day(3), "Manager")
    now = wanted({3: "Manager"})
    assert [
        (one.how, one.row) for one in sheet.run(careful, now, first=day(3), last=None) if isinstance(one, Step)
    ] == [("adopt", "102")]
    # It was theirs before it was ours: it stays, and says what holds.
    told = sheet.run(careful, wanted({3: "Engineer"}), first=day(3), last=None)
    assert [one.how for one in told if isinstance(one, Step)] == ["update"]
    sheet.rows[day(3)] = There(row="102", day=day(3), values={"title": "Staff"}, rest={"department": "Platform"})
    (obstacle,) = sheet.run(careful, wanted({3: "Manager"}), first=day(3), last=None)
    assert isinstance(obstacle, Obstacle) and obstacle.code == "row-by-hand"
    assert sheet.says(day(3)) == "Staff"


def test_a_row_that_somebody_altered_is_not_removed_with_the_change_that_made_it() -> None:
    """Nor one that somebody made where ours was only begun: we were gone before it was known whether it came to be."""
    careful, ours = Table(name="jobInfo"), {"title": "Engineer"}
    for row, found in (("101", "Manager"), (None, "Manager"), ("101", "Engineer"), (None, "Engineer")):
        sheet = Sheet()
        sheet.by_hand(FIRST, found)
        sheet.known[FIRST] = Known(row=row, written=digest(ours))
        (step,) = steps(careful, [], list(sheet.rows.values()), sheet.known, first=FIRST, last=None)
        if found == "Engineer":
            assert step == Step(how="delete", day=FIRST, row="101")
            continue
        assert isinstance(step, Obstacle) and step.code == "row-by-hand"
        table = replace(careful, overwrite=True)
        assert list(steps(table, [], list(sheet.rows.values()), sheet.known, first=FIRST, last=None)) == [
            Step(how="delete", day=FIRST, row="101")
        ]


def test_rows_of_ours_that_somebody_went_on_with_stay() -> None:
    sheet = Sheet()
    sheet.by_hand(day(0), "Engineer")
    sheet.run(CARRYING, wanted({3: "Manager"}), first=day(3), last=None)
    row = sheet.rows[day(3)]
    sheet.rows[day(3)] = There(row=row.row, day=row.day, values=row.values, rest={"department": "Research"})
    (step,) = sheet.run(CARRYING, wanted({0: "Engineer"}), first=day(3), last=None)
    assert isinstance(step, Step) and (step.how, step.send) == ("update", {"title": "Engineer"})
    assert sheet.rows[day(3)].rest == {"department": "Research"}


def test_nothing_is_written_past_what_stands_in_the_way() -> None:
    missing = Wanted(day=day(4), values=None, missing=("level-not-mapped", "the mapping has no title for it"))
    now = [*wanted({2: "Manager"}), missing, *wanted({6: "Staff"})]
    for table, codes in (
        (Table(name="jobInfo"), ["create", "level-not-mapped"]),
        (Table(name="jobInfo", latest=day(3)), ["create"]),
    ):
        sheet = Sheet()
        sheet.by_hand(day(0), "Engineer")
        done = sheet.run(table, now, first=day(1), last=None)
        assert [one.code if isinstance(one, Obstacle) else one.how for one in done] == codes
    sheet = Sheet()
    sheet.rows[day(0)] = There(row="1", day=day(0), values={"title": "Engineer"}, rest={})
    (hidden,) = sheet.run(CARRYING, wanted({2: "Manager"}), first=day(2), last=None)
    assert isinstance(hidden, Obstacle) and hidden.code == "field-hidden"
    two = [There(row=one, day=day(2), values={"title": TITLES[int(one)]}, rest={}) for one in ("1", "2")]
    (differ,) = steps(Table(name="jobInfo"), now, two, {}, first=day(1), last=None)
    assert isinstance(differ, Obstacle) and differ.code == "two-rows-there"
