from datetime import date
from decimal import Decimal

import pytest

from service.domain.company import EQUAL_PAY, Waiver, WaiverScope, Zone, company_from_document
from service.domain.findings import DocumentRejected
from tests.domain.documents import company_document


def test_a_company_is_read_from_a_plain_document_and_keeps_it() -> None:
    document = company_document()

    company = company_from_document(document)

    assert company.name == "Northwind Robotics"
    assert company.ranks == {"1": 1, "2": 2, "3": 3}
    assert company.zone("us") == Zone(key="us", title=None, currency="USD", pay_calendar=None, retired=False)
    assert company.document == document


def test_what_a_document_leaves_out_has_its_stated_default() -> None:
    company = company_from_document({"name": "A", "timezone": "UTC"})

    assert company.principles == "enforce"
    assert company.parity == EQUAL_PAY
    assert (company.grades, company.zones, company.roles, company.teams, company.waivers) == ((), (), (), (), ())


def test_keys_find_entries_or_nothing() -> None:
    company = company_from_document(company_document())

    assert [found.key for found in (company.grade("3"), company.role("engineer"), company.team("robots")) if found] == [
        "3",
        "engineer",
        "robots",
    ]
    assert company.grade("4") is None
    assert company.zone("fr") is None
    assert company.role("chef") is None
    assert company.team("kitchen") is None


def test_parity_and_waivers_are_typed() -> None:
    company = company_from_document(
        company_document(
            parity={"policy": "tolerance", "tolerance_percent": "2.5"},
            waivers=[
                {
                    "rule": "DT104",
                    "scope": {"ladder": "engineering", "grade": "2"},
                    "reason": "Being mended.",
                    "owner": "people-operations",
                    "expires_on": "2027-01-01",
                }
            ],
        )
    )

    assert company.parity.tolerance_percent == Decimal("2.5")
    assert company.waivers == (
        Waiver(
            rule="DT104",
            scope=WaiverScope(ladder="engineering", grade="2", zone=None, role=None, team=None),
            reason="Being mended.",
            owner="people-operations",
            expires_on=date(2027, 1, 1),
        ),
    )


def test_every_fault_is_found_in_one_pass_with_pointer_and_remedy() -> None:
    document = company_document(
        nmae="x",
        timezone=None,
        principles="enforced",
        grades=[{"key": "1", "rank": "1"}, {"rank": True}, []],
        zones={"de": {"currency": "EUR"}},
    )
    del document["name"]

    with pytest.raises(DocumentRejected) as rejected:
        company_from_document(document)

    assert [(f.rule, f.pointer, f.message) for f in rejected.value.findings] == [
        ("DT010", "/nmae", "unknown key `nmae`: did you mean `name`?"),
        ("DT012", "", "`name` is missing: add `name`: Name of the company."),
        ("DT011", "/timezone", "null does not belong here: write an IANA time zone, for example Europe/Berlin"),
        ("DT013", "/principles", "'enforced' is none of enforce, report: write enforce"),
        ("DT011", "/grades/0/rank", "the text '1' does not belong here: write a whole number without quotes"),
        ("DT012", "/grades/1", "`key` is missing: add `key`: Key of the grade."),
        ("DT011", "/grades/1/rank", "the boolean true does not belong here: write a whole number without quotes"),
        ("DT011", "/grades/2", "a list does not belong here: write a mapping with key, rank, title, retired"),
        ("DT011", "/zones", "a mapping does not belong here: write a list"),
    ]
    assert rejected.value.code == "definitions-invalid"
    assert [error.pointer for error in rejected.value.errors] == [f.pointer for f in rejected.value.findings]


@pytest.mark.parametrize("key", ["", "a b", "-a", "a/b", "a:b", "x" * 65, "ü", "a\n", "a\x00"])
def test_keys_have_a_form(key: str) -> None:
    with pytest.raises(DocumentRejected) as rejected:
        company_from_document(company_document(zones=[{"key": key, "currency": "EUR"}]))

    assert [(f.rule, f.pointer) for f in rejected.value.findings] == [("DT013", "/zones/0/key")]


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 8001])
def test_text_that_no_database_can_hold_is_refused(text: str) -> None:
    waiver = {"rule": "DT104", "scope": {}, "reason": text, "owner": "a", "expires_on": "2027-01-01"}

    with pytest.raises(DocumentRejected) as rejected:
        company_from_document(company_document(waivers=[waiver]))

    assert [(f.rule, f.pointer) for f in rejected.value.findings] == [("DT013", "/waivers/0/reason")]


@pytest.mark.parametrize("document", [None, [], "text", 1, 1.5, True])
def test_what_is_no_mapping_is_no_company(document: object) -> None:
    with pytest.raises(DocumentRejected) as rejected:
        company_from_document(document)  # type: ignore[arg-type]

    assert [(f.rule, f.pointer) for f in rejected.value.findings] == [("DT011", "")]
