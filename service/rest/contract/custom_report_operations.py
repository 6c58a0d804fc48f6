"""What is said of reports at the addresses of Workday's, with examples of their answers."""

from collections.abc import Mapping

from service.domain.access import Scope
from service.rest.contract.examples import ADA, PLANNED, STAFF
from service.rest.contract.operation import Operation
from service.rest.media import CSV, XML
from service.rest.report_rows import (
    AssignmentEntry,
    AssignmentReport,
    LevelEntry,
    LevelReport,
    columns_of_report,
    row_of,
    schema_of_report,
)
from service.rest.tables import csv_lines

_BAND = STAFF.band
assert _BAND is not None
_ASSIGNMENT = AssignmentEntry(
    Employee_ID=ADA.external_ids["workday"],
    Person_ID=ADA.id,
    Person_Key=ADA.key,
    Job="primary",
    Ladder=STAFF.ladder,
    Ladder_Version=STAFF.ladder_version,
    Track=STAFF.track,
    Level=STAFF.level,
    Level_Name=f"{STAFF.ladder}/{STAFF.level}",
    Grade=STAFF.grade,
    Grade_Since="2024-04-01",
    Title=STAFF.title,
    Role=STAFF.role,
    Team=STAFF.team,
    Zone=STAFF.zone,
    Effective_Date="2024-04-01",
    End_Date="2027-01-01",
    Entered_On=PLANNED,
    Band_Currency=_BAND.currency,
    Band_Period=_BAND.period,
    Band_Minimum=str(_BAND.min),
    Band_Midpoint=str(_BAND.mid),
    Band_Maximum=str(_BAND.max),
)
_LEVEL = LevelEntry(
    Ladder="engineering",
    Ladder_Version="2026.1",
    Level="ic5",
    Level_Name="engineering/ic5",
    Tracks="ic",
    Grade="5",
    Title="Staff Engineer",
    Effective_Date="2026-01-01",
    Entered_On=PLANNED,
)


def _otherwise(entry: object) -> Mapping[str, str]:
    columns = columns_of_report(type(entry), None, pay=True)
    row = row_of(entry, columns)
    table = csv_lines([columns, [row.get(name) for name in columns]])
    return {CSV: table.decode(), XML: schema_of_report(columns).decode()}


CUSTOM_REPORT_OPERATIONS: Mapping[str, Operation] = {
    "read_assignment_report": Operation(
        scope=Scope.ASSIGNMENTS_READ,
        example=AssignmentReport(Report_Entry=(_ASSIGNMENT,)),
        written=_otherwise(_ASSIGNMENT),
    ),
    "read_level_report": Operation(
        scope=Scope.LADDERS_READ,
        example=LevelReport(Report_Entry=(_LEVEL,)),
        written=_otherwise(_LEVEL),
    ),
}
