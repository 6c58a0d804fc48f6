"""Entries that do not fit each other: DT020-DT029."""

from tests.ladderfiles.folders import WITH_FRAME
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
            "ladders/engineering.yaml:26:18 DT027 unknown level em2: did you mean em4?",
        ),
    ),
    RuleCase(
        name="DT021-level",
        file=LADDER_FILE,
        old='grade: "1"',
        bad='grade: "9"',
        good='grade: "1" ',
        lines=("ladders/engineering.yaml:12:12 DT021 unknown grade 9: define it, or use one of 1, 2, 3, 4",),
    ),
    RuleCase(
        name="DT021-row",
        file=BANDS_FILE,
        old='  - grade: "2"',
        bad='  - grade: "12"',
        good='  - grade: "2" ',
        lines=("bands/2026.yaml:5:12 DT021 unknown grade 12: define it, or use one of 1, 2, 3, 4",),
    ),
    RuleCase(
        name="DT021-pairing",
        file=LADDER_FILE,
        old='{grade: "3", state',
        bad='{grade: "5", state',
        good='{grade:  "3", state',
        lines=("ladders/engineering.yaml:24:15 DT021 unknown grade 5: define it, or use one of 1, 2, 3, 4",),
    ),
    RuleCase(
        name="DT022-level",
        file=LADDER_FILE,
        old='[mgr], grade: "2"',
        bad='[mg], grade: "2"',
        good='[ mgr ], grade: "2"',
        lines=(
            "ladders/engineering.yaml:17:25 DT022 unknown track mg: did you mean mgr?",
            (
                "ladders/engineering.yaml:23:7 DT029 grade 2 is stated as paired but lacks a side: add the "
                "level, or state why it has none"
            ),
        ),
    ),
    RuleCase(
        name="DT022-row",
        file=BANDS_FILE,
        old='{grade: "1", zone',
        bad='{grade: "1", track: mngr, zone',
        good='{grade: "1", track: mgr, zone',
        lines=("bands/2026.yaml:4:25 DT022 unknown track mngr: did you mean mgr?",),
    ),
    RuleCase(
        name="DT023-role",
        file=COMPANY_FILE,
        old="ladder: engineering",
        bad="ladder: enginering",
        good="ladder:  engineering",
        lines=("company.yaml:13:29 DT023 unknown ladder enginering: did you mean engineering?",),
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
        lines=("bands/2026.yaml:13:24 DT024 unknown zone uk: define it, or use one of de, us, at",),
    ),
    RuleCase(
        name="DT025",
        file=COMPANY_FILE,
        old="[engineer]",
        bad="[engineer, chef]",
        good="[]",
        lines=("company.yaml:15:37 DT025 unknown role chef: define it, or use one of engineer",),
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
        bad="to_level: ic5",
        good="to_level: ic2",
        lines=("ladders/engineering.yaml:26:33 DT027 unknown level ic5: did you mean ic4?",),
    ),
    RuleCase(
        name="DT027-map",
        file=LADDER_FILE,
        old="{old: ic2}",
        bad="{old: ic9}",
        good="{old: em2}",
        lines=("ladders/engineering.yaml:27:13 DT027 unknown level ic9: did you mean ic4?",),
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
        good="state: unstated",
        lines=(
            (
                "ladders/engineering.yaml:24:7 DT029 grade 3 is stated as paired but lacks a side: add the "
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
        lines=("ladders/engineering.yaml:24:7 DT029 grade 3 is unpaired by design without a reason: add `reason`",),
    ),
    RuleCase(
        name="DT029-both",
        file=LADDER_FILE,
        old='{grade: "2", state: paired}',
        bad='{grade: "2", state: missing}',
        good='{grade: "2", state: unstated}',
        lines=(
            (
                "ladders/engineering.yaml:23:7 DT029 grade 2 has levels on both tracks: state `paired`, or "
                "remove the entry"
            ),
        ),
    ),
    RuleCase(
        name="DT020-subposition",
        file=LADDER_FILE,
        old="levels:\n",
        bad=(
            "subpositions:\n"
            "  - &p {key: p, kind: step, moves_pay: true, changes_level: false, labels: [entry, full]}\n"
            "  - *p\n"
            "levels:\n"
        ),
        good=(
            "subpositions:\n"
            "  - {key: p, kind: step, moves_pay: true, changes_level: false, labels: [entry, full]}\n"
            "levels:\n"
        ),
        lines=(
            (
                "ladders/engineering.yaml:10:14 DT020 sub-position p is stated twice: remove one, or "
                "give it another name"
            ),
        ),
    ),
    RuleCase(
        name="DT020-overlay",
        file=LADDER_FILE,
        old="maps:",
        bad="overlays: [{key: lead}, {key: lead}]\nmaps:",
        good="overlays: [{key: lead}, {key: mentor}]\nmaps:",
        lines=(
            ("ladders/engineering.yaml:27:31 DT020 overlay lead is stated twice: remove one, or give it another name"),
        ),
    ),
    RuleCase(
        name="DT022-competency",
        file=LADDER_FILE,
        old="title: Craft}",
        bad="title: Craft, tracks: [ic, mrg]}",
        good="title: Craft, tracks: [ic, mgr]}",
        lines=("ladders/engineering.yaml:8:45 DT022 unknown track mrg: did you mean mgr?",),
    ),
    RuleCase(
        name="DT023-extends",
        file=LADDER_FILE,
        old="effective_from: 2020-01-01",
        bad="effective_from: 2020-01-01\nextends: frmae",
        good="effective_from: 2020-01-01\nextends: frame",
        lines=("ladders/engineering.yaml:4:10 DT023 unknown ladder frmae: did you mean frame?",),
        beside=WITH_FRAME,
    ),
    RuleCase(
        name="DT023-move",
        file=LADDER_FILE,
        old="to_level: ic3, kind: track_switch",
        bad="to_level: f2, to_ladder: fame, kind: lateral",
        good="to_level: ic2, to_ladder: engineering, kind: lateral",
        lines=("ladders/engineering.yaml:26:48 DT023 unknown ladder fame: did you mean frame?",),
        beside=WITH_FRAME,
    ),
    RuleCase(
        name="DT027-overlay",
        file=LADDER_FILE,
        old="maps:",
        bad="overlays: [{key: lead, levels: [ic2, ic0]}]\nmaps:",
        good="overlays: [{key: lead, levels: [ic2, ic3]}]\nmaps:",
        lines=("ladders/engineering.yaml:27:38 DT027 unknown level ic0: did you mean ic4?",),
    ),
    RuleCase(
        name="DT027-extends",
        file=LADDER_FILE,
        old="title: Lead, ",
        bad="title: Lead, extends: [eng2], ",
        good="title: Lead, extends: [eng1], ",
        lines=("ladders/engineering.yaml:17:66 DT027 unknown level eng2: did you mean eng1?",),
    ),
)
