"""A row that says a level or a grade by a further name says the same, in every system; what is written is the one."""

from collections.abc import Callable
from datetime import date

import pytest

from service.connectors.bamboohr.client import TableRow
from service.connectors.bamboohr.ledgers import Jobs
from service.connectors.bamboohr.settings import Settings as Bamboo
from service.connectors.gusto.client import PayRow
from service.connectors.gusto.rows import Ledger
from service.connectors.gusto.settings import Settings as Gusto
from service.connectors.workday.places import CompensationPlace, JobPlace
from service.connectors.workday.settings import Settings as Workday
from service.connectors.workday.standing import Standing
from service.domain.mappings import MappingEntry, SystemMapping

DAY = date(2026, 6, 15)
MAPPING = SystemMapping(
    entries=(
        MappingEntry(of="level", ours="engineering/ic3", theirs="Sr. Engineer", read_only=True),
        MappingEntry(of="level", ours="engineering/ic3", theirs="Senior Engineer"),
        MappingEntry(of="level", ours="engineering/ic4", theirs="Staff Engineer"),
        MappingEntry(of="grade", ours="3", theirs="Sr3", read_only=True),
        MappingEntry(of="grade", ours="3", theirs="G3"),
    )
)
WORKDAY = Workday(host="h", tenant="t", version="v26.1")


def bamboo(title: str) -> str | None:
    there = Jobs(Bamboo(company="acme"), MAPPING).there(
        TableRow(id="1", values={"date": "2026-06-15", "jobTitle": title})
    )
    return there.values["jobTitle"] if there else None


def gusto(title: str) -> str | None:
    row = PayRow(uuid="u", version="1", day=DAY, title=title, pay={})
    return Ledger(Gusto(company="c"), MAPPING).there(row).values["title"]


def job(profile: str) -> str:
    standing = Standing(position=None, profile=profile, grade=None, grade_profile=None)
    return JobPlace(WORKDAY, MAPPING).stands(standing, DAY)


@pytest.mark.parametrize("said_by", [bamboo, gusto, job])
def test_a_further_name_says_the_same(said_by: Callable[[str], str | None]) -> None:
    for title, said in (
        ("Sr. Engineer", "Senior Engineer"),
        ("Senior Engineer", "Senior Engineer"),
        ("Staff Engineer", "Staff Engineer"),
        ("Wizard", "Wizard"),
    ):
        assert said_by(title) == said


def test_so_does_a_grade() -> None:
    standing = Standing(position=None, profile=None, grade="Sr3", grade_profile=None)
    assert CompensationPlace(WORKDAY, MAPPING).stands(standing, DAY) == "G3|"
