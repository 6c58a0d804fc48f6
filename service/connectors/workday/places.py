"""The two things of a person that are written: the job profile by Change_Job, the grade by a compensation change."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from service.connectors.sinks import NotTaken, Postponed
from service.connectors.workday.client import ServiceName
from service.connectors.workday.references import named
from service.connectors.workday.settings import Settings
from service.connectors.workday.standing import Post, Standing
from service.domain.mappings import SystemMapping, level_name

OTHER = "other"
"""The kind whose reason stands for every kind that has none of its own."""


class Place(Protocol):
    """One of the two. A value is what is to stand there, as one text."""

    name: str
    service: ServiceName
    operation: str

    def value(self, assignment: Mapping[str, Any], day: date) -> str:
        """Raises NotTaken, Postponed where something is not mapped."""
        ...

    def stands(self, standing: Standing, day: date) -> str: ...

    def request(self, post: Post, day: date, value: str, kind: str) -> dict[str, Any]:
        """Raises NotTaken, Postponed where the reason is not mapped."""
        ...


class JobPlace:
    """The profile of a job, by Change_Job."""

    name = "job"
    service: ServiceName = "staffing"
    operation = "Change_Job"

    def __init__(self, settings: Settings, mapping: SystemMapping) -> None:
        self._settings = settings
        self._mapping = mapping

    def value(self, assignment: Mapping[str, Any], day: date) -> str:
        ours = level_name(assignment["ladder"], assignment["level"])
        theirs = self._mapping.theirs("level", ours, day)
        if theirs is None:
            raise _unmapped("level", ours, day, "its Job_Profile_ID")
        return theirs

    def stands(self, standing: Standing, day: date) -> str:
        return self._mapping.as_written("level", standing.profile or "", day)

    def request(self, post: Post, day: date, value: str, kind: str) -> dict[str, Any]:
        reason = _reason(self._mapping, kind, day)
        data: dict[str, Any] = {"Worker_Reference": named(self._settings.worker_id_type, post.worker)}
        if post.position:
            data["Position_Reference"] = named("Position_ID", post.position)
        data["Effective_Date"] = day
        data["Change_Job_Detail_Data"] = {
            "Reason_Reference": named(self._settings.reason_id_type, reason),
            "Job_Details_Data": {"Job_Profile_Reference": named("Job_Profile_ID", value)},
        }
        return {"Business_Process_Parameters": process_of(self._settings), "Change_Job_Data": data}


class CompensationPlace:
    """Compensation grade and, where one is mapped, grade profile."""

    name = "compensation"
    service: ServiceName = "compensation"
    operation = "Request_Compensation_Change"

    def __init__(self, settings: Settings, mapping: SystemMapping) -> None:
        self._settings = settings
        self._mapping = mapping

    def value(self, assignment: Mapping[str, Any], day: date) -> str:
        ours: str = assignment["grade"]
        theirs = self._mapping.theirs("grade", ours, day)
        if theirs is None:
            raise _unmapped("grade", ours, day, "its Compensation_Grade_ID")
        zone = assignment.get("zone")
        profile = self._mapping.theirs("grade", f"{ours}/{zone}", day) if zone else None
        return f"{theirs}|{profile or ''}"

    def stands(self, standing: Standing, day: date) -> str:
        grade, profile = standing.grade or "", standing.grade_profile or ""
        return "|".join(self._mapping.as_written("grade", one, day) for one in (grade, profile))

    def request(self, post: Post, day: date, value: str, kind: str) -> dict[str, Any]:
        grade, _, profile = value.partition("|")
        reason = _reason(self._mapping, kind, day, prefix="compensation/")
        guidelines: dict[str, Any] = {"Compensation_Grade_Reference": named("Compensation_Grade_ID", grade)}
        if profile:
            guidelines["Compensation_Grade_Profile_Reference"] = named("Compensation_Grade_Profile_ID", profile)
        data: dict[str, Any] = {"Employee_Reference": named(self._settings.worker_id_type, post.worker)}
        if post.position:
            data["Position_Reference"] = named("Position_ID", post.position)
        data["Compensation_Change_Date"] = day
        data["Compensation_Change_Data"] = {
            "Reason_Reference": named("Event_Classification_Subcategory_ID", reason),
            "Compensation_Guidelines_Data": guidelines,
        }
        return {
            "Business_Process_Parameters": process_of(self._settings),
            "Request_Compensation_Change_Data": data,
        }


def process_of(settings: Settings) -> dict[str, Any]:
    """How the business process is to run."""
    return {"Auto_Complete": settings.auto_complete, "Run_Now": settings.run_now}


def _reason(mapping: SystemMapping, kind: str, day: date, *, prefix: str = "") -> str:
    reason = mapping.theirs("reason", f"{prefix}{kind}", day) or mapping.theirs("reason", f"{prefix}{OTHER}", day)
    if reason is None:
        raise _unmapped("reason", f"{prefix}{kind}", day, "its reason there")
    return reason


def _unmapped(noun: str, ours: str, day: date, theirs: str) -> NotTaken:
    return NotTaken(
        Postponed(
            code=f"{noun}-unmapped",
            reason=f"No mapping says what the {noun} {ours} is called there on {day}. Map it to {theirs}.",
        )
    )
