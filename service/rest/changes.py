"""Changes to a person's timeline."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.auth import Caller
from service.domain.changes import Override
from service.rest.answers import answer, written
from service.rest.office import Desk
from service.rest.parsing import DryRun, IfMatch, KeyHeader, day_of, guarded_key
from service.rest.strict import StrictRoute
from service.usecases import changes

router = APIRouter(tags=["changes"], route_class=StrictRoute)


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
    codes: Annotated[list[str], Field(min_length=1, max_length=8, description="Codes to pass: move-not-allowed.")]
    reason: Annotated[str, Field(min_length=1, max_length=400, description="Why; kept on the change.")]


class NewChange(BaseModel):
    """One change of one job. The kind (promotion, track switch …) is derived, never sent."""

    model_config = ConfigDict(extra="forbid", strict=True)
    effective_on: Annotated[
        str | None, Field(description="First day on which it holds; the company's today.", examples=["2027-01-01"])
    ] = None
    job: Annotated[str, Field(min_length=1, max_length=64, description="Key of the job.")] = changes.PRIMARY
    to: Annotated[Target | None, Field(description="What is to hold; null ends the job on that day.")]
    reason: Annotated[str | None, Field(max_length=64, description="An opaque code, sent with the event.")] = None
    comment: Annotated[str | None, Field(max_length=4000, description="Free text; never sent.")] = None
    override: Annotated[OverrideBody | None, Field(description="Refusals to pass.")] = None


@router.post(
    "/v1/employees/{employee}/changes", status_code=201, operation_id="record_change", summary="Record a change"
)
async def record(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    body: NewChange,
    expected: IfMatch,
    _key: KeyHeader = None,
    dry_run: DryRun = "false",
) -> Response:
    """Past, present or future. The answer has both sides, the events told, and the person's new revision."""
    dry = dry_run == "true"
    outcome = await changes.record_change(
        office.runtime,
        actor,
        employee,
        _request(body),
        expected=expected,
        key=await guarded_key(request, actor, expected),
        dry_run=dry,
    )
    return written(request, outcome, status=201, location=f"/v1/changes/{outcome.answer['id']}", dry_run=dry)


@router.get("/v1/changes/{change}", operation_id="read_change", summary="Read a change")
async def read(request: Request, office: Desk, actor: Caller, change: str) -> Response:
    """The change as it was recorded, and what happened to it since."""
    return answer(request, await changes.read_change(office.runtime, actor, change))


def _request(body: NewChange) -> changes.ChangeRequest:
    override = body.override
    return changes.ChangeRequest(
        effective_on=day_of(body.effective_on, pointer="/effective_on"),
        job=body.job,
        to=body.to.model_dump(exclude_unset=True) if body.to else None,
        reason=body.reason,
        comment=body.comment,
        override=Override(codes=tuple(override.codes), reason=override.reason) if override else None,
    )
