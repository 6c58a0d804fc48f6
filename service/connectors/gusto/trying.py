"""Trying a Gusto connection out: what it may see, where pay periods differ, what its mapping lacks, what it would write
of one person. Nothing is written, there or here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from service.connectors.bamboohr.comparing import Obstacle, Step
from service.connectors.gusto.client import PAY, Client, PeriodThere, Refused
from service.connectors.gusto.periods import DayBegins, drift
from service.connectors.gusto.settings import Settings
from service.connectors.gusto.sink import Sink
from service.connectors.kinds import Checked, Tools
from service.connectors.sinks import Failed, Postponed, Throttled, Told
from service.connectors.wire import Unreachable
from service.domain.company import Company
from service.domain.mappings import unmapped_levels
from service.domain.pay_calendars import PayCalendar
from service.domain.refusals import NotFound
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.employees import list_employees
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window
from service.usecases.reading import reading

_BACK, _AHEAD = timedelta(days=62), timedelta(days=62)
_TOLD_AT_MOST = 10
_PEOPLE = 200
"""Among how many people somebody is looked for who is known there."""


async def tried(
    connection: OpenConnection, settings: Settings, client: Client, sink: Sink, tools: Tools
) -> AsyncIterator[Checked]:
    """One line after the other; ends where nothing more can be asked."""
    try:
        await client.company()
    except (Refused, Unreachable) as error:
        yield Checked(name="credentials", ok=False, text=_why(error))
        return
    yield Checked(name="credentials", ok=True, text="the access token is good, and the company is there")
    yield await _scopes(client)
    async with reading(tools.runtime) as view:
        company, today = view.definitions.company(), view.today
        mapping = await mapping_in_use(tools.runtime, connection.id)
        unmapped = unmapped_levels(mapping, view.definitions, today)
    for line in await _periods(client, settings, company, today):
        yield line
    yield _mapped(unmapped, settings)
    yield await _one_person(connection, sink, tools)


async def _scopes(client: Client) -> Checked:
    try:
        job = await client.somebody()
    except (Refused, Unreachable) as error:
        return Checked(name="scopes", ok=False, text=_why(error))
    if job is None:
        return Checked(name="scopes", ok=True, text="nobody is there yet, so pay fields cannot be looked for")
    hidden = sorted({name for row in job.rows for name in PAY if name not in row.pay})
    if hidden or not job.rows:
        text = f"{', '.join(hidden) or 'compensations'} cannot be seen: give the token the scope compensations:read"
        return Checked(name="scopes", ok=False, text=text)
    return Checked(name="scopes", ok=True, text="pay fields are seen; only a write shows whether they may be written")


async def _periods(client: Client, settings: Settings, company: Company | None, today: date) -> Sequence[Checked]:
    """Every calendar of ours beside its schedule there, two months back and two ahead."""
    first, last = today - _BACK, today + _AHEAD
    try:
        found = await client.periods(first, last)
    except (Refused, Unreachable) as error:
        return [Checked(name="pay periods", ok=False, text=_why(error))]
    calendars = {one.key: one for one in company.pay_calendars} if company else {}
    if company is None or not calendars:
        return [Checked(name="pay periods", ok=False, text="company.yaml states no pay calendar to compare them with")]
    begins = DayBegins(ZoneInfo(company.timezone))
    lines: list[Checked] = []
    for calendar, schedule, problem in _pairs(calendars, found, settings.calendars):
        name = f"pay periods {calendar}"
        if problem is not None:
            lines.append(Checked(name=name, ok=False, text=problem))
            continue
        theirs = [one for one in found if one.schedule == schedule]
        told = [one.text for one in drift(calendars[calendar], theirs, first=first, last=last, begins=begins)]
        text = "; ".join(told[:_TOLD_AT_MOST]) + (f"; and {len(told) - 10} more" if len(told) > _TOLD_AT_MOST else "")
        lines.append(Checked(name=name, ok=not told, text=text or f"the same {len(theirs)} periods as there"))
    return lines


def _pairs(
    calendars: Mapping[str, PayCalendar], found: Sequence[PeriodThere], given: Mapping[str, str]
) -> Iterator[tuple[str, str, str | None]]:
    """(calendar, schedule, what is wrong with the two). With one of each nothing has to be set."""
    schedules = sorted({one.schedule for one in found})
    if not given and len(calendars) == len(schedules) == 1:
        yield next(iter(calendars)), schedules[0], None
        return
    for calendar, schedule in sorted(given.items()):
        problem = f"company.yaml has no pay calendar {calendar}" if calendar not in calendars else None
        yield (
            calendar,
            schedule,
            problem or (f"there is no pay schedule {schedule} with periods now" if schedule not in schedules else None),
        )
    for calendar in sorted(calendars.keys() - given.keys()):
        there = ", ".join(schedules) or "none"
        yield calendar, "", f"set its schedule in calendars; there are {there}"


def _mapped(unmapped: Sequence[str], settings: Settings) -> Checked:
    if not unmapped:
        return Checked(name="mapping", ok=True, text="every level in force today has a title there")
    if settings.title == "ours":
        return Checked(name="mapping", ok=True, text=f"by our own title: {_some(unmapped)}")
    return Checked(name="mapping", ok=False, text=f"without a title there, so people on them wait: {_some(unmapped)}")


async def _one_person(connection: OpenConnection, sink: Sink, tools: Tools) -> Checked:
    """What would be written of the first person who is known there."""
    name = "one person"
    listed = await list_employees(tools.runtime, connection.actor, window=Window(limit=_PEOPLE))
    for one in listed.part.items:
        if connection.system not in one.external_ids:
            continue
        who = one.key or str(one.id)
        try:
            found = await sink.planned(who)
        except NotFound:
            continue
        except (Refused, Unreachable) as error:
            return Checked(name=name, ok=False, text=f"{who}: {_why(error)}")
        if isinstance(found, Postponed):
            return Checked(name=name, ok=False, text=f"{who}: {found.code}: {found.reason}")
        return Checked(
            name=name,
            ok=not any(isinstance(step, Obstacle) for step in found),
            text=f"{who}: " + ("; ".join(map(_said, found[:_TOLD_AT_MOST])) or "nothing is to be written"),
        )
    text = f"nobody here has an external id {connection.system} yet: set one to see what would be written"
    return Checked(name=name, ok=True, text=text)


def _said(step: Step | Obstacle) -> str:
    if isinstance(step, Obstacle):
        return f"would wait: {step.code}: {step.reason}"
    # Which fields, and not what they would hold: it may be pay.
    fields = f" ({', '.join(sorted(step.send))})" if step.send else ""
    return f"would {step.how} a row of {step.day}{fields}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _TOLD_AT_MOST
    return ", ".join(names[:_TOLD_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _why(error: Refused | Unreachable) -> str:
    if isinstance(error, Unreachable):
        return f"{error.error_class}: {error}"
    told: Told = error.told
    match told:
        case Failed(reason=reason) | Postponed(reason=reason):
            return reason
        case Throttled():
            return "they want fewer requests: try again in a while"
        case _:
            return told.note
