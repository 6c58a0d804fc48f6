"""A person's next steps."""

from fastapi import APIRouter, Request, Response

from service.auth import Caller
from service.domain.assignments import PRIMARY
from service.rest.answers import answer
from service.rest.office import Desk
from service.rest.parsing import EffectiveOn, Job, KnownAt
from service.rest.strict import StrictRoute
from service.usecases import path

router = APIRouter(tags=["assignments"], route_class=StrictRoute)


@router.get("/v1/employees/{employee}/path", operation_id="read_path", summary="Read a person's next steps")
async def read(
    request: Request,
    office: Desk,
    actor: Caller,
    employee: str,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    job: Job = PRIMARY,
) -> Response:
    """Up the own track, over to another at equal grade, along the moves that the ladder states, and back from a trial.

    Each with what it would be, which conditions are not met yet, and what is expected and decided there that is not
    here. One that the ladder denies has `allowed: false` and no reason.
    """
    found = await path.read_path(office.runtime, actor, employee, job=job, effective_on=effective_on, known_at=known_at)
    return answer(request, found)
