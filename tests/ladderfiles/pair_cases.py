"""Broken promises: the two sides of a grade, DT104, DT105, DT107 and DT108."""

from tests.ladderfiles.folders import WITH_SALES
from tests.ladderfiles.rule_case import BANDS_FILE, COMPANY_FILE, LADDER_FILE, RuleCase

AT_LEAST = ((COMPANY_FILE, "policy: equal", "policy: ic_at_least_manager"),)
FIVE_PERCENT = ((COMPANY_FILE, "policy: equal", 'policy: tolerance, tolerance_percent: "5"'),)
MIN = ', min: "90000"}'


def paid(ic: str, manager: str, *, period: str = "year") -> str:
    """MIN with these amounts in its place, and a row of its own for managers below it."""
    return f", {ic}}}\n  - {{grade: '2', track: mgr, zone: us, currency: USD, period: {period}, {manager}}}"


PAIR_CASES = (
    RuleCase(
        name="DT104-equal",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "90000"', 'min: "91000"'),
        good=paid('min: "90000"', 'min: "90000"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: min: let one row pay both, or stay within the parity policy equal"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers min "
                "one way: pay both levels alike"
            ),
        ),
    ),
    RuleCase(
        name="DT104-one-side",
        file=BANDS_FILE,
        old='grade: "2", zone: us',
        bad='grade: "2", track: ic, zone: us',
        good='grade: "2", ladder: engineering, zone: us',
        lines=(
            (
                "bands/2026.yaml:13:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: min: let one row pay both, or stay within the parity policy equal"
            ),
        ),
    ),
    RuleCase(
        name="DT104-one-figure",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "90000"', 'min: "90000", max: "99000"'),
        good=paid('min: "90000", max: "99000"', 'min: "90000", max: "99000.00"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: max: let one row pay both, or stay within the parity policy equal"
            ),
        ),
    ),
    RuleCase(
        name="DT104-period",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "90000"', 'min: "7500"', period="month"),
        good=paid('min: "90000"', 'min: "90000"', period="year"),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: currency or period: let one row pay both, or stay within the parity policy equal"
            ),
        ),
    ),
    RuleCase(
        name="DT104-steps",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('steps: {entry: "1", full: "3"}', 'steps: {entry: "1", full: "2"}'),
        good=paid('steps: {entry: "1", full: "2"}', 'steps: {entry: "1", full: "2"}'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: steps/full: let one row pay both, or stay within the parity policy equal"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers "
                "steps/full one way: pay both levels alike"
            ),
        ),
    ),
    RuleCase(
        name="DT104-ic-at-least-manager",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "90000"', 'min: "90000.01"'),
        good=paid('min: "90000"', 'min: "80000"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: min: let one row pay both, or stay within the parity policy ic_at_least_manager"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers min "
                "one way: pay both levels alike"
            ),
        ),
        beside=AT_LEAST,
    ),
    RuleCase(
        name="DT104-tolerance",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "94999.99"', 'min: "100000"'),
        good=paid('min: "95000"', 'min: "100000"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: min: let one row pay both, or stay within the parity policy tolerance"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers min "
                "one way: pay both levels alike"
            ),
        ),
        beside=FIVE_PERCENT,
    ),
    RuleCase(
        name="DT104-tolerance-above",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "105000.01"', 'min: "100000"'),
        good=paid('min: "105000"', 'min: "100000"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: min: let one row pay both, or stay within the parity policy tolerance"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers min "
                "one way: pay both levels alike"
            ),
        ),
        beside=FIVE_PERCENT,
    ),
    RuleCase(
        name="DT105-one-side",
        file=LADDER_FILE,
        old="title: Lead,",
        bad="title: Lead, rewards: {time: [Ten days.]},",
        good="title: Lead, rewards: {},",
        lines=(
            (
                "ladders/engineering.yaml:16:5 DT105 ic2 and em2 at grade 2 get different rewards: time: "
                "give both the same"
            ),
        ),
    ),
    RuleCase(
        name="DT105-differs",
        file=LADDER_FILE,
        old="title: Lead,",
        bad="title: Lead, rewards: {time: [Five days.], fame: [A talk.]},",
        good="title: Lead, rewards: {fame: [A talk.], time: [Ten days.]},",
        lines=(
            (
                "ladders/engineering.yaml:16:65 DT105 ic2 and em2 at grade 2 get different rewards: "
                "time: give both the same"
            ),
        ),
        beside=((LADDER_FILE, "title: Staff,", "title: Staff, rewards: {time: [Ten days.], fame: [A talk.]},"),),
    ),
    RuleCase(
        name="DT107-denied",
        file=LADDER_FILE,
        old="reversible: true}",
        bad=("reversible: true}\n  - {from_level: ic2, to_level: em2, kind: track_switch, allowed: false}"),
        good=("reversible: true}\n  - {from_level: ic2, to_level: em2, kind: track_switch, allowed: true}"),
        lines=(
            (
                "ladders/engineering.yaml:27:5 DT107 a switch from ic2 to em2 at grade 2 is denied: "
                "remove the move: an equal grade allows the switch both ways"
            ),
        ),
    ),
    RuleCase(
        name="DT107-denied-both-ways",
        file=LADDER_FILE,
        old="reversible: true}",
        bad=(
            "reversible: true}\n"
            "  - {from_level: ic2, to_level: em2, kind: track_switch, reversible: true, allowed: false}"
        ),
        good=("reversible: true}\n  - {from_level: ic2, to_level: em2, kind: track_switch, reversible: true}"),
        lines=(
            (
                "ladders/engineering.yaml:27:5 DT107 a switch from ic2 to em2 at grade 2 is denied: "
                "remove the move: an equal grade allows the switch both ways"
            ),
            (
                "ladders/engineering.yaml:27:5 DT107 a switch from em2 to ic2 at grade 2 is denied: "
                "remove the move: an equal grade allows the switch both ways"
            ),
        ),
    ),
    RuleCase(
        name="DT107-no-way-back",
        file=LADDER_FILE,
        old=", reversible: true}",
        bad="}",
        good="}\n  - {from_level: ic3, to_level: em2, kind: return}",
        lines=(
            (
                "ladders/engineering.yaml:26:5 DT107 em2 may switch to ic3 but there is no way back: add "
                "`reversible: true`, or the move back"
            ),
        ),
    ),
    RuleCase(
        name="DT107-other-ladder",
        file=LADDER_FILE,
        old="reversible: true}",
        bad=(
            "reversible: true}\n"
            "  - {from_level: ic3, to_level: l2, to_ladder: sales, kind: track_switch, reversible: true}"
        ),
        good=("reversible: true}\n  - {from_level: ic2, to_level: l2, to_ladder: sales, kind: track_switch}"),
        lines=(
            (
                "ladders/engineering.yaml:27:5 DT107 ic3 may switch to l2 but there is no way back: add "
                "the move back to sales"
            ),
        ),
        beside=WITH_SALES,
    ),
    RuleCase(
        name="DT108-steps",
        file=LADDER_FILE,
        old="title: Lead, steps: [entry, full]",
        bad="title: Lead, steps: [full, entry]",
        good="title: Lead, steps: [entry,  full]",
        lines=(
            (
                "ladders/engineering.yaml:16:63 DT108 a switch between ic2 and em2 cannot keep the step: "
                "their steps differ: list the same steps on both"
            ),
        ),
    ),
    RuleCase(
        name="DT108-band",
        file=BANDS_FILE,
        old=MIN,
        bad=paid('min: "90000", mid: "100000"', 'min: "90000", mid: "95000", max: "99000"'),
        good=paid('min: "90000", mid: "95000", max: "99000"', 'min: "90000", mid: "95000", max: "99000"'),
        lines=(
            (
                "bands/2026.yaml:14:5 DT104 in zone us grade 2 of engineering pays ic2 and em2 "
                "differently: mid, max: let one row pay both, or stay within the parity policy equal"
            ),
            (
                "ladders/engineering.yaml:16:5 DT108 in zone us a switch between ic2 and em2 lowers mid "
                "one way: pay both levels alike"
            ),
        ),
    ),
)
