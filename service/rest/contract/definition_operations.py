"""Operations about definitions. Their examples are worked out from a small company by the rules themselves."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.domain.access import Scope
from service.domain.bands import bandset_from_document
from service.domain.chart import chart, zone_parity
from service.domain.company import company_from_document
from service.domain.comparison import Side, compare_levels
from service.domain.coverage import role_coverage, team_coverage
from service.domain.definitions import Definitions, Recorded
from service.domain.differences import Difference
from service.domain.impact import Cost, Impact, Touched
from service.domain.ladders import ladder_from_document
from service.rest.contract import examples
from service.rest.contract.operation import Operation
from service.usecases.bands import BandSetSummary, shown_row
from service.usecases.company import GradeLevel, GradeVerdict, ShownCompany, ShownGrade
from service.usecases.comparisons import Comparison
from service.usecases.definitions import AllDefinitions, Applied
from service.usecases.ladders import LadderSummary, LadderVersion, ShownLadder
from service.usecases.levels import ExpandedLadder, LevelOnDay, PaidLadderLevel, ShownLevel
from service.usecases.parity import CoverageReport, CoveredRole, GradeParity, ParityReport, VerdictCount
from service.usecases.plans import PlannedDocument
from service.usecases.remaps import Remapped

_BASE = "9f2c64f0a1b84e0f9a44d1c6a3b7e5d2"
_FROM = date(2026, 1, 1)
_INFLUENCE = {"scope": "Several teams.", "decision_rights": ["Sets interfaces."], "forums": ["Architecture board"]}
_COMPANY: Mapping[str, Any] = {
    "name": "Northwind Robotics",
    "timezone": "Europe/Berlin",
    "grades": [{"key": "3", "rank": 3, "title": "Senior"}, {"key": "5", "rank": 5, "title": "Staff"}],
    "zones": [{"key": "de-berlin", "currency": "EUR", "pay_calendar": "monthly"}],
    "pay_calendars": [{"key": "monthly", "frequency": "monthly", "anchor": "2026-01-01"}],
    "roles": [{"key": "software-engineer", "ladder": "engineering"}],
    "teams": [{"key": "robots", "roles": ["software-engineer"]}],
}
_LADDER: Mapping[str, Any] = {
    "key": "engineering",
    "version": "2026.1",
    "title": "Engineering",
    "effective_from": "2026-01-01",
    "tracks": [{"key": "ic", "kind": "ic"}, {"key": "manager", "kind": "manager"}],
    "competencies": [{"key": "craft", "title": "Craft"}],
    "overlays": [{"key": "tech-lead", "title": "Tech Lead"}],
    "levels": [
        {"key": "eng3", "tracks": ["ic", "manager"], "grade": "3", "title": "Senior Engineer"},
        {
            "key": "ic5",
            "tracks": ["ic"],
            "grade": "5",
            "title": "Staff Engineer",
            "influence": _INFLUENCE,
            "expectations": {"craft": ["Finds the simple shape of shared problems."]},
        },
        {
            "key": "em5",
            "tracks": ["manager"],
            "grade": "5",
            "title": "Senior Engineering Manager",
            "expectations": {"craft": ["Sees technical risk across teams."]},
        },
    ],
}
_BANDS: Mapping[str, Any] = {
    "key": "2026",
    "title": "Pay bands 2026",
    "effective_from": "2026-01-01",
    "rows": [
        {
            "grade": grade,
            "zone": "de-berlin",
            "currency": "EUR",
            "period": "year",
            "min": low,
            "mid": middle,
            "max": high,
        }
        for grade, low, middle, high in (("3", "66000", "75000", "84000"), ("5", "92000", "104000", "118000"))
    ],
}
_FIRM, _RUNGS, _PAY = company_from_document(_COMPANY), ladder_from_document(_LADDER), bandset_from_document(_BANDS)
EXAMPLE_DEFINITIONS = Definitions(
    companies=[Recorded(recorded_at=0, value=_FIRM)],
    ladders=[Recorded(recorded_at=0, value=_RUNGS)],
    bandsets=[Recorded(recorded_at=0, value=_PAY)],
)
_BY_KEY = {_RUNGS.key: _RUNGS}
_ZONES = [zone.key for zone in _FIRM.zones]
_SIDES = [Side(ladder=_RUNGS, level=level, ladders=_BY_KEY, bands=_PAY) for level in _RUNGS.levels[1:]]
_CHART = chart(_RUNGS, _FIRM, _PAY)
_VERSION = LadderVersion(
    version=_RUNGS.version,
    title=_RUNGS.title,
    effective_from=_FROM,
    effective_to=None,
    recorded_at=examples.PLANNED,
    state="in_force",
    retired=False,
)
_SUMMARY = LadderSummary(
    key="engineering",
    version="2026.1",
    title="Engineering",
    effective_from=_FROM,
    versions=("2025.1", "2026.1"),
)
_SHOWN_LADDER = ShownLadder(version=_VERSION, fork="5", definition=_RUNGS, known_at=examples.RECORDED)
_SHOWN_LEVEL = ShownLevel(
    ladder="engineering",
    version="2026.1",
    definition=_RUNGS.levels[1],
    on_day=LevelOnDay(hireable=True, internal_only=False, terminal=False, maximum_months=None),
    pairing="paired",
    counterparts=("em5",),
    bands=_CHART.rows[1].cells[0].bands,
    known_at=examples.RECORDED,
)
_EXPANDED_LADDER = ExpandedLadder(
    version=_VERSION,
    fork="5",
    definition=_RUNGS,
    known_at=examples.RECORDED,
    levels=(
        PaidLadderLevel(
            key=_SHOWN_LEVEL.definition.key,
            on_day=_SHOWN_LEVEL.on_day,
            pairing=_SHOWN_LEVEL.pairing,
            counterparts=_SHOWN_LEVEL.counterparts,
            bands=_SHOWN_LEVEL.bands,
        ),
    ),
)
_GRADE = ShownGrade(
    key="5",
    rank=5,
    title="Staff",
    retired=False,
    levels=tuple(
        GradeLevel(ladder="engineering", level=level.key, tracks=level.tracks, title=level.title)
        for level in _RUNGS.levels[1:]
    ),
    equal_pay=(GradeVerdict(ladder="engineering", verdict="equal"),),
)
_BAND_SET = BandSetSummary(
    key="2026",
    title="Pay bands 2026",
    effective_from=_FROM,
    recorded_at=examples.PLANNED,
    state="in_force",
)
BAND_ROW = shown_row(_PAY, _PAY.paid[1], None)
_PARITY = ParityReport(
    principles="enforce",
    policy="equal",
    tolerance_percent=None,
    band_set="2026",
    counts=(VerdictCount(verdict="equal", grades=1),),
    grades=(
        GradeParity(
            ladder="engineering",
            grade="5",
            ic=("ic5",),
            manager=("em5",),
            verdict="equal",
            zones=zone_parity(_RUNGS, _FIRM, _PAY, _ZONES, "5"),
            links={"chart": "/v1/ladders/engineering/chart", "bands": "/v1/bands?grade=5"},
        ),
    ),
    findings=(),
    waivers=(),
    effective_on=_FROM,
    known_at=examples.RECORDED,
)
_ROLE = role_coverage(_FIRM.roles[0], _FIRM, _BY_KEY, today=_FROM)
_COVERAGE = CoverageReport(
    covered=1,
    waived=0,
    gaps=0,
    unknown=0,
    roles=(
        CoveredRole(
            role=_ROLE.role,
            ladder=_ROLE.ladder,
            state=_ROLE.state,
            reason=_ROLE.reason,
            growth_missing=_ROLE.growth_missing,
            links={"chart": "/v1/ladders/engineering/chart"},
        ),
    ),
    teams=(team_coverage(_FIRM.teams[0], {_ROLE.role: _ROLE}),),
    effective_on=_FROM,
    known_at=examples.RECORDED,
)
_APPLIED = Applied(
    base=_BASE,
    company=False,
    ladders=("engineering@2026.2",),
    bands=(),
    recorded_at=examples.RECORDED,
    documents=(
        PlannedDocument(
            kind="ladder",
            key="engineering",
            version="2026.2",
            effective_from=date(2026, 7, 1),
            state="changed",
            previous="2026.1",
            differences=(
                Difference(op="~", path=("levels", "ic5", "title"), before="Staff Engineer", after="Lead Engineer"),
            ),
        ),
    ),
    impact=(
        Impact(
            effective_on=date(2026, 7, 1),
            people=12,
            touched=(Touched(ladder="engineering", level="ic5", zone="de-berlin", people=12, changed=("title",)),),
            cost=(Cost(currency="EUR", per_year=_PAY.rows[0].min - _PAY.rows[0].min, people=12, not_told=0),)
            if _PAY.rows[0].min is not None
            else (),
        ),
    ),
    remaps=(
        Remapped(
            ladder="engineering",
            version="2026.2",
            effective_on=date(2026, 7, 1),
            from_level="ic5",
            to_level="staff",
            people=12,
        ),
    ),
    findings=(),
)
_LADDERS, _BANDS_READ = Scope.LADDERS_READ, Scope.BANDS_READ
_BOTH = ("effective_on", "known_at")

DEFINITION_OPERATIONS: Mapping[str, Operation] = {
    "read_definitions": Operation(
        scope=_LADDERS,
        also=(_BANDS_READ,),
        example=AllDefinitions(company=_COMPANY, ladders=(_LADDER,), bands=(_BANDS,)),
    ),
    "put_definitions": Operation(
        scope=Scope.LADDERS_WRITE,
        also=(Scope.BANDS_WRITE,),
        example=_APPLIED,
        codes=("definitions-invalid", "plan-stale", "people-unmapped"),
        request={"company": _COMPANY, "ladders": [_LADDER], "bands": [_BANDS]},
    ),
    "read_company": Operation(
        scope=_LADDERS,
        example=ShownCompany(definition=_FIRM, recorded_at=examples.PLANNED, known_at=examples.RECORDED),
        codes=("no-company",),
    ),
    "list_grades": Operation(scope=_LADDERS, example=_GRADE, listed=True, codes=("no-company",)),
    "list_ladders": Operation(scope=_LADDERS, example=_SUMMARY, listed=True),
    "read_ladder": Operation(scope=_LADDERS, example=_EXPANDED_LADDER, codes=("no-ladder-in-force",)),
    "list_ladder_versions": Operation(scope=_LADDERS, example=_VERSION, listed=True, codes=("no-ladder-in-force",)),
    "read_ladder_version": Operation(scope=_LADDERS, example=_SHOWN_LADDER, codes=("no-such-version",)),
    "read_level": Operation(scope=_LADDERS, example=_SHOWN_LEVEL, codes=("no-ladder-in-force", "no-such-level")),
    "read_chart": Operation(
        scope=_LADDERS, example=_CHART, codes=("no-ladder-in-force", "unknown-zone", "invalid-parameter")
    ),
    "compare": Operation(
        scope=_LADDERS,
        example=Comparison(
            levels=compare_levels(_SIDES[0], _SIDES[1], _FIRM),
            versions=None,
            effective_on=_FROM,
            known_at=examples.RECORDED,
        ),
        codes=(
            "invalid-reference",
            "unlike-references",
            "no-ladder-in-force",
            "no-such-version",
            "no-such-level",
            "invalid-parameter",
        ),
    ),
    "list_band_sets": Operation(scope=_BANDS_READ, example=_BAND_SET, listed=True),
    "list_bands": Operation(
        scope=_BANDS_READ,
        example=BAND_ROW,
        listed=True,
        exported=True,
        more=_BOTH,
        codes=("no-band-set", "period-not-stated", "invalid-parameter"),
    ),
    "read_parity": Operation(scope=_LADDERS, example=_PARITY, codes=("no-company",)),
    "read_coverage": Operation(scope=_LADDERS, example=_COVERAGE, codes=("no-company",)),
}
