"""Values that do not fit: DT030-DT040."""

from tests.ladderfiles.rule_case import BANDS_FILE, COMPANY_FILE, LADDER_FILE, RuleCase

VALUE_CASES = (
    RuleCase(
        name="DT030",
        file=BANDS_FILE,
        old='mid: "55000"',
        bad='mid: "65000"',
        good='mid: "60000"',
        lines=("bands/2026.yaml:4:76 DT030 mid 65000 is above max 60000: lower mid or raise max",),
    ),
    RuleCase(
        name="DT031",
        file=BANDS_FILE,
        old="zone: us, currency: USD",
        bad="zone: de, currency: EUR",
        good="zone: de, currency: EUR, ladder: engineering",
        lines=(
            (
                "bands/2026.yaml:13:5 DT031 row 2 already pays grade 2 in zone de for the same people: "
                "remove one, or narrow one down by `ladder` or `track`"
            ),
        ),
    ),
    RuleCase(
        name="DT032",
        file=BANDS_FILE,
        old='full: "66000"',
        bad='expert: "66000"',
        good='full: "67000"',
        lines=("bands/2026.yaml:12:29 DT032 no level of grade 2 has a step expert: use one of entry, full",),
    ),
    RuleCase(
        name="DT033",
        file=BANDS_FILE,
        old="currency: USD",
        bad="currency: EUR",
        good="currency:  USD",
        lines=("bands/2026.yaml:13:38 DT033 EUR is not the currency of zone us: write USD, or change the zone",),
    ),
    RuleCase(
        name="DT034-decimals",
        file=BANDS_FILE,
        old='"61000"',
        bad='"61000.005"',
        good='"61000.05"',
        lines=(
            (
                "bands/2026.yaml:12:20 DT034 61000.005 is no amount of EUR: write an amount from 0 with at "
                "most 2 decimals"
            ),
        ),
    ),
    RuleCase(
        name="DT034-negative",
        file=BANDS_FILE,
        old='min: "50000"',
        bad='min: "-50000"',
        good='min: "0"',
        lines=(
            ("bands/2026.yaml:4:62 DT034 -50000 is no amount of EUR: write an amount from 0 with at most 2 decimals"),
        ),
    ),
    RuleCase(
        name="DT035",
        file=BANDS_FILE,
        old=', min: "90000"',
        bad="",
        good=', max: "90000"',
        lines=("bands/2026.yaml:13:5 DT035 the row states no amount: state `min`, `mid`, `max` or `steps`",),
    ),
    RuleCase(
        name="DT036",
        file=LADDER_FILE,
        old=", title: Principal",
        bad="",
        good=", title: Fellow",
        lines=(
            (
                "ladders/engineering.yaml:18:5 DT036 level ic3 has no title: state its title, or set "
                "`principles: report` in company.yaml while facts are missing"
            ),
        ),
    ),
    RuleCase(
        name="DT037",
        file=COMPANY_FILE,
        old="Europe/Berlin",
        bad="Europe/Berln",
        good="America/New_York",
        lines=("company.yaml:2:11 DT037 unknown time zone Europe/Berln: did you mean Europe/Berlin?",),
    ),
    RuleCase(
        name="DT038",
        file=COMPANY_FILE,
        old="policy: equal",
        bad="policy: tolerance",
        good='policy: tolerance, tolerance_percent: "5"',
        lines=(
            (
                "company.yaml:16:9 DT038 `tolerance_percent` and the policy `tolerance` go together: state "
                "both, or neither"
            ),
        ),
    ),
    RuleCase(
        name="DT039",
        file=COMPANY_FILE,
        old="{key: us, currency: USD}",
        bad="{key: us, currency: USD}\n  - {key: xx, currency: XYZ}",
        good="{key: us, currency: USD}\n  - {key: xx, currency: JPY}",
        lines=("company.yaml:11:25 DT039 unknown currency XYZ: write the ISO 4217 code of one that is in use",),
    ),
    RuleCase(
        name="DT040",
        file="ladders/zz.yaml",
        old="",
        bad="key: engineering\nversion: '2'\neffective_from: 2021-01-01\ngeneric: true\n",
        good="key: sales\nversion: '2'\neffective_from: 2021-01-01\ngeneric: true\n",
        lines=(
            (
                "ladders/zz.yaml:1:6 DT040 a second ladder has the key engineering: give it another key, or "
                "merge the two"
            ),
        ),
    ),
)
