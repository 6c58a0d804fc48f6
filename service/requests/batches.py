"""What is sent to do many changes at once."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from service.domain.assignments import PRIMARY
from service.domain.band_rows import Period
from service.domain.batch_places import ActualPay
from service.domain.refusals import FieldError, Invalid
from service.problems import SurfaceProblem
from service.requests.changes import NewChange, OverrideBody, Return, ReviewOn, Target
from service.requests.faults import said
from service.usecases.batch_rows import BatchRow, NewPerson, RowProblem
from service.usecases.batches import BatchRequest

MOST_IN_REQUEST = 100_000
_OF_A_CHANGE = ("effective_on", "job", "reason", "comment", "override", "review_on", "return_")


class ActualPayBody(BaseModel):
    """What the person is paid. Used for the report and kept nowhere."""

    model_config = ConfigDict(extra="forbid", strict=True)
    amount: Annotated[
        str,
        Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$", description="A decimal text.", examples=["85000.00"]),
    ]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217 currency.", examples=["EUR"])]
    period: Annotated[Period, Field(description="What the amount pays for.")] = "year"


class BatchRowBody(BaseModel):
    """One change of one person. A first load names by `key` or `external_ids` whom it makes known."""

    model_config = ConfigDict(extra="forbid", strict=True)
    employee: Annotated[
        str | None, Field(min_length=1, max_length=400, description="Id, own key, or system:value.", examples=["ada"])
    ] = None
    effective_on: Annotated[
        str | None, Field(description="First day on which it holds; the company's today when it is applied.")
    ] = None
    job: Annotated[str, Field(min_length=1, max_length=64, description="Key of the job.")] = PRIMARY
    to: Annotated[Target | None, Field(description="What is to hold; null ends the job on that day.")] = None
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    comment: Annotated[str | None, Field(max_length=4000, description="Free text; never sent.")] = None
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass.")] = None
    review_on: ReviewOn = None
    return_: Return = None
    revision: Annotated[
        int | None,
        Field(ge=0, le=2**53, description="The person's revision that it is based on; any if left out."),
    ] = None
    actual_pay: Annotated[ActualPayBody | None, Field(description="What the person is paid: used, not kept.")] = None
    key: Annotated[str | None, Field(description="In a first load: your own key of the person.")] = None
    name: Annotated[str | None, Field(max_length=200, description="In a first load: name, if names are kept.")] = None
    external_ids: Annotated[
        dict[str, str], Field(max_length=32, description="In a first load: ids in other systems.")
    ] = {}

    def asked(self, number: int) -> BatchRow:
        """As the use case takes it. Raises Invalid for what does not go together, and for a day that is none."""
        person = None
        if self.key is not None or self.external_ids:
            person = NewPerson(key=self.key, name=self.name, external_ids=self.external_ids)
        if (self.employee is None) == (person is None):
            raise Invalid(
                "invalid-body", "Name the person by `employee`, or in a first load by `key` and `external_ids`."
            )
        change = None
        if "to" in self.model_fields_set:
            change = NewChange.model_construct(**{name: getattr(self, name) for name in ("to", *_OF_A_CHANGE)}).asked()
        elif said := [name for name in _OF_A_CHANGE if name in self.model_fields_set and getattr(self, name)]:
            # A level that was forgotten is not to make somebody known without a job.
            raise _without_to(
                f"It has {', '.join(name.rstrip('_') for name in said)} and does not state what is to hold."
            )
        elif person is None:
            raise _without_to("It does not state what is to hold.")
        pay = self.actual_pay
        return BatchRow(
            number=number,
            employee=self.employee,
            change=change,
            revision=self.revision,
            person=person,
            pay=ActualPay(amount=Decimal(pay.amount), currency=pay.currency, period=pay.period) if pay else None,
        )


def _without_to(why: str) -> Invalid:
    fault = FieldError(pointer="/to", detail="is missing", code="missing")
    return Invalid("invalid-body", f"{why} Say it in `to`; null ends the job.", errors=(fault,))


class _Rows(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    complete: Annotated[bool, Field(description="Whether the batch has all its rows with these.")] = True
    rows: Annotated[list[BatchRowBody], Field(max_length=MOST_IN_REQUEST, description="The rows, in their order.")]


class MoreRows(_Rows):
    """Rows that follow those that the batch has."""


class NewBatch(_Rows):
    """Many changes, to be applied together."""

    mode: Annotated[
        Literal["atomic", "partial"],
        Field(description="atomic: all or none, at most 10 000. partial: every row that can be done."),
    ] = "atomic"
    backfill: Annotated[bool, Field(description="A first load, which may make people known. Needs admin.")] = False


class Rejection(BaseModel):
    """Why a batch is rejected."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Annotated[str, Field(min_length=1, max_length=400, description="Why; shown with the batch.")]


