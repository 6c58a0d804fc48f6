"""Ladders whose parts do not fit each other: DT045-DT053, DT060."""

from tests.ladderfiles.folders import FRAME_FILE, WITH_FRAME
from tests.ladderfiles.rule_case import COMPANY_FILE, LADDER_FILE, RuleCase

POINTS = (*WITH_FRAME, (FRAME_FILE, "title: First", 'title: First, rule: {points: {least: "0", below: "10"}}'))
EXTENDED = (*WITH_FRAME, (FRAME_FILE, "title: Second", "title: Second, extends: [f1]"))
WORDED = ((COMPANY_FILE, "ladder: engineering}", "ladder: engineering, words: {specialist: Tinkerer}}"),)

LADDER_CASES = (
    RuleCase(
        name="DT045",
        file=LADDER_FILE,
        old='grade: "3", title: Principal,',
        bad='grade: "1", title: Principal,',
        good='grade: "2", title: Principal, steps: [entry, full],',
        lines=(
            (
                "ladders/engineering.yaml:18:37 DT045 level ic3 stands above ic2 on track ic but its "
                "grade is lower: list levels lowest first, or mend the grade"
            ),
        ),
    ),
    RuleCase(
        name="DT046-slip",
        file=LADDER_FILE,
        old="title: Engineer",
        bad='title: "{rol} Engineer"',
        good='title: "{role} Engineer"',
        lines=("ladders/engineering.yaml:13:12 DT046 unknown placeholder {rol}: did you mean role?",),
    ),
    RuleCase(
        name="DT046-word",
        file=LADDER_FILE,
        old="title: Engineer",
        bad='title: "{guild}"',
        good='title: "{specialist} of {team}"',
        lines=(
            (
                "ladders/engineering.yaml:13:12 DT046 unknown placeholder {guild}: use one of role, "
                "team, specialist, or add it to the `words` of the roles"
            ),
        ),
        beside=WORDED,
    ),
    RuleCase(
        name="DT047",
        file=LADDER_FILE,
        old="levels:\n",
        bad=(
            "subpositions:\n"
            "  - {key: p, kind: step, moves_pay: true, changes_level: false, labels: [entry, ful]}\n"
            "levels:\n"
        ),
        good=(
            "subpositions:\n"
            "  - {key: p, kind: step, moves_pay: true, changes_level: false, labels: [entry, mid, full]}\n"
            "levels:\n"
        ),
        lines=(
            "ladders/engineering.yaml:18:71 DT047 unknown step full: did you mean ful?",
            "ladders/engineering.yaml:19:71 DT047 unknown step full: did you mean ful?",
        ),
    ),
    RuleCase(
        name="DT048",
        file=FRAME_FILE,
        old="proficiency: deep",
        bad="proficiency: basic",
        good="proficiency: solid",
        lines=(
            (
                "ladders/frame.yaml:11:78 DT048 craft asks for less on f2 than on f1 below it: raise it "
                "if that is a slip; a drop is allowed"
            ),
        ),
        beside=WITH_FRAME,
        severity="warning",
    ),
    RuleCase(
        name="DT049",
        file=FRAME_FILE,
        old="proficiency: deep",
        bad="proficiency: depe",
        good="proficiency:  deep",
        lines=("ladders/frame.yaml:11:92 DT049 unknown proficiency depe: did you mean deep?",),
        beside=WITH_FRAME,
    ),
    RuleCase(
        name="DT049-no-scale",
        file=LADDER_FILE,
        old="craft: [Builds.]",
        bad="craft: {statements: [Builds.], proficiency: deep}",
        good="craft: {statements: [Builds.], proficiency: null}",
        lines=("ladders/engineering.yaml:15:51 DT049 unknown proficiency deep: give the competency a `scale`",),
    ),
    RuleCase(
        name="DT050",
        file=LADDER_FILE,
        old="    title: Engineer",
        bad=(
            "    title: Engineer\n"
            "    hireable: [{value: true, effective_to: 2024-01-02}, {value: false, effective_from: 2024-01-01}]"
        ),
        good=(
            "    title: Engineer\n"
            "    hireable: [{value: true, effective_to: 2024-01-01}, {value: false, effective_from: 2024-01-01}]"
        ),
        lines=(
            (
                "ladders/engineering.yaml:14:57 DT050 two values of hireable hold on the same day: end "
                "one where the next begins: `effective_to` is the first day after"
            ),
        ),
    ),
    RuleCase(
        name="DT050-months",
        file=LADDER_FILE,
        old="    title: Engineer",
        bad=("    title: Engineer\n    maximum_months: [36, {value: 60, effective_from: 2024-01-01}]"),
        good=(
            "    title: Engineer\n"
            "    maximum_months: [{value: 36, effective_to: 2024-01-01}, {value: 60, effective_from: 2024-01-01}]"
        ),
        lines=(
            (
                "ladders/engineering.yaml:14:26 DT050 two values of maximum_months hold on the same day: "
                "end one where the next begins: `effective_to` is the first day after"
            ),
        ),
    ),
    RuleCase(
        name="DT051-overlap",
        file=FRAME_FILE,
        old="title: Second",
        bad='title: Second, rule: {points: {least: "9"}}',
        good='title: Second, rule: {points: {least: "10"}}',
        lines=(
            (
                "ladders/frame.yaml:11:79 DT051 points of f2 overlap those of f1: let `below` of f1 and "
                "`least` of f2 be the same number"
            ),
        ),
        beside=POINTS,
    ),
    RuleCase(
        name="DT051-hole",
        file=FRAME_FILE,
        old="title: Second",
        bad='title: Second, rule: {points: {least: "11"}}',
        good='title: Second, rule: {points: {least: "10", below: "12"}}',
        lines=(
            (
                "ladders/frame.yaml:11:79 DT051 points of f2 leave a hole after those of f1: let `below` "
                "of f1 and `least` of f2 be the same number"
            ),
        ),
        beside=POINTS,
    ),
    RuleCase(
        name="DT052-levels",
        file=FRAME_FILE,
        old="title: First",
        bad="title: First, extends: [f2]",
        good="title: First, extends: []",
        lines=(
            ("ladders/frame.yaml:10:64 DT052 inheritance runs in a circle: f1 -> f2 -> f1: remove one of the links"),
        ),
        beside=EXTENDED,
    ),
    RuleCase(
        name="DT052-itself",
        file=LADDER_FILE,
        old="title: Lead, ",
        bad="title: Lead, extends: [em2], ",
        good="title: Lead, extends: [ic2], ",
        lines=(
            ("ladders/engineering.yaml:17:65 DT052 inheritance runs in a circle: em2 -> em2: remove one of the links"),
        ),
    ),
    RuleCase(
        name="DT052-ladders",
        file=FRAME_FILE,
        old="generic: true",
        bad="generic: true\nextends: frame",
        good="generic: true\nextends: engineering",
        lines=(
            ("ladders/frame.yaml:5:10 DT052 inheritance runs in a circle: frame -> frame: remove one of the links"),
        ),
        beside=WITH_FRAME,
    ),
    RuleCase(
        name="DT053-fact",
        file=LADDER_FILE,
        old="    title: Engineer",
        bad="    title: Engineer\n    provenance: {titel: null}",
        good="    title: Engineer\n    provenance: {title: null}",
        lines=("ladders/engineering.yaml:14:18 DT053 unknown fact titel: did you mean title?",),
    ),
    RuleCase(
        name="DT053-source",
        file=LADDER_FILE,
        old="effective_from: 2020-01-01",
        bad=(
            "effective_from: 2020-01-01\nsources: {site: The site.}\nprovenance: {levels: {source: sit, confidence: A}}"
        ),
        good=(
            "effective_from: 2020-01-01\n"
            "sources: {site: The site.}\n"
            "provenance: {levels: {source: site, confidence: A}}"
        ),
        lines=("ladders/engineering.yaml:5:14 DT053 unknown source sit: did you mean site?",),
    ),
    RuleCase(
        name="DT053-track",
        file=LADDER_FILE,
        old="kind: manager}",
        bad="kind: manager, provenance: {kidn: null}}",
        good="kind: manager, provenance: {kind: null}}",
        lines=("ladders/engineering.yaml:6:44 DT053 unknown fact kidn: did you mean kind?",),
    ),
    RuleCase(
        name="DT053-company",
        file=COMPANY_FILE,
        old="parity:",
        bad="provenance: {zone: null}\nparity:",
        good="provenance: {zones: null}\nparity:",
        lines=("company.yaml:16:14 DT053 unknown fact zone: did you mean zones?",),
    ),
    RuleCase(
        name="DT060-statement",
        file=LADDER_FILE,
        old="craft: [Builds.]",
        bad="craft: [To be defined.]",
        good="craft: [Defines what is to be built.]",
        lines=(
            (
                "ladders/engineering.yaml:15:15 DT060 'To be defined.' stands for a text that is not "
                "written yet: write it, or leave it out: what is missing is shown as missing"
            ),
        ),
        severity="warning",
    ),
    RuleCase(
        name="DT060-summary",
        file=LADDER_FILE,
        old="    title: Engineer",
        bad='    title: Engineer\n    summary: "(TBD)"',
        good="    title: Engineer\n    summary: Builds what others designed.",
        lines=(
            (
                "ladders/engineering.yaml:14:14 DT060 '(TBD)' stands for a text that is not written yet: "
                "write it, or leave it out: what is missing is shown as missing"
            ),
        ),
        severity="warning",
    ),
)
