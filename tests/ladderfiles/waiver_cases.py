"""Waivers: DT054, DT055, DT111, and unknown keys in what a waiver names."""

from tests.ladderfiles.rule_case import COMPANY_FILE, RuleCase

PARITY = "parity: {policy: equal}"


def waiver(rule: str = "DT104", scope: str = "", day: str = "2026-11-26") -> str:
    """PARITY and a waiver below it, whose rule, scope and last field stand in lines of their own."""
    text = "waivers:\n  - rule: {}\n    scope: {{{}}}\n    reason: An old contract.\n    owner: HR\n    expires_on: {}"
    return f"{PARITY}\n{text.format(rule, scope, day)}"


WAIVER_CASES = (
    RuleCase(
        name="DT021-waiver",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(scope="grade: '5'"),
        good=waiver(scope="grade: '4'"),
        lines=("company.yaml:19:20 DT021 unknown grade 5: define it, or use one of 1, 2, 3, 4",),
    ),
    RuleCase(
        name="DT023-waiver",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(scope="ladder: enginering"),
        good=waiver(scope="ladder: engineering"),
        lines=("company.yaml:19:21 DT023 unknown ladder enginering: did you mean engineering?",),
    ),
    RuleCase(
        name="DT024-waiver",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(scope="zone: uk"),
        good=waiver(scope="zone: us"),
        lines=("company.yaml:19:19 DT024 unknown zone uk: define it, or use one of de, us, at",),
    ),
    RuleCase(
        name="DT025-waiver",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(scope="role: engineers"),
        good=waiver(scope="role: engineer"),
        lines=("company.yaml:19:19 DT025 unknown role engineers: did you mean engineer?",),
    ),
    RuleCase(
        name="DT054-structure",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(rule="DT031"),
        good=waiver(rule="DT101"),
        lines=(
            (
                "company.yaml:18:11 DT054 unknown rule that can be waived DT031: waive one of DT101, "
                "DT102, DT103, DT104, DT105, DT106, DT107, DT108, DT109, DT110; other rules say what cannot work"
            ),
        ),
    ),
    RuleCase(
        name="DT054-waivers-themselves",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(rule="DT111"),
        good=waiver(rule="DT110"),
        lines=(
            (
                "company.yaml:18:11 DT054 unknown rule that can be waived DT111: waive one of DT101, "
                "DT102, DT103, DT104, DT105, DT106, DT107, DT108, DT109, DT110; other rules say what cannot work"
            ),
        ),
    ),
    RuleCase(
        name="DT055",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(scope="team: robot, grade: '1'"),
        good=waiver(scope="team: robots, grade: '1'"),
        lines=("company.yaml:19:19 DT055 unknown team robot: did you mean robots?",),
    ),
    RuleCase(
        name="DT111",
        file=COMPANY_FILE,
        old=PARITY,
        bad=waiver(day="2026-11-25"),
        good=waiver(day="2026-11-26"),
        lines=(
            (
                "company.yaml:22:17 DT111 the waiver of DT104 owned by HR has expired: mend what it was "
                "for, or renew it with a later day"
            ),
        ),
    ),
)
