"""An event as a connector reads it: whom it is about, what holds, and which days are to be written anew."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """What holds of a job from a day to a day; `assignment` is None where nobody holds it, `to` None while open."""

    from_: date
    to: date | None
    assignment: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """An event about a person. `stretches` are the days it altered, whole; None where it does not tell them: then
    they are read by request, or were told before when the change was planned.

    `body` is the event as it was sent, of the rendering that the connection is fed with.
    """

    id: str
    type: str
    sequence: int
    employee_id: str
    key: str | None
    external_ids: Mapping[str, str]
    job: str
    change: Mapping[str, Any]
    previous: Mapping[str, Any] | None
    current: Mapping[str, Any] | None
    stretches: tuple[Stretch, ...] | None
    from_: date | None
    to: date | None
    """The first day altered, and the first day that is not; None and None where nothing is told of days."""
    backfill: bool
    body: Mapping[str, Any]

    @property
    def effective_on(self) -> date:
        return date.fromisoformat(self.change["effective_on"])

    @property
    def periods(self) -> tuple[Mapping[str, Any], ...]:
        """Locked pay periods of which it alters a day."""
        return tuple(self.body["data"].get("affected_periods") or ())


def news_of(body: bytes) -> News | None:
    """The news of an event's body; None for one that is about no person.

    Raises ValueError, KeyError and TypeError for what is no event with its data, such as a batch: it would pass for
    done, and be lost.
    """
    event: dict[str, Any] = json.loads(body)
    data: dict[str, Any] = event["data"]
    employee: dict[str, Any] | None = data.get("employee")
    if employee is None or "change" not in data:
        return None
    affected: dict[str, Any] = data.get("affected") or {}
    timeline: list[dict[str, Any]] | None = affected.get("timeline")
    return News(
        id=event["id"],
        type=event["type"],
        sequence=event["sequence"],
        employee_id=employee["id"],
        key=employee["key"],
        external_ids=employee["external_ids"],
        job=data["job"],
        change=data["change"],
        previous=data["previous"],
        current=data["current"],
        stretches=None if timeline is None else tuple(_stretch(one) for one in timeline),
        from_=_day(affected.get("from")),
        to=_day(affected.get("to")),
        backfill=data["backfill"],
        body=event,
    )


def _stretch(one: Mapping[str, Any]) -> Stretch:
    return Stretch(from_=date.fromisoformat(one["from"]), to=_day(one["to"]), assignment=one["assignment"])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
