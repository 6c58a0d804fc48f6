"""Ladders that others designed and published: the traits that each of them forces on the model."""

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from service.domain.company import Company
from service.domain.ladders import Ladder
from service.domain.levels import Level, ReportRange, TimeShare
from service.ladderfiles.folder import Folder, read_folder

PUBLIC = Path(__file__).parents[2] / "examples" / "public"
READ_ON = date(2026, 11, 25)
POINTS = ("Awareness", "Foundational", "Working knowledge", "Practitioner", "Expert")


@cache
def folder_of(name: str) -> Folder:
    return read_folder(PUBLIC / name)


def company_of(name: str) -> Company:
    company = folder_of(name).company
    assert company is not None
    return company


def ladder_of(name: str, key: str = "engineering") -> Ladder:
    return next(ladder for ladder in folder_of(name).ladders.values() if ladder.key == key)


def level_of(ladder: Ladder, key: str) -> Level:
    level = ladder.level(key)
    assert level is not None
    return level


def pairs(name: str) -> dict[str, tuple[str | None, list[str]]]:
    """State and levels of every grade."""
    company, ladder = company_of(name), ladder_of(name)
    states = {grade.key: ladder.pairing_at(grade.key, ranks=company.ranks) for grade in company.grades}
    return {
        grade: (pairing and pairing.state, [level.key for level in ladder.levels_at(grade)])
        for grade, pairing in states.items()
    }


def fork(name: str) -> str | None:
    return ladder_of(name).fork(ranks=company_of(name).ranks)


def proficiency(level: Level) -> list[str | None]:
    return [expectation.proficiency for expectation in level.expectations]


@pytest.mark.parametrize("name", ["artsy", "jorgef", "financial-times"])
def test_the_folder_can_be_used_reports_only_and_has_no_pay(name: str) -> None:
    folder = folder_of(name)

    assert folder.is_usable
    assert folder.company is not None
    assert folder.company.principles == "report"
    assert folder.bandsets == {}


@pytest.mark.parametrize("name", ["artsy", "jorgef", "financial-times"])
def test_every_ladder_says_what_was_read_when_and_what_is_not_public(name: str) -> None:
    for ladder in folder_of(name).ladders.values():
        assert {source.read_on for source in ladder.sources} == {READ_ON}
        assert ladder.not_public


def test_artsy_pairs_levels_whose_numbers_are_two_apart() -> None:
    assert pairs("artsy") == {
        "intern": (None, ["intern"]),
        "2": (None, ["ic2"]),
        "3": (None, ["ic3"]),
        "4": ("paired", ["ic4", "m2"]),
        "5": ("paired", ["ic5", "m3"]),
        "6": ("paired", ["ic6", "m4"]),
        "7": ("paired", ["ic7", "m5"]),
        "8": ("paired", ["ic8", "m6"]),
    }
    assert fork("artsy") == "4"


def test_artsy_hires_nobody_into_m2_and_expects_people_to_leave_it_in_18_months() -> None:
    m2, m3 = (level_of(ladder_of("artsy"), key) for key in ("m2", "m3"))

    assert (m2.is_internal_only(READ_ON), m2.is_hireable(READ_ON), m2.longest_stay(READ_ON)) == (True, False, 18)
    assert (m3.is_internal_only(READ_ON), m3.is_hireable(READ_ON), m3.longest_stay(READ_ON)) == (False, True, None)
    assert all(value.note for value in (*m2.internal_only, *m2.maximum_months))


def test_artsy_states_report_ranges_for_two_manager_levels_and_none_for_the_other_track() -> None:
    ladder = ladder_of("artsy")

    assert {level.key: level.reports for level in ladder.levels_of("manager")} == {
        "m2": ReportRange(least=2, most=4),
        "m3": ReportRange(least=6, most=None),
        "m4": None,
        "m5": None,
        "m6": None,
    }
    assert [track.reports for track in ladder.tracks] == [ReportRange(least=0, most=0), None]