def asked_of(document: Any, whole: type[NewBatch | MoreRows]) -> BatchRequest:
    """What a document asks. Raises Invalid `invalid-body`; a row that cannot be read is told with the others."""
    members = cast(dict[str, Any], document) if isinstance(document, dict) else {}
    raws = members.get("rows")
    # Rows are read one by one, so that a bad one is told and the others are stored.
    try:
        shell = whole.model_validate({**members, "rows": []} if isinstance(raws, list) else document)
    except ValidationError as error:
        faults = tuple(FieldError(pointer=place, detail=detail, code="invalid") for place, detail in faults_of(error))
        told = "; ".join(f"{fault.pointer or 'The body'}: {fault.detail}" for fault in faults)
        raise Invalid("invalid-body", f"{told}.", errors=faults) from None
    rows, unreadable = read_rows(cast(list[object], raws))
    return BatchRequest(
        mode=shell.mode if isinstance(shell, NewBatch) else "atomic",
        backfill=shell.backfill if isinstance(shell, NewBatch) else False,
        complete=shell.complete,
        rows=rows,
        unreadable=unreadable,
    )


def read_rows(raws: Iterable[object]) -> tuple[list[BatchRow], list[RowProblem]]:
    """Rows that can be read, and why the others cannot; a raw one that is a problem already is told as it is.

    Raises Invalid `batch-too-large` for more than a request may have.
    """
    rows: list[BatchRow] = []
    unreadable: list[RowProblem] = []
    for number, raw in enumerate(raws, start=1):
        if number > MOST_IN_REQUEST:
            raise Invalid(
                "batch-too-large",
                f"A request has at most {MOST_IN_REQUEST} rows. Send the others to the same batch, see `complete`.",
                extra={"most": MOST_IN_REQUEST},
            )
        found = _read(number, raw)
        if isinstance(found, BatchRow):
            rows.append(found)
        else:
            unreadable.append(found)
    return rows, unreadable


def _read(number: int, raw: object) -> BatchRow | RowProblem:
    try:
        if isinstance(raw, SurfaceProblem):
            raise raw
        return BatchRowBody.model_validate(raw).asked(number)
    except SurfaceProblem as problem:
        return RowProblem(row=number, pointer="", code=problem.code, detail=problem.detail)
    except Invalid as refusal:
        return RowProblem.of(number, refusal)
    except ValidationError as error:
        faults = list(faults_of(error))
        told = "; ".join(f"{pointer or 'The row'}: {detail}" for pointer, detail in faults)
        return RowProblem(row=number, pointer=faults[0][0], code="invalid-body", detail=f"{told}."[:2_000])


def faults_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    """(pointer, what is wrong) of each, never what stood there, which may be pay."""
    for one in error.errors(include_input=False, include_url=False):
        parts: tuple[Any, ...] = one["loc"]
        is_unknown = one["type"] == "extra_forbidden"
        if is_unknown and "actual_pay" in parts[:-1]:
            # An amount may have been written in the place of a name.
            yield _pointer(parts[:-1]), "has a field that is none here: remove it"
        else:
            yield _pointer(parts), "is no field here: remove it" if is_unknown else said(one)


def _pointer(parts: Iterable[Any]) -> str:
    return "".join("/" + str(part)[:60].replace("~", "~0").replace("/", "~1") for part in parts)
