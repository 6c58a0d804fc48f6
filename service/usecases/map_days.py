"""The day of a level map: whoever came to a mapped level after the map was published is told of it on its day.

Those who stood on it, or had a plan to, when it was published got a change of kind `remap` then; it takes effect by
itself. The others' own events showed the map in `affected`, and say nothing on the day.
"""

from datetime import date

from service.domain.access import CLOCK
from service.domain.changes import Move, move_of
from service.domain.events import Cause, Recording, facets, recorded_event
from service.domain.maps import LevelMapping
from service.domain.timelines import LiveChange, Moment, fold
from service.storage import changes, told_maps
from service.storage.change_records import ChangeRecord
from service.storage.crowds import HeldJob, jobs_of
from service.usecases.act import Act, Runtime, act
from service.usecases.reading import company_today, reading
from service.usecases.record import PersonRecord, locked_person
from service.usecases.remap_records import kept_remap

AT_ONCE = 100


async def maps_due(runtime: Runtime) -> tuple[LevelMapping, ...]:
    """Maps whose day has come and of which somebody may still have to be told."""
    async with reading(runtime) as view:
        told = await told_maps.told_maps(view.connection)
        return tuple(
            mapping
            for ladder in view.definitions.ladder_keys
            for mapping in view.definitions.maps(ladder)
            if mapping.day <= view.today and (ladder, mapping.version) not in told
        )


async def people_to_tell(runtime: Runtime, mapping: LevelMapping, *, after: str) -> tuple[str, ...]:
    """Ids of the next people, behind the id `after`, who may have to be told; none when there is nobody left."""
    async with reading(runtime) as view:
        return await told_maps.people_untold(
            view.connection, mapping.ladder, mapping.version, day=mapping.day, after=after, limit=AT_ONCE
        )


async def tell_of_map(runtime: Runtime, employee: str, mapping: LevelMapping) -> None:
    """Tell somebody's changes of level by the map if they were not told; late is right, twice does nothing."""

    async def body(a: Act) -> None:
        definitions = await a.definitions()
        today = company_today(definitions, now=a.now)
        person = await locked_person(a, employee, definitions=definitions, today=today)
        await person.activate_due()
        records = [
            (job.id, record)
            for job in (await jobs_of(a.tx, [person.employee.id])).values()
            if (record := _told(person, job, mapping))
        ]
        a.audit_detail.update(employee=employee, ladder=mapping.ladder, version=mapping.version, told=len(records))
        recorded_at = await a.recorded()
        await changes.insert_changes(a.tx, records, recorded_at=recorded_at)
        await person.save(recorded_at=recorded_at)

    await act(runtime, "changes.remap", CLOCK, body)


async def tick_off(runtime: Runtime, mapping: LevelMapping) -> None:
    """Nobody is left to be told of the map. Twice does nothing."""

    async def body(a: Act) -> None:
        a.audit_detail.update(ladder=mapping.ladder, version=mapping.version)
        await told_maps.mark_told(a.tx, mapping.ladder, mapping.version, recorded_at=await a.recorded())

    await act(runtime, "ladders.map-told", CLOCK, body)


def _told(person: PersonRecord, job: HeldJob, mapping: LevelMapping) -> ChangeRecord | None:
    """Tell what the map does to a job on its day; None when that is nothing, was told, or was entered after it."""
    if any(one.form == "map" and one.effective_on == mapping.day for one in job.live):
        return None
    change = LiveChange(
        id=person.a.new_id("chg") or "",
        effective_on=mapping.day,
        ordinal=1 + max((one.ordinal for one in job.live), default=0),
        form="map",
        states={},
    )
    timeline = fold([*job.live, change], person.definitions)
    known_then = [one for one in job.live if _day_of(person, one) < mapping.day]
    moment, then = timeline.moment(change.id), fold([*known_then, change], person.definitions).moment(change.id)
    if moment is None or not (_moves(moment, mapping) and then and _moves(then, mapping)):
        return None
    return _recorded(person, job, change, move_of(moment, timeline, person.definitions), mapping)


def _moves(moment: Moment, mapping: LevelMapping) -> bool:
    """Whether it leads from a level of the map to another standing."""
    held = moment.before
    return (
        held is not None
        and held != moment.after
        and held.facts.ladder == mapping.ladder
        and held.facts.level in mapping.levels
    )


def _day_of(person: PersonRecord, change: LiveChange) -> date:
    """The day, where the company is, on which a change was recorded."""
    assert change.recorded_at is not None
    return company_today(person.definitions, now=change.recorded_at)


def _recorded(
    person: PersonRecord, job: HeldJob, change: LiveChange, move: Move, mapping: LevelMapping
) -> ChangeRecord:
    person.revision += 1
    event = recorded_event(
        person.next_subject(job.key),
        Recording(
            change_id=change.id,
            reason=None,
            effective_on=mapping.day,
            retroactive=mapping.day < person.today,
            recorded_at=None,
            cause=Cause(ladder=mapping.ladder, version=mapping.version),
        ),
        move,
        # No day reads otherwise than it was told to.
        affected=None,
        act=None,
    )
    person.tell(event, facets(move))
    cause = (mapping.ladder, mapping.version)
    return kept_remap(person, change, move, job=job.key, cause=cause, today=person.today)
