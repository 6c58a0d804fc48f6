"""One thing wrong in a file of the examples: what, and where both the schema and the reader have to say so."""

from typing import Any, NamedTuple

COMPANY = "demo/company.yaml"
LADDER = "demo/ladders/marketing.yaml"
SOURCED = "google/ladders/software-engineering.yaml"
SCALED = "public/jorgef/ladders/engineering.yaml"
BANDS = "demo/bands/2026.yaml"
FORMULA = "pay/posthog/bands/boston.yaml"
TABLE = "pay/us-gs-2026/bands/2026.yaml"


class Gone:
    """Stands for the value of a key that is taken away."""


class Wrong(NamedTuple):
    """`at` gets `value`; both must then refuse `place` (None: `at` itself), the reader by `rule`."""

    file: str
    at: str
    value: Any
    rule: str
    place: str | None = None

    @property
    def pointer(self) -> str:
        return self.at if self.place is None else self.place


UNKNOWN, MISTYPED, MISSING, MALFORMED = "DT010", "DT011", "DT012", "DT013"

WRONG = (
    # Unknown keys, at the top, in lists, in maps, in what may be written alone.
    Wrong(COMPANY, "/nmae", "x", UNKNOWN),
    Wrong(COMPANY, "/grades/0/rnak", 1, UNKNOWN),
    Wrong(COMPANY, "/waivers/0/scope/teams", "a", UNKNOWN),
    Wrong(LADDER, "/levels/0/expectation", {}, UNKNOWN),
    Wrong(LADDER, "/levels/2/expectations/message/0/example", [], UNKNOWN),
    Wrong(LADDER, "/levels/3/terminal", {"value": True, "until": "2024-01-01"}, UNKNOWN, "/levels/3/terminal/until"),
    Wrong(LADDER, "/levels/4/reports/min", 1, UNKNOWN),
    Wrong(
        SOURCED,
        "/levels/1/provenance/title",
        {"source": "revelo", "sure": "B"},
        UNKNOWN,
        "/levels/1/provenance/title/sure",
    ),
    Wrong(BANDS, "/rows/3/steps/entry", {"amuont": "1"}, UNKNOWN, "/rows/3/steps/entry/amuont"),
    Wrong(FORMULA, "/rows/0/formula/steps/Established/middle", "1", UNKNOWN),
    # Values of another type.
    Wrong(COMPANY, "/timezone", 1, MISTYPED),
    Wrong(COMPANY, "/grades/0/key", 1, MISTYPED),
    Wrong(COMPANY, "/grades/0/rank", "1", MISTYPED),
    Wrong(COMPANY, "/grades/0/rank", True, MISTYPED),
    Wrong(COMPANY, "/roles", {}, MISTYPED),
    Wrong(COMPANY, "/roles/0/growth/ic", 1, MISTYPED),
    Wrong(LADDER, "/levels/0/expectations/message", "Builds.", MISTYPED),
    Wrong(
        LADDER,
        "/levels/0/expectations/message",
        {"statements": "Builds."},
        MISTYPED,
        "/levels/0/expectations/message/statements",
    ),
    Wrong(LADDER, "/levels/0/expectations", ["Builds."], MISTYPED),
    Wrong(LADDER, "/levels/2/expectations/message/0/examples", "One.", MISTYPED),
    Wrong(LADDER, "/levels/3/terminal", {"value": "yes"}, MISTYPED, "/levels/3/terminal/value"),
    Wrong(LADDER, "/levels/3/terminal", [True, {"value": "no"}], MISTYPED, "/levels/3/terminal/1/value"),
    Wrong(LADDER, "/levels/3/time_split/own-work", {"least": "60"}, MISTYPED, "/levels/3/time_split/own-work/least"),
    Wrong(LADDER, "/subpositions/0/moves_pay", "true", MISTYPED),
    Wrong(LADDER, "/levels/3/influence", ["All"], MISTYPED),
    Wrong(BANDS, "/rows/0/mid", 54000, MISTYPED),
    Wrong(BANDS, "/rows/3/steps/entry", {"min": 1}, MISTYPED, "/rows/3/steps/entry/min"),
    Wrong(BANDS, "/rows/3/steps", ["82000"], MISTYPED),
    Wrong(FORMULA, "/rows/0/formula", "285000", MISTYPED),
    # Keys that are missing; the place is what lacks them.
    Wrong(COMPANY, "/name", Gone, MISSING, ""),
    Wrong(COMPANY, "/waivers/0/owner", Gone, MISSING, "/waivers/0"),
    Wrong(LADDER, "/version", Gone, MISSING, ""),
    Wrong(LADDER, "/tracks/1/kind", Gone, MISSING, "/tracks/1"),
    Wrong(LADDER, "/levels/2/expectations/message/0/text", Gone, MISSING, "/levels/2/expectations/message/0"),
    Wrong(LADDER, "/pairing/grades/0/state", Gone, MISSING, "/pairing/grades/0"),
    Wrong(SOURCED, "/sources/revelo", {"read_on": "2026-11-01"}, MISSING),
    Wrong(BANDS, "/rows/0/currency", Gone, MISSING, "/rows/0"),
    Wrong(FORMULA, "/rows/0/formula/base", Gone, MISSING, "/rows/0/formula"),
    # Words that are none of those to choose from.
    Wrong(COMPANY, "/parity/policy", "equals", MALFORMED),
    Wrong(COMPANY, "/principles", "strict", MALFORMED),
    Wrong(COMPANY, "/roles/0/growth/boss", "x", MALFORMED),
    Wrong(LADDER, "/tracks/0/kind", "boss", MALFORMED),
    Wrong(LADDER, "/lifecycle", "superseded", MALFORMED),
    Wrong(LADDER, "/pairing/otherwise", "paired", MALFORMED),
    Wrong(SOURCED, "/levels/1/provenance/title/confidence", "D", MALFORMED),
    Wrong(BANDS, "/rows/0/period", "fortnight", MALFORMED),
    Wrong(TABLE, "/rounding/mode", "half_down", MALFORMED),
    Wrong(TABLE, "/periods_per_year/decade", "1", MALFORMED),
    # Days.
    Wrong(COMPANY, "/waivers/0/expires_on", "30.06.2027", MALFORMED),
    Wrong(LADDER, "/effective_from", "2020-02-30", MALFORMED),
    Wrong(LADDER, "/tracks/0/recognised_on", "2020-1-1", MALFORMED),
    Wrong(
        LADDER,
        "/levels/3/terminal",
        {"value": True, "effective_from": "20240101"},
        MALFORMED,
        "/levels/3/terminal/effective_from",
    ),
    Wrong(SOURCED, "/sources/revelo", {"text": "A page.", "read_on": "today"}, MALFORMED, "/sources/revelo/read_on"),
    # Amounts and other forms.
    Wrong(BANDS, "/rows/0/mid", "5e4", MALFORMED),
    Wrong(BANDS, "/rows/0/mid", "54,000", MALFORMED),
    Wrong(BANDS, "/rows/0/mid", "1.1234567", MALFORMED),
    Wrong(BANDS, "/rows/0/currency", "eur", MALFORMED),
    Wrong(BANDS, "/rows/3/steps/ entry", "1", MALFORMED),
    Wrong(TABLE, "/caps/usd", "1", MALFORMED),
    Wrong(TABLE, "/pay_runs_per_year", 0, MALFORMED),
    Wrong(FORMULA, "/rows/0/formula/factors/location", ".85", MALFORMED),
    Wrong(COMPANY, "/waivers/0/rule", "DT1", MALFORMED),
    Wrong(COMPANY, "/name", "", MALFORMED),
    Wrong(COMPANY, "/grades/0/key", "a b", MALFORMED),
    Wrong(LADDER, "/levels/3/time_split/own-work", 101, MALFORMED),
    Wrong(LADDER, "/overlays/0/maximum_months", 0, MALFORMED),
)
