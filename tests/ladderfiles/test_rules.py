"""Each rule: an edit of a clean folder that breaks it, what lint prints then, and the nearest edit that passes."""

from datetime import date
from pathlib import Path

import pytest

from service.ladderfiles.folder import read_folder
from tests.ladderfiles.band_cases import BAND_CASES
from tests.ladderfiles.calendar_cases import CALENDAR_CASES
from tests.ladderfiles.coverage_cases import COVERAGE_CASES
from tests.ladderfiles.folders import write_folder
from tests.ladderfiles.ladder_cases import LADDER_CASES
from tests.ladderfiles.pair_cases import PAIR_CASES
from tests.ladderfiles.principle_cases import PRINCIPLE_CASES
from tests.ladderfiles.reading_cases import READING_CASES
from tests.ladderfiles.reference_cases import REFERENCE_CASES
from tests.ladderfiles.rule_case import RuleCase
from tests.ladderfiles.value_cases import VALUE_CASES
from tests.ladderfiles.waiver_cases import WAIVER_CASES

TODAY = date(2026, 11, 25)
CASES = (
    *READING_CASES,
    *REFERENCE_CASES,
    *VALUE_CASES,
    *LADDER_CASES,
    *BAND_CASES,
    *WAIVER_CASES,
    *PRINCIPLE_CASES,
    *PAIR_CASES,
    *COVERAGE_CASES,
    *CALENDAR_CASES,
)


def test_no_two_cases_have_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_failing_fixture_fails_with_exactly_this(case: RuleCase, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, *case.beside, (case.file, case.old, case.bad)))

    found = folder.judge(TODAY)

    assert [str(located) for located in found] == list(case.lines)
    assert {located.finding.severity for located in found if located.finding.rule == case.rule} == {case.severity}
    assert any(located.finding.severity == "error" for located in found) is (case.severity == "error")
    # Principles are judged only of a folder that can be used.
    assert folder.is_usable is (case.severity != "error" or case.rule >= "DT100")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_passing_fixture_passes(case: RuleCase, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, *case.beside, (case.file, case.old, case.good)))

    assert [str(located) for located in folder.judge(TODAY)] == []
    assert folder.is_usable
