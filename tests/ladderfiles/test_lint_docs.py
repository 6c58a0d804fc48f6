import re
from pathlib import Path

from tests.ladderfiles.test_rules import CASES

ROOT = Path(__file__).parents[2]


def rules_in(*paths: Path) -> set[str]:
    return {rule for path in paths for rule in re.findall(r'"(DT[01][0-9]{2})"', path.read_text(encoding="utf-8"))}


def test_every_rule_that_code_can_report_has_one_row_in_the_docs() -> None:
    sources = [*(ROOT / "service" / "domain").glob("*.py"), *(ROOT / "service" / "ladderfiles").glob("*.py")]
    rows = re.findall(r"^\| (DT[01][0-9]{2}) \|", (ROOT / "docs" / "lint.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(rows) == sorted(rules_in(*sources))


def test_every_rule_has_a_fixture_that_fails_and_one_that_passes() -> None:
    by_table = {case.rule for case in CASES}
    by_name = {
        f"DT{number}"
        for path in (ROOT / "tests").glob("*/test_*.py")
        for number in re.findall(r"def test_dt([01][0-9]{2})_", path.read_text(encoding="utf-8"))
    }
    rows = re.findall(r"^\| (DT[01][0-9]{2}) \|", (ROOT / "docs" / "lint.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert by_table | by_name == set(rows)
    assert by_name - by_table == {"DT001", "DT005", "DT041", "DT042", "DT043", "DT044", "DT061", "DT062"}
