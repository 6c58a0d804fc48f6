"""What the people and the history of the demo folder promise to whoever builds on it."""

from collections import Counter
from itertools import pairwise

import pytest

from service.domain.dates import parse_date
from service.domain.titles import filled
from tests.ladderfiles.demo_folder import LADDERS, company, history, ladder_of, level_at, levels_of, standing

SWITCHED = {
    "bruno": ["em5", "ic5"],
    "eero": ["ic4", "em4"],
    "giulia": ["em4", "ic4", "em4"],
    "rania": ["mic4", "mm4", "mic4"],
    "viktor": ["ic4", "em4"],
    "wanjiru": ["ic4", "em4"],
}


def test_the_history_is_in_order_and_each_person_begins_with_a_full_hire_and_an_external_id() -> None:
    lines = history()
    seen: set[str] = set()

    assert len(lines) == 118
    assert all(one["change"]["effective_on"] <= other["change"]["effective_on"] for one, other in pairwise(lines))
    for line in lines:
        first = line["employee"] not in seen
        seen.add(line["employee"])
        assert first is ("external_ids" in line)
        assert first is (line["change"]["reason"] == "hire")
        assert not first or set(line["change"]["to"]) == {"ladder", "level", "role", "team", "zone"}
    assert len(seen) == 60
    assert len({line["external_ids"]["workday"] for line in lines if "external_ids" in line}) == 60


def test_the_history_names_only_what_is_defined_on_each_of_its_days() -> None:
    for day in sorted({parse_date(line["change"]["effective_on"]) for line in history()}):
        for facts in standing(day).values():
            ladder, level = level_at(facts)
            role, team = company().role(facts["role"]), company().team(facts["team"])
            assert role is not None
            assert role.ladder == ladder.key
            assert team is not None
            assert role.key in team.roles
            assert company().zone(facts["zone"]) is not None
            assert facts.get("step") is None or facts["step"] in level.steps


def test_sixty_people_stand_on_both_ladders_and_both_tracks() -> None:
    people = standing()
    places = Counter((facts["ladder"], level_at(facts)[1].track or "trunk") for facts in people.values())

    assert len(people) == 60
    assert Counter(facts["ladder"] for facts in people.values()) == {"engineering": 41, "marketing": 19}
    assert {track: sum(n for (_, on), n in places.items() if on == track) for track in ("ic", "manager", "trunk")} == {
        "ic": 22,
        "manager": 15,
        "trunk": 23,
    }
    assert set(places) == {(key, track) for key in LADDERS for track in ("ic", "manager", "trunk")}


def test_every_title_fills_for_everybody_who_holds_it_and_for_every_role_of_its_ladder() -> None:
    for facts in standing().values():
        title = filled(level_at(facts)[1].title or "", company=company(), role=facts["role"], team=facts["team"])
        assert title
        assert not set("{}") & set(title)
    for role in company().roles:
        for level in ladder_of(role.ladder or "").levels:
            assert filled(level.title or "", company=company(), role=role.key, team=None)


@pytest.mark.parametrize(
    ("level", "role", "title"),
    [
        ("mkt1", "event-marketer", "Associate Event Marketer"),
        ("mic4", "product-marketer", "Product Marketing Lead"),
        ("mic5", "content-marketer", "Staff Content Marketer"),
        ("mic7", "content-marketer", "Principal Marketing Manager"),
    ],
)
def test_titles_depend_on_the_role_where_they_say_so(level: str, role: str, title: str) -> None:
    found = ladder_of("marketing").level(level)
    assert found is not None

    assert filled(found.title or "", company=company(), role=role, team=None) == title


def test_ada_stands_on_an_individual_contributor_level_with_a_counterpart_and_a_step() -> None:
    ada = standing()["ada"]

    assert (ada["level"], ada["step"], ada["zone"]) == ("ic5", "established", "de-berlin")
    assert [level.key for level in ladder_of("engineering").levels_at("5")] == ["ic5", "em5"]


def test_six_people_have_switched_at_an_equal_grade_and_two_of_them_back_again() -> None:
    switches = [line for line in history() if line["change"]["reason"].startswith("switch-to-")]
    ladder_by_person = {person: facts["ladder"] for person, facts in standing().items()}

    assert sorted({line["employee"] for line in switches}) == list(SWITCHED)
    for person, levels in SWITCHED.items():
        # What came before is the way up the trunk.
        assert levels_of(person)[-len(levels) :] == levels
        ladder = ladder_of(ladder_by_person[person])
        for origin, target in pairwise(levels):
            from_level, to_level = ladder.level(origin), ladder.level(target)
            assert from_level is not None
            assert to_level is not None
            assert from_level.grade == to_level.grade
            assert ladder.allows_switch(from_level, to_level)
    assert sum(len(levels) - 1 for levels in SWITCHED.values()) == len(switches) == 8


def test_one_person_changed_ladders_and_two_are_paid_by_the_gap() -> None:
    changed = [line["employee"] for line in history() if line["change"]["reason"] == "ladder-change"]
    below = [person for person, facts in standing().items() if (facts["level"], facts["zone"]) == ("mic5", "us-ny")]

    assert changed == ["yara"]
    assert (levels_of("yara"), standing()["yara"]["ladder"]) == (["eng2", "eng3", "mkt3"], "marketing")
    assert sorted(below) == ["ximena", "zofia"]
