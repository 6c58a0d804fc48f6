"""What each rule says at which line stands in tests/ladderfiles/test_rules.py; here is what files cannot show."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest

from service.domain.bands import bandset_from_document
from service.domain.company import company_from_document
from service.domain.findings import Finding
from service.domain.ladders import ladder_from_document
from service.domain.principles import principle_findings
from service.domain.structure import definition_findings
from tests.domain.documents import (
    Document,
    bandset_document,
    company_document,
    ladder_document,
    level_document,
    row_document,
)

TODAY = date(2026, 11, 25)
SEAT = {"scope": "Team.", "decision_rights": ["Design."], "forums": ["Review."]}
TRUNK = level_document("eng1", "1", "ic", "mgr")
STAFF = level_document("ic2", "2", "ic", steps=["entry", "full"], influence=SEAT)
LEAD = level_document("em2", "2", "mgr", steps=["entry", "full"])
DUAL = ladder_document(levels=[TRUNK, STAFF, LEAD])
ONE_TRACK = ladder_document(levels=[TRUNK, STAFF])
UNEQUAL_PAY = bandset_document(row_document(track="ic", min="61234"), row_document(track="mgr", min="65678"))


def judged(
    *ladders: Document,
    company: Document | None = None,
    bands: Sequence[Document] = (),
    today: date = TODAY,
) -> list[Finding]:
    return list(
        principle_findings(
            company=company_from_document(company or company_document()),
            ladders={f"/ladders/{index}": ladder_from_document(ladder) for index, ladder in enumerate(ladders)},
            bandsets={f"/bands/{index}": bandset_from_document(document) for index, document in enumerate(bands)},
            today=today,
        )
    )


def rules(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


def waiver(
    rule: str, *, expires_on: date = TODAY + timedelta(days=1), scope: Mapping[str, str] | None = None
) -> Document:
    return {
        "rule": rule,
        "scope": dict(scope or {}),
        "reason": "An old contract.",
        "owner": "HR",
        "expires_on": expires_on.isoformat(),
    }


def with_waivers(*waivers: Document, **changes: object) -> Document:
    return company_document(waivers=list(waivers), **changes)


def test_two_tracks_that_keep_every_promise_have_no_findings() -> None:
    assert judged(DUAL, bands=[bandset_document(row_document(), row_document(zone="us"))]) == []


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ({}, True),
        ({"ladder": "engineering"}, True),
        ({"grade": "2"}, True),
        ({"zone": "de"}, True),
        ({"ladder": "engineering", "grade": "2", "zone": "de"}, True),
        ({"ladder": "sales"}, False),
        ({"grade": "1"}, False),
        ({"zone": "us"}, False),
        ({"ladder": "engineering", "grade": "2", "zone": "us"}, False),
        # No finding of DT104 is about a role or a team, so a waiver that names one covers none.
        ({"role": "engineer"}, False),
        ({"ladder": "engineering", "team": "robots"}, False),
    ],
)
def test_a_waiver_covers_exactly_what_all_its_keys_name(scope: Mapping[str, str], covers: bool) -> None:
    found = judged(DUAL, company=with_waivers(waiver("DT104", scope=scope)), bands=[UNEQUAL_PAY])

    # The other rule that the same rows break stays an error: a waiver is for one rule.
    assert rules(found) == [("DT104", "note" if covers else "error"), ("DT108", "error")]


def test_a_waived_finding_is_a_note_that_says_until_when_by_whom_and_why() -> None:
    (broken,) = judged(ladder_document(levels=[TRUNK, STAFF, {**LEAD, "steps": []}]))
    (waived,) = judged(
        ladder_document(levels=[TRUNK, STAFF, {**LEAD, "steps": []}]),
        company=with_waivers(waiver("DT108", scope={"grade": "2"})),
    )

    assert (broken.severity, broken.waiver) == ("error", None)
    assert (waived.severity, waived.waiver) == ("note", "until 2026-11-26, HR: An old contract.")
    assert (waived.rule, waived.pointer, waived.message) == (broken.rule, broken.pointer, broken.message)


def test_a_waiver_ends_on_the_day_it_expires_and_is_then_a_finding_itself() -> None:
    company = with_waivers(waiver("DT108", expires_on=TODAY))
    ladder = ladder_document(levels=[TRUNK, STAFF, {**LEAD, "steps": []}])

    assert rules(judged(ladder, company=company, today=TODAY - timedelta(days=1))) == [("DT108", "note")]
    assert rules(judged(ladder, company=company, today=TODAY)) == [("DT108", "error"), ("DT111", "error")]
    assert [found.pointer for found in judged(DUAL, company=company)] == ["/company/waivers/0/expires_on"]


def test_a_waiver_in_force_covers_what_an_expired_one_does_not() -> None:
    company = with_waivers(waiver("DT108", expires_on=TODAY), waiver("DT108"))
    ladder = ladder_document(levels=[TRUNK, STAFF, {**LEAD, "steps": []}])

    assert rules(judged(ladder, company=company)) == [("DT108", "note"), ("DT111", "error")]


def test_a_waived_role_is_a_note_and_no_gap_of_its_team() -> None:
    company = with_waivers(
        waiver("DT109", scope={"role": "chef"}), roles=[{"key": "chef"}], teams=[{"key": "x", "roles": ["chef"]}]
    )

    assert [(found.rule, found.pointer, found.severity) for found in judged(DUAL, company=company)] == [
        ("DT109", "/company/roles/0/ladder", "note")
    ]


def test_a_waiver_of_what_is_not_broken_shows_nowhere() -> None:
    assert judged(DUAL, company=with_waivers(waiver("DT109", scope={"role": "engineer"}), waiver("DT104"))) == []


def test_a_team_may_be_waived_while_its_role_is_not() -> None:
    company = with_waivers(
        waiver("DT109", scope={"team": "x"}), roles=[{"key": "chef"}], teams=[{"key": "x", "roles": ["chef"]}]
    )

    assert [(found.pointer, found.severity) for found in judged(DUAL, company=company)] == [
        ("/company/roles/0/ladder", "error"),
        ("/company/teams/0/roles", "note"),
    ]


def test_a_role_whose_ladder_is_waived_is_no_finding_beside_that_of_the_ladder() -> None:
    assert rules(judged(ONE_TRACK, company=with_waivers(waiver("DT101"), waiver("DT102")))) == [
        ("DT101", "note"),
        ("DT102", "note"),
    ]


def test_roles_and_teams_that_are_retired_need_no_path() -> None:
    gone = company_document(
        roles=[{"key": "chef", "retired": True}, {"key": "cook"}],
        teams=[{"key": "x", "roles": ["chef"]}, {"key": "y", "roles": ["cook"], "retired": True}],
    )

    assert [found.pointer for found in judged(DUAL, company=gone)] == ["/company/roles/1/ladder"]


def test_report_turns_every_principle_into_a_note_and_nothing_else() -> None:
    levels = [
        TRUNK,
        {**STAFF, "influence": None, "rewards": {"time": ["Ten days."]}},
        {**LEAD, "steps": []},
        level_document("ic3", "3", "ic"),
    ]
    ladders = (
        ladder_document(
            levels=levels,
            competencies=[{"key": "craft", "title": "Craft"}],
            moves=[{"from_level": "em2", "to_level": "ic3", "kind": "track_switch"}],
        ),
        ladder_document(key="sales", tracks=[{"key": "ic", "kind": "ic"}], levels=[]),
    )
    enforced = with_waivers(waiver("DT101", expires_on=TODAY))
    reported = {**enforced, "principles": "report"}

    before = judged(*ladders, company=enforced, bands=[UNEQUAL_PAY])
    after = judged(*ladders, company=reported, bands=[UNEQUAL_PAY])

    assert {found.rule for found in before} == {f"DT{number}" for number in range(101, 112)}
    assert {found.severity for found in before if found.rule != "DT110"} == {"error"}
    assert {found.severity for found in before if found.rule == "DT110"} == {"warning"}
    assert {found.severity for found in after} == {"note"}
    assert [(found.rule, found.pointer, found.message) for found in after] == [
        (found.rule, found.pointer, found.message) for found in before
    ]


def test_report_leaves_structure_rules_as_they_are() -> None:
    bands = bandset_document(row_document(), row_document(), row_document(grade="9"))

    def structure(principles: str) -> list[tuple[str, str]]:
        found = definition_findings(
            company=company_from_document(company_document(principles=principles, timezone="Nowhere")),
            ladders={"/ladders/0": ladder_from_document(DUAL)},
            bandsets={"/bands/0": bandset_from_document(bands)},
            timezones=["UTC"],
        )
        return rules(list(found))

    assert structure("report") == structure("enforce") == [("DT037", "error"), ("DT031", "error"), ("DT021", "error")]


@pytest.mark.parametrize(
    "pairing", [{"otherwise": "unstated"}, {"grades": [{"grade": "3", "state": "unstated"}]}], ids=["all", "one"]
)
def test_what_is_unstated_is_no_finding(pairing: Document) -> None:
    levels = [TRUNK, STAFF, LEAD, level_document("ic3", "3", "ic", influence=SEAT)]

    assert judged(ladder_document(levels=levels, pairing=pairing)) == []
    assert [rule for rule, _ in rules(judged(ladder_document(levels=levels)))] == ["DT102", "DT103", "DT109", "DT109"]


def test_without_a_level_for_managers_there_is_no_fork_to_judge_from() -> None:
    assert [found.rule for found in judged({**ONE_TRACK, "levels": [TRUNK, {**STAFF, "influence": None}]})] == [
        "DT101",
        "DT102",
        "DT109",
        "DT109",
    ]


def test_a_framework_that_nobody_stands_on_is_not_judged() -> None:
    framework = ladder_document(key="frame", generic=True, tracks=[{"key": "ic", "kind": "ic"}], levels=[])

    assert judged(DUAL, framework) == []
    assert [found.rule for found in judged(DUAL, {**framework, "generic": False})] == ["DT101"]


def test_a_finding_names_the_level_that_lacks_its_counterpart_not_one_of_another_kind() -> None:
    tracks = [{"key": key, "kind": kind} for key, kind in (("desk", "support"), ("ic", "ic"), ("mgr", "manager"))]
    levels = [level_document("d3", "3", "desk"), TRUNK, STAFF, LEAD, level_document("em3", "3", "mgr")]

    found = judged(ladder_document(tracks=tracks, levels=levels))

    assert [(finding.rule, finding.pointer) for finding in found[:2]] == [
        ("DT102", "/ladders/0/levels/4/grade"),
        ("DT103", "/ladders/0/levels/4/grade"),
    ]
    assert found[1].text == "em3 has no counterpart at grade 3"
