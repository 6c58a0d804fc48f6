"""Changes: inserted once, ended and activated by rows of their own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from sqlalchemy import Row, and_, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.timelines import Form, LiveChange
from service.storage.tables import activation, change, change_end, job, scheduled

Ending = Literal["cancelled", "superseded", "rescinded"]
"""How a change stops counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change as recorded, with what happened to it since.

    `announced` is the plain event type it stands for, `planned` whether it was recorded ahead of its day,
    `waiting` whether that day's event is still to come, `ended` how it stopped counting (None while live) and
    `ended_by` the change that took its place, if one did. `supersedes` is the id and the day of the change in whose
    place it stands.
    """

    id: str
    employee_id: str
    job: str
    ordinal: int
    form: Form
    kind: str
    announced: str
    effective_on: date
    states: Mapping[str, str | None]
    reason: str | None
    comment: str | None
    override: Mapping[str, Any] | None
    grade_delta: int | None
    retroactive: bool
    revision: int
    actor: str
    recorded_at: int
    planned: bool
    ended: str | None = None
    ended_by: str | None = None
    supersedes: tuple[str, date] | None = None
    waiting: bool = False

    @property
    def status(self) -> str:
        """`scheduled`, `effective`, or how it ended: `cancelled`, `superseded`, `rescinded`."""
        return self.ended or ("scheduled" if self.waiting else "effective")

    @property
    def live(self) -> LiveChange:
        return LiveChange(
            id=self.id, effective_on=self.effective_on, ordinal=self.ordinal, form=self.form, states=self.states
        )


async def live_changes(connection: AsyncConnection, job_id: int) -> tuple[ChangeRecord, ...]:
    """Changes of a job that count, in the order of the fold."""
    found = await connection.execute(
        _columns().where(change.c.job_id == job_id, change_end.c.change_id.is_(None)).order_by(*_FOLD_ORDER)
    )
    return tuple(_record(row) for row in found)


async def find_changes(connection: AsyncConnection, change_ids: list[str]) -> tuple[ChangeRecord, ...]:
    """Those of the changes that there are, in no order."""
    return tuple(_record(row) for row in await connection.execute(_columns().where(change.c.id.in_(change_ids))))


async def changes_of(connection: AsyncConnection, employee_id: str, *, known_at: int) -> tuple[ChangeRecord, ...]:
    """Every change of a person recorded by `known_at`, ended ones included, by job and in the order of the fold.

    What has ended or taken effect after `known_at` reads as it then was.
    """
    found = await connection.execute(
        _columns(known_at)
        .where(job.c.employee_id == employee_id, change.c.recorded_at <= known_at)
        # A correction has the place of what it replaced.
        .order_by(job.c.key, *_FOLD_ORDER, change.c.recorded_at, change.c.id)
    )
    return tuple(_record(row) for row in found)


async def insert_change(tx: AsyncConnection, *, job_id: int, record: ChangeRecord) -> None:
    """A planned change also goes on the clock's list."""
    await insert_changes(tx, [(job_id, record)], recorded_at=record.recorded_at)


async def insert_changes(tx: AsyncConnection, records: Sequence[tuple[int, ChangeRecord]], *, recorded_at: int) -> None:
    """The same of several, each with the id of its job, all recorded at one instant."""
    if records:
        await tx.execute(
            insert(change),
            [_values(record, job_id=job_id, recorded_at=recorded_at) for job_id, record in records],
        )
    planned = [
        {"change_id": record.id, "employee_id": record.employee_id, "effective_on": record.effective_on}
        for _, record in records
        if record.planned
    ]
    if planned:
        await tx.execute(insert(scheduled), planned)


def _values(record: ChangeRecord, *, job_id: int, recorded_at: int) -> dict[str, object]:
    return {
        "id": record.id,
        "job_id": job_id,
        "employee_id": record.employee_id,
        "ordinal": record.ordinal,
        "form": record.form,
        "kind": record.kind,
        "announced": record.announced,
        "effective_on": record.effective_on,
        "states": _text(record.states),
        "reason": record.reason,
        "comment": record.comment,
        "override": _text(record.override) if record.override else None,
        "grade_delta": record.grade_delta,
        "planned": record.planned,
        "retroactive": record.retroactive,
        "revision": record.revision,
        "actor": record.actor,
        "recorded_at": recorded_at,
    }