def test_artsy_leaves_cells_and_whole_levels_empty() -> None:
    ladder = ladder_of("artsy")
    empty = {
        level.key: [found.competency for found in level.expectations if not found.statements]
        for level in ladder.levels_of("ic")
        if level.expectations
    }
    blank = {level.key: [origin.confidence for origin in level.provenance] for level in ladder.levels_of("ic")}

    assert empty == {
        "ic2": [
            "industry-knowledge",
            "product-impact",
            "engineering-influence",
            "cross-functional",
            "communication",
            "initiative",
        ],
        "ic3": ["initiative"],
        "ic4": ["code-quality"],
        "ic5": ["code-quality", "oversight"],
        "ic6": ["code-quality", "team-influence"],
    }
    assert [level.key for level in ladder.levels if not level.expectations] == ["intern", "ic7", "ic8"]
    assert {key for key, confidence in blank.items() if confidence == ["U"]} == {"intern", "ic7", "ic8"}


def test_artsy_judges_the_two_tracks_by_different_criteria() -> None:
    ladder = ladder_of("artsy")
    criteria = {track.key: [c.key for c in ladder.competencies if c.tracks == (track.key,)] for track in ladder.tracks}

    assert len(criteria["ic"]) == 13
    assert criteria["manager"] == ["people-business", "impact", "influence", "discretion"]
    for level in ladder.levels:
        if level.expectations:
            assert [found.competency for found in level.expectations] == criteria[level.tracks[0]]


def test_artsy_contradicts_itself_and_that_is_kept() -> None:
    ladder = ladder_of("artsy")
    (grade,) = level_of(ladder, "m2").provenance
    (alias,) = level_of(ladder, "m3").title_aliases

    assert (grade.fact, grade.source, grade.confidence) == ("grade", "ladder", "A")
    assert grade.note is not None
    assert {"IC4", "IC5"} <= set(grade.note.replace(";", "").replace(".", "").split())
    assert (level_of(ladder, "m3").title, alias.title) == ("Engineering Manager 2", "Engineer Manager 2")


def test_artsy_lets_both_tracks_take_the_role_of_technical_lead() -> None:
    (role,) = ladder_of("artsy").overlays

    assert (role.key, role.levels) == ("technical-lead", ())


def test_jorgef_has_four_tracks_that_begin_at_different_levels() -> None:
    ladder = ladder_of("jorgef")
    grades = {track.key: "".join(level.grade or "" for level in ladder.levels_of(track.key)) for track in ladder.tracks}

    assert grades == {
        "developer": "1234567",
        "tech-lead": "4567",
        "technical-program-manager": "4567",
        "engineering-manager": "567",
    }
    assert [track.kind for track in ladder.tracks] == ["ic", "hybrid", "hybrid", "manager"]


def test_jorgef_pairs_developers_and_managers_from_level_five() -> None:
    assert fork("jorgef") == "5"
    assert {grade: state for grade, (state, _) in pairs("jorgef").items()} == {
        **dict.fromkeys("1234"),
        **dict.fromkeys("567", "paired"),
    }
    assert pairs("jorgef")["5"][1] == ["d5", "tl5", "tpm5", "em5"]


def test_jorgef_places_every_position_by_five_points_that_never_go_back() -> None:
    ladder = ladder_of("jorgef")
    scales = {competency.key: competency.scale for competency in ladder.competencies}

    assert ladder.cumulative
    assert {len(scale) for scale in scales.values()} == {5}
    assert list(scales) == ["technology", "system", "people", "process", "influence"]
    assert {tuple(found.competency for found in level.expectations) for level in ladder.levels} == {tuple(scales)}
    for track in ladder.tracks:
        for axis, scale in scales.items():
            points = [
                scale.index(found.proficiency or "")
                for level in ladder.levels_of(track.key)
                for found in level.expectations
                if found.competency == axis
            ]
            assert points == sorted(points)


