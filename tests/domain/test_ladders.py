import copy

import pytest

from service.domain.chart import ChartCell, ChartLevel, chart
from service.domain.company import company_from_document
from service.domain.findings import DocumentRejected
from service.domain.ladders import GradePairing, Ladder, LevelMap, ladder_from_document
from service.domain.levels import Expectation, Statement
from tests.domain.documents import company_document, ladder_document, level_document

RANKS = {"1": 1, "2": 2, "3": 3}


def ladder(**changes: object) -> Ladder:
    return ladder_from_document(ladder_document(**changes))


def drawn_level(key: str, title: str) -> ChartLevel:
    return ChartLevel(key=key, title=title, unknown=())


def drawn_cell(tracks: tuple[str, ...], levels: tuple[ChartLevel, ...]) -> ChartCell:
    return ChartCell(tracks=tracks, levels=levels, bands=())


def switch(subject: Ladder, from_level: str, to_level: str) -> bool:
    origin, target = subject.level(from_level), subject.level(to_level)
    assert origin is not None
    assert target is not None
    return subject.allows_switch(origin, target)


def test_the_source_form_is_kept_and_gives_the_same_ladder_again() -> None:
    document = ladder_document()
    before = copy.deepcopy(document)

    read = ladder_from_document(document)

    assert document == before == read.document
    assert ladder_from_document(read.document) == read


def test_a_level_has_a_track_of_its_own_or_none_when_it_is_shared() -> None:
    subject = ladder()

    assert [level.track for level in subject.levels] == [None, "ic", "mgr", "ic"]
    assert subject.kind_of("mgr") == "manager"
    assert subject.level("ic9") is None
    with pytest.raises(KeyError):
        subject.kind_of("chef")


def test_levels_of_a_track_stand_in_stated_order_with_the_shared_ones() -> None:
    subject = ladder()

    assert [level.key for level in subject.levels_of("ic")] == ["eng1", "ic2", "ic3"]
    assert [level.key for level in subject.levels_of("mgr")] == ["eng1", "em2"]
    assert [level.key for level in subject.levels_at("2")] == ["ic2", "em2"]


def test_the_first_step_is_the_first_listed_or_none() -> None:
    subject = ladder()

    assert [subject.first_step(level) for level in subject.levels] == [None, "entry", "entry", None]


def test_what_maps_hold_in_a_document_are_entries_in_stated_order() -> None:
    subject = ladder(
        competencies=[{"key": "craft", "title": "Craft"}],
        levels=[level_document("ic2", "2", "ic", expectations={"craft": ["Builds."]})],
        maps={"old2": "ic2", "old1": "ic2"},
    )

    assert subject.levels[0].expectations == (
        Expectation(
            competency="craft",
            statements=(Statement(text="Builds.", examples=(), anti_examples=(), source_id=None),),
            proficiency=None,
        ),
    )
    assert subject.maps == (
        LevelMap(old_level="old2", new_level="ic2"),
        LevelMap(old_level="old1", new_level="ic2"),
    )


def test_equal_grades_switch_both_ways_and_other_switches_need_a_move() -> None:
    subject = ladder()

    assert switch(subject, "ic2", "em2")
    assert switch(subject, "em2", "ic2")
    assert not switch(subject, "em2", "ic3")
    assert not switch(subject, "ic3", "em2")


def test_a_move_allows_its_direction_and_the_way_back_only_when_reversible() -> None:
    move = {"from_level": "em2", "to_level": "ic3", "kind": "track_switch"}

    one_way, both_ways = ladder(moves=[move]), ladder(moves=[{**move, "reversible": True}])

    assert (switch(one_way, "em2", "ic3"), switch(one_way, "ic3", "em2")) == (True, False)
    assert (switch(both_ways, "em2", "ic3"), switch(both_ways, "ic3", "em2")) == (True, True)


def test_a_move_may_forbid_what_an_equal_grade_would_allow() -> None:
    denied = {"from_level": "ic2", "to_level": "em2", "kind": "track_switch", "allowed": False}
    subject = ladder(moves=[denied])

    assert not switch(subject, "ic2", "em2")
    assert switch(subject, "em2", "ic2")


