"""Files and documents that cannot be read as they stand: DT002-DT013."""

from tests.ladderfiles.rule_case import BANDS_FILE, COMPANY_FILE, LADDER_FILE, RuleCase

READING_CASES = (
    RuleCase(
        name="DT002-syntax",
        file=COMPANY_FILE,
        old="roles: [engineer]}",
        bad="roles: [engineer}",
        good="roles: [engineer]}",
        lines=(
            (
                "company.yaml:15:35 DT002 this is not YAML: expected ',' or ']', but got '}': mend the text "
                "at this place"
            ),
        ),
    ),
    RuleCase(
        name="DT002-tab",
        file=COMPANY_FILE,
        old="timezone: Europe",
        bad="timezone:\tEurope",
        good="timezone:  Europe",
        lines=(
            (
                "company.yaml:2:10 DT002 this is not YAML: found character '\\t' that cannot start any token: "
                "mend the text at this place"
            ),
        ),
    ),
    RuleCase(
        name="DT003",
        file=COMPANY_FILE,
        old="timezone: Europe/Berlin",
        bad="timezone: UTC\ntimezone: UTC",
        good="timezone: UTC",
        lines=("company.yaml:3:1 DT003 `timezone` was stated in line 2 already: keep one of the two",),
    ),
    RuleCase(
        name="DT003-nested",
        file=LADDER_FILE,
        old="key: ic2, ",
        bad="key: ic2, key: ic4, ",
        good="key: ic2,  ",
        lines=("ladders/engineering.yaml:16:16 DT003 `key` was stated in line 16 already: keep one of the two",),
    ),
    RuleCase(
        name="DT004-depth",
        file=COMPANY_FILE,
        old="{policy: equal}",
        bad="[" * 45 + "]" * 45,
        good="{policy: equal }",
        lines=(
            (
                "company.yaml:16:49 DT004 the text unfolds into too much: nest at most 40 levels and have "
                "at most 500000 values, those of aliases counted each time"
            ),
        ),
    ),
    RuleCase(
        name="DT004-cycle",
        file=COMPANY_FILE,
        old="roles: [engineer]",
        bad="roles: &r [*r]",
        good="roles: &r [engineer]",
        lines=(
            (
                "company.yaml:15:26 DT004 the text unfolds into too much: nest at most 40 levels and have "
                "at most 500000 values, those of aliases counted each time"
            ),
        ),
    ),
    RuleCase(
        name="DT010",
        file=LADDER_FILE,
        old="    title: Engineer",
        bad="    titel: Engineer",
        good="    title: Engineer ",
        lines=("ladders/engineering.yaml:13:5 DT010 unknown key `titel`: did you mean `title`?",),
    ),
    RuleCase(
        name="DT010-merge",
        file=COMPANY_FILE,
        old="parity:",
        bad="<<: {}\nparity:",
        good="parity: ",
        lines=(
            (
                "company.yaml:16:1 DT010 unknown key `<<`: remove it, or use one of name, timezone, "
                "principles, grades, zones, roles, teams, parity, waivers, pay_calendars, locked_periods, "
                "approvals, sources, not_public, provenance"
            ),
        ),
    ),
    RuleCase(
        name="DT011-number",
        file=LADDER_FILE,
        old='grade: "1"',
        bad="grade: 1",
        good='grade: "1" ',
        lines=('ladders/engineering.yaml:12:12 DT011 the number 1 does not belong here: put it in quotes: "1"',),
    ),
    RuleCase(
        name="DT011-key",
        file=BANDS_FILE,
        old='entry: "61000"',
        bad='1: "61000", entry: "61000"',
        good='entry: "61001"',
        lines=('bands/2026.yaml:12:13 DT011 the key 1 is not text: put it in quotes: "1"',),
    ),
    RuleCase(
        name="DT011-tag",
        file=LADDER_FILE,
        old="title: Engineer",
        bad="title: !python/object Engineer",
        good="title: !!str Engineer",
        lines=("ladders/engineering.yaml:13:12 DT011 the tag !python/object does not belong here: remove the tag",),
    ),
    RuleCase(
        name="DT011-list",
        file=LADDER_FILE,
        old="[ic, mgr]",
        bad="ic",
        good="[ic,  mgr]",
        lines=("ladders/engineering.yaml:11:13 DT011 the text 'ic' does not belong here: write a list",),
    ),
    RuleCase(
        name="DT012",
        file=BANDS_FILE,
        old="    period: year\n",
        bad="",
        good="    period: month\n",
        lines=("bands/2026.yaml:5:5 DT012 `period` is missing: add `period`: The time that the amounts pay for.",),
    ),
    RuleCase(
        name="DT013-date",
        file=LADDER_FILE,
        old="2020-01-01",
        bad="2020-02-30",
        good="2020-02-29",
        lines=(
            (
                "ladders/engineering.yaml:3:17 DT013 2020-02-30 is not in the calendar: write a day that "
                "exists as YYYY-MM-DD"
            ),
        ),
    ),
    RuleCase(
        name="DT013-choice",
        file=LADDER_FILE,
        old="kind: manager",
        bad="kind: manger",
        good="kind: manager ",
        lines=(
            (
                "ladders/engineering.yaml:6:22 DT013 'manger' is none of ic, manager, hybrid, executive, "
                "support: write manager"
            ),
        ),
    ),
    RuleCase(
        name="DT013-amount",
        file=BANDS_FILE,
        old='"65000"',
        bad='"65,000"',
        good='"65000.00"',
        lines=(
            (
                "bands/2026.yaml:10:10 DT013 '65,000' is not an amount: write a decimal number in quotes, "
                'for example "62000.00"'
            ),
        ),
    ),
)
