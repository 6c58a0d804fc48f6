"""Workday as a kind of system: its settings, its credentials, and what it is fed with.

SOAP needs packages that not every installation has: what uses them is imported when a connection is worked with.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from pydantic import Field

from service.connectors.kinds import Checked, Form, Source, Tools
from service.connectors.news import News
from service.connectors.sinks import Postponed, Sink, Told
from service.domain.refusals import Conflict
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection

NEEDED = ("zeep", "lxml")
MISSING = "Workday needs more packages where dualtrack runs: pip install 'dualtrack[workday]'."
_FACTS = ("assignment.started", "assignment.changed", "level.changed", "track.switched", "step.changed")
_PLANS = ("assignment.ended", "change.scheduled", "change.cancelled", "change.corrected", "change.rescinded")
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


class WorkdaySettings(Form):
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


class WorkdayCredentials(Form):
    """An integration system user, without the tenant."""

    username: Annotated[str, Field(pattern=r"^[^@\s:]{1,100}$")]
    password: Annotated[str, Field(min_length=1, max_length=500)]


class Workday:
    """The kind."""

    name = "workday"
    system = "workday"
    settings: type[Form] = WorkdaySettings
    credentials: type[Form] = WorkdayCredentials

    def feed(self, settings: WorkdaySettings) -> Feed | None:
        """Raises Conflict `connector-not-installed`."""
        if not settings.write:
            return None
        if not installed():
            raise Conflict("connector-not-installed", MISSING)
        definitions = (
            *(("ladder.published",) if settings.owns_job_profiles else ()),
            *(("bands.published",) if settings.owns_bands else ()),
        )
        # An event may take several requests, each of which may take as long as one may.
        return Feed(event_types=(*_FACTS, *_PLANS, *definitions), with_pay=settings.owns_bands, timeout_ms=60_000)

    def sink(self, connection: OpenConnection, tools: Tools) -> Sink:
        if not installed():
            return _NotInstalled()
        return import_module("service.connectors.workday.sink").WorkdaySink(connection, tools)

    def source(self, connection: OpenConnection, tools: Tools) -> Source | None:
        """Raises Conflict `connector-not-installed`."""
        read = settings_of(connection).read
        if read is None:
            return None
        if read == "workers" and not installed():
            raise Conflict("connector-not-installed", MISSING)
        if read == "report":
            return import_module("service.connectors.workday.reports").ReportSource(connection, tools)
        return import_module("service.connectors.workday.workers").WorkerSource(connection, tools)

    async def check(self, connection: OpenConnection, tools: Tools) -> AsyncIterator[Checked]:
        if not installed():
            yield Checked(name="packages", ok=False, text=MISSING)
            return
        async for one in import_module("service.connectors.workday.checks").checks(connection, tools):
            yield one


@dataclass(frozen=True, slots=True)
class _NotInstalled:
    """A connection that was made where the packages are, opened where they are not."""

    async def write(self, news: News) -> Told:
        return Postponed(code="connector-not-installed", reason=MISSING)


def installed() -> bool:
    return all(find_spec(name) is not None for name in NEEDED)


def settings_of(connection: OpenConnection) -> WorkdaySettings:
    return _read(WorkdaySettings, connection.settings)


def credentials_of(connection: OpenConnection) -> WorkdayCredentials:
    return _read(WorkdayCredentials, connection.credentials)


def _read(form: Any, kept: Any) -> Any:
    return form.model_validate(dict(kept), strict=False)
