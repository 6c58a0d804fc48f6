"""Broken promises of coverage: a dual path for every role and team, expectations for every level: DT109, DT110."""

from tests.ladderfiles.folders import SALES_FILE, WITH_SALES
from tests.ladderfiles.rule_case import COMPANY_FILE, LADDER_FILE, RuleCase

SELLERS = (
    *WITH_SALES,
    (COMPANY_FILE, "engineering}", "engineering}\n  - {key: seller, ladder: sales}"),
    (COMPANY_FILE, "roles: [engineer]}", "roles: [engineer]}\n  - {key: shop, roles: [engineer, seller]}"),
)

COVERAGE_CASES = (
    RuleCase(
        name="DT109-no-ladder",
        file=COMPANY_FILE,
        old="{key: engineer, ladder: engineering}",
        bad="{key: engineer}",
        good="{key: engineer, retired: true}",
        lines=(
            (
                "company.yaml:13:5 DT109 role engineer has no dual path: no ladder is stated for it: put "
                "it on a ladder with both tracks up to one top grade"
            ),
            "company.yaml:15:26 DT109 team robots has roles without a dual path: engineer: mend the roles",
        ),
    ),
    RuleCase(
        name="DT109-one-track",
        file=SALES_FILE,
        old="kind: manager",
        bad="kind: support",
        good="kind:  manager",
        lines=(
            (
                "company.yaml:14:27 DT109 role seller has no dual path: ladder sales: it has no track of "
                "kind manager: put it on a ladder with both tracks up to one top grade"
            ),
            "company.yaml:17:24 DT109 team shop has roles without a dual path: seller: mend the roles",
            (
                "ladders/sales.yaml:5:3 DT101 ladder sales is not dual: it has no track of kind manager: "
                "give it the track"
            ),
        ),
        beside=SELLERS,
    ),
    RuleCase(
        name="DT109-unequal-ends",
        file=SALES_FILE,
        old="title: Team lead}",
        bad=(
            "title: Team lead}\n"
            '  - {key: s3, tracks: [ic], grade: "3", title: Star, influence: *seat}\n'
            '  - {key: l3, tracks: [lead], grade: "4", title: Head}\n'
            'pairing: {otherwise: missing, grades: [{grade: "3", state: unpaired_by_design, reason: One '
            'star.}, {grade: "4", state: unpaired_by_design, reason: One head.}]}'
        ),
        good=(
            "title: Team lead}\n"
            '  - {key: s3, tracks: [ic], grade: "3", title: Star, influence: *seat}\n'
            '  - {key: l3, tracks: [lead], grade: "3", title: Head}'
        ),
        lines=(
            (
                "company.yaml:14:27 DT109 role seller has no dual path: ladder sales: its ic track does "
                "not reach grade 4: put it on a ladder with both tracks up to one top grade"
            ),
            "company.yaml:17:24 DT109 team shop has roles without a dual path: seller: mend the roles",
            (
                "ladders/sales.yaml:12:38 DT102 the ic track of sales does not reach grade 4: add a "
                "level of kind ic at grade 4, or end both tracks alike"
            ),
        ),
        beside=SELLERS,
    ),
    RuleCase(
        name="DT110-empty",
        file=LADDER_FILE,
        old="craft: [Builds.]",
        bad="craft: []",
        good="craft: [Makes.]",
        lines=(
            (
                "ladders/engineering.yaml:15:7 DT110 eng1 says nothing of craft: state what is expected, "
                "or narrow the competency down by `tracks`"
            ),
        ),
        severity="warning",
    ),
    RuleCase(
        name="DT110-inherited",
        file=LADDER_FILE,
        old="title: Lead, steps: [entry, full], expectations: {craft: [Leads.]}",
        bad="title: Lead, steps: [entry, full]",
        good="title: Lead, steps: [entry, full], extends: [eng1]",
        lines=(
            (
                "ladders/engineering.yaml:17:5 DT110 em2 says nothing of craft: state what is expected, "
                "or narrow the competency down by `tracks`"
            ),
        ),
        severity="warning",
    ),
    RuleCase(
        name="DT110-tracks",
        file=LADDER_FILE,
        old="title: Craft}",
        bad="title: Craft}\n  - {key: people, title: People, tracks: [mgr]}",
        good="title: Craft}\n  - {key: people, title: People, tracks: [ops]}",
        lines=(
            (
                "ladders/engineering.yaml:17:7 DT110 eng1 says nothing of people: state what is "
                "expected, or narrow the competency down by `tracks`"
            ),
            (
                "ladders/engineering.yaml:19:92 DT110 em2 says nothing of people: state what is "
                "expected, or narrow the competency down by `tracks`"
            ),
            (
                "ladders/engineering.yaml:22:74 DT110 em4 says nothing of people: state what is "
                "expected, or narrow the competency down by `tracks`"
            ),
        ),
        beside=((LADDER_FILE, "kind: manager}", "kind: manager}\n  - {key: ops, kind: support}"),),
        severity="warning",
    ),
)
