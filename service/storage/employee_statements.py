"""Statements about people that nearly every request asks. Built once: that takes many times as long as handing over."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
    update,
)

from service.storage.tables import change, change_end, employee, external_id, job, recorder

_KNOWN_AT = bindparam("known_at", type_=BigInteger)
_THEM: BindParameter[str] = bindparam("of_employees", type_=Text, expanding=True)


def columns() -> Select[Any, Any, Any, Any, Any, Any]:
    """What `record_of` is made of: the person, and how far the record had come."""
    return select(
        employee.c.id,
        employee.c.key,
        employee.c.name,
        employee.c.revision,
        employee.c.sequence,
        recorder.c.at.label("known_at"),
    ).select_from(employee.join(recorder, literal(True)))


def known(known_at: int | BindParameter[int] | None):
    if known_at is None:
        return external_id.c.known_to.is_(None)
    return and_(
        external_id.c.known_from <= known_at,
        or_(external_id.c.known_to.is_(None), external_id.c.known_to > known_at),
    )


def _finding(by: str, *, now: bool) -> Select[Any, Any, Any, Any, Any, Any]:
    if by == "name":
        bound = select(external_id.c.employee_id).where(
            external_id.c.system == bindparam("system"),
            external_id.c.value == bindparam("value"),
            known(None if now else _KNOWN_AT),
        )
        statement = columns().where(employee.c.id.in_(bound))
    else:
        statement = columns().where(employee.c[by] == bindparam("named"))
    return statement if now else statement.where(employee.c.recorded_at <= _KNOWN_AT)


def _acts():
    # By the jobs, which an index finds; of changes there is none by person.
    changes = job.join(change, change.c.job_id == job.c.id)
    withdrawn = changes.join(change_end, and_(change_end.c.change_id == change.c.id, change_end.c.how != "superseded"))
    acts = union_all(
        *(
            select(job.c.employee_id).select_from(rows).where(job.c.employee_id.in_(_THEM), at <= _KNOWN_AT)
            for rows, at in ((changes, change.c.recorded_at), (withdrawn, change_end.c.recorded_at))
        )
    ).subquery()
    return select(acts.c.employee_id, func.count()).group_by(acts.c.employee_id)


def _renamed():
    ends = [
        select(external_id.c.employee_id.label("employee_id"), at.label("at")).where(
            external_id.c.employee_id.in_(_THEM), at <= _KNOWN_AT
        )
        for at in (external_id.c.known_from, external_id.c.known_to)
    ]
    # One instant is one act, however many names it released and bound: UNION counts it once.
    named = union(*ends).subquery()
    return (
        select(named.c.employee_id, func.count())
        .join(employee, employee.c.id == named.c.employee_id)
        .where(named.c.at > employee.c.recorded_at)
        .group_by(named.c.employee_id)
    )


ACTS, RENAMED = _acts(), _renamed()
FIND = {(by, now): _finding(by, now=now) for by in ("id", "key", "name") for now in (True, False)}
"""By what somebody is named, and whether as bound now."""
LOCK = columns().where(employee.c.id == bindparam("of_employee")).with_for_update(of=employee, key_share=True)
NAMES = {
    now: select(external_id.c.system, external_id.c.value)
    .where(external_id.c.employee_id == bindparam("of_employee"), known(None if now else _KNOWN_AT))
    .order_by(external_id.c.system)
    for now in (True, False)
}
"""By whether as bound now."""
NAMES_OF = {
    now: select(external_id.c.employee_id, external_id.c.system, external_id.c.value)
    .where(external_id.c.employee_id.in_(_THEM), known(None if now else _KNOWN_AT))
    .order_by(external_id.c.employee_id, external_id.c.system)
    for now in (True, False)
}
TAKEN = select(employee.c.id).where(employee.c.key == bindparam("named"))
SET_COUNTERS = update(employee).where(employee.c.id == bindparam("of_employee"))
