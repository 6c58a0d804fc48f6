"""What is set of a Workday tenant, and how one is let in."""

from typing import Annotated, Literal

from pydantic import Field

from service.connectors.kinds import Form

_FILE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_NAME = r"^[A-Za-z0-9_.-]{1,100}$"
WsdlFile = Annotated[str, Field(pattern=_FILE)]
"""A name without a folder: the operator says where they lie."""


class Wsdls(Form):
    """Files in DUALTRACK_WSDL_FOLDER. What is left out is not used."""

    staffing: WsdlFile | None = None
    human_resources: WsdlFile | None = None
    compensation: WsdlFile | None = None
    integrations: WsdlFile | None = None


class Columns(Form):
    """What the author of the report called things. None: the report does not say it."""

    worker: str = "Employee_ID"
    effective_on: str = "Effective_Date"
    level: str | None = "Job_Profile_ID"
    position: str | None = None
    grade: str | None = None
    zone: str | None = None
    team: str | None = None
    name: str | None = None
    reason: str | None = None
    ended: str | None = None
    """Not empty, and neither 0 nor false: nobody holds the position from that day on."""


class Report(Form):
    """A report as a web service: of `owner`, by name, with values for what it asks for."""

    owner: Annotated[str, Field(min_length=1, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    columns: Columns = Columns()
    prompts: dict[str, str] = Field(default_factory=dict, max_length=20)


class Settings(Form):
    """How one gets to a tenant, and what of it is ours."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")]
    tenant: Annotated[str, Field(pattern=_NAME)]
    version: Annotated[str, Field(pattern=r"^v[0-9]{1,3}\.[0-9]$")]
    wsdl: Wsdls = Wsdls()
    write: bool = True
    """Have changes entered there. Without it the connection only reads."""
    worker_id_type: Literal["Employee_ID", "Contingent_Worker_ID", "WID"] = "Employee_ID"
    reason_id_type: Literal["Change_Job_Subcategory_ID", "Event_Classification_Subcategory_ID", "WID"] = (
        "Change_Job_Subcategory_ID"
    )
    auto_complete: bool = True
    """Leave out the steps of the business process that wait for somebody."""
    run_now: bool = True
    owns_grades: bool = False
    """Write compensation grade and grade profile of people."""
    owns_job_profiles: bool = False
    """Write job profiles when a ladder is published."""
    owns_bands: bool = False
    """Write pay ranges of grades when bands are published: events with pay come for that."""
    frequencies: dict[Literal["year", "month", "week", "day", "hour"], str] = Field(
        default_factory=lambda: {"year": "Annual", "month": "Monthly", "week": "Weekly", "hour": "Hourly"}
    )
    """What periods of pay are called there: Frequency_ID of ours."""
    read: Literal["report", "workers"] | None = None
    report: Report | None = None
    look_ahead_days: Annotated[int, Field(ge=0, le=3660)] = 366
    termination_is_last_day: bool = True
    """The day of termination is the last one worked, so the job ends on the day after."""
    trusted_ca: Annotated[str, Field(max_length=100_000)] | None = None
    """Certificates (PEM) of authorities that are believed beside everybody's."""


class Credentials(Form):
    """An integration system user, without the tenant."""

    username: Annotated[str, Field(pattern=r"^[^@\s:]{1,100}$")]
    password: Annotated[str, Field(min_length=1, max_length=500)]
