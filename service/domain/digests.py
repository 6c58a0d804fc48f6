"""A digest of what a person holds on a day, so that two sides can compare without sending everything.

SHA-256 over the canonical JSON (RFC 8785: sorted names, no white space, UTF-8) of

    {"employee": id, "jobs": {key of the job: {the members of DIGESTED: text or null}}}

It covers all jobs of the person, in no order, and nothing else: no pay, no day, no instant, no revision. So it is
the same on every day on which the same holds, and whoever may not read pay computes the same.
"""

import hashlib
import json
from collections.abc import Mapping

from service.domain.assignments import Assignment

DIGESTED = (
    *("band_set", "currency", "grade", "grade_since", "ladder", "ladder_version", "level"),
    *("role", "step", "step_since", "team", "title", "track", "zone"),
)
"""Members of an assignment that a digest covers, in their canonical order."""


def digest_of(employee_id: str, jobs: Mapping[str, Assignment]) -> str:
    """`sha256:` and 64 hexadecimal digits, of everything that the person holds by key of the job."""
    # RFC 8785 orders names by their UTF-16 code units.
    keys = sorted(jobs, key=lambda key: key.encode("utf-16-be"))
    held = {key: {name: getattr(jobs[key], name) for name in DIGESTED} for key in keys}
    # Days are the only members that JSON has no form for: they are written as ISO dates.
    text = json.dumps({"employee": employee_id, "jobs": held}, ensure_ascii=False, separators=(",", ":"), default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
