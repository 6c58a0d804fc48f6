"""A row of a batch: one change of one person, as it is asked, kept and reported on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from service.domain.batch_places import ActualPay
from service.domain.refusals import Refused
from service.domain.statements import Override
from service.domain.trials import TrialRequest
from service.usecases.changes import ChangeRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Who is made known by a first load, unless somebody has the key or one of the names already."""

    key: str | None
    name: str | None
    external_ids: Mapping[str, str]

    @property
    def references(self) -> tuple[str, ...]:
        """What they are found by, the key first."""
        named = (f"{system}:{value}" for system, value in self.external_ids.items())
        return ((self.key,) if self.key is not None else ()) + tuple(named)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What a row asks. Without a `change` it only makes somebody known; `revision` is what it is based on, if said.

    `pay` is what the person is paid, for the report on the batch alone: it is kept nowhere.
    """

    number: int
    employee: str | None
    change: ChangeRequest | None
    revision: int | None = None
    person: NewPerson | None = None
    pay: ActualPay | None = None

    @property
    def reference(self) -> str:
        """By what the person is asked for first."""
        return self.references[0]

    @property
    def references(self) -> tuple[str, ...]:
        if self.employee is not None:
            return (self.employee,)
        return self.person.references if self.person else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """Why a row cannot be done, or was not."""

    row: Annotated[int, Field(description="Number of the row, from 1.")]
    pointer: Annotated[str, Field(description="Place in the row, as a JSON pointer; empty for the row as a whole.")]
    code: Annotated[str, Field(description="Code of the problem; /problems explains it.")]
    detail: Annotated[str, Field(description="What is wrong, and how to mend it.")]

    @classmethod
    def of(cls, number: int, refusal: Refused) -> "RowProblem":
        place = refusal.errors[0].pointer if refusal.errors else ""
        return cls(row=number, pointer=place, code=refusal.code, detail=refusal.detail)

    @property
    def document(self) -> dict[str, Any]:
        """As it is kept with the row."""
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}

    @classmethod
    def kept(cls, number: int, document: Mapping[str, Any]) -> "RowProblem":
        return cls(row=number, **document)


def document_of(row: BatchRow) -> dict[str, Any]:
    """A row as it is kept, which is without what anybody is paid."""
    kept: dict[str, Any] = {"employee": row.employee, "revision": row.revision}
    if row.person:
        kept["person"] = {
            "key": row.person.key,
            "name": row.person.name,
            "external_ids": dict(row.person.external_ids),
        }
    if row.change:
        change, override, trial = row.change, row.change.override, row.change.trial
        kept["change"] = {
            "effective_on": change.effective_on.isoformat() if change.effective_on else None,
            "job": change.job,
            "to": dict(change.to) if change.to is not None else None,
            "reason": change.reason,
            "comment": change.comment,
            "override": {"codes": list(override.codes), "reason": override.reason} if override else None,
            "review_on": trial.review_on.isoformat() if trial else None,
            "return": {"until": trial.until.isoformat(), "level": trial.level, "step": trial.step} if trial else None,
        }
    return {name: value for name, value in kept.items() if value is not None}


def sent_as(document: Mapping[str, Any]) -> dict[str, Any]:
    """A row that was kept as it was sent, which is without what anybody is paid."""
    named = {"employee": document.get("employee"), "revision": document.get("revision")}
    named |= document.get("person") or {}
    change: dict[str, Any] = dict(document.get("change") or {})
    to = {"to": change.pop("to")} if change else {}
    return {**{name: value for name, value in {**named, **change}.items() if value not in (None, {})}, **to}


def row_of(number: int, document: Mapping[str, Any]) -> BatchRow:
    """The row that was kept."""
    person, change = document.get("person"), document.get("change")
    return BatchRow(
        number=number,
        employee=document.get("employee"),
        revision=document.get("revision"),
        person=NewPerson(**person) if person else None,
        change=_change(change) if change else None,
    )


def _change(kept: Mapping[str, Any]) -> ChangeRequest:
    day, override = kept["effective_on"], kept["override"]
    back = kept.get("return")
    return ChangeRequest(
        effective_on=date.fromisoformat(day) if day else None,
        job=kept["job"],
        to=kept["to"],
        reason=kept["reason"],
        comment=kept["comment"],
        override=Override(codes=tuple(override["codes"]), reason=override["reason"]) if override else None,
        trial=_trial(kept["review_on"], back) if back else None,
    )


def _trial(review_on: str, back: Mapping[str, Any]) -> TrialRequest:
    until = date.fromisoformat(back["until"])
    return TrialRequest(review_on=date.fromisoformat(review_on), until=until, level=back["level"], step=back["step"])
