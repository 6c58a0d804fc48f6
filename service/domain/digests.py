"""Digests of what a person holds, so that two sides can compare without sending everything.

There is one of a day and one of all days. Each is SHA-256 over canonical JSON (RFC 8785: sorted names, no white space,
UTF-8). The one of a day is of

    {"employee": id, "jobs": {key of the job: {the members of DIGESTED: text or null}}}

It covers all jobs of the person, in no order, and nothing else: no pay, no day, no instant, no revision. So it is
the same on every day on which the same holds, and whoever may not read pay computes the same.

The one of all days is of

    {"employee": id, "jobs": {key of the job: [{"from": day, "to": day or null, the members of TOLD}]}}

with the days of each job in order, neighbours that are alike joined, and what nobody holds left out. It has nothing
that the definitions make of a day, since no event tells when they alone make something else of it: whoever has all
events about a person, and nothing besides, has all of it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from service.domain.assignments import Assignment, Row

DIGESTED = (
    *("band_set", "currency", "grade", "grade_since", "ladder", "ladder_version", "level"),
    *("role", "step", "step_since", "team", "title", "track", "zone"),
)
"""Members of an assignment that a digest covers, in their canonical order."""

TOLD = (
    *("band_set", "grade", "grade_since", "ladder", "level"),
    *("role", "step", "step_since", "team", "zone"),
)
"""Members of a segment that events alone tell of every day."""
_OF_STANDING = frozenset({"grade", "grade_since", "step_since"})


def digest_of(employee_id: str, jobs: Mapping[str, Assignment]) -> str:
    """`sha256:` and 64 hexadecimal digits, of everything that the person holds by key of the job."""
    held = {key: {name: getattr(jobs[key], name) for name in DIGESTED} for key in _ordered(jobs)}
    return _digest({"employee": employee_id, "jobs": held})


def timeline_digest(employee_id: str, jobs: Mapping[str, Sequence[Row]]) -> str:
    """`sha256:` and 64 hexadecimal digits, of all days of the person, by key of the job in order of days."""
    told = {key: _segments(jobs[key]) for key in _ordered(jobs) if jobs[key]}
    return _digest({"employee": employee_id, "jobs": told})


def _segments(rows: Sequence[Row]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for row in rows:
        facts = {name: _told(row, name) for name in TOLD}
        last = found[-1] if found else None
        if last and last["to"] == row.effective_from and {name: last[name] for name in TOLD} == facts:
            last["to"] = row.effective_to
        else:
            found.append({**facts, "from": row.effective_from, "to": row.effective_to})
    return [{name: segment[name] for name in sorted(segment)} for segment in found]


def _told(row: Row, name: str) -> object:
    return getattr(row.standing if name in _OF_STANDING else row.standing.facts, name)


def _ordered(jobs: Mapping[str, object]) -> list[str]:
    # RFC 8785 orders names by their UTF-16 code units.
    return sorted(jobs, key=lambda key: key.encode("utf-16-be"))


def _digest(person: dict[str, object]) -> str:
    # Days are the only members that JSON has no form for: they are written as ISO dates.
    text = json.dumps(person, ensure_ascii=False, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
