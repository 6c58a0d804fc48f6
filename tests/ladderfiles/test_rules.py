"""Each rule: an edit of a clean folder that breaks it, what lint prints then, and the nearest edit that passes."""

from pathlib import Path

import pytest

from service.ladderfiles.folder import read_folder
from tests.ladderfiles.folders import write_folder
from tests.ladderfiles.reading_cases import READING_CASES
from tests.ladderfiles.reference_cases import REFERENCE_CASES
from tests.ladderfiles.rule_case import RuleCase
from tests.ladderfiles.value_cases import VALUE_CASES

CASES = (*READING_CASES, *REFERENCE_CASES, *VALUE_CASES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_failing_fixture_fails_with_exactly_this(case: RuleCase, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, (case.file, case.old, case.bad)))

    assert [str(located) for located in folder.findings] == list(case.lines)
    assert not folder.is_usable


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_passing_fixture_passes(case: RuleCase, tmp_path: Path) -> None:
    folder = read_folder(write_folder(tmp_path, (case.file, case.old, case.good)))

    assert [str(located) for located in folder.findings] == []
    assert folder.is_usable
