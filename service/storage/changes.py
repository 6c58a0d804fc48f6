"""Changes: inserted once, ended and activated by rows of their own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from sqlalchemy import Row, and_, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.overlays import OVERLAY_EVENTS
from service.domain.timelines import Form, LiveChange
from service.domain.trials import Trial, WayBack
from service.domain.wire import plain
from service.storage.tables import activation, change, change_end, job, scheduled

Ending = Literal["cancelled", "superseded", "rescinded"]
"""How a change stops counting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """A change as recorded, with what happened to it since.

    `announced` is the plain event type it stands for, `planned` whether it was recorded ahead of its day,
    `waiting` whether that day's event is still to come, `activated_at` (µs) when it came; `ended` how it stopped
    counting (None while live) and `ended_by` the change that took its place, if one did. `supersedes` is the id and
    the day of the change in whose place it stands, `cause` the ladder and the version that brought it about, None of
    what somebody asked for. `job_id` is 0 until it is kept.
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
    cause: tuple[str, str] | None = None
    activated_at: int | None = None
    ended_at: int | None = None
    ended_actor: str | None = None
    ended_reason: str | None = None
    job_id: int = 0
    trial: Trial | None = None

    @property
    def status(self) -> str:
        """`scheduled`, `effective`, or how it ended: `cancelled`, `superseded`, `rescinded`."""
        return self.ended or ("scheduled" if self.waiting else "effective")

    @property
    def is_overlay(self) -> bool:
        """Whether an overlay begins or ends with it."""
        return self.kind in OVERLAY_EVENTS

    @property
    def live(self) -> LiveChange:
        return LiveChange(
            id=self.id,
            effective_on=self.effective_on,
            ordinal=self.ordinal,
            form=self.form,
            states=self.states,
            recorded_at=self.recorded_at,
            trial=self.trial,
        )


async def live_changes(connection: AsyncConnection, job_id: int) -> tuple[ChangeRecord, ...]:
    """Changes of a job that count, in the order of the fold."""
    found = await connection.execute(
        change_columns().where(change.c.job_id == job_id, change_end.c.change_id.is_(None)).order_by(*_FOLD_ORDER)
    )
    return tuple(change_record(row) for row in found)


async def live_changes_of(
    connection: AsyncConnection, job_ids: Sequence[int]
) -> Mapping[int, tuple[ChangeRecord, ...]]:
    """The same for many jobs, by job; jobs without any are left out."""
    found = await connection.execute(
        change_columns().where(change.c.job_id.in_(job_ids), change_end.c.change_id.is_(None)).order_by(*_FOLD_ORDER)
    )
    live: dict[int, list[ChangeRecord]] = {}
    for row in found:
        live.setdefault(row.job_id, []).append(change_record(row))
    return {job_id: tuple(records) for job_id, records in live.items()}


async def find_changes(connection: AsyncConnection, change_ids: list[str]) -> tuple[ChangeRecord, ...]:
    """Those of the changes that there are, in no order."""
    return tuple(
        change_record(row) for row in await connection.execute(change_columns().where(change.c.id.in_(change_ids)))
    )


async def changes_of(connection: AsyncConnection, employee_id: str, *, known_at: int) -> tuple[ChangeRecord, ...]:
    """Every change of a person recorded by `known_at`, ended ones included, by job and in the order of the fold.

    What has ended or taken effect after `known_at` reads as it then was.
    """
    found = await connection.execute(
        change_columns(known_at)
        .where(job.c.employee_id == employee_id, change.c.recorded_at <= known_at)
        # A correction has the place of what it replaced.
        .order_by(job.c.key, *_FOLD_ORDER, change.c.recorded_at, change.c.id)
    )
    return tuple(change_record(row) for row in found)


async def insert_change(tx: AsyncConnection, *, job_id: int, record: ChangeRecord) -> None:
    """A planned change also goes on the clock's list."""
    await insert_changes(tx, [(job_id, record)])


async def insert_changes(tx: AsyncConnection, records: Sequence[tuple[int, ChangeRecord]]) -> None:
    """Changes, each with its job, in one statement; those that are planned also go on the clock's list."""
    if records:
        await tx.execute(insert(change), [_values(job_id, record) for job_id, record in records])
    planned = [
        {"change_id": record.id, "employee_id": record.employee_id, "effective_on": record.effective_on}
        for _, record in records
        if record.planned
    ]
    if planned:
        await tx.execute(insert(scheduled), planned)


