"""How a change is kept: its record, the columns it is read from, the values it is written as."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Row, and_, select

from service.domain.overlays import OVERLAY_EVENTS
from service.domain.timelines import Form, LiveChange
from service.domain.trials import Trial, WayBack
from service.domain.wire import plain
from service.storage.tables import activation, change, change_end, job, scheduled


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
    return kept_text(cause)


def change_values(record: ChangeRecord, *, job_id: int, recorded_at: int) -> dict[str, object]:
    return {
        "id": record.id,
        "job_id": job_id,
        "employee_id": record.employee_id,
        "ordinal": record.ordinal,
        "form": record.form,
        "kind": record.kind,
        "announced": record.announced,
        "effective_on": record.effective_on,
        "states": kept_text(record.states),
        "reason": record.reason,
        "comment": record.comment,
        "override": kept_text(record.override) if record.override else None,
        "grade_delta": record.grade_delta,
        "planned": record.planned,
        "retroactive": record.retroactive,
        "revision": record.revision,
        "actor": record.actor,
        "recorded_at": recorded_at,
        "cause": cause_text(record.cause) if record.cause else None,
        "trial": kept_text(plain(record.trial)) if record.trial else None,
    }


def live_of(row: Any) -> LiveChange:
    """A change as the fold sees it, of a row that has its columns."""
    return LiveChange(
        id=row.id,
        effective_on=row.effective_on,
        ordinal=row.ordinal,
        form=cast(Form, row.form),
        states=json.loads(row.states),
        recorded_at=row.recorded_at,
        trial=_trial(row.trial),
    )


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


def kept_text(value: object) -> str:
    """JSON as it is kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
