"""What holds here of whom an event is about, read when it is to be written, and what is known to stand there of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from service.connectors.news import News
from service.domain.access import Actor, Scope
from service.domain.instants import parse_instant
from service.domain.refusals import Gone, NotFound
from service.usecases.act import Runtime
from service.usecases.assignments import ShownTimeline, read_timeline
from service.usecases.connection_work import ids_now, keep_link, links_of
from service.usecases.open_connections import OpenConnection
from service.usecases.reading import reading


def altered(news: News) -> tuple[date, date | None]:
    """The first day that an event altered, and the first that it did not. Where it tells no days it is about the one
    on which its change takes effect: the others were told when it was planned."""
    if news.from_ is not None:
        return news.from_, news.to
    return news.effective_on, news.effective_on + timedelta(days=1)


def reader_of(connection: OpenConnection, *, owns_pay: bool) -> Actor:
    """In whose name it is read. Pay is read only where it is written."""
    actor = connection.actor
    return replace(actor, scopes=actor.scopes | {Scope.BANDS_READ}) if owns_pay else actor


async def timeline_of(
    runtime: Runtime, actor: Actor, news: News, *, first: date | None = None, to: date | None = None
) -> ShownTimeline | None:
    """Of the event's job, as known by now and never by less than the event tells: one that comes late, or again, must
    not put back what came later. None for who is forgotten."""
    read = partial(read_timeline, runtime, actor, news.employee_id, job=news.job, effective_from=first, effective_to=to)
    told_at = parse_instant(news.body["timestamp"])
    try:
        found = await read()
        # A replica may have answered that has not come so far.
        found = found if parse_instant(found.known_at) >= told_at else await read(known_at=told_at)
    except (NotFound, Gone):
        return None
    ids = await ids_now(runtime, found.employee.id)
    return replace(found, employee=replace(found.employee, external_ids=ids))


def changes_of(timeline: ShownTimeline) -> Mapping[date, str]:
    """Ids of the changes that count, by the day from which each does."""
    return {one.effective_on: one.id for one in timeline.changes if one.id and one.ended_at is None}


async def note_changes(
    runtime: Runtime, connection: OpenConnection, timeline: ShownTimeline, first: date, last: date | None
) -> None:
    """Rows of [first, last), which all say what holds, are those of the changes that count by now: one that a
    correction left as it was is the correction's. Reading people goes by whose row it is."""
    changes, segments = changes_of(timeline), timeline.segments
    for link in await links_of(runtime, connection, timeline.employee.id):
        day, change = link.effective_on, changes.get(link.effective_on)
        written = link.job == timeline.job and link.remote_id is not None and change not in (None, link.change_id)
        inside = first <= day and (last is None or day < last)
        # A row that somebody else made may stand on a day on which nobody holds the job: no change of ours says it.
        if written and inside and any(one.effective_from <= day < (one.effective_to or date.max) for one in segments):
            await keep_link(runtime, connection, replace(link, change_id=change))


async def today_here(runtime: Runtime) -> date:
    async with reading(runtime) as view:
        return view.today
