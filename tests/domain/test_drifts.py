"""What differs between another system's rows and our record, case by case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from service.domain.assignments import Facts, Row
from service.domain.drift_bands import without_figures
from service.domain.drift_mends import Who
from service.domain.drift_shapes import Drift, ExtractRow, TheirBand
from service.domain.drifts import doubled, drifts_of, not_there
from service.domain.mappings import MappingEntry, SystemMapping
from tests.domain.drifting import DEFINITIONS, MAPPING, found, mends, ours, terms, theirs, told

JAN, MAR, MAY = "2026-01-01", "2026-03-01", "2026-05-01"
CASES: Mapping[str, tuple[Any, Any, list[tuple[str, str, str | None]], list[tuple[str, str | None]]]] = {
    "equal": (ours((JAN, "e1"), (MAR, "e2")), theirs((JAN, "Junior"), (MAR, "Engineer")), [], []),
    "equal as of today alone": (ours((JAN, "e1"), (MAR, "e2")), theirs((None, "Engineer")), [], []),
    "a row that says it again": (ours((JAN, "e1")), theirs((JAN, "Junior"), (MAR, "Junior")), [], []),
    "nothing is said of days before the first row": (ours((JAN, "e1"), (MAR, "e2")), theirs((MAR, "Engineer")), [], []),
    "another level": (
        ours((JAN, "e1"), (MAR, "e2")),
        theirs((JAN, "Junior"), (MAR, "Staff")),
        [("wrong_level", MAR, None)],
        [(MAR, "ic4")],
    ),
    "another level today": (
        ours((JAN, "e1")),
        theirs((None, "Engineer")),
        [("wrong_level", "2026-06-15", None)],
        [("2026-06-15", "e2")],
    ),
    "another track": (ours((JAN, "ic4")), theirs((JAN, "Director")), [("wrong_track", JAN, None)], [(JAN, "em4")]),
    "a spell that we lack": (
        ours((JAN, "e1")),
        theirs((JAN, "Junior"), (MAR, "Engineer"), (MAY, "Junior")),
        [("wrong_level", MAR, MAY)],
        # What held before holds again.
        [(MAR, "e2"), (MAY, "e1")],
    ),
    "we came to it later": (
        ours((JAN, "e1"), (MAY, "e2")),
        theirs((JAN, "Junior"), (MAR, "Engineer")),
        [("wrong_date", MAR, MAY)],
        [(MAR, "e2")],
    ),
    "we came to it earlier": (
        ours((JAN, "e1"), (MAR, "e2")),
        theirs((JAN, "Junior"), (MAY, "Engineer")),
        [("wrong_date", MAR, MAY)],
        [(MAR, "e1"), (MAY, "e2")],
    ),
    "one row alone tells another date": (
        ours((JAN, "e1"), (MAR, "e2")),
        theirs((MAY, "Engineer")),
        [("wrong_date", MAR, MAY)],
        [(MAR, "e1"), (MAY, "e2")],
    ),
    "hired earlier there": (ours((MAR, "e1")), theirs((JAN, "Junior")), [("wrong_date", JAN, MAR)], []),
    "hired later there": (ours((JAN, "e1")), theirs((MAR, "Junior")), [("wrong_date", JAN, MAR)], []),
    "ended there": (
        ours((JAN, "e1")),
        theirs((JAN, "Junior"), (MAR, None)),
        [("missing_there", MAR, None)],
        [(MAR, None)],
    ),
    "ended earlier there": (
        ours((JAN, "e1"), (MAY, None)),
        theirs((JAN, "Junior"), (MAR, None)),
        [("wrong_date", MAR, MAY)],
        [],
    ),
    "ended there with later changes here": (
        ours((JAN, "e1"), (MAY, "e2")),
        theirs((JAN, "Junior"), (MAR, None)),
        [("missing_there", MAR, MAY), ("missing_there", MAY, None)],
        [(MAY, None)],
    ),
    "a plan that we lack": (
        ours((JAN, "e1")),
        theirs((JAN, "Junior"), ("2027-01-01", "Engineer")),
        [("wrong_level", "2027-01-01", None)],
        [("2027-01-01", "e2")],
    ),
    "a plan that they do not tell": (ours((JAN, "e1"), ("2027-01-01", "e2")), theirs((JAN, "Junior")), [], []),
    "not held here": (
        [],
        theirs((JAN, "Junior"), (MAR, "Engineer"), (MAY, None)),
        [("missing_here", JAN, MAY)],
        [(JAN, "e1"), (MAR, "e2"), (MAY, None)],
    ),
    "never held on either side": ([], theirs((JAN, None)), [], []),
    "an unknown word": (ours((JAN, "e1")), theirs((JAN, "Wizard")), [("unknown_code", JAN, None)], []),
    "an unknown word in between": (
        ours((JAN, "e1")),
        theirs((JAN, "Junior"), (MAR, "Wizard"), (MAY, "Engineer")),
        [("unknown_code", MAR, None), ("wrong_level", MAY, None)],
        [(MAY, "e2")],
    ),
    "a level that is not in force": (ours((JAN, "e1")), theirs((JAN, "Ghost")), [("unknown_code", JAN, None)], []),
    "no level at all": (ours((JAN, "e1")), theirs((JAN, "")), [("unknown_code", JAN, None)], []),
    "a word of two levels, none of them held": (
        ours((JAN, "e1")),
        theirs((JAN, "Senior")),
        [("ambiguous_code", JAN, None)],
        [],
    ),
    "a word of two levels, one of them held": (ours((JAN, "em3")), theirs((JAN, "Senior")), [], []),
    "two rows of one day": (
        ours((JAN, "e1")),
        theirs((JAN, "Junior"), (JAN, "Engineer")),
        [("duplicate_person", JAN, None)],
        [],
    ),
    "the same row twice": (ours((JAN, "e1")), theirs((JAN, "Junior"), (JAN, "Junior")), [], []),
}


@pytest.mark.parametrize("case", CASES)
def test_each_difference_is_told_with_what_mends_it(case: str) -> None:
    held, rows, expected, expected_mends = CASES[case]
    if case == "no level at all":
        rows = [replace(row, claim=replace(row.claim, level=None, ended=False)) for row in rows]
    drifts = found(held, rows)
    assert (told(drifts), mends(drifts)) == (expected, expected_mends)
    assert all(one.mend.text and one.mend.there is None for one in drifts)
    for one in drifts:
        assert (one.employee_id, one.person, one.job) == ("emp_1", "hr:1", "primary")
        assert all(row.employee == "emp_1" and row.reason == "reconciled" for row in one.mend.here)


def test_what_holds_again_is_what_holds_then() -> None:
    first, second = ours((JAN, "ic3"), (MAR, "ic3"))
    moved = replace(second.standing.facts, team="web", step="b")
    held = [first, replace(second, standing=replace(second.standing, facts=moved))]
    (spell,) = found(held, theirs((JAN, "Senior"), ("2026-04-01", "Staff"), (MAY, "Senior")))
    # The team flows on by itself, the step would be lost with the grade.
    assert spell.mend.here[1].to == {"ladder": "engineering", "level": "ic3", "step": "b"}
    (gap,) = found(held, theirs((JAN, "Senior"), ("2026-04-01", None), (MAY, "Senior")))
    assert [row.to for row in gap.mend.here] == [
        None,
        {"ladder": "engineering", "level": "ic3", "step": "b", "team": "web", "zone": "berlin"},
    ]


def there(drifts: Sequence[Drift]) -> Iterator[tuple[str | None, str | None, str | None, bool]]:
    for one in drifts:
        assert one.mend.here == () and one.mend.text
        if one.mend.there:
            to = one.mend.there
            yield to.place, str(to.effective_on), to.level, to.ended


def test_with_our_side_right_it_is_told_what_to_write_there() -> None:
    def right(held: list[Row], rows: list[ExtractRow]) -> list[Any]:
        return list(there(found(held, rows, authority="ours")))

    assert right(ours((JAN, "e2")), theirs((JAN, "Junior"))) == [("row 1", JAN, "Engineer", False)]
    # A row of another day is not the one to alter.
    assert right(ours((JAN, "e1"), (MAR, "e2")), theirs((JAN, "Junior"))) == [(None, MAR, "Engineer", False)]
    late = right(ours((JAN, "e1"), (MAY, "e2")), theirs((JAN, "Junior"), (MAR, "Engineer")))
    early = right(ours((JAN, "e1"), (MAR, "e2")), theirs((JAN, "Junior"), (MAY, "Engineer")))
    assert (late, early) == ([("row 2", MAY, "Engineer", False)], [("row 2", MAR, "Engineer", False)])
    assert right([], theirs((JAN, "Junior"))) == [(None, JAN, None, True)]
    unmapped = ours((JAN, "e1"))
    unmapped[0] = replace(unmapped[0], standing=replace(unmapped[0].standing, facts=Facts(ladder="design", level="d2")))
    (drift,) = found(unmapped, theirs((JAN, "Junior")), authority="ours")
    assert drift.mend.there is None and "Add it to the mapping first" in drift.mend.text


def test_who_is_not_known_here_is_made_known_by_the_mend() -> None:
    rows = theirs((JAN, "Junior"), zone="berlin", team="core", role="astronaut")
    (drift,) = found([], rows, known=False)
    (mend,) = drift.mend.here
    assert (drift.kind, drift.employee_id, drift.ours) == ("missing_here", None, None)
    assert (mend.employee, mend.key, dict(mend.external_ids)) == (None, None, {"hr": "1"})
    # What is nothing of ours is left out, and not guessed at.
    assert mend.to == {"ladder": "engineering", "level": "e1", "zone": "berlin", "team": "core"}
    # Somebody is missing here whose level nobody can tell.
    nobody = found([], theirs((JAN, "Wizard")), known=False)
    assert [one.kind for one in nobody] == ["unknown_code", "missing_here"]
    assert all(one.mend.here == () for one in nobody)
    assert found([], theirs((JAN, "Wizard"), (MAR, None)), known=False)[1:] == []


def test_a_grade_tells_which_of_two_levels_a_word_means() -> None:
    mapping = SystemMapping(
        entries=(
            MappingEntry(of="level", ours="engineering/ic4", theirs="Staff"),
            MappingEntry(of="level", ours="engineering/ic5", theirs="Staff"),
        )
    )
    who = Who(employee_id="emp_1", person="hr:1", timelines={"primary": ours((JAN, "e1"))})
    for grade, means in (("5", "ic5"), ("4", "ic4")):
        rows = theirs((JAN, "Staff"), grade=grade)
        (drift,) = drifts_of(who, rows, terms(mapping=mapping), DEFINITIONS)
        assert (drift.kind, mends([drift])) == ("wrong_level", [(JAN, means)])
        assert drift.theirs and drift.theirs.means == ("engineering/ic4", "engineering/ic5")
    (drift,) = drifts_of(who, theirs((JAN, "Staff"), grade="6"), terms(mapping=mapping), DEFINITIONS)
    assert drift.kind == "ambiguous_code"


def test_a_further_name_is_no_drift_and_nothing_that_is_to_be_written() -> None:
    further = MappingEntry(of="level", ours="engineering/ic4", theirs="Sr. Engineer", read_only=True)
    mapping = SystemMapping(entries=(further, *MAPPING.entries))
    who = Who(employee_id="emp_1", person="hr:1", timelines={"primary": ours((JAN, "ic4"))})
    assert list(drifts_of(who, theirs((JAN, "Sr. Engineer")), terms(mapping=mapping), DEFINITIONS)) == []
    (drift,) = drifts_of(who, theirs((JAN, "Engineer")), terms("ours", mapping), DEFINITIONS)
    assert drift.mend.there and drift.mend.there.level == "Staff"


def test_without_a_mapping_words_are_ours() -> None:
    who = Who(employee_id="emp_1", person="hr:1", timelines={"primary": ours((JAN, "e1"))})
    plain = terms(mapping=SystemMapping())
    assert list(drifts_of(who, theirs((JAN, "engineering/e1")), plain, DEFINITIONS)) == []
    (drift,) = drifts_of(who, theirs((JAN, "e1")), plain, DEFINITIONS)
    assert drift.kind == "unknown_code"


def band(**figures: str) -> TheirBand:
    return TheirBand(figures={name: Decimal(value) for name, value in figures.items()}, currency="EUR")


def test_grade_and_band_are_held_against_our_definitions() -> None:
    held = ours((JAN, "ic4"))

    def differs(row: ExtractRow) -> list[tuple[str, tuple[str, ...]]]:
        return [(one.kind, one.differs) for one in found(held, [row])]

    (plain,) = theirs((JAN, "Staff"))
    exact = band(min="40001.17", mid="45003.29", max="49007.31")
    assert differs(replace(plain, band=exact)) == []
    assert differs(replace(plain, band=band(min="40001.17", max="49007.30"))) == [("band_mismatch", ("max",))]
    dollars = replace(exact, currency="USD")
    assert differs(replace(plain, band=dollars)) == [("band_mismatch", ("currency",))]
    assert differs(replace(plain, band=replace(exact, period="month"))) == [("band_mismatch", ("period",))]
    (graded,) = theirs((JAN, "Staff"), grade="4")
    assert differs(graded) == []
    assert differs(replace(graded, claim=replace(graded.claim, grade="5"))) == [("band_mismatch", ("grade",))]
    assert differs(replace(graded, claim=replace(graded.claim, grade="G5"))) == [("unknown_code", ())]
    # A row that tells a grade alone is held against the level that is held.
    assert differs(replace(graded, claim=replace(graded.claim, level=None))) == []
    # Where the level differs, their grade is held against their own level.
    (other,) = theirs((JAN, "Principal"), grade="5")
    assert differs(other) == [("wrong_level", ())]
    (drift,) = found(held, [replace(plain, band=band(min="1"))])
    assert drift.band and (drift.band.grade, drift.band.zone) == ("4", "berlin")
    assert "40001" not in repr(drift) and "figures" not in repr(drift)
    assert without_figures(("grade", "min", "max")) == ("grade", "figures")


def test_who_is_missing_there_and_who_is_there_twice() -> None:
    held = ours((JAN, "e2"))
    who = Who(employee_id="emp_1", person="hr:1", timelines={"primary": held})
    drift = not_there(who, "primary", held[0], terms())
    assert (told([drift]), mends([drift])) == ([("missing_there", "2026-06-15", None)], [("2026-06-15", None)])
    assert drift.theirs is None and drift.ours and drift.ours.level == "e2"
    written = not_there(who, "primary", held[0], terms("ours")).mend
    assert written.here == () and written.there and written.there.level == "Engineer"
    planned = ours((JAN, "e1"), ("2027-01-01", "e2"))
    assert not_there(who, "primary", planned[0], terms()).mend.here == ()
    (row,) = theirs((JAN, "Junior"))
    twice = doubled(who, row, terms(), "Told.")
    assert (twice.kind, twice.mend.here, twice.place) == ("duplicate_person", (), "row 1")


def test_each_job_is_looked_at_by_itself() -> None:
    who = Who(employee_id="emp_1", person="hr:1", timelines={"primary": ours((JAN, "e1")), "second": ours((JAN, "e2"))})
    rows = [*theirs((JAN, "Junior")), *theirs((JAN, "Junior"), job="J-2"), *theirs((JAN, "Staff"), job="third")]
    mapping = SystemMapping(entries=(*MAPPING.entries, MappingEntry(of="job", ours="second", theirs="J-2")))
    drifts = list(drifts_of(who, rows, terms(mapping=mapping), DEFINITIONS))
    assert [(one.kind, one.job) for one in drifts] == [("wrong_level", "second"), ("missing_here", "third")]
