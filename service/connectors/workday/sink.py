"""What holds here, entered into Workday: job profiles of people, and their compensation grades where those are ours.

The days an event altered are made to hold there what holds here. Hires and ends are Workday's own and are not entered.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from service.connectors.comparing import Obstacle, Step
from service.connectors.holding import altered, changes_of, timeline_of
from service.connectors.kinds import Tools
from service.connectors.news import News, Stretch
from service.connectors.sinks import Done, NotTaken, Postponed, Told
from service.connectors.workday.client import Tenant
from service.connectors.workday.definitions import publish_bands, publish_ladder
from service.connectors.workday.places import CompensationPlace, JobPlace, Place
from service.connectors.workday.rows import Rows
from service.connectors.workday.standing import Post
from service.domain.assignments import PRIMARY
from service.domain.mappings import SystemMapping
from service.domain.wire import plain
from service.usecases.assignments import ShownTimeline, read_timeline
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.connection_work import owed_from, settle
from service.usecases.open_connections import OpenConnection


class WorkdaySink:
    """A Sink."""

    def __init__(self, connection: OpenConnection, tools: Tools) -> None:
        self._connection = connection
        self._tools = tools
        self._tenant = Tenant(connection, tools)

    async def write(self, news: News) -> Told:
        if news.body["data"].get("overlay") is not None:
            return Done(note="an overlay, of which Workday is not told")
        try:
            return await self._written(news)
        except NotTaken as not_taken:
            return not_taken.told

    async def planned(self, employee: str) -> list[Step | Obstacle] | None:
        """What would be entered of somebody's primary job if all of its days were altered, for whoever tries it out:
        nothing is. None for who never held it. Raises NotTaken for what would wait."""
        timeline = await read_timeline(self._tools.runtime, self._connection.actor, employee)
        if not timeline.segments:
            return None
        mapping = await mapping_in_use(self._tools.runtime, self._connection.id)
        places = self._places(mapping)
        rows = self._rows(places, self._post(timeline, mapping, timeline.segments[0].effective_from))
        return [
            Step(how="create", day=day, send={place.name: value})
            for place in places
            for day, value in _values(place, _stretches(timeline, date.min)).beginnings()
            if await rows[place.name].lacks(day, value)
        ]

    async def publish(self, event: Mapping[str, Any]) -> Told:
        """A Publisher, for what is ours to define there."""
        settings = self._tenant.settings
        mapping = await mapping_in_use(self._tools.runtime, self._connection.id)
        try:
            if event["type"] == "ladder.published" and settings.owns_job_profiles:
                return await publish_ladder(self._tenant, mapping, event["data"])
            if event["type"] == "bands.published" and settings.owns_bands:
                return await publish_bands(self._tenant, mapping, event["data"])
        except NotTaken as not_taken:
            return not_taken.told
        return Done(note="not ours to define there")

    async def _written(self, news: News) -> Told:
        mapping = await mapping_in_use(self._tools.runtime, self._connection.id)
        first, to = altered(news)
        timeline = await self._timeline(news, first, to)
        if timeline is None:
            return Done(note="nothing is kept of this person any more")
        places = self._places(mapping)
        rows = self._rows(places, self._post(timeline, mapping, news.effective_on))
        left = [day for place in reversed(places) for day in await rows[place.name].leave_former()]
        owed = await owed_from(self._tools.runtime, self._connection, timeline.employee.id, timeline.job)
        if owed is not None:
            # Who they are there has changed, so none of their days stands there.
            first, to = min(first, owed), None
            timeline = await self._timeline(news, first, to) or timeline
        wanted = {place.name: _values(place, _stretches(timeline, first)) for place in places}
        changes = changes_of(timeline)
        taken, written = len(left), 0
        for place in reversed(places):
            taken += await rows[place.name].take_back_all(first, to, wanted[place.name].on)
        for place in places:
            for day, value in wanted[place.name].beginnings():
                change = changes.get(day, news.change["id"])
                written += await rows[place.name].ensure(day, value, _kind(news, day), change)
        if owed is not None:
            await settle(self._tools.runtime, self._connection, timeline.employee.id, timeline.job)
        return Done(note=f"{written} entered, {taken} taken back")

    async def _timeline(self, news: News, first: date, to: date | None) -> ShownTimeline | None:
        return await timeline_of(self._tools.runtime, self._connection.actor, news, first=first, to=to)

    def _rows(self, places: tuple[Place, ...], post: Post) -> dict[str, Rows]:
        return {place.name: Rows(self._connection, self._tools, self._tenant, place, post) for place in places}

    def _post(self, timeline: ShownTimeline, mapping: SystemMapping, day: date) -> Post:
        """By the ids that the person has now: one that was wrong, or missing, may have been set while it waited."""
        employee, job = timeline.employee.id, timeline.job
        worker = timeline.employee.external_ids.get(self._connection.system)
        if worker is None:
            raise NotTaken(
                Postponed(
                    code="person-unmapped",
                    reason=f"{employee} has no id in the system {self._connection.system}. Set one: "
                    f"PUT /v1/employees/{employee}/external-ids/{self._connection.system}.",
                )
            )
        # Which position is the primary one is told there; another job is called by its position, or mapped to it.
        position = None
        if job != PRIMARY:
            position = mapping.theirs("job", job, day) or job
        return Post(employee_id=employee, job=job, worker=worker, position=position)

    def _places(self, mapping: SystemMapping) -> tuple[Place, ...]:
        settings = self._tenant.settings
        job = JobPlace(settings, mapping)
        return (job, CompensationPlace(settings, mapping)) if settings.owns_grades else (job,)


def _stretches(timeline: ShownTimeline, first: date) -> tuple[Stretch, ...]:
    """What holds now on the days it altered. Not what held when it was told: a replay of it must not put back what
    came later, and what was withdrawn while it waited is not entered any more.
    """
    return tuple(
        Stretch(from_=max(one.effective_from, first), to=one.effective_to, assignment=plain(one.assignment))
        for one in timeline.segments
    )


class _Values:
    """What is to stand in a place, by the day from which it does; None where nobody holds the job."""

    def __init__(self, days: list[tuple[date, date | None, str | None]]) -> None:
        self._days = days

    def on(self, day: date) -> str | None:
        return next((value for first, to, value in self._days if first <= day and (to is None or day < to)), None)

    def beginnings(self) -> list[tuple[date, str]]:
        """Days on which it begins to be something else than the day before, or than nobody knows."""
        found: list[tuple[date, str]] = []
        before: tuple[date | None, str | None] = (None, None)
        for first, to, value in self._days:
            if value is not None and before != (first, value):
                found.append((first, value))
            before = (to, value)
        return found


def _values(place: Place, stretches: tuple[Stretch, ...]) -> _Values:
    return _Values(
        [
            (one.from_, one.to, place.value(one.assignment, one.from_) if one.assignment is not None else None)
            for one in stretches
        ]
    )


def _kind(news: News, day: date) -> str:
    """Why something begins on a day: the event says it of the day it is about."""
    return str(news.change["kind"]) if day == news.effective_on else "other"
