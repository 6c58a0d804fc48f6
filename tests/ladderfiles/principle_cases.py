"""Broken promises of paths: DT101-DT103, DT106. Folders stay usable, so one edit may show in several rules."""

from tests.ladderfiles.folders import SALES_FILE, WITH_SALES
from tests.ladderfiles.rule_case import LADDER_FILE, RuleCase

PRINCIPLE_CASES = (
    RuleCase(
        name="DT101-no-manager-track",
        file=SALES_FILE,
        old="kind: manager",
        bad="kind: executive",
        good="kind:  manager",
        lines=(
            (
                "ladders/sales.yaml:5:3 DT101 ladder sales is not dual: it has no track of kind manager: "
                "give it the track"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT101-no-ic-track",
        file=SALES_FILE,
        old="kind: ic}",
        bad="kind: support}",
        good="kind: ic }",
        lines=(
            ("ladders/sales.yaml:5:3 DT101 ladder sales is not dual: it has no track of kind ic: give it the track"),
            (
                "ladders/sales.yaml:10:38 DT103 l2 has no counterpart at grade 2: add the level on the "
                "other track, or state in `pairing` why there is none"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT101-no-manager-level",
        file=SALES_FILE,
        old="tracks: [lead]",
        bad="tracks: [ic, lead]",
        good="tracks: [ lead]",
        lines=(
            (
                "ladders/sales.yaml:5:3 DT101 ladder sales is not dual: it has no level of its own for "
                "managers: give it the track"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT101-no-ic-level",
        file=SALES_FILE,
        old='[ic, lead], grade: "1", title: Seller}\n  - {key: s2, tracks: [ic]',
        bad='[lead], grade: "1", title: Seller}\n  - {key: s2, tracks: [lead]',
        good='[ic], grade: "1", title: Seller}\n  - {key: s2, tracks: [ic]',
        lines=(
            (
                "ladders/sales.yaml:5:3 DT101 ladder sales is not dual: it has no level for individual "
                "contributors: give it the track"
            ),
            (
                "ladders/sales.yaml:8:38 DT103 s1 has no counterpart at grade 1: add the level on the "
                "other track, or state in `pairing` why there is none"
            ),
            (
                "ladders/sales.yaml:9:38 DT103 s2 has no counterpart at grade 2: add the level on the "
                "other track, or state in `pairing` why there is none"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT102-manager-ends-lower",
        file=LADDER_FILE,
        old='  - {key: em4, tracks: [mgr], grade: "4", title: Director, expectations: {craft: [Leads.]}}\n',
        bad="",
        good='  - {key: em4, tracks: [mgr], grade: "4", title: VP, expectations: {craft: [Leads.]}}\n',
        lines=(
            (
                "company.yaml:13:29 DT109 role engineer has no dual path: ladder engineering: its "
                "manager track does not reach grade 4: put it on a ladder with both tracks up to one top grade"
            ),
            "company.yaml:15:26 DT109 team robots has roles without a dual path: engineer: mend the roles",
            (
                "ladders/engineering.yaml:19:37 DT102 the manager track of engineering does not reach "
                "grade 4: add a level of kind manager at grade 4, or end both tracks alike"
            ),
            (
                "ladders/engineering.yaml:19:37 DT103 ic4 has no counterpart at grade 4: add the level "
                "on the other track, or state in `pairing` why there is none"
            ),
        ),
    ),
    RuleCase(
        name="DT102-ic-ends-lower",
        file=SALES_FILE,
        old='grade: "2", title: Team lead}',
        bad='grade: "3", title: Team lead}',
        good='grade:  "2", title: Team lead}',
        lines=(
            (
                "ladders/sales.yaml:10:38 DT102 the ic track of sales does not reach grade 3: add a "
                "level of kind ic at grade 3, or end both tracks alike"
            ),
            (
                "ladders/sales.yaml:10:38 DT103 l2 has no counterpart at grade 3: add the level on the "
                "other track, or state in `pairing` why there is none"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT102-by-design",
        file=SALES_FILE,
        old="title: Team lead}",
        bad=(
            "title: Team lead}\n"
            '  - {key: s3, tracks: [ic], grade: "3", title: Star, influence: *seat}\n'
            'pairing: {grades: [{grade: "3", state: unpaired_by_design, reason: One star.}]}'
        ),
        good=(
            "title: Team lead}\n"
            '  - {key: s3, tracks: [ic], grade: "3", title: Star, influence: *seat}\n'
            'pairing: {grades: [{grade: "3", state: unstated}]}'
        ),
        lines=(
            (
                "ladders/sales.yaml:11:36 DT102 the manager track of sales does not reach grade 3: add a "
                "level of kind manager at grade 3, or end both tracks alike"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT103-nothing-said",
        file=LADDER_FILE,
        old='\n    - {grade: "3", state: unpaired_by_design, reason: Nothing to lead.}',
        bad="",
        good="\n  otherwise: unstated",
        lines=(
            (
                "ladders/engineering.yaml:18:37 DT103 ic3 has no counterpart at grade 3: add the level "
                "on the other track, or state in `pairing` why there is none"
            ),
        ),
    ),
    RuleCase(
        name="DT103-said",
        file=LADDER_FILE,
        old="state: unpaired_by_design",
        bad="state: missing",
        good="state: unstated",
        lines=(
            (
                "ladders/engineering.yaml:18:37 DT103 ic3 has no counterpart at grade 3: add the level "
                "on the other track, or state in `pairing` why there is none"
            ),
        ),
    ),
    RuleCase(
        name="DT106-nothing",
        file=LADDER_FILE,
        old="title: Principal, expectations: {craft: [Leads.]}, influence: *seat",
        bad="title: Principal, expectations: {craft: [Leads.]}",
        good=(
            "title: Principal, expectations: {craft: [Leads.]}, influence: {scope: All., "
            "decision_rights: [Design.], forums: [Review.], value: Much.}"
        ),
        lines=(
            (
                "ladders/engineering.yaml:18:5 DT106 ic3 does not state its scope, decision_rights, "
                "forums: say what people on it decide, where they have a seat and how far their work reaches"
            ),
        ),
    ),
    RuleCase(
        name="DT106-part",
        file=LADDER_FILE,
        old="title: Principal, expectations: {craft: [Leads.]}, influence: *seat",
        bad='title: Principal, expectations: {craft: [Leads.]}, influence: {scope: " ", forums: [Review.]}',
        good=(
            "title: Principal, expectations: {craft: [Leads.]}, influence: {scope: All., "
            "decision_rights: [Design.], forums: [Review.]}"
        ),
        lines=(
            (
                "ladders/engineering.yaml:18:104 DT106 ic3 does not state its scope, decision_rights: "
                "say what people on it decide, where they have a seat and how far their work reaches"
            ),
        ),
    ),
    RuleCase(
        name="DT106-shared",
        file=SALES_FILE,
        old="title: Team lead}",
        bad=('title: Team lead}\n  - {key: s3, tracks: [ic, lead], grade: "3", title: Head}'),
        good=('title: Team lead}\n  - {key: s3, tracks: [ic, lead], grade: "3", title: Head, influence: *seat}'),
        lines=(
            (
                "ladders/sales.yaml:11:5 DT106 s3 does not state its scope, decision_rights, forums: say "
                "what people on it decide, where they have a seat and how far their work reaches"
            ),
        ),
        beside=WITH_SALES,
    ),
)
