"""What the demo folder promises to whoever builds on it."""

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from service.domain.dates import parse_date
from service.domain.ladders import Ladder
from service.ladderfiles.folder import Folder, read_folder

DEMO = Path(__file__).parents[2] / "examples" / "demo"


def demo() -> tuple[Folder, Ladder]:
    folder = read_folder(DEMO)
    (ladder,) = folder.ladders.values()
    return folder, ladder


def history() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / "history.ndjson").read_text(encoding="utf-8").splitlines()]


def standing(until: date = date(2999, 12, 31)) -> dict[str, dict[str, str]]:
    """The facts of each person after all changes up to a day, folded by hand: later statements replace earlier ones."""
    people: dict[str, dict[str, str]] = {}
    for line in history():
        if parse_date(line["change"]["effective_on"]) <= until:
            people.setdefault(line["employee"], {}).update(line["change"]["to"])
    return people


def test_both_tracks_pay_the_same_in_every_zone_and_every_level_has_a_band() -> None:
    folder, ladder = demo()
    assert folder.company is not None
    (bands,) = folder.bandsets.values()

    for level in ladder.levels:
        for zone in folder.company.zones:
            rows = [
                bands.band_for(grade=level.grade, zone=zone.key, ladder=ladder.key, track=track.key)
                for track in ladder.tracks
            ]
            assert rows[0] is not None
            assert rows[0] is rows[1]
            assert [step.label for step in rows[0].steps] == list(level.steps)


def test_the_fork_is_at_grade_four_and_one_grade_is_unpaired_with_a_reason() -> None:
    folder, ladder = demo()
    assert folder.company is not None
    ranks = folder.company.ranks

    states = {grade.key: ladder.pairing_at(grade.key, ranks=ranks) for grade in folder.company.grades}

    assert ladder.fork(ranks=ranks) == "4"
    assert {key: pairing and pairing.state for key, pairing in states.items()} == {
        **dict.fromkeys("123", None),
        **dict.fromkeys("4568", "paired"),
        "7": "unpaired_by_design",
    }


def test_individual_contributors_from_the_fork_up_have_formal_influence() -> None:
    _, ladder = demo()

    for level in ladder.levels_of("ic")[3:]:
        assert level.influence is not None
        assert level.influence.scope
        assert level.influence.decision_rights
        assert level.influence.forums


def test_every_level_says_what_is_expected_in_every_competency() -> None:
    _, ladder = demo()
    competencies = [competency.key for competency in ladder.competencies]

    assert {tuple(found.competency for found in level.expectations) for level in ladder.levels} == {tuple(competencies)}


def test_every_track_switch_of_the_ladder_can_be_undone() -> None:
    _, ladder = demo()

    assert [(move.from_level, move.to_level, move.reversible) for move in ladder.moves] == [
        ("em6", "ic7", True),
        ("ic7", "em8", True),
    ]


def test_the_history_is_in_order_and_each_person_begins_with_a_full_hire_and_an_external_id() -> None:
    lines = history()
    seen: set[str] = set()

    assert all(one["change"]["effective_on"] <= other["change"]["effective_on"] for one, other in pairwise(lines))
    for line in lines:
        first = line["employee"] not in seen
        seen.add(line["employee"])
        assert first is ("external_ids" in line)
        assert first is (line["change"]["reason"] == "hire")
        assert not first or set(line["change"]["to"]) == {"ladder", "level", "role", "team", "zone"}
    assert len(seen) == 15


def test_the_history_names_only_what_is_defined() -> None:
    folder, ladder = demo()
    assert folder.company is not None

    for facts in standing().values():
        level = ladder.level(facts["level"])
        team = folder.company.team(facts["team"])
        assert level is not None
        assert team is not None
        assert facts["role"] in team.roles
        assert folder.company.zone(facts["zone"]) is not None
        assert facts.get("step") is None or facts["step"] in level.steps


def test_ada_stands_on_an_individual_contributor_level_with_a_counterpart_and_a_step() -> None:
    _, ladder = demo()
    ada = standing()["ada"]

    assert (ada["level"], ada["step"], ada["zone"]) == ("ic5", "established", "de-berlin")
    assert [level.key for level in ladder.levels_at("5")] == ["ic5", "em5"]


def test_two_people_have_switched_before_at_an_equal_grade_one_each_way() -> None:
    _, ladder = demo()
    before, after = standing(date(2023, 9, 30)), standing(date(2024, 1, 1))

    switched = {person: (before[person]["level"], after[person]["level"]) for person in ("bruno", "eero")}

    assert switched == {"bruno": ("em5", "ic5"), "eero": ("ic4", "em4")}
    for origin, target in switched.values():
        from_level, to_level = ladder.level(origin), ladder.level(target)
        assert from_level is not None
        assert to_level is not None
        assert ladder.allows_switch(from_level, to_level)