@pytest.mark.parametrize(
    ("level", "points"),
    [
        ("d1", ["Adopts", "Enhances", "Learns", "Follows", "Subsystem"]),
        ("d7", ["Creates", "Leads", "Mentors", "Adjusts", "Community"]),
        ("tl4", ["Specializes", "Owns", "Coordinates", "Adjusts", "Subsystem"]),
        ("tpm6", ["Specializes", "Owns", "Manages", "Defines", "Company"]),
        ("em7", ["Evangelizes", "Evolves", "Manages", "Defines", "Multiple Teams"]),
    ],
)
def test_jorgef_positions_are_those_of_the_source(level: str, points: list[str]) -> None:
    assert proficiency(level_of(ladder_of("jorgef"), level)) == points


def test_jorgef_gives_ranges_for_coding_to_two_tracks() -> None:
    split = {track.key: track.time_split for track in ladder_of("jorgef").tracks}

    assert split == {
        "developer": (),
        "tech-lead": (TimeShare(activity="coding", about=None, least=30, most=70),),
        "technical-program-manager": (),
        "engineering-manager": (TimeShare(activity="coding", about=None, least=0, most=30),),
    }


def test_jorgef_lets_one_person_do_two_roles() -> None:
    assert {role.key: role.levels for role in ladder_of("jorgef").overlays} == {
        "acting-engineering-manager": ("tl4", "tl5", "tl6", "tl7"),
        "acting-tech-lead": ("em5", "em6", "em7"),
    }


def test_the_financial_times_forks_and_merges_again() -> None:
    ladder = ladder_of("financial-times")
    shared = [level.key for level in ladder.levels if len(level.tracks) == 2]

    assert shared == ["junior", "engineer", "senior-1", "tech-director"]
    assert fork("financial-times") == "4"
    assert pairs("financial-times") == {
        "1": (None, ["junior"]),
        "2": (None, ["engineer"]),
        "3": (None, ["senior-1"]),
        "4": ("paired", ["senior-2-ic", "senior-2-pm"]),
        "5": ("paired", ["principal-ic", "principal-pm"]),
        "6": (None, ["tech-director"]),
    }
    assert [level.key for level in ladder.levels_of("people-manager")][-2:] == ["principal-pm", "tech-director"]


def test_the_financial_times_asks_for_a_point_of_a_scale_in_all_72_cells() -> None:
    ladder = ladder_of("financial-times")
    cells = [found for level in ladder.levels for found in level.expectations]
    statements = [statement for found in cells for statement in found.statements]

    assert {competency.scale for competency in ladder.competencies} == {POINTS}
    assert (len(ladder.competencies), len(cells), len(statements)) == (9, 72, 72)
    assert len({statement.source_id for statement in statements} - {None}) == 72
    assert Counter(found.proficiency for found in cells) == {
        "Awareness": 11,
        "Foundational": 15,
        "Working knowledge": 17,
        "Practitioner": 15,
        "Expert": 14,
    }


def test_the_financial_times_asks_for_other_points_on_the_other_track_of_a_grade() -> None:
    ladder = ladder_of("financial-times")
    ic, manager = (
        {found.competency: found.proficiency for found in level_of(ladder, key).expectations}
        for key in ("principal-ic", "principal-pm")
    )

    assert [key for key in ic if ic[key] == "Expert"] == ["curiosity-learning", "technical"]
    assert [key for key in manager if manager[key] == "Expert"] == ["independent-working", "team-work", "leadership"]


def test_the_financial_times_says_that_grades_are_our_reading() -> None:
    ladder = ladder_of("financial-times")
    read_so = [level.key for level in ladder.levels if any(origin.fact == "grade" for origin in level.provenance)]

    assert read_so == ["senior-2-ic", "senior-2-pm", "principal-ic", "principal-pm"]


def test_the_ladder_before_it_is_retired_and_still_readable() -> None:
    old = ladder_of("financial-times", "engineering-v1")

    assert (old.lifecycle, old.effective_from) == ("retired", date(2020, 10, 1))
    assert [level.key for level in old.levels] == ["junior", "engineer", "senior-1", "senior-2"]
    assert old.fork(ranks=company_of("financial-times").ranks) is None
