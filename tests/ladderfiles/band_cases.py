"""Band sets that do not add up: DT056-DT059, and DT024-DT039 where rows grew ranges, formulas and derived zones."""

from tests.ladderfiles.rule_case import BANDS_FILE, COMPANY_FILE, RuleCase

TOP = "effective_from: 2020-01-01"
MIN = ', min: "90000"'

BAND_CASES = (
    RuleCase(
        name="DT024-derived",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nderived: [{zone: ta, from_zone: de, times: "1.1"}]',
        good=TOP + '\nderived: [{zone: at, from_zone: de, times: "1.1"}]',
        lines=("bands/2026.yaml:3:18 DT024 unknown zone ta: define it, or use one of de, us, at",),
    ),
    RuleCase(
        name="DT030-no-mid",
        file=BANDS_FILE,
        old=MIN,
        bad=MIN + ', max: "80000"',
        good=MIN + ', max: "90000"',
        lines=("bands/2026.yaml:13:62 DT030 min 90000 is above max 80000: lower min or raise max",),
    ),
    RuleCase(
        name="DT030-target",
        file=BANDS_FILE,
        old=MIN,
        bad=MIN + ', target: "80000", max: "95000"',
        good=MIN + ', target: "90000", max: "95000"',
        lines=("bands/2026.yaml:13:62 DT030 min 90000 is above target 80000: lower min or raise target",),
    ),
    RuleCase(
        name="DT030-step",
        file=BANDS_FILE,
        old='entry: "61000"',
        bad='entry: {min: "62000", max: "61000"}',
        good='entry: {min: "61000", max: "62000"}',
        lines=("bands/2026.yaml:12:26 DT030 min 62000 is above max 61000: lower min or raise max",),
    ),
    RuleCase(
        name="DT030-formula",
        file=BANDS_FILE,
        old=MIN,
        bad=', formula: {base: "90000", min: "1.2", max: "1.1"}',
        good=', formula: {base: "90000", min: "1.1", max: "1.2"}',
        lines=("bands/2026.yaml:13:87 DT030 min 108000.00 is above max 99000.00: lower min or raise max",),
    ),
    RuleCase(
        name="DT032-formula",
        file=BANDS_FILE,
        old=MIN,
        bad=', formula: {base: "90000", steps: {entry: "1", expert: "1.1"}}',
        good=', formula: {base: "90000", steps: {entry: "1", full: "1.1"}}',
        lines=("bands/2026.yaml:13:102 DT032 no level of grade 2 has a step expert: use one of entry, full",),
    ),
    RuleCase(
        name="DT033-derived",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nderived: [{zone: us, from_zone: de, times: "1.1"}]',
        good=TOP + '\nderived: [{zone: at, from_zone: de, times: "1"}]',
        lines=("bands/2026.yaml:3:18 DT033 EUR is not the currency of zone us: write USD, or change the zone",),
    ),
    RuleCase(
        name="DT034-step-range",
        file=BANDS_FILE,
        old='entry: "61000"',
        bad='entry: {min: "60000.005", max: "61000"}',
        good='entry: {min: "60000.05", max: "61000"}',
        lines=(
            (
                "bands/2026.yaml:12:26 DT034 60000.005 is no amount of EUR: write an amount from 0 with "
                "at most 2 decimals"
            ),
        ),
    ),
    RuleCase(
        name="DT034-factor",
        file=BANDS_FILE,
        old=MIN,
        bad=', formula: {base: "90000", factors: {place: "1000"}, point: "1"}',
        good=', formula: {base: "90000", factors: {place: "0.95"}, point: "1"}',
        lines=("bands/2026.yaml:13:66 DT034 the formula comes to no amount: use factors below 1000",),
    ),
    RuleCase(
        name="DT034-less-than-nothing",
        file=BANDS_FILE,
        old=MIN,
        bad=', formula: {base: "90000", factors: {place: "-1"}, point: "1"}',
        good=', formula: {base: "90000", factors: {place: "0"}, point: "1"}',
        lines=(
            (
                "bands/2026.yaml:13:66 DT034 the formula comes to no amount: let it come to something from 0 to below "
                "10000000000000000"
            ),
        ),
    ),
    RuleCase(
        name="DT034-rounding",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nrounding: {to: "0"}',
        good=TOP + '\nrounding: {to: "100", mode: up}',
        lines=("bands/2026.yaml:3:16 DT034 0 is not above zero: write a number above 0",),
    ),
    RuleCase(
        name="DT034-times",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nderived: [{zone: at, from_zone: de, times: "-0.9"}]',
        good=TOP + '\nderived: [{zone: at, from_zone: de, times: "0.9"}]',
        lines=("bands/2026.yaml:3:44 DT034 -0.9 is not above zero: write a number above 0",),
    ),
    RuleCase(
        name="DT034-periods",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nperiods_per_year: {hour: "0"}',
        good=TOP + '\nperiods_per_year: {hour: "2087"}',
        lines=("bands/2026.yaml:3:26 DT034 0 is not above zero: write a number above 0",),
    ),
    RuleCase(
        name="DT034-cap",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\ncaps: {EUR: "-1"}',
        good=TOP + '\ncaps: {EUR: "65000"}',
        lines=("bands/2026.yaml:3:13 DT034 -1 is not above zero: write a number above 0",),
    ),
    RuleCase(
        name="DT035-cap-alone",
        file=BANDS_FILE,
        old=MIN,
        bad=', cap: "90000", floor: "80000"',
        good=', point: "90000", cap: "90000", floor: "80000"',
        lines=("bands/2026.yaml:13:5 DT035 the row states no amount: state `min`, `mid`, `max` or `steps`",),
    ),
    RuleCase(
        name="DT035-formula",
        file=BANDS_FILE,
        old=MIN,
        bad=', formula: {base: "90000"}',
        good=', formula: {base: "90000", target: "1"}',
        lines=(
            (
                "bands/2026.yaml:13:66 DT035 the formula gives no amount: state a factor for `min`, "
                '`max`, `point` or `steps`, for example `point: "1"`'
            ),
        ),
    ),
    RuleCase(
        name="DT035-step",
        file=BANDS_FILE,
        old='entry: "61000"',
        bad="entry: {}",
        good='entry: {max: "61000"}',
        lines=("bands/2026.yaml:12:20 DT035 step entry states no amount: state one, or a range",),
    ),
    RuleCase(
        name="DT039-cap",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + "\ncaps: {EUX: null}",
        good=TOP + "\ncaps: {EUR: null}",
        lines=("bands/2026.yaml:3:13 DT039 unknown currency EUX: write the ISO 4217 code of one that is in use",),
    ),
    RuleCase(
        name="DT056",
        file=BANDS_FILE,
        old=MIN,
        bad=MIN + ('}\n  - {grade: "4", zone: us, currency: USD, period: year, min: "120000"'),
        good=MIN + ('}\n  - {grade: "3", zone: us, currency: USD, period: year, min: "120000"'),
        lines=(
            (
                "bands/2026.yaml:13:24 DT056 zone us has rows below and above but none for 3: add the "
                "rows: a set is complete, nothing is taken from another one"
            ),
        ),
    ),
    RuleCase(
        name="DT056-report",
        file=COMPANY_FILE,
        old='grades:\n  - {key: "1", rank: 1}',
        bad=('principles: report\ngrades:\n  - {key: "1", rank: 0}\n  - {key: 1b, rank: 1}'),
        good=('principles: report\ngrades:\n  - {key: "1", rank: 0}\n  - {key: 1b, rank: 1, retired: true}'),
        lines=(
            (
                "bands/2026.yaml:4:24 DT056 zone de has rows below and above but none for 1b: add the "
                "rows: a set is complete, nothing is taken from another one"
            ),
        ),
        severity="note",
    ),
    RuleCase(
        name="DT057-source",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP + '\nderived: [{zone: at, from_zone: ch, times: "1.1"}]',
        good=TOP + '\nderived: [{zone: at, from_zone: de, times: "1.1"}]',
        lines=("bands/2026.yaml:3:33 DT057 unknown zone with rows ch: define it, or use one of de, us",),
    ),
    RuleCase(
        name="DT057-twice",
        file=BANDS_FILE,
        old=TOP,
        bad=TOP
        + ('\nderived:\n  - {zone: at, from_zone: de, times: "1.1"}\n  - {zone: at, from_zone: de, times: "1.2"}'),
        good=TOP + '\nderived:\n  - {zone: at, from_zone: de, times: "1.1"}',
        lines=("bands/2026.yaml:5:12 DT057 zone at is derived twice: keep one of the two",),
    ),
    RuleCase(
        name="DT058",
        file=BANDS_FILE,
        old='period: year, min: "90000"}',
        bad='period: hour, min: "45.50"}',
        good='period: hour, min: "45.50"}\nperiods_per_year: {hour: "2087"}',
        lines=(
            (
                "bands/2026.yaml:13:51 DT058 how many periods of one hour a year has is not "
                "stated, so its cost cannot be told: add `periods_per_year: {hour: …}` to the set"
            ),
        ),
        severity="warning",
    ),
    RuleCase(
        name="DT059-formula",
        file=BANDS_FILE,
        old=MIN,
        bad=MIN + ', formula: {base: "90000", max: "1.1"}',
        good=', cap: "95000", formula: {base: "90000", max: "1.1"}',
        lines=(
            (
                "bands/2026.yaml:13:80 DT059 the row states min and computes amounts too: keep the "
                "formula or the amounts"
            ),
        ),
    ),
    RuleCase(
        name="DT059-point",
        file=BANDS_FILE,
        old=MIN,
        bad=MIN + ', point: "90000"',
        good=', floor: "80000", point: "90000"',
        lines=(
            ("bands/2026.yaml:13:78 DT059 a single amount stands beside others: keep `point` alone, or state a range"),
        ),
    ),
    RuleCase(
        name="DT059-step",
        file=BANDS_FILE,
        old='entry: "61000"',
        bad='entry: {amount: "61000", max: "62000"}',
        good='entry: {min: "61000", max: "62000"}',
        lines=("bands/2026.yaml:12:20 DT059 step entry has an amount and a range: keep one of the two",),
    ),
)
