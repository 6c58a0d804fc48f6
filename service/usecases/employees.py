"""People: making them known, and their names in other systems."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field
from sqlalchemy.exc import IntegrityError

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.refusals import Conflict, FieldError, Invalid, Stale
from service.storage import employees
from service.storage.employees import EmployeeRecord, Sort
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import Reading, company_today, reading
from service.usecases.record import PersonRecord, locked_person
from service.usecases.resending import send_again_if_rebound
from service.usecases.revisions import Expected

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_SYSTEM = re.compile(r"[a-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """A person as this service knows one."""

    id: Annotated[str | None, Field(description="Stable id; null in a dry run.")]
    key: Annotated[str | None, Field(description="The company's own key, usable wherever the id is.")]
    name: Annotated[str | None, Field(description="Name, if the company keeps names here.")]
    external_ids: Annotated[Mapping[str, str], Field(description="Ids in other systems; use them as system:value.")]
    revision: Annotated[int, Field(description="Counts the acts on this person; If-Match names it.")]
    known_at: Annotated[str | None, Field(description="Instant this answer is bounded by; null in a dry run.")]


async def create_employee(
    runtime: Runtime,
    actor: Actor,
    *,
    key: str | None,
    name: str | None,
    external_ids: Mapping[str, str],
    is_guarded: bool = False,
    idempotency: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Make a person known, at revision 0 and without a job; the answer is an Employee.

    Needs assignments:write. Raises Invalid for a malformed key or id, Conflict for one that is taken; a key that is
    taken is Stale `key-exists` when the write `is_guarded` by the condition that nobody has it.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    check_key(key)
    for system, value in external_ids.items():
        check_external_id(system, value, pointer=f"/external_ids/{system}")

    async def body(a: Act) -> Employee:
        if key is not None and await employees.key_taken(a.tx, key):
            raise _key_taken(key, is_guarded=is_guarded)
        for system, value in external_ids.items():
            await _refuse_taken(a, system, value, employee_id=None)
        employee_id = a.new_id("emp")
        if employee_id is None:
            return _employee(None, key, name, external_ids, known_at=None)
        a.audit_detail.update(employee=employee_id)
        recorded_at = await a.recorded()
        await employees.insert_employee(a.tx, employee_id=employee_id, key=key, name=name, recorded_at=recorded_at)
        for system, value in external_ids.items():
            await employees.bind_external_id(
                a.tx, employee_id=employee_id, system=system, value=value, recorded_at=recorded_at
            )
        return _employee(employee_id, key, name, external_ids, known_at=recorded_at)

    try:
        return await act(runtime, "employees.create", actor, body, key=idempotency, dry_run=dry_run)
    except IntegrityError as error:
        # Two callers took the same name in the same moment; the unique index let one of them have it.
        raise Conflict(
            "name-taken", "This key or external id was taken in the same moment. Read it, then decide again."
        ) from error


async def set_external_id(
    runtime: Runtime,
    actor: Actor,
    employee: str,
    system: str,
    value: str | None,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Bind a person's id in another system, or release it (`value` None); the answer is the Employee.

    A value bound to somebody else is refused without saying to whom: it must be released there first. Setting
    what is set already, or releasing what is not, records nothing. Where it takes the place of another one,
    connections of that system are told of the person once more; a release alone tells nobody.
    """
    require(actor, Scope.ASSIGNMENTS_WRITE)
    check_external_id(system, value if value is not None else "-", pointer="/value")

    async def body(a: Act) -> Employee:
        definitions = await a.definitions()
        today = company_today(definitions, now=a.now)
        person = await locked_person(a, employee, definitions=definitions, today=today)
        if not dry_run:
            await person.activate_due()
        person.check_revision(expected)
        if value is not None:
            await _refuse_taken(a, system, value, employee_id=person.employee.id)
        return await _rebind(person, system, value)

    try:
        return await act(runtime, "employees.set_external_id", actor, body, key=key, dry_run=dry_run)
    except IntegrityError as error:
        raise _external_id_taken(system) from error


async def read_employee(runtime: Runtime, actor: Actor, employee: str, *, known_at: int | None = None) -> Employee:
    """Raises NotFound `no-employee`. `revision` is never newer than what is shown with it."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        names = await employees.external_ids(view.connection, view.person.id, known_at=view.known_at)
        return _shown(view.person, names, known_at=view.known_at)


async def list_employees(
    runtime: Runtime,
    actor: Actor,
    *,
    window: Window,
    known_at: int | None = None,
    by: Sort = "id",
    counted: bool = False,
) -> Listing[Employee]:
    """People in an order, a part of them; `counted` asks how many there are in all."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, may_lag=True) as view:
        found = part(
            await employees.employees_page(
                view.connection,
                known_at=view.known_at,
                limit=window.limit + 1,
                by=by,
                place=window.place,
                backward=window.backward,
            ),
            window,
            lambda record: employees.place_in(by, record),
        )
        total = await employees.count_employees(view.connection, known_at=view.known_at) if counted else None
        shown = await _shown_all(found.items, view)
        return Listing(
            part=found.holding(shown),
            effective_on=None,
            known_at=view.known_at,
            total=total,
        )


