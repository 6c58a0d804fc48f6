"""Workday: the JSON of a report as a service. Its columns are whatever the report's author called them."""

from collections.abc import Iterator
from typing import Any, cast

from service.connectors.extracts.gathering import RawRow, refuse
from service.connectors.extracts.tables import object_row
from service.domain.extracts import Columns

COLUMNS = Columns(employee="Employee_ID", level="Job_Profile_ID", effective_on="Effective_Date")
"""What the columns are called where no map says it."""
NEEDED = ("Employee_ID", "Job_Profile_ID")
"""Those without which it is another report; where there are no days, it says what holds now."""


def report_rows(document: object) -> Iterator[RawRow]:
    """Rows of a report. One without `Report_Entry` is another report than it was, and not an empty one."""
    entries = cast(dict[str, Any], document).get("Report_Entry") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        refuse("The report has no list Report_Entry: it is not the report it was, which is not the same as empty.")
    for number, entry in enumerate(cast(list[Any], entries), start=1):
        yield object_row(number, entry, f"row {number}")
