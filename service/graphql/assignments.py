"""Who stands where: one person, or everybody."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, cast

from service.domain.assignments import PRIMARY
from service.graphql.arguments import After, Before, EffectiveOn, First, Keys, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, is_counted, paged
from service.graphql.context import Asked
from service.graphql.ladders import Level, level_of
from service.graphql.nodes import leads, node_type, root
from service.graphql.people import Employee, Reference, person_of
from service.graphql.standings import Job, SeenAssignment, held
from service.usecases import assignments
from service.usecases.paging import Listing, Window

Assignment = node_type(
    "Assignment",
    SeenAssignment,
    assignments.HeldAssignment,
    said="What somebody holds on a day, and whose it is.",
    is_node=False,
    leads_to={
        "person": leads(person_of, Employee, "The person, as known at the same instant."),
        "on_level": leads(
            level_of,
            Level,
            "The level, by the version in force on the day; null when it is in no version then.",
            optional=True,
        ),
    },
)


async def _assignment(
    info: Asked, employee: Reference, job: Job = PRIMARY, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Any:
    ask = info.context
    day: Any = effective_on
    return held(
        await assignments.read_assignment(
            ask.office.runtime, ask.actor, employee, job=job, effective_on=day, known_at=instant_of(known_at)
        )
    )


Part = Callable[[Asked, assignments.Wanted, Window, date | None, int | None], Awaitable[Any]]


def everybody(part: Part, tell: Callable[[Any], dict[str, str]] = lambda found: {}) -> Callable[..., Awaitable[Any]]:
    """A field of everybody's assignments on a day, filtered: `part` reads some, `tell` is that of `paged`."""

    async def resolve(
        info: Asked,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        effective_on: EffectiveOn = None,
        known_at: KnownAt = None,
        ladder: Keys = None,
        track: Keys = None,
        level: Keys = None,
        grade: Keys = None,
        team: Keys = None,
        role: Keys = None,
        zone: Keys = None,
    ) -> Any:
        named = {"ladder": ladder, "track": track, "level": level, "grade": grade}
        keys = {**named, "team": team, "role": role, "zone": zone}
        chosen: dict[str, Any] = {name: tuple(values or ()) for name, values in keys.items()}
        wanted = assignments.Wanted(**chosen)
        return await paged(
            info,
            Slice(first=first, after=after, last=last, before=before),
            lambda window, day, instant: part(info, wanted, window, day, instant),
            place=(str, str),
            show=lambda one, day, instant: SeenAssignment(one, instant=instant, day=day),
            effective_on=cast(Any, effective_on),
            known_at=instant_of(known_at),
            asked=keys,
            tell=tell,
        )

    return resolve


async def _part(
    info: Asked, wanted: assignments.Wanted, window: Window, day: date | None, instant: int | None
) -> Listing[Any]:
    ask = info.context
    return await assignments.list_assignments(
        ask.office.runtime,
        ask.actor,
        wanted=wanted,
        effective_on=day,
        known_at=instant,
        window=window,
        counted=is_counted(info),
    )


QUERIES: dict[str, Any] = {
    "assignment": root(_assignment, Assignment, "What a person holds on a day, as known at an instant."),
    "assignments": root(
        everybody(_part),
        connection_of(Assignment, "Assignment", counted=True),
        "Everybody's assignments on a day, by person and job; all pages are of one day and one instant.",
    ),
}