def test_a_move_to_another_ladder_says_nothing_about_this_one() -> None:
    move = {"from_level": "ic3", "to_level": "em2", "to_ladder": "sales", "kind": "track_switch", "reversible": True}
    subject = ladder(moves=[move])
    origin, target = subject.level("ic3"), subject.level("em2")
    assert origin is not None
    assert target is not None

    assert not subject.allows_switch(origin, target)
    assert subject.allows_switch(origin, target, to_ladder="sales")
    assert not subject.allows_switch(target, origin, to_ladder="sales")
    assert subject.edge("ic3", "em2", to_ladder="engineering") is None


def test_levels_without_a_grade_are_equal_to_nothing() -> None:
    subject = ladder(levels=[level_document("a", None, "ic"), level_document("b", None, "mgr")])

    assert not switch(subject, "a", "b")


def test_the_fork_is_the_lowest_grade_with_a_manager_only_level_by_rank() -> None:
    assert ladder().fork(ranks=RANKS) == "2"
    assert ladder().fork(ranks={"1": 3, "2": 2, "3": 1}) == "2"
    assert ladder(levels=[level_document("eng1", "1", "ic", "mgr")]).fork(ranks=RANKS) is None


def test_pairing_is_needed_from_the_fork_up_unless_a_level_is_shared() -> None:
    subject = ladder()

    assert subject.pairing_at("1", ranks=RANKS) is None
    assert subject.pairing_at("2", ranks=RANKS) == GradePairing(grade="2", state="paired", reason=None)
    assert subject.pairing_at("3", ranks=RANKS) == GradePairing(grade="3", state="missing", reason=None)
    assert subject.pairing_at("4", ranks=RANKS) is None


def test_stated_pairing_wins_and_the_rest_may_be_unstated() -> None:
    stated = {"grade": "3", "state": "unpaired_by_design", "reason": "Nothing to lead."}

    by_design = ladder(pairing={"grades": [stated]}).pairing_at("3", ranks=RANKS)
    not_known = ladder(pairing={"otherwise": "unstated"}).pairing_at("3", ranks=RANKS)

    assert by_design == GradePairing(grade="3", state="unpaired_by_design", reason="Nothing to lead.")
    assert not_known == GradePairing(grade="3", state="unstated", reason=None)


def test_other_kinds_of_track_have_no_part_in_pairing() -> None:
    subject = ladder(
        tracks=[{"key": "ic", "kind": "ic"}, {"key": "mgr", "kind": "manager"}, {"key": "exec", "kind": "executive"}],
        levels=[level_document("em2", "2", "mgr"), level_document("vp3", "3", "exec")],
    )

    assert subject.pairing_at("3", ranks=RANKS) is None


def test_a_ladder_may_have_no_levels_and_unknown_pairing() -> None:
    subject = ladder(levels=[], pairing={"otherwise": "unstated"})

    assert subject.fork(ranks=RANKS) is None
    assert chart(subject, company_from_document(company_document()), None).rows == ()


def test_the_chart_shares_the_trunk_cell_and_shows_the_gap() -> None:
    drawn = chart(ladder(), company_from_document(company_document()), None)

    assert (drawn.ladder, drawn.version, drawn.tracks, drawn.fork) == ("engineering", "1", ("ic", "mgr"), "2")
    assert [(row.grade, row.pairing) for row in drawn.rows] == [("1", None), ("2", "paired"), ("3", "missing")]
    assert [row.cells for row in drawn.rows] == [
        (drawn_cell(("ic", "mgr"), (drawn_level("eng1", "ENG1"),)),),
        (
            drawn_cell(("ic",), (drawn_level("ic2", "IC2"),)),
            drawn_cell(("mgr",), (drawn_level("em2", "EM2"),)),
        ),
        (
            drawn_cell(("ic",), (drawn_level("ic3", "IC3"),)),
            drawn_cell(("mgr",), ()),
        ),
    ]


def test_rows_without_a_grade_come_last() -> None:
    levels = [level_document("x", None, "ic"), level_document("y", "9", "ic"), level_document("z", "1", "ic")]

    drawn = chart(ladder(levels=levels), company_from_document(company_document()), None)

    assert [row.grade for row in drawn.rows] == ["1", "9", None]


def test_faults_deep_in_a_document_have_escaped_pointers() -> None:
    level = level_document("ic2", "2", "ic", expectations={"a/b": ["x"]}, labels={"stage": "IC2"})

    with pytest.raises(DocumentRejected) as rejected:
        ladder(levels=[level])

    assert [(f.rule, f.pointer) for f in rejected.value.findings] == [
        ("DT011", "/levels/0/labels/stage"),
        ("DT013", "/levels/0/expectations/a~1b"),
    ]
