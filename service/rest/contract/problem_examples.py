"""An example of each problem, as it would be told of an operation that can answer it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.ladderfiles.schema import PUBLISHED_AT
from service.problems import PROBLEMS, problem_body
from service.rest.contract import examples

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Case:
    """`place` is the pointer, parameter or header at fault, `extra` are the members that the code adds."""

    detail: str
    place: tuple[str, str] | None = None
    fault: str = ""
    extra: Mapping[str, object] | None = None
    at: str | None = None


_CASES: Mapping[str, _Case] = {
    "missing-scope": _Case(
        "This needs the scope assignments:write, which the key does not have. Use a key that has it.",
        extra={"scope": "assignments:write"},
        at="/v1/employees/ada/changes",
    ),
    "quota-exceeded": _Case(
        "More than 60000 requests came within 60 seconds. Send the next one in 42 seconds.",
        extra={"violated-policies": ["default"]},
        at="/v1/employees",
    ),
    "malformed-json": _Case(
        "The body cannot be read. Expecting ',' delimiter at line 3, column 7. Send one JSON object in UTF-8."
    ),
    "unsafe-json": _Case(
        'The body would be read differently by others. The key "level" is there twice. Send plain JSON.'
    ),
    "unknown-parameter": _Case(
        "There is no parameter effectve_on. Did you mean effective_on?",
        ("parameter", "effectve_on"),
        "Did you mean effective_on?",
        at="/v1/employees/ada/assignment",
    ),
    "invalid-parameter": _Case(
        "limit: Input should be less than or equal to 200.",
        ("parameter", "limit"),
        "Input should be less than or equal to 200",
        at="/v1/employees",
    ),
    "unescaped-plus": _Case(
        "known_at holds a space, which a + in a query turns into. Write %2B, or use Z.",
        at="/v1/employees/ada/assignment",
    ),
    "invalid-body": _Case(
        "/effective_from: is no field here: did you mean effective_on?",
        ("pointer", "/effective_from"),
        "is no field here: did you mean effective_on?",
        at="/v1/employees/ada/changes",
    ),
    "invalid-if-match": _Case(
        "If-Match '7' names no revision. Send If-Match: \"7\" with its quotes, or *.",
        ("header", "If-Match"),
        "is not a quoted revision",
    ),
    "invalid-idempotency-key": _Case(
        "An Idempotency-Key has 1 to 255 printable ASCII characters.",
        ("header", "Idempotency-Key"),
        "cannot be used",
    ),
    "if-match-missing": _Case(
        'Say which revision this is based on: If-Match: "7", or * for any.', extra={"revision": 7}
    ),
    "revision-stale": _Case(
        "The person is at revision 7, not 6. Read again, then decide again.", extra={"revision": 7}
    ),
    "not-found": _Case("There is no problem no-chnage. /problems lists them.", at="/problems/no-chnage"),
    "invalid-date": _Case(
        "2026-02-30 is not in the calendar: write a day that exists as YYYY-MM-DD",
        ("parameter", "effective_on"),
        "2026-02-30 is not in the calendar: write a day that exists as YYYY-MM-DD",
        at="/v1/employees/ada/assignment",
    ),
    "unknown-kind": _Case(
        "There is no kind promotoin. Did you mean promotion?", ("parameter", "kind"), "promotoin", at="/v1/changes"
    ),
    "unknown-status": _Case(
        "There is no status planned. Known are scheduled, effective, cancelled, superseded, rescinded.",
        ("parameter", "status"),
        "planned",
        at="/v1/changes",
    ),
    "range-reversed": _Case(
        "effective_from is 2027-01-01, behind the end 2026-07-01. Name the earlier one as the beginning.",
        ("parameter", "effective_from"),
        "lies behind 2026-07-01",
        at="/v1/diff",
    ),
    "empty-range": _Case(
        "No day lies from 2026-07-01 on and before 2026-07-01. Let effective_to be later than effective_from.",
        ("parameter", "effective_to"),
        "is not after 2026-07-01",
        at="/v1/reports/movement",
    ),
    "known-at-in-future": _Case(
        f"Nothing is known at {examples.RECORDED} yet. Ask for an instant that has passed.",
        ("parameter", "known_at"),
        "lies in the future",
    ),
    "no-employee": _Case(
        "There is no person adaa. Use an id (emp_…), your own key, or system:value as it is bound now.",
        at="/v1/employees/adaa",
    ),
    "key-taken": _Case("The key ada belongs to somebody already. Use it as it is, or choose another."),
    "external-id-taken": _Case(
        "This workday id belongs to somebody else now. Release it there before it is bound here."
    ),
    "invalid-external-id": _Case(
        "This external id cannot be kept: it is empty.",
        ("pointer", "/value"),
        "it is empty",
        at="/v1/employees/ada/external-ids/workday",
    ),
    "no-assignment": _Case(
        "Nothing holds for job primary on 2020-01-01. Ask for another day or job, or read the timeline."
    ),
    "no-change": _Case("On 2027-01-01 this already holds. Send what differs, or nothing."),
    "not-employed": _Case("Nobody holds this job on 2020-01-01. Name a day on which it is held, or another job."),
    "already-employed": _Case(
        "Somebody holds this job on 2026-07-01 already, and the change starts it. State what is to hold from then on."
    ),
    "already-effective": _Case(f"{examples.CHANGE_ID} holds since 2026-07-01. Rescind it instead."),
    "not-effective": _Case(f"{examples.CHANGE_ID} holds from 2027-01-01 on. Cancel it instead."),
    "change-not-live": _Case(
        f"{examples.CHANGE_ID} is superseded by {examples.CHANGE_ID}. Act on that one.",
        extra={"change_status": "superseded", "superseded_by": examples.CHANGE_ID},
    ),
    "breaks-later-changes": _Case(
        f"Changes after 2026-07-01 would no longer make sense: {examples.CHANGE_ID}. Correct or withdraw those first.",
        extra={"changes": [examples.CHANGE_ID]},
    ),
    "incomplete-assignment": _Case(
        "Nobody holds this job on 2027-01-01, so the change starts it: state ladder and level.",
        ("pointer", "/to/ladder"),
        "is needed to start a job",
    ),
    "level-not-in-force": _Case(
        "Ladder engineering has no level ic6 with a grade on 2027-01-01. Did you mean ic5?",
        ("pointer", "/to/level"),
        "not in force on 2027-01-01",
    ),
    "period-locked": _Case(
        "This alters days of pay period 2026-12-01 of calendar monthly (2026-12-01 to before 2027-01-01), which is "
        "locked; 2027-01-01 is the next open day. Take another day, or record it with an override and its scope.",
        ("pointer", "/effective_on"),
        "in a locked pay period",
        extra={"next_open_on": "2027-01-01"},
    ),
    "move-not-allowed": _Case(
        "Ladder engineering allows no switch from ic4 (grade 4) to em5 (grade 5). Switch at equal grade, add the move "
        "to the ladder, or record it with an override and its scope.",
        ("pointer", "/to/level"),
        "no allowed switch",
    ),
    "plan-stale": _Case(
        "More was published since this was planned. Plan again, look at it, then apply.",
        extra={"base": "9f2c64f0a1b84e0f9a44d1c6a3b7e5d2"},
    ),
    "people-unmapped": _Case(
        "Version 2026.2 of engineering leaves out or regrades ic5, or takes its track or step away, where 1 people "
        "stand or will stand. Keep the level as it is for them, or move them first.",
        extra={"levels": ["ic5"], "employees": [examples.EMPLOYEE_ID], "employee_count": 1},
    ),
    "definitions-invalid": _Case(
        "/ladders/0/levels/1/grade DT021 unknown grade 55: define it, or use one of 3, 5",
        ("pointer", "/ladders/0/levels/1/grade"),
        "unknown grade 55: define it, or use one of 3, 5",
    ),
    "no-ladder-in-force": _Case("No version of ladder engineering is in force on 2020-01-01."),
    "no-such-version": _Case(
        "Ladder engineering has no version 2027.1. List its versions.", at="/v1/ladders/engineering/versions/2027.1"
    ),
    "no-such-level": _Case(
        "Version 2026.1 of engineering has no level ic6; it has eng3, ic5, em5.",
        at="/v1/ladders/engineering/levels/ic6",
    ),
    "no-such-secret": _Case(
        "This endpoint has no secret sec_none that signs. List them.",
        at=f"/v1/endpoints/{examples.ENDPOINT_ID}/secrets/sec_none",
    ),
    "no-such-event": _Case(
        "There is no such event, or none that this key may see. Ids of events begin with evt_; read the feed.",
        at="/v1/events/evt_none",
    ),
    "last-secret": _Case("No other secret of this endpoint signs for good. Rotate it, then revoke this one."),
    "too-many-secrets": _Case("10 secrets of this endpoint sign already. Revoke one, or wait until one expires."),
    "tested-too-often": _Case(
        "This endpoint was tested 10 times within a minute. Test it again in 6 seconds.",
        extra={"retry_after_seconds": 6},
    ),
    "not-consented": _Case(
        f"The receiver of {examples.ENDPOINT_ID} must be asked and has not agreed. Set its state to active with "
        "PATCH, which asks."
    ),
    "not-openable": _Case(
        "What is kept sealed of this endpoint was sealed with another DUALTRACK_SECRET_KEY. Send headers, "
        "client_certificate, trusted_ca and oauth2 anew, null for none, and rotate its secrets."
    ),
    "header-refused": _Case(
        "Host: it is set by the sender alone: leave it out.",
        ("pointer", "/headers"),
        "Host: it is set by the sender alone: leave it out",
    ),
    "certificate-refused": _Case(
        "/client_certificate/key: it is not the key of the certificate: send the two that belong together.",
        ("pointer", "/client_certificate/key"),
        "it is not the key of the certificate: send the two that belong together",
    ),
    "endpoint-url-refused": _Case(
        "the URL is not absolute https: write https://host/path",
        ("pointer", "/url"),
        "the URL is not absolute https",
    ),
    "burst-without-rate": _Case(
        "burst 20 bounds nothing without a rate. Give a rate, or leave burst out.",
        ("pointer", "/burst"),
        "there is no rate",
    ),
    "too-many-queued": _Case(
        "23104 events wait for the endpoint, and its order can be changed while there are at most 10000. "
        "Let them be sent first, or subscribe another endpoint.",
        extra={"queued": 23104, "most": 10000},
    ),
    "unknown-event-type": _Case(
        "There is no event type track.switch. Did you mean track.switched?",
        ("pointer", "/event_types"),
        "track.switch",
    ),
    "unknown-facet": _Case("There is no facet teem. Did you mean team?", ("pointer", "/filters"), "teem"),
    "invalid-expiry": _Case(
        "The key cannot expire then: that instant has passed. Name one that is to come, or leave it out for never.",
        ("pointer", "/expires_at"),
        "has passed",
    ),
    "unknown-connection-kind": _Case(
        "There is no kind 'bamboo' of system. Known are bamboohr, workday.", ("pointer", "/kind"), "it is not known"
    ),
    "connection-invalid": _Case(
        "/credentials/api_key: Field required", ("pointer", "/credentials/api_key"), "Field required"
    ),
    "mapping-invalid": _Case(
        "/entries/1/from: level engineering/ic5 has another name there on the same day, in entry 0: let one end where "
        "the other begins",
        ("pointer", "/entries/1/from"),
        "level engineering/ic5 has another name there on the same day, in entry 0",
    ),
    "no-such-key": _Case("There is no key 4f1c2a9e00aa11bb that still works. List the keys to see them."),
}


def problem_example(code: str, *, instance: str) -> Json:
    """The problem as somebody gets it who asked for `instance`; where no case is told, its remedy is the detail."""
    problem = PROBLEMS[code]
    case = _CASES.get(code) or _Case(problem.remedy)
    value = problem_body(
        code,
        case.detail,
        status=problem.status,
        base=PUBLISHED_AT,
        instance=case.at or instance,
        request_id="5f1c9a0e7b3d2468",
    )
    if case.place:
        place, name = case.place
        fault = {"invalid-body": "unknown-field", "invalid-parameter": "invalid", "definitions-invalid": "DT021"}
        value["errors"] = [{place: name, "detail": case.fault, "code": fault.get(code, code)}]
    return {"summary": problem.title, "value": {**value, **(case.extra or {})}}
