"""Entries that do not fit each other: DT020-DT029."""

from tests.ladderfiles.rule_case import BANDS_FILE, COMPANY_FILE, LADDER_FILE, RuleCase

REFERENCE_CASES = (
    RuleCase(
        name="DT020",
        file=LADDER_FILE,
        old="key: em2",
        bad="key: ic2",
        good="key: em2 ",
        lines=(
            ("ladders/engineering.yaml:17:11 DT020 level ic2 is stated twice: remove one, or give it another name"),
            "ladders/engineering.yaml:24:18 DT027 unknown level em2: define it, or use one of eng1, ic2, ic3",
        ),
    ),
    RuleCase(
        name="DT021-level",
        file=LADDER_FILE,
        old='grade: "1"',
        bad='grade: "9"',
        good='grade: "1" ',
        lines=("ladders/engineering.yaml:12:12 DT021 unknown grade 9: define it, or use one of 1, 2, 3",),
    ),
    RuleCase(
        name="DT021-row",
        file=BANDS_FILE,
        old='  - grade: "2"',
        bad='  - grade: "12"',
        good='  - grade: "2" ',
        lines=("bands/2026.yaml:5:12 DT021 unknown grade 12: define it, or use one of 1, 2, 3",),
    ),
    RuleCase(
        name="DT021-pairing",
        file=LADDER_FILE,
        old='{grade: "3", state',
        bad='{grade: "4", state',
        good='{grade:  "3", state',
        lines=("ladders/engineering.yaml:22:15 DT021 unknown grade 4: define it, or use one of 1, 2, 3",),
    ),
    RuleCase(
        name="DT022-level",
        file=LADDER_FILE,
        old="[mgr]",
        bad="[mg]",
        good="[ mgr ]",
        lines=(
            "ladders/engineering.yaml:17:25 DT022 unknown track mg: did you mean mgr?",
            (
                "ladders/engineering.yaml:21:7 DT029 grade 2 is stated as paired but lacks a side: add the "
                "level, or state why it has none"
            ),
        ),
    ),
    RuleCase(
        name="DT022-row",
        file=BANDS_FILE,
        old="    period: year\n",
        bad="    period: year\n    track: mngr\n",
        good="    period: year\n    track: ic\n",
        lines=("bands/2026.yaml:9:12 DT022 unknown track mngr: did you mean mgr?",),
    ),
    RuleCase(
        name="DT023-role",
        file=COMPANY_FILE,
        old="ladder: engineering",
        bad="ladder: enginering",
        good="ladder: null",
        lines=("company.yaml:11:29 DT023 unknown ladder enginering: did you mean engineering?",),
    ),
    RuleCase(
        name="DT023-row",
        file=BANDS_FILE,
        old="    period: year\n",
        bad="    period: year\n    ladder: sales\n",
        good="    period: year\n    ladder: engineering\n",
        lines=("bands/2026.yaml:9:13 DT023 unknown ladder sales: define it, or use one of engineering",),
    ),
    RuleCase(
        name="DT024",
        file=BANDS_FILE,
        old="zone: us",
        bad="zone: uk",
        good="zone:  us",
        lines=("bands/2026.yaml:13:24 DT024 unknown zone uk: define it, or use one of de, us",),
    ),
    RuleCase(
        name="DT025",
        file=COMPANY_FILE,
        old="[engineer]",
        bad="[engineer, chef]",
        good="[]",
        lines=("company.yaml:13:37 DT025 unknown role chef: define it, or use one of engineer",),
    ),
    RuleCase(
        name="DT026",
        file=LADDER_FILE,
        old="[ic, mgr]",
        bad="[]",
        good="[ic]",
        lines=("ladders/engineering.yaml:11:13 DT026 level eng1 is on no track: name at least one of ic, mgr",),
    ),
    RuleCase(
        name="DT027-move",
        file=LADDER_FILE,
        old="to_level: ic3",
        bad="to_level: ic4",
        good="to_level: ic2",
        lines=("ladders/engineering.yaml:24:33 DT027 unknown level ic4: did you mean ic3?",),
    ),
    RuleCase(
        name="DT027-map",
        file=LADDER_FILE,
        old="{old: ic2}",
        bad="{old: ic9}",
        good="{old: em2}",
        lines=("ladders/engineering.yaml:25:13 DT027 unknown level ic9: did you mean ic3?",),
    ),
    RuleCase(
        name="DT028",
        file=LADDER_FILE,
        old="      craft:",
        bad="      carft:",
        good="      craft: ",
        lines=("ladders/engineering.yaml:15:7 DT028 unknown competency carft: did you mean craft?",),
    ),
    RuleCase(
        name="DT029-lacks-side",
        file=LADDER_FILE,
        old="state: unpaired_by_design",
        bad="state: paired",
        good="state: missing",
        lines=(
            (
                "ladders/engineering.yaml:22:7 DT029 grade 3 is stated as paired but lacks a side: add the "
                "level, or state why it has none"
            ),
        ),
    ),
    RuleCase(
        name="DT029-no-reason",
        file=LADDER_FILE,
        old=", reason: Nothing to lead.",
        bad="",
        good=", reason: Solo.",
        lines=("ladders/engineering.yaml:22:7 DT029 grade 3 is unpaired by design without a reason: add `reason`",),
    ),
    RuleCase(
        name="DT029-both",
        file=LADDER_FILE,
        old='{grade: "2", state: paired}',
        bad='{grade: "2", state: missing}',
        good='{grade: "2", state: unstated}',
        lines=(
            (
                "ladders/engineering.yaml:21:7 DT029 grade 2 has levels on both tracks: state `paired`, or "
                "remove the entry"
            ),
        ),
    ),
)
