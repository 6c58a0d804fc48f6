"""What stands in Workday of a worker on a day: read before anything is written, and after."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service.connectors.sinks import NotTaken, Postponed
from service.connectors.workday.client import Tenant
from service.connectors.workday.references import at, id_of, listed, named


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Whom a write is about: ours, and theirs. `position` None: the worker's only one, or the primary one."""

    employee_id: str
    job: str
    worker: str
    position: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """None is what they do not say. `position` has to be named in requests: the worker has several."""

    position: str | None
    profile: str | None
    grade: str | None
    grade_profile: str | None


async def standing_on(tenant: Tenant, post: Post, day: date) -> Standing:
    """What holds there on a day, as entered by now. Raises NotTaken, Postponed where no position can be told."""
    answer = await tenant.ask(
        "staffing",
        "Get_Workers",
        {
            "Request_References": {"Worker_Reference": [named(tenant.settings.worker_id_type, post.worker)]},
            "Response_Filter": {"As_Of_Effective_Date": day},
            "Response_Group": {
                "Include_Reference": True,
                "Include_Employment_Information": True,
                "Include_Compensation": tenant.settings.owns_grades,
            },
        },
    )
    workers = listed(at(answer, "Response_Data", "Worker"))
    data = at(workers[0], "Worker_Data") if workers else None
    jobs = listed(at(data, "Employment_Data", "Worker_Job_Data"))
    job = _job_of(jobs, post)
    guidelines = listed(at(data, "Compensation_Data", "Compensation_Guidelines_Data"))
    held = guidelines[0] if guidelines else None
    return Standing(
        position=position_of(job) if len(jobs) > 1 else None,
        profile=id_of(at(job, "Position_Data", "Job_Profile_Summary_Data", "Job_Profile_Reference"), "Job_Profile_ID"),
        grade=id_of(at(held, "Compensation_Grade_Reference"), "Compensation_Grade_ID"),
        grade_profile=id_of(at(held, "Compensation_Grade_Profile_Reference"), "Compensation_Grade_Profile_ID"),
    )


def position_of(job: Any) -> str | None:
    """Which position a job of a worker is."""
    stated: str | None = at(job, "Position_Data", "Position_ID")
    return stated or id_of(at(job, "Position_Reference"), "Position_ID")


def _job_of(jobs: list[dict[str, Any]], post: Post) -> dict[str, Any]:
    if not jobs:
        raise NotTaken(
            Postponed(
                code="workday-before-hire",
                reason="The worker holds no position there on that day. Correct the hire there, or the change here.",
            )
        )
    if post.position is not None:
        jobs = [job for job in jobs if position_of(job) == post.position]
    elif len(jobs) > 1:
        jobs = [job for job in jobs if job.get("Primary_Job")]
    if len(jobs) == 1:
        return jobs[0]
    raise NotTaken(
        Postponed(
            code="workday-several-positions",
            reason="It cannot be told which position there is meant. Map the job to its Position_ID.",
        )
    )