async def read_employees(
    runtime: Runtime, actor: Actor, employee_ids: list[str], *, known_at: int | None = None
) -> dict[str, Employee]:
    """Those of the people that were known at an instant (None = now), by id."""
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at) as view:
        found = await employees.employees_by_id(view.connection, employee_ids, known_at=view.known_at)
        return {shown.id or "": shown for shown in await _shown_all(found, view)}


async def _shown_all(records: Sequence[EmployeeRecord], view: Reading) -> tuple[Employee, ...]:
    """As they were at the view's instant, revisions included, in two statements however many they are."""
    ids = [record.id for record in records]
    names = await employees.external_ids_of(view.connection, ids, known_at=view.known_at)
    revisions = await employees.revisions_at(view.connection, ids, known_at=view.known_at)
    return tuple(
        _shown(replace(record, revision=revisions[record.id]), names.get(record.id, {}), known_at=view.known_at)
        for record in records
    )


async def _rebind(person: PersonRecord, system: str, value: str | None) -> Employee:
    """Bind, replace or release a name of a locked person; what is so already stays, without a new revision."""
    a, employee_id = person.a, person.employee.id
    before = dict(person.employee.external_ids)
    after = {name: held for name, held in {**before, system: value}.items() if held is not None}
    person.revision += after != before
    recorded_at = None
    if not a.dry_run:
        a.audit_detail.update(employee=employee_id, system=system, bound=value is not None)
        if value is not None and after != before:
            await send_again_if_rebound(a, employee_id, system, value)
        recorded_at = await a.recorded()
        if after != before:
            await _keep_names(a, employee_id, system, before.get(system), value, recorded_at=recorded_at)
        await person.save(recorded_at=recorded_at)
    return _employee(
        employee_id, person.employee.key, person.name, after, revision=person.revision, known_at=recorded_at
    )


async def _keep_names(
    a: Act, employee_id: str, system: str, before: str | None, after: str | None, *, recorded_at: int
) -> None:
    if before is not None:
        await employees.release_external_id(a.tx, employee_id=employee_id, system=system, recorded_at=recorded_at)
    if after is not None:
        await employees.bind_external_id(
            a.tx, employee_id=employee_id, system=system, value=after, recorded_at=recorded_at
        )


def check_external_id(system: str, value: str, *, pointer: str) -> None:
    """Raises Invalid for a system or a value that could not be written as `system:value`."""
    if not _SYSTEM.fullmatch(system):
        detail = "a system is 1 to 64 of a-z, 0-9, _ and -"
    elif not 1 <= len(value) <= 256 or any(ord(letter) < 32 for letter in value):
        detail = "a value has 1 to 256 characters, none of them a control character"
    else:
        return
    raise Invalid(
        "invalid-external-id",
        f"This external id cannot be kept: {detail}.",
        errors=(FieldError(pointer=pointer, detail=detail, code="invalid-external-id"),),
    )


def check_key(key: str | None) -> None:
    if key is None or (_KEY.fullmatch(key) and not key.startswith("emp_")):
        return
    detail = "a key is 1 to 128 of A-Z, a-z, 0-9, . _ @ -, begins with a letter or digit and not with emp_"
    raise Invalid(
        "invalid-key",
        f"This key cannot name a person: {detail}.",
        errors=(FieldError(pointer="/key", detail=detail, code="invalid-key"),),
    )


async def _refuse_taken(a: Act, system: str, value: str, *, employee_id: str | None) -> None:
    holder = await employees.external_id_holder(a.tx, system, value)
    if holder is not None and holder != employee_id:
        raise _external_id_taken(system)


def _external_id_taken(system: str) -> Conflict:
    return Conflict(
        "external-id-taken", f"This {system} id belongs to somebody else now. Release it there before it is bound here."
    )


def _key_taken(key: str, *, is_guarded: bool) -> Conflict | Stale:
    if is_guarded:
        return Stale("key-exists", f"Somebody has the key {key} already. Nothing was made; read them by that key.")
    return Conflict("key-taken", f"The key {key} belongs to somebody already. Use it as it is, or choose another.")


def _shown(record: EmployeeRecord, names: Mapping[str, str], *, known_at: int) -> Employee:
    return Employee(
        id=record.id,
        key=record.key,
        name=record.name,
        external_ids=names,
        revision=record.revision,
        known_at=instant_text(known_at),
    )


def _employee(
    employee_id: str | None,
    key: str | None,
    name: str | None,
    names: Mapping[str, str],
    *,
    known_at: int | None,
    revision: int = 0,
) -> Employee:
    return Employee(
        id=employee_id,
        key=key,
        name=name,
        external_ids=dict(sorted(names.items())),
        revision=revision,
        known_at=instant_text(known_at) if known_at is not None else None,
    )
