"""People and where they stand."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, cast

import strawberry
from strawberry.dataloader import DataLoader

from service.domain.assignments import PRIMARY
from service.domain.instants import parse_instant
from service.graphql.arguments import After, Before, DayFrom, DayTo, EffectiveOn, First, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, is_counted, paged
from service.graphql.context import Ask, Asked
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, loader, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.graphql.standings import Job, assignment_of, assignments_ahead
from service.requests.employees import ExternalId, NewEmployee
from service.usecases import assignments, employees, path
from service.usecases.act import Outcome
from service.usecases.paging import Listing, Window

Reference = Annotated[str, strawberry.argument(description="Id of the person, the company's own key, or system:value.")]
WHO = ("employee", "Id of the person, the company's own key, or system:value.")


class SeenEmployee(Seen):
    """A person, as known at an instant."""

    __slots__ = ()


def people(ask: Ask, known_at: int | None) -> DataLoader[str, SeenEmployee | None]:
    """People by id, as known at an instant."""

    async def load(ids: list[str]) -> Sequence[SeenEmployee | None]:
        found = await employees.read_employees(ask.office.runtime, ask.actor, ids, known_at=known_at)
        return [_seen(found[one]) if one in found else None for one in ids]

    return loader(ask, ("people", known_at), lambda: DataLoader(load_fn=load))


def _seen(shown: employees.Employee, day: date | None = None) -> SeenEmployee:
    return SeenEmployee(shown, instant=parse_instant(shown.known_at) if shown.known_at else None, day=day)


async def _timeline_of(
    root: strawberry.Parent[Any],
    info: Asked,
    job: Job = PRIMARY,
    effective_from: DayFrom = None,
    effective_to: DayTo = None,
) -> Any:
    ask, start, end = info.context, effective_from, effective_to
    return await assignments.read_timeline(
        ask.office.runtime,
        ask.actor,
        root.id,
        job=job,
        effective_from=cast(Any, start),
        effective_to=cast(Any, end),
        known_at=root.instant,
    )


async def _path_of(
    root: strawberry.Parent[Any], info: Asked, job: Job = PRIMARY, effective_on: EffectiveOn = None
) -> Any:
    ask, day = info.context, effective_on or root.day
    return await path.read_path(
        ask.office.runtime, ask.actor, root.id, job=job, effective_on=cast(Any, day), known_at=root.instant
    )


async def person_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    """The person whom an answer names."""
    named = root.shown.employee
    return await people(info.context, root.instant).load(named if isinstance(named, str) else named.id)


# By name: it leads back to people.
_ASSIGNMENT: Any = Annotated["Assignment", strawberry.lazy("service.graphql.assignments")]  # noqa: F821 # pyright: ignore
Employee = node_type(
    "Employee",
    SeenEmployee,
    employees.Employee,
    said="A person as this service knows one.",
    leads_to={
        "assignment": leads(
            assignment_of,
            _ASSIGNMENT,
            "What the person holds on a day, as known when the person was; null when nothing holds.",
            optional=True,
        ),
        "timeline": leads(
            _timeline_of,
            shape_of(assignments.ShownTimeline),
            "What the job's timeline holds, by day, and every change recorded for it by then.",
        ),
        "path": leads(
            _path_of,
            shape_of(path.ShownPath),
            "The person's next steps on a day, as known when the person was; null when nothing holds.",
            optional=True,
        ),
    },
)


async def _employee(info: Asked, reference: Reference, known_at: KnownAt = None) -> Any:
    ask = info.context
    return _seen(await employees.read_employee(ask.office.runtime, ask.actor, reference, known_at=instant_of(known_at)))


async def _employees(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Any:
    ask = info.context

    async def read(window: Window, day: date | None, instant: int | None) -> Listing[Any]:
        return await employees.list_employees(
            ask.office.runtime, ask.actor, window=window, known_at=instant, counted=is_counted(info)
        )

    page = await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        show=lambda one, day, instant: SeenEmployee(one, instant=instant, day=day),
        effective_on=cast(Any, effective_on),
        known_at=instant_of(known_at),
    )
    await assignments_ahead(info, page.nodes)
    return page


async def _create_employee(write: Write) -> Outcome:
    body = checked(NewEmployee, write.sent)
    return await employees.create_employee(
        write.ask.office.runtime,
        write.ask.actor,
        key=body.key,
        name=body.name,
        external_ids=body.external_ids,
        idempotency=write.key,
        dry_run=write.dry_run,
    )


async def _set_external_id(write: Write) -> Outcome:
    return await _name(write, checked(ExternalId, write.sent).value)


async def _release_external_id(write: Write) -> Outcome:
    return await _name(write, None)


async def _name(write: Write, value: str | None) -> Outcome:
    return await employees.set_external_id(
        write.ask.office.runtime,
        write.ask.actor,
        write.sent["employee"],
        write.sent["system"],
        value,
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


_SYSTEM = ("system", "The other system, for example workday.")
_RECORD = shape_of(employees.Employee)
QUERIES: dict[str, Any] = {
    "employee": root(_employee, Employee, "A person."),
    "employees": root(
        _employees,
        connection_of(Employee, "Employee", counted=True),
        "People by id; all pages are as known at one instant.",
    ),
}
MUTATIONS: dict[str, Any] = {
    "create_employee": mutation(
        "createEmployee", _create_employee, _RECORD, said="Make a person known.", body=NewEmployee
    ),
    "set_external_id": mutation(
        "setExternalId",
        _set_external_id,
        _RECORD,
        said="Bind a person's id in another system.",
        body=ExternalId,
        places=(WHO, _SYSTEM),
        guarded=True,
    ),
    "release_external_id": mutation(
        "releaseExternalId",
        _release_external_id,
        _RECORD,
        said="Release a person's id in another system.",
        places=(WHO, _SYSTEM),
        guarded=True,
    ),
}