async def end_change(
    tx: AsyncConnection,
    change_id: str,
    *,
    how: Ending,
    by: str | None,
    reason: str | None,
    actor: str,
    recorded_at: int,
) -> None:
    """Let a change count no more, replaced by the change `by` if it is `superseded`; the clock forgets it too."""
    await tx.execute(
        insert(change_end).values(
            change_id=change_id, how=how, by=by, reason=reason, actor=actor, recorded_at=recorded_at
        )
    )
    await tx.execute(delete(scheduled).where(scheduled.c.change_id == change_id))


async def due_changes(connection: AsyncConnection, employee_id: str, today: date) -> tuple[ChangeRecord, ...]:
    """Changes of a person whose day has come and that have not taken effect, in the order of the fold."""
    found = await connection.execute(
        _columns()
        .where(scheduled.c.employee_id == employee_id, scheduled.c.effective_on <= today)
        .order_by(*_FOLD_ORDER)
    )
    return tuple(_record(row) for row in found)


async def employees_with_due_changes(connection: AsyncConnection, today: date, *, limit: int) -> tuple[str, ...]:
    """People for whom the clock has something to do, those waiting longest first."""
    found = await connection.execute(
        select(scheduled.c.employee_id)
        .where(scheduled.c.effective_on <= today)
        .order_by(scheduled.c.effective_on, scheduled.c.employee_id)
        .limit(limit)
    )
    return tuple(dict.fromkeys(row.employee_id for row in found))


async def oldest_due(connection: AsyncConnection, today: date) -> date | None:
    """The earliest day whose changes have not taken effect although it has come; None when all have."""
    found = await connection.execute(
        select(scheduled.c.effective_on)
        .where(scheduled.c.effective_on <= today)
        .order_by(scheduled.c.effective_on)
        .limit(1)
    )
    return found.scalar()


async def activate(tx: AsyncConnection, events: Iterable[tuple[str, str]], *, recorded_at: int) -> None:
    """Note for each (change id, event id) that the change took effect, and take it off the clock's list."""
    rows = [{"change_id": changed, "event_id": event, "recorded_at": recorded_at} for changed, event in events]
    if rows:
        await tx.execute(insert(activation), rows)
        await tx.execute(delete(scheduled).where(scheduled.c.change_id.in_([row["change_id"] for row in rows])))


_FOLD_ORDER = (change.c.effective_on, change.c.ordinal)
_REPLACEMENT, _REPLACED = change_end.alias("replacement"), change.alias("replaced")


def _columns(known_at: int | None = None):
    ended = change.c.id == change_end.c.change_id
    waiting = ~exists().where(activation.c.change_id == change.c.id)
    if known_at is not None:
        ended = and_(ended, change_end.c.recorded_at <= known_at)
        waiting = ~exists().where(activation.c.change_id == change.c.id, activation.c.recorded_at <= known_at)
    return select(
        change,
        job.c.key.label("job"),
        change_end.c.how.label("ended"),
        change_end.c.by.label("ended_by"),
        _REPLACED.c.id.label("replaced_id"),
        _REPLACED.c.effective_on.label("replaced_effective_on"),
        and_(change.c.planned, waiting).label("waiting"),
    ).select_from(
        change.join(job, job.c.id == change.c.job_id)
        .outerjoin(change_end, ended)
        .outerjoin(scheduled, scheduled.c.change_id == change.c.id)
        .outerjoin(_REPLACEMENT, _REPLACEMENT.c.by == change.c.id)
        .outerjoin(_REPLACED, _REPLACED.c.id == _REPLACEMENT.c.change_id)
    )


def live_of(row: Any) -> LiveChange:
    """A change as the fold sees it, of a row that has its columns."""
    return LiveChange(
        id=row.id,
        effective_on=row.effective_on,
        ordinal=row.ordinal,
        form=cast(Form, row.form),
        states=json.loads(row.states),
    )


def _record(row: Row[Any]) -> ChangeRecord:
    return ChangeRecord(
        id=row.id,
        employee_id=row.employee_id,
        job=row.job,
        ordinal=row.ordinal,
        form=cast(Form, row.form),
        kind=row.kind,
        announced=row.announced,
        effective_on=row.effective_on,
        states=json.loads(row.states),
        reason=row.reason,
        comment=row.comment,
        override=json.loads(row.override) if row.override else None,
        grade_delta=row.grade_delta,
        retroactive=bool(row.retroactive),
        revision=row.revision,
        actor=row.actor,
        recorded_at=row.recorded_at,
        planned=bool(row.planned),
        ended=row.ended,
        ended_by=row.ended_by,
        supersedes=(row.replaced_id, row.replaced_effective_on) if row.replaced_id else None,
        waiting=bool(row.waiting),
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
