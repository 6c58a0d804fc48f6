"""People and where they stand."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader

from service.domain.instants import parse_instant
from service.graphql.arguments import DEFAULT_FIRST, After, EffectiveOn, First, Keys, KnownAt, first_of, instant_of
from service.graphql.connections import Page, Place, connection_of, place_of, question_of
from service.graphql.context import Ask, Asked
from service.graphql.inputs import checked
from service.graphql.ladders import Level, level_of
from service.graphql.lookahead import selected
from service.graphql.nodes import Seen, leads, loader, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.requests.employees import ExternalId, NewEmployee
from service.usecases import assignments, employees
from service.usecases.act import Outcome
from service.usecases.changes import PRIMARY

Reference = Annotated[str, strawberry.argument(description="Id of the person, the company's own key, or system:value.")]
Job = Annotated[str, strawberry.argument(description="Key of the job.")]
WHO = ("employee", "Id of the person, the company's own key, or system:value.")


class SeenEmployee(Seen):
    """A person, as known at an instant."""

    __slots__ = ()


class SeenAssignment(Seen):
    """What somebody holds on a day, as known at an instant."""

    __slots__ = ()


def people(ask: Ask, known_at: int | None) -> DataLoader[str, SeenEmployee | None]:
    """People by id, as known at an instant."""

    async def load(ids: list[str]) -> Sequence[SeenEmployee | None]:
        found = await employees.read_employees(ask.office.runtime, ask.actor, ids, known_at=known_at)
        return [_seen(found[one]) if one in found else None for one in ids]

    return loader(ask, ("people", known_at), lambda: DataLoader(load_fn=load))


def _standings(
    ask: Ask, job: str, day: date | None, known_at: int | None
) -> DataLoader[str, assignments.HeldAssignment | None]:
    async def load(ids: list[str]) -> Sequence[assignments.HeldAssignment | None]:
        found = await assignments.read_assignments(
            ask.office.runtime, ask.actor, ids, job=job, effective_on=day, known_at=known_at
        )
        return [found.get(one) for one in ids]

    return loader(ask, ("standings", job, day, known_at), lambda: DataLoader(load_fn=load))


def _seen(shown: employees.Employee, day: date | None = None) -> SeenEmployee:
    return SeenEmployee(shown, instant=parse_instant(shown.known_at) if shown.known_at else None, day=day)


def _held(shown: assignments.HeldAssignment | None) -> SeenAssignment | None:
    return shown and SeenAssignment(shown, instant=parse_instant(shown.known_at), day=shown.effective_on)


async def _assignment_of(
    root: strawberry.Parent[Any], info: Asked, job: Job = PRIMARY, effective_on: EffectiveOn = None
) -> Any:
    day: Any = effective_on or root.day
    return _held(await _standings(info.context, job, day, root.instant).load(root.id))


async def _timeline_of(root: strawberry.Parent[Any], info: Asked, job: Job = PRIMARY) -> Any:
    ask = info.context
    return await assignments.read_timeline(ask.office.runtime, ask.actor, root.id, job=job, known_at=root.instant)


async def person_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    """The person whom an answer names."""
    named = root.shown.employee
    return await people(info.context, root.instant).load(named if isinstance(named, str) else named.id)


Employee = node_type(
    "Employee",
    SeenEmployee,
    employees.Employee,
    said="A person as this service knows one.",
    leads_to={
        "assignment": leads(
            _assignment_of,
            Annotated["Assignment", strawberry.lazy("service.graphql.people")],
            "What the person holds on a day, as known when the person was; null when nothing holds.",
            optional=True,
        ),
        "timeline": leads(
            _timeline_of,
            shape_of(assignments.ShownTimeline),
            "Everything the job's timeline holds, by day, and the changes that made it.",
        ),
    },
)
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


async def _employee(info: Asked, reference: Reference, known_at: KnownAt = None) -> Any:
    ask = info.context
    return _seen(await employees.read_employee(ask.office.runtime, ask.actor, reference, known_at=instant_of(known_at)))


async def _employees(
    info: Asked,
    first: First = DEFAULT_FIRST,
    after: After = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Any:
    ask = info.context
    question = question_of("employees", known_at=known_at, effective_on=effective_on)
    place = place_of(question, after, str)
    found = await employees.list_employees(
        ask.office.runtime,
        ask.actor,
        after=str(place.after[0]) if place else None,
        limit=first_of(first),
        known_at=place.known_at if place else instant_of(known_at),
    )
    day: Any = place.effective_on if place and place.effective_on else effective_on
    nodes = [SeenEmployee(shown, instant=found.known_at, day=day) for shown in found.employees]
    await _assignments_ahead(info, nodes, day, found.known_at)
    return Page(
        nodes,
        question=question,
        place=lambda node: Place(after=(node.id,), known_at=found.known_at, effective_on=day),
        more=found.after is not None,
        continued=place is not None,
        known_at=found.known_at,
        effective_on=day,
    )


async def _assignments_ahead(info: Asked, nodes: Sequence[Seen], day: date | None, known_at: int) -> None:
    """What all of them hold, in one statement, where the query asks for it plainly."""
    asked = [node for node in selected(info, "nodes.assignment", "edges.node.assignment") if not node.arguments]
    if asked and nodes:
        ask = info.context
        found = await assignments.read_assignments(
            ask.office.runtime, ask.actor, [node.id for node in nodes], effective_on=day, known_at=known_at
        )
        for node in nodes:
            node.ahead["assignment"] = _held(found.get(node.id))
        ask.ahead.update(id(node) for node in asked)


async def _assignment(
    info: Asked, employee: Reference, job: Job = PRIMARY, effective_on: EffectiveOn = None, known_at: KnownAt = None
) -> Any:
    ask = info.context
    day: Any = effective_on
    return _held(
        await assignments.read_assignment(
            ask.office.runtime, ask.actor, employee, job=job, effective_on=day, known_at=instant_of(known_at)
        )
    )


async def _assignments(
    info: Asked,
    first: First = DEFAULT_FIRST,
    after: After = None,
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
    ask = info.context
    keys = {"ladder": ladder, "track": track, "level": level, "grade": grade, "team": team, "role": role, "zone": zone}
    question = question_of("assignments", known_at=known_at, effective_on=effective_on, **keys)
    place = place_of(question, after, str, str)
    day: Any = place.effective_on if place else effective_on
    found = await assignments.list_assignments(
        ask.office.runtime,
        ask.actor,
        wanted=assignments.Wanted(**{name: tuple(values or ()) for name, values in keys.items()}),
        effective_on=day,
        known_at=place.known_at if place else instant_of(known_at),
        after=(str(place.after[0]), str(place.after[1])) if place else None,
        limit=first_of(first),
    )
    return Page(
        [SeenAssignment(one, instant=found.known_at, day=found.effective_on) for one in found.assignments],
        question=question,
        place=lambda node: Place(
            after=(node.employee.id, node.job), known_at=found.known_at, effective_on=found.effective_on
        ),
        more=found.after is not None,
        continued=place is not None,
        known_at=found.known_at,
        effective_on=found.effective_on,
    )


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
        _employees, connection_of(Employee, "Employee"), "People by id; all pages are as known at one instant."
    ),
    "assignment": root(_assignment, Assignment, "What a person holds on a day, as known at an instant."),
    "assignments": root(
        _assignments,
        connection_of(Assignment, "Assignment"),
        "Everybody's assignments on a day, by person and job; all pages are of one day and one instant.",
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
