"""People together with where they stand: in a few statements, however many people there are."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor
from service.domain.assignments import PRIMARY
from service.usecases.act import Runtime
from service.usecases.assignments import HeldAssignment, Wanted, list_assignments
from service.usecases.employees import Employee
from service.usecases.paging import Listing, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedEmployee(Employee):
    """A person, with what was asked to be put into it."""

    assignment: Annotated[
        HeldAssignment | None,
        Field(description="Where the person stands on the day in the job `primary`: expand=assignment. Null: nowhere."),
    ] = None


async def with_assignments(
    runtime: Runtime, actor: Actor, people: Listing[Employee], *, effective_on: date | None
) -> Listing[ExpandedEmployee]:
    """The same people with their primary assignments on a day (None = today), as known at the instant of the list."""
    found = people.part.items
    held = await list_assignments(
        runtime,
        actor,
        # Nobody has the id "": a list of nobody asks for nobody's, not for everybody's.
        wanted=Wanted(employee_ids=("", *(one.id for one in found if one.id)), job=(PRIMARY,)),
        effective_on=effective_on,
        known_at=people.known_at,
        window=Window(limit=len(found)),
    )
    by_person = {one.employee.id: one for one in held.part.items}
    return Listing(
        part=people.part.each(
            lambda one: ExpandedEmployee(
                **{field.name: getattr(one, field.name) for field in fields(one)},
                assignment=by_person.get(one.id or ""),
            )
        ),
        effective_on=held.effective_on,
        known_at=people.known_at,
        total=people.total,
    )
