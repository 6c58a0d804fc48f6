"""Gusto: jobs with all their compensations, of which titles and days are read and rates are not."""

from collections.abc import Iterator
from typing import Any, cast

from service.connectors.extracts.gathering import RawRow, refuse
from service.domain.assignments import PRIMARY
from service.domain.extracts import Columns

COLUMNS = Columns(employee="employee_uuid", job="job", level="title", effective_on="effective_date", place="place")


def gusto_rows(document: object) -> Iterator[RawRow]:
    """Jobs as a list, or employees with `jobs`. The primary job is ours of that name, others go by their uuid.

    A compensation without a title of its own has the job's if it is the current one, and else says nothing.
    """
    if not isinstance(document, list):
        refuse("These are no jobs: send the list of jobs with their compensations, or of employees with their jobs.")
    number = 0
    for entry in cast(list[Any], document):
        if not isinstance(entry, dict):
            refuse("A job is no JSON object.")
        for cells in _entry(cast(dict[str, Any], entry)):
            number += 1
            yield RawRow(number=number, cells=cells, place=f"row {number}")


def _entry(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    jobs = entry.get("jobs")
    if jobs is None:
        yield from _job(entry, entry.get("employee_uuid"))
        return
    for job in _objects(jobs, "jobs"):
        yield from _job(job, entry.get("uuid"))


def _job(job: dict[str, Any], employee: Any) -> Iterator[dict[str, Any]]:
    compensations = _objects(job.get("compensations"), "compensations")
    # The current one has the latest day, where the job does not name it.
    days = [one["effective_date"] for one in compensations if isinstance(one.get("effective_date"), str)]
    current, latest = job.get("current_compensation_uuid"), max(days, default=None)
    for one in compensations:
        day = one.get("effective_date")
        is_current = one.get("uuid") == current if current is not None else day == latest
        title = one.get("title") or (job.get("title") if is_current else None)
        if title is None and not is_current:
            continue
        yield {
            "employee_uuid": employee,
            "job": PRIMARY if job.get("primary") is True else job.get("uuid"),
            "title": title,
            "effective_date": day,
            "place": _place(one.get("uuid")),
        }


def _objects(value: Any, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        refuse(f"A list of {name} is missing: ask with include=all_compensations.")
    items = cast(list[Any], value)
    if any(not isinstance(item, dict) for item in items):
        refuse(f"One of {name} is no JSON object.")
    return cast(list[dict[str, Any]], items)


def _place(uuid: Any) -> str | None:
    return f"compensation {uuid[:60]}" if isinstance(uuid, str) else None
