"""What is sent to record a change."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.domain.assignments import PRIMARY
from service.domain.dates import BadDate, parse_date
from service.domain.overlays import OVERLAY_PREFIX
from service.domain.refusals import FieldError, Invalid
from service.domain.statements import PASSABLE, Override
from service.domain.trials import TrialRequest
from service.usecases.amendments import CorrectionRequest, WithdrawalRequest
from service.usecases.changes import ChangeRequest


class Target(BaseModel):
    """The facts that are to hold. What is left out flows on; null clears."""

    model_config = ConfigDict(extra="forbid", strict=True)
    ladder: Annotated[str | None, Field(max_length=64, description="Key of the ladder.")] = None
    level: Annotated[str | None, Field(max_length=64, description="Key of the level.", examples=["em5"])] = None
    step: Annotated[str | None, Field(max_length=64, description="Label of the pay step.")] = None
    role: Annotated[str | None, Field(max_length=64, description="Key of the role.")] = None
    team: Annotated[str | None, Field(max_length=64, description="Key of the team.")] = None
    zone: Annotated[str | None, Field(max_length=64, description="Key of the pay zone.")] = None
    title: Annotated[str | None, Field(max_length=200, description="Title instead of the level's.")] = None
    band_set: Annotated[str | None, Field(max_length=64, description="Band set pinned for this person.")] = None
    track: Annotated[str | None, Field(max_length=64, description="Derived; if sent, it must match.")] = None
    grade: Annotated[str | None, Field(max_length=64, description="Derived; if sent, it must match.")] = None
    ladder_version: Annotated[str | None, Field(max_length=64, description="Derived; if sent, it must match.")] = None


class OverrideBody(BaseModel):
    """Refusals to pass, for facts that happened elsewhere. Needs the scope assignments:override."""

    model_config = ConfigDict(extra="forbid", strict=True)
    codes: Annotated[
        list[str], Field(min_length=1, max_length=8, description="Codes to pass: move-not-allowed, period-locked.")
    ]
    reason: Annotated[str, Field(min_length=1, max_length=400, description="Why; kept on the change.")]


class WayBackBody(BaseModel):
    """Where somebody on trial may switch back to, and until when. It allows the move and says nothing of pay."""

    model_config = ConfigDict(extra="forbid", strict=True)
    until: Annotated[str, Field(description="First day on which it is closed.", examples=["2027-07-01"])]
    level: Annotated[
        str, Field(max_length=64, description="Level of the ladder left, of the grade left.", examples=["ic5"])
    ]
    step: Annotated[str | None, Field(max_length=64, description="Label of the step in mind.")] = None


ReviewOn = Annotated[
    str | None,
    Field(description="Day on which a switch on trial is looked at; with `return`.", examples=["2027-06-01"]),
]
Return = Annotated[
    WayBackBody | None, Field(alias="return", description="The way back of a switch on trial; with `review_on`.")
]


class NewChange(BaseModel):
    """One change of one job. The kind (promotion, track switch …) is derived, never sent."""

    model_config = ConfigDict(extra="forbid", strict=True)
    effective_on: Annotated[
        str | None, Field(description="First day on which it holds; the company's today.", examples=["2027-01-01"])
    ] = None
    job: Annotated[str, Field(min_length=1, max_length=64, description="Key of the job.")] = PRIMARY
    to: Annotated[Target | None, Field(description="What is to hold; null ends the job on that day.")]
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    comment: Annotated[str | None, Field(max_length=4000, description="Free text; never sent.")] = None
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass.")] = None
    review_on: ReviewOn = None
    return_: Return = None

    def asked(self) -> ChangeRequest:
        """As the use case takes it. Raises Invalid `invalid-date`; `invalid-body` for an overlay and an override."""
        if self.job.startswith(f"{OVERLAY_PREFIX}_"):
            fault = FieldError(pointer="/job", detail="is an overlay", code="invalid-body")
            raise Invalid(
                "invalid-body",
                f"{self.job} is an overlay, not a job. Act on its changes, or name another job.",
                errors=(fault,),
            )
        return _asked(self, job=self.job)


class Withdrawal(BaseModel):
    """Why a change is withdrawn."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass.")] = None

    def asked(self) -> WithdrawalRequest:
        """As the use case takes it. Raises Invalid `invalid-body` for an override that passes nothing."""
        return WithdrawalRequest(reason=self.reason, override=overriding(self.override))


class CorrectedChange(BaseModel):
    """What is to stand in a change's place. What is left out stays as the change has it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    effective_on: Annotated[
        str | None, Field(description="First day on which it holds; the day of the change.", examples=["2027-01-01"])
    ] = None
    to: Annotated[
        Target | None, Field(description="What is to hold; null ends the job on that day; the change's if left out.")
    ] = None
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    comment: Annotated[str | None, Field(max_length=4000, description="Free text; never sent.")] = None
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass.")] = None
    review_on: ReviewOn = None
    return_: Return = None

    def asked(self) -> CorrectionRequest:
        """As the use case takes it. Raises Invalid `invalid-date`, and `invalid-body` for an override."""
        # The job is that of the change.
        return CorrectionRequest(change=_asked(self, job=PRIMARY), restated="to" in self.model_fields_set)


def _asked(body: NewChange | CorrectedChange, *, job: str) -> ChangeRequest:
    return ChangeRequest(
        effective_on=_day(body.effective_on, "/effective_on"),
        job=job,
        to=body.to.model_dump(exclude_unset=True) if body.to else None,
        reason=body.reason,
        comment=body.comment,
        override=overriding(body.override),
        trial=_trial(body),
    )


def _trial(body: NewChange | CorrectedChange) -> TrialRequest | None:
    back, review_on = body.return_, _day(body.review_on, "/review_on")
    if back is None and review_on is None:
        return None
    if back is None or review_on is None:
        missing = "/return" if back is None else "/review_on"
        fault = FieldError(pointer=missing, detail="is needed", code="missing")
        raise Invalid("invalid-body", "A switch on trial has both review_on and return. Send both.", errors=(fault,))
    until = _day(back.until, "/return/until")
    assert until
    return TrialRequest(review_on=review_on, until=until, level=back.level, step=back.step)


def overriding(body: OverrideBody | None) -> Override | None:
    """As the use case takes it. Raises Invalid `invalid-body` for a code that nobody can pass."""
    if body is None:
        return None
    unknown = [number for number, code in enumerate(body.codes) if code not in PASSABLE]
    if unknown:
        known = " and ".join(PASSABLE)
        raise Invalid(
            "invalid-body",
            f"An override passes {known} and nothing else. Leave out what it cannot pass.",
            errors=tuple(
                FieldError(pointer=f"/override/codes/{number}", detail="cannot be passed", code="invalid-body")
                for number in unknown
            ),
        )
    return Override(codes=tuple(body.codes), reason=body.reason)


def _day(text: str | None, pointer: str) -> date | None:
    try:
        return parse_date(text) if text is not None else None
    except BadDate as error:
        fault = FieldError(pointer=pointer, detail=str(error), code="invalid-date")
        raise Invalid("invalid-date", str(error), errors=(fault,)) from None