async def end_change(
    tx: AsyncConnection,
    change_id: str,
    *,
    how: Ending,
    by: str | None,
    reason: str | None,
    override: Mapping[str, Any] | None,
    actor: str,
    recorded_at: int,
) -> None:
    """Let a change count no more, replaced by the change `by` if it is `superseded`; the clock forgets it too.

    `override` is what its withdrawal passed.
    """
    await tx.execute(
        insert(change_end).values(
            change_id=change_id,
            how=how,
            by=by,
            reason=reason,
            override=_text(override) if override else None,
            actor=actor,
            recorded_at=recorded_at,
        )
    )
    await tx.execute(delete(scheduled).where(scheduled.c.change_id == change_id))


async def due_changes(connection: AsyncConnection, employee_id: str, today: date) -> tuple[ChangeRecord, ...]:
    """Changes of a person whose day has come and that have not taken effect, in the order of the fold."""
    found = await connection.execute(
        change_columns()
        .where(scheduled.c.employee_id == employee_id, scheduled.c.effective_on <= today)
        .order_by(*_FOLD_ORDER)
    )
    return tuple(change_record(row) for row in found)


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
        await tx.execute(delete(scheduled).where(scheduled.c.change_id == bindparam("change_id")), rows)


_FOLD_ORDER = (change.c.effective_on, change.c.ordinal)
_REPLACEMENT, _REPLACED = change_end.alias("replacement"), change.alias("replaced")


def change_columns(known_at: int | None = None):
    """Of each change what `change_record` reads. `known_at` (µs) hides what has ended or taken effect since."""
    ended = change.c.id == change_end.c.change_id
    activated = change.c.id == activation.c.change_id
    if known_at is not None:
        ended = and_(ended, change_end.c.recorded_at <= known_at)
        activated = and_(activated, activation.c.recorded_at <= known_at)
    return select(
        change,
        job.c.key.label("job"),
        change_end.c.how.label("ended"),
        change_end.c.by.label("ended_by"),
        change_end.c.recorded_at.label("ended_at"),
        change_end.c.actor.label("ended_actor"),
        change_end.c.reason.label("ended_reason"),
        activation.c.recorded_at.label("activated_at"),
        _REPLACED.c.id.label("replaced_id"),
        _REPLACED.c.effective_on.label("replaced_effective_on"),
        and_(change.c.planned, activation.c.change_id.is_(None)).label("waiting"),
    ).select_from(
        change.join(job, job.c.id == change.c.job_id)
        .outerjoin(change_end, ended)
        .outerjoin(activation, activated)
        .outerjoin(scheduled, scheduled.c.change_id == change.c.id)
        .outerjoin(_REPLACEMENT, _REPLACEMENT.c.by == change.c.id)
        .outerjoin(_REPLACED, _REPLACED.c.id == _REPLACEMENT.c.change_id)
    )


def cause_text(cause: tuple[str, str]) -> str:
    """A cause as it is kept: (ladder, version)."""
    return _text(cause)


def _values(job_id: int, record: ChangeRecord) -> dict[str, object]:
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
        "recorded_at": record.recorded_at,
        "cause": cause_text(record.cause) if record.cause else None,
        "trial": _text(plain(record.trial)) if record.trial else None,
    }


def change_record(row: Row[Any]) -> ChangeRecord:
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
        cause=cast("tuple[str, str]", tuple(json.loads(row.cause))) if row.cause else None,
        activated_at=row.activated_at,
        ended_at=row.ended_at,
        ended_actor=row.ended_actor,
        ended_reason=row.ended_reason,
        job_id=row.job_id,
        trial=_trial(row.trial),
    )


def _trial(text: str | None) -> Trial | None:
    if text is None:
        return None
    kept = json.loads(text)
    back = kept["return"]
    return Trial(
        review_on=date.fromisoformat(kept["review_on"]),
        return_=WayBack(
            until=date.fromisoformat(back["until"]), ladder=back["ladder"], level=back["level"], step=back["step"]
        ),
    )


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
