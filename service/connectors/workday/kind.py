"""Workday as a kind of system: what it is fed with, and what writes, reads and tries it out.

SOAP needs packages that not every installation has: what uses them is imported when a connection is worked with.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from service.connectors.kinds import Checked, Form, Source, Tools, formed
from service.connectors.news import News
from service.connectors.sinks import Postponed, Sink, Told
from service.connectors.workday.settings import Credentials, Settings
from service.domain.refusals import Conflict
from service.usecases.feeds import Feed
from service.usecases.open_connections import OpenConnection

NEEDED = ("zeep", "lxml")
MISSING = "Workday needs more packages where dualtrack runs: pip install 'dualtrack[workday]'."
_FACTS = ("assignment.started", "assignment.changed", "level.changed", "track.switched", "step.changed")
_PLANS = ("assignment.ended", "change.scheduled", "change.cancelled", "change.corrected", "change.rescinded")


class Workday:
    """The kind."""

    name = "workday"
    system = "workday"
    settings: type[Form] = Settings
    credentials: type[Form] = Credentials

    def feed(self, settings: Settings) -> Feed | None:
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
        read = formed(Settings, connection.settings).read
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
