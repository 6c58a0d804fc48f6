"""What holds here of whom an event is about, read when it is to be written, and what is known to stand there of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from service.connectors.comparing import Known
from service.connectors.news import News
from service.domain.access import Actor, Scope
from service.domain.instants import parse_instant
from service.domain.refusals import Gone, NotFound
from service.usecases.act import Runtime
from service.usecases.assignments import ShownTimeline, read_timeline
from service.usecases.connection_work import links_of
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
        return found if parse_instant(found.known_at) >= told_at else await read(known_at=told_at)
    except (NotFound, Gone):
        return None


def changes_of(timeline: ShownTimeline) -> Mapping[date, str]:
    """Ids of the changes that count, by the day from which each does."""
    return {one.effective_on: one.id for one in timeline.changes if one.id and one.ended_at is None}


async def rows_known(
    runtime: Runtime, connection: OpenConnection, employee: str, job: str, place: str
) -> Mapping[date, Known]:
    """Rows of a job that were written or taken over there, by day."""
    links = await links_of(runtime, connection, employee, place=place)
    return {
        one.effective_on: Known(
            row=one.remote_id,
            written=one.written,
            adopted=bool(one.detail.get("adopted")),
            whole=str(one.detail.get("whole", "")),
            lacking=tuple(one.detail.get("lacking", ())),
        )
        for one in links
        if one.job == job
    }


async def today_here(runtime: Runtime) -> date:
    async with reading(runtime) as view:
        return view.today
