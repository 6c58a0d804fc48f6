"""What is sent to record a role beside a job."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.domain.assignments import PRIMARY
from service.domain.dates import BadDate, parse_date
from service.domain.refusals import FieldError, Invalid
from service.usecases.overlays import OverlayRequest


class NewOverlay(BaseModel):
    """A role that somebody takes for a time beside a job, which stays as it is."""

    model_config = ConfigDict(extra="forbid", strict=True)
    role: Annotated[
        str, Field(min_length=1, max_length=64, description="Key of an overlay of the ladder.", examples=["tech-lead"])
    ]
    base_job: Annotated[str, Field(min_length=1, max_length=64, description="Key of the job it stands beside.")] = (
        PRIMARY
    )
    name: Annotated[str | None, Field(min_length=1, max_length=200, description="What it is for: a project.")] = None
    high_profile: Annotated[
        bool | None, Field(description="Whether people are seen in it; what the ladder says if left out.")
    ] = None
    from_: Annotated[
        str | None, Field(alias="from", description="First day; the company's today.", examples=["2027-01-01"])
    ] = None
    to: Annotated[str | None, Field(description="First day after it; it has to have one.", examples=["2027-07-01"])] = (
        None
    )
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    comment: Annotated[str | None, Field(max_length=4000, description="Free text; never sent.")] = None

    def asked(self) -> OverlayRequest:
        """As the use case takes it. Raises Invalid `invalid-date`."""
        return OverlayRequest(
            role=self.role,
            base_job=self.base_job,
            name=self.name,
            high_profile=self.high_profile,
            start=_day(self.from_, "/from"),
            end=_day(self.to, "/to"),
            reason=self.reason,
            comment=self.comment,
        )


def _day(text: str | None, pointer: str) -> date | None:
    try:
        return parse_date(text) if text is not None else None
    except BadDate as error:
        fault = FieldError(pointer=pointer, detail=str(error), code="invalid-date")
        raise Invalid("invalid-date", str(error), errors=(fault,)) from None
