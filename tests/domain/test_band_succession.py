"""A band set that another one follows says nothing about what begins later, and is not judged for ever."""

from datetime import date
from typing import Any

from service.domain.bands import BandSet, bandset_from_document, followed_on
from service.domain.company import company_from_document
from service.domain.ladders import Ladder, ladder_from_document
from service.domain.principles import principle_findings
from service.domain.structure import definition_findings
from tests.domain.documents import bandset_document, company_document, ladder_document, level_document, row_document

GAP = row_document(min="1", track="ic")
EVEN = row_document(min="2")


def bands(key: str, start: str, *rows: dict[str, Any], **more: Any) -> BandSet:
    return bandset_from_document({**bandset_document(*rows), "key": key, "effective_from": start, **more})


def ladder(start: str) -> Ladder:
    levels = [level_document("ic2", "2", "ic", steps=["new"]), level_document("em2", "2", "mgr", steps=["new"])]
    return ladder_from_document(ladder_document(levels=levels, effective_from=start, pairing={}, moves=[], maps={}))


OLD, NEW = bands("old", "2020-01-01", EVEN, GAP), bands("new", "2026-01-01", EVEN)


def paid_differently(ladders: Ladder, *sets: BandSet, today: str) -> list[str]:
    found = principle_findings(
        company=company_from_document(company_document()),
        ladders={"/ladders/0": ladders},
        bandsets={f"/bands/{one.key}": one for one in sets},
        today=date.fromisoformat(today),
    )
    return [finding.pointer for finding in found if finding.rule == "DT104"]


def test_the_set_that_follows_is_the_next_one_that_is_no_draft() -> None:
    draft = bands("draft", "2022-01-01", EVEN, lifecycle="draft")

    assert followed_on(OLD, [OLD, NEW, draft]) == date(2026, 1, 1)
    assert followed_on(NEW, [OLD, NEW, draft]) is None
    assert followed_on(OLD, []) is None


def test_a_gap_of_the_past_does_not_stop_what_comes() -> None:
    since = ladder("2020-01-01")

    assert paid_differently(since, OLD, NEW, today="2025-12-31") == ["/bands/old/rows/1"]
    assert paid_differently(since, OLD, NEW, today="2026-01-01") == []
    assert paid_differently(since, OLD, today="2026-01-01") == ["/bands/old/rows/1"]


def test_a_set_is_not_held_against_a_version_that_it_never_pays() -> None:
    assert paid_differently(ladder("2026-01-01"), OLD, NEW, today="2025-01-01") == []


def test_steps_of_an_earlier_version_stay_in_the_sets_that_paid_it() -> None:
    stepped = bands("old", "2020-01-01", row_document(steps={"gone": "5"}))

    def unknown_steps(start: str, *sets: BandSet) -> list[str]:
        found = definition_findings(
            company=company_from_document(company_document()),
            ladders={"/ladders/0": ladder(start)},
            bandsets={f"/bands/{one.key}": one for one in sets},
            timezones=["Europe/Berlin"],
        )
        return [finding.pointer for finding in found if finding.rule == "DT032"]

    assert unknown_steps("2025-12-31", stepped, NEW) == ["/bands/old/rows/0/steps/gone"]
    assert unknown_steps("2026-01-01", stepped, NEW) == []
    assert unknown_steps("2026-01-01", stepped) == ["/bands/old/rows/0/steps/gone"]
