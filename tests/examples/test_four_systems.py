"""What the folders of four known firms state, and what they leave open because it is not public."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from service.domain.company import Company
from service.domain.dated import DatedFlag, TitleAlias
from service.domain.ladders import Ladder
from service.domain.levels import TimeShare
from service.ladderfiles.folder import read_folder

EXAMPLES = Path(__file__).parents[2] / "examples"
FIRMS = ["google", "hubspot", "microsoft", "moz"]
READ_ON = date(2026, 11, 1)
PAY_KEYS = {"currency", "period", "min", "mid", "max", "target", "amount", "point", "rows", "steps", "rewards"}


def firm(name: str) -> tuple[Company, dict[str, Ladder]]:
    folder = read_folder(EXAMPLES / name)
    assert folder.company is not None
    return folder.company, {ladder.key: ladder for ladder in folder.ladders.values()}


def only_ladder(name: str) -> tuple[Company, Ladder]:
    company, ladders = firm(name)
    (ladder,) = ladders.values()
    return company, ladder


def titles_by_track(ladder: Ladder, grade: str) -> dict[str, str | None]:
    """Title on each track at a grade; what a track lacks there is left out."""
    return {track: level.title for level in ladder.levels_at(grade) for track in level.tracks}


def states(company: Company, ladder: Ladder) -> dict[str, str | None]:
    found = {grade.key: ladder.pairing_at(grade.key, ranks=company.ranks) for grade in company.grades}
    return {grade: pairing and pairing.state for grade, pairing in found.items()}


def stages(ladder: Ladder, track: str) -> dict[str | None, tuple[str, ...]]:
    return {
        level.grade: tuple(value for label in level.labels if label.scheme == "stage" for value in label.values)
        for level in ladder.levels_of(track)
    }


def keys_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from keys_in(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from keys_in(inner)


@pytest.mark.parametrize("name", FIRMS)
def test_folders_are_usable_and_report_what_is_missing(name: str) -> None:
    folder = read_folder(EXAMPLES / name)

    assert [str(found) for found in folder.findings if found.finding.severity == "error"] == []
    assert folder.company is not None
    assert folder.company.principles == "report"
    assert {ladder.effective_from for ladder in folder.ladders.values()} == {READ_ON}


@pytest.mark.parametrize("name", FIRMS)
def test_no_file_states_pay(name: str) -> None:
    folder = read_folder(EXAMPLES / name)
    assert folder.company is not None
    documents = [folder.company.document, *(ladder.document for ladder in folder.ladders.values())]
    texts = [path.read_text(encoding="utf-8") for path in (EXAMPLES / name).rglob("*") if path.is_file()]

    assert folder.bandsets == {}
    assert not (EXAMPLES / name / "bands").exists()
    assert folder.company.zones == ()
    assert set(keys_in(documents)) & PAY_KEYS == set()
    assert [text for text in texts if re.search(r"[€£]|\$ ?\d|\b(USD|EUR|GBP)\b", text)] == []


@pytest.mark.parametrize("name", FIRMS)
def test_every_source_that_a_fact_names_is_listed_and_pay_is_listed_as_not_public(name: str) -> None:
    for ladder in firm(name)[1].values():
        origins = [ladder.provenance, *(held.provenance for held in (*ladder.tracks, *ladder.levels))]
        named = {origin.source for held in origins for origin in held if origin.source is not None}

        assert named <= {source.key for source in ladder.sources}
        assert "Pay bands." in ladder.not_public
        assert all(origin.confidence for held in origins for origin in held)


def test_google_pairs_equal_numbers_from_the_fork_at_five() -> None:
    company, ladder = only_ladder("google")

    assert [(grade.key, grade.rank) for grade in company.grades] == [(str(number), number) for number in range(1, 12)]
    assert ladder.fork(ranks=company.ranks) == "5"
    assert states(company, ladder) == {
        **dict.fromkeys("1234", None),
        **dict.fromkeys(["5", "6", "7", "8", "9", "10"], "paired"),
        "11": "unstated",
    }
    assert {grade: titles_by_track(ladder, grade) for grade in ["5", "6", "7", "8", "9", "10", "11"]} == {
        "5": {"ic": "Senior", "manager": "Engineering Manager I"},
        "6": {"ic": "Staff", "manager": "Engineering Manager II"},
        "7": {"ic": "Senior Staff", "manager": "Engineering Manager III"},
        "8": {"ic": "Principal", "manager": "Engineering Director"},
        "9": {"ic": "Distinguished", "manager": "Senior Engineering Director"},
        "10": {"ic": "Fellow", "manager": "Engineering VP"},
        "11": {"ic": "Senior Fellow"},
    }


def test_google_has_one_trunk_of_four_levels_and_the_title_of_the_first_is_not_known() -> None:
    _, ladder = only_ladder("google")
    trunk = [level for level in ladder.levels if level.track is None]

    assert [(level.grade, level.title, level.tracks) for level in trunk] == [
        ("1", None, ("ic", "manager")),
        ("2", "Software Engineer I", ("ic", "manager")),
        ("3", "Software Engineer II", ("ic", "manager")),
        ("4", "Software Engineer III", ("ic", "manager")),
    ]
    assert len(ladder.levels) == 4 + 6 + 7


def test_google_keeps_shares_of_time_by_track_and_no_number_of_reports() -> None:
    _, ladder = only_ladder("google")

    assert {track.key: (track.kind, track.time_split, track.reports) for track in ladder.tracks} == {
        "ic": ("ic", (TimeShare(activity="ic-work", about=None, least=50, most=None),), None),
        "manager": ("manager", (TimeShare(activity="management", about=80, least=None, most=None),), None),
    }


def test_google_moved_its_terminal_level_on_a_day_that_is_not_public() -> None:
    _, ladder = only_ladder("google")
    flags = {(level.key, flag.value): flag for level in ladder.levels for flag in level.terminal}

    assert set(flags) == {("level4", True), ("ic5", False)}
    assert {(flag.effective_from, flag.effective_to) for flag in flags.values()} == {(None, None)}
    assert flags["ic5", False].note == "It was the terminal level earlier; the day of the move is not public."
    assert flags["level4", True].note is not None


def test_microsoft_grades_are_the_numbers_and_the_unknown_ones_are_left_out() -> None:
    company, ladder = only_ladder("microsoft")
    numbers = [*range(59, 71), 80]

    assert [(grade.key, grade.rank) for grade in company.grades] == [(str(number), number) for number in numbers]
    assert [level.grade for level in ladder.levels_of("ic")] == [str(number) for number in numbers]
    assert [level.grade for level in ladder.levels_of("manager")] == ["63", "64", "65", "66", "67"]


def test_microsoft_numbers_share_titles_and_stages() -> None:
    _, ladder = only_ladder("microsoft")

    assert {level.grade: level.title for level in ladder.levels_of("ic")} == {
        **dict.fromkeys(["59", "60"], "Software Engineer"),
        **dict.fromkeys(["61", "62"], "Software Engineer II"),
        **dict.fromkeys(["63", "64"], "Senior Software Engineer"),
        **dict.fromkeys(["65", "66", "67"], "Principal"),
        **dict.fromkeys(["68", "69"], "Partner"),
        "70": "Distinguished Engineer",
        "80": "Technical Fellow",
    }
    assert stages(ladder, "ic") == {
        **dict.fromkeys(["59", "60"], ("IC2",)),
        **dict.fromkeys(["61", "62"], ("IC3",)),
        **dict.fromkeys(["63", "64"], ("IC4",)),
        **dict.fromkeys(["65", "66"], ("IC5",)),
        "67": ("IC6",),
        "68": ("IC6", "IC7"),
        "69": ("IC7",),
        **dict.fromkeys(["70", "80"], ()),
    }
    assert stages(ladder, "manager") == {
        **dict.fromkeys(["63", "64"], ("M4",)),
        **dict.fromkeys(["65", "66"], ("M5",)),
        "67": ("M6",),
    }


def test_microsoft_says_that_sources_conflict_on_68() -> None:
    _, ladder = only_ladder("microsoft")
    level = ladder.level("ic68")
    assert level is not None

    (origin,) = [origin for origin in level.provenance if origin.fact == "labels"]

    assert (origin.confidence, origin.note) == ("C", "Sources conflict on the stage of 68.")


def test_microsoft_pairs_63_to_67_without_manager_titles_and_states_nothing_above() -> None:
    company, ladder = only_ladder("microsoft")

    assert ladder.fork(ranks=company.ranks) == "63"
    assert states(company, ladder) == {
        **dict.fromkeys(["59", "60", "61", "62"], None),
        **dict.fromkeys(["63", "64", "65", "66", "67"], "paired"),
        **dict.fromkeys(["68", "69", "70", "80"], "unstated"),
    }
    assert titles_by_track(ladder, "63") == {"ic": "Senior Software Engineer", "manager": None}
    assert titles_by_track(ladder, "67") == {"ic": "Principal", "manager": None}
    assert {level.title for level in ladder.levels_of("manager")} == {None}


def test_microsoft_keeps_terminal_levels_and_the_earlier_title_without_days() -> None:
    _, ladder = only_ladder("microsoft")
    terminal = {level.key: level.terminal for level in ladder.levels if level.terminal}
    aliases = {level.key: level.title_aliases for level in ladder.levels if level.title_aliases}
    note = "63 and 64 are a common terminal level. Since when is not public."
    alias = TitleAlias(
        title="Software Development Engineer",
        effective_from=None,
        effective_to=None,
        note="The earlier title, SDE for short. The days of the change are not public.",
    )

    assert terminal == dict.fromkeys(
        ["ic63", "ic64"], (DatedFlag(value=True, effective_from=None, effective_to=None, note=note),)
    )
    assert aliases == dict.fromkeys(["ic59", "ic60"], (alias,))


def test_hubspot_engineering_has_an_order_a_fork_and_no_grade() -> None:
    company, ladders = firm("hubspot")
    ladder = ladders["engineering"]

    assert company.grades == ()
    assert [(level.title, level.tracks, level.grade) for level in ladder.levels] == [
        ("Software Engineer", ("ic", "tech-lead"), None),
        ("Senior Software Engineer I", ("ic", "tech-lead"), None),
        ("Senior Software Engineer II", ("ic", "tech-lead"), None),
        ("Staff", ("ic",), None),
        ("Principal", ("ic",), None),
        ("Tech Lead", ("tech-lead",), None),
    ]
    assert [level.title for level in ladder.levels if level.is_terminal(READ_ON)] == ["Senior Software Engineer II"]
    assert {track.key: track.kind for track in ladder.tracks} == {"ic": "ic", "tech-lead": "hybrid"}


def test_hubspot_states_no_pairing_and_no_day_of_recognition() -> None:
    for ladder in firm("hubspot")[1].values():
        assert (ladder.pairing.otherwise, ladder.pairing.grades) == ("unstated", ())
        assert ladder.fork(ranks={}) is None
        assert {track.recognised_on for track in ladder.tracks} == {None}


def test_hubspot_marketing_manager_is_an_individual_contributor() -> None:
    company, ladders = firm("hubspot")
    (level,) = ladders["marketing"].levels

    assert level.key == "principal-marketing-manager"
    assert (level.title, level.track, level.grade) == ("Principal Marketing Manager, Web Strategy", "ic", None)
    assert ladders["marketing"].kinds_of(level) == {"ic"}
    assert {role.key: role.ladder for role in company.roles} == {
        "software-engineer": "engineering",
        "marketing": "marketing",
    }


def test_moz_has_two_tracks_no_level_and_a_policy() -> None:
    company, ladder = only_ladder("moz")

    assert [(track.key, track.kind, track.title) for track in ladder.tracks] == [
        ("ic", "ic", "Individual Contributor"),
        ("manager", "manager", "People Wrangler"),
    ]
    assert ladder.levels == ()
    assert (company.grades, company.roles) == ((), ())
    assert (company.parity.policy, company.parity.tolerance_percent) == ("ic_at_least_manager", None)
    assert (ladder.pairing.otherwise, ladder.pairing.grades) == ("unstated", ())
    assert ladder.fork(ranks=company.ranks) is None
