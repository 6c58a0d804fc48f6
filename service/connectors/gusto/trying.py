"""Trying a Gusto connection out: what it may see, where pay periods differ, what its mapping lacks, what it would write
of one person. Nothing is written, there or here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from service.connectors.gusto.client import PAY, Client, PeriodThere, Refused
from service.connectors.gusto.periods import DayBegins, drift
from service.connectors.gusto.settings import Settings
from service.connectors.gusto.sink import Sink
from service.connectors.kinds import Checked, Tools
from service.connectors.looks import mapped, one_person, some, why
from service.connectors.wire import Unreachable
from service.domain.company import Company
from service.domain.mappings import unmapped_levels
from service.domain.pay_calendars import PayCalendar
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.open_connections import OpenConnection
from service.usecases.reading import reading

_BACK, _AHEAD = timedelta(days=62), timedelta(days=62)


async def tried(
    connection: OpenConnection, settings: Settings, client: Client, sink: Sink, tools: Tools
) -> AsyncIterator[Checked]:
    """One line after the other; ends where nothing more can be asked."""
    try:
        await client.company()
    except (Refused, Unreachable) as error:
        yield Checked(name="credentials", ok=False, text=why(error))
        return
    yield Checked(name="credentials", ok=True, text="the access token is good, and the company is there")
    yield await _scopes(client)
    async with reading(tools.runtime) as view:
        company, today = view.definitions.company(), view.today
        mapping = await mapping_in_use(tools.runtime, connection.id)
        unmapped = unmapped_levels(mapping, view.definitions, today)
    for line in await _periods(client, settings, company, today):
        yield line
    yield mapped(unmapped, settings.title)
    yield await one_person(connection, tools, sink.planned)


async def _scopes(client: Client) -> Checked:
    try:
        job = await client.somebody()
    except (Refused, Unreachable) as error:
        return Checked(name="scopes", ok=False, text=why(error))
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
        return [Checked(name="pay periods", ok=False, text=why(error))]
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
        text = some(told, between="; ") or f"the same {len(theirs)} periods as there"
        lines.append(Checked(name=name, ok=not told, text=text))
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
