import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.company import Company, company_from_document
from service.domain.titles import filled, known_placeholders, placeholders
from tests.domain.documents import company_document

COMPANY = company_from_document(
    company_document(
        roles=[
            {"key": "engineer", "title": "Engineer", "words": {"specialist": "Tinkerer", "leads": "Engineering"}},
            {"key": "designer", "title": "Designer", "words": {"specialist": "Artist"}},
            {"key": "writer"},
        ],
        teams=[{"key": "robots", "title": "Robots"}, {"key": "web"}],
    )
)


def title(
    template: str, role: str | None = None, team: str | None = None, company: Company | None = COMPANY
) -> str | None:
    return filled(template, company=company, role=role, team=team)


def test_placeholders_are_what_stands_in_braces_in_order() -> None:
    assert placeholders("{role} of {team}, {role}") == ("role", "team", "role")
    assert placeholders("Staff") == ()
    assert placeholders("{} {a {b}") == ("", "b")


def test_a_company_knows_role_team_and_the_words_of_its_roles_each_once() -> None:
    assert known_placeholders(COMPANY) == ("role", "team", "specialist", "leads")
    assert known_placeholders(company_from_document(company_document())) == ("role", "team")


@pytest.mark.parametrize(
    ("template", "role", "team", "shown"),
    [
        ("Staff", None, None, "Staff"),
        ("Senior {role}", "engineer", None, "Senior Engineer"),
        ("{role} of {team}", "designer", "robots", "Designer of Robots"),
        ("{specialist}, {specialist}", "engineer", None, "Tinkerer, Tinkerer"),
        ("{specialist}", "designer", None, "Artist"),
        ("Head of {team}", None, "robots", "Head of Robots"),
    ],
)
def test_a_title_is_filled_by_role_and_team(template: str, role: str | None, team: str | None, shown: str) -> None:
    assert title(template, role, team) == shown


@pytest.mark.parametrize(
    ("template", "role", "team"),
    [
        ("Senior {role}", None, "robots"),
        ("Senior {role}", "writer", None),
        ("Senior {role}", "gone", None),
        ("Head of {team}", "engineer", None),
        ("Head of {team}", None, "web"),
        ("{leads} lead", "designer", None),
        ("{role} of {team}", "engineer", None),
        ("{nothing}", "engineer", "robots"),
    ],
)
def test_a_title_that_cannot_be_filled_whole_is_unknown(template: str, role: str | None, team: str | None) -> None:
    assert title(template, role, team) is None


def test_without_a_company_only_titles_without_placeholders_are_known() -> None:
    assert title("Staff", "engineer", "robots", company=None) == "Staff"
    assert title("{role}", "engineer", "robots", company=None) is None


def test_what_fills_a_title_is_not_filled_again() -> None:
    company = company_from_document(company_document(roles=[{"key": "odd", "title": "{team}"}], teams=[]))

    assert title("{role}", "odd", company=company) == "{team}"


@given(st.text())
def test_any_text_is_a_template_and_one_without_braces_is_its_own_title(text: str) -> None:
    shown = title(text, "engineer", "robots")

    if "{" not in text or not placeholders(text):
        assert shown == text
    else:
        assert shown is None or set(placeholders(text)) <= {"role", "team", "specialist", "leads"}
