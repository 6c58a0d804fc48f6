"""Every refusal code once: status, title, and what the caller should do. REST, CLI and /problems read it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.domain.refusals import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Refused,
    Stale,
    Unavailable,
    Unguarded,
)

STATUS_OF_KIND: Mapping[type[Refused], int] = {
    Invalid: 422,
    Forbidden: 403,
    NotFound: 404,
    Gone: 410,
    Conflict: 409,
    Stale: 412,
    Unguarded: 428,
    Unavailable: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One code. `remedy` is said on the page /problems/{code}; the answer's `detail` says it for the case at hand.

    `type` is one that is registered with IANA; None means our own page.
    """

    status: int
    title: str
    remedy: str
    type: str | None = None


class SurfaceProblem(Exception):
    """A refusal by the surface itself: what was sent never reached a rule."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = errors or []
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def _p(status: int, title: str, remedy: str, type: str | None = None) -> Problem:
    return Problem(status=status, title=title, remedy=remedy, type=type)


_QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"

PROBLEMS: Mapping[str, Problem] = {
    # The request itself
    "malformed-http": _p(400, "This is no HTTP request", "Send HTTP/1.1 with one clear length of the body."),
    "malformed-json": _p(400, "The body is not JSON", "Send one JSON object in UTF-8."),
    "unsafe-json": _p(422, "The body means different things to different readers", "Send plain JSON."),
    "unknown-parameter": _p(400, "Unknown query parameter", "Remove it, or correct its name: none is ever ignored."),
    "invalid-parameter": _p(422, "A query parameter cannot be used", "Send it in the form the error names."),
    "unescaped-plus": _p(400, "A plus sign was not escaped", "Write + as %2B in a query, or use Z for UTC."),
    "cursor-invalid": _p(400, "The cursor cannot be read", "Use next_cursor as it was given, or start without one."),
    "cursor-mismatch": _p(400, "The cursor belongs to another question", "Repeat the parameters of the first page."),
    "cursor-lost": _p(410, "The event of the cursor does not stand there any more", "Take a snapshot, then read on."),
    "cursor-expired": _p(410, "The cursor is too old", "Start again without one."),
    "not-acceptable": _p(406, "There is no such form of the answer", "Accept one of those that `offered` lists."),
    "invalid-body": _p(422, "The body does not fit", "Mend each place that `errors` points to."),
    "invalid-if-match": _p(400, "If-Match cannot be read", 'Send If-Match: "<revision>" or *.'),
    "invalid-if-none-match": _p(400, "If-None-Match cannot be used here", "Send If-None-Match: *, or leave it out."),
    "invalid-idempotency-key": _p(400, "The Idempotency-Key cannot be used", "Send 1 to 255 printable characters."),
    "idempotency-key-missing": _p(400, "An Idempotency-Key is needed", "Send one, so that nothing is stored twice."),
    "malformed-table": _p(400, "The table cannot be read", "Send CSV in UTF-8 whose first line names the columns."),
    "missing-key": _p(401, "No API key", "Send Authorization: Bearer dt_…"),
    "key-refused": _p(401, "The API key does not work", "Use a key that exists, is not expired and not revoked."),
    "missing-scope": _p(403, "The key lacks a scope", "Use a key with the scope that is named."),
    "not-found": _p(404, "Nothing is here", "Check the path against /openapi.json."),
    "method-not-allowed": _p(405, "Not with this method", "Use a method that the Allow header names."),
    "body-too-large": _p(413, "The body is too large", "Send less at once."),
    "unsupported-media-type": _p(415, "The body is not application/json", "Send JSON, uncompressed, and say so."),
    "bad-host": _p(400, "The Host header cannot be used", "Send exactly one Host header with a host name."),
    "host-refused": _p(421, "Not this host", "Use the host name that this service answers to."),
    "request-timeout": _p(408, "The request took too long to arrive", "Send headers and body without pausing."),
    "quota-exceeded": _p(429, "Too many requests", "Wait as long as Retry-After says.", _QUOTA_EXCEEDED),
    "internal-error": _p(500, "Something went wrong here", "Try again; if it stays, report the request id."),
    "database-away": _p(503, "The database does not answer", "Try again when it does."),
    "busy": _p(503, "No room for this request in time", "Send it again in a moment, under the same Idempotency-Key."),
    # Queries in GraphQL
    "not-a-graphql-request": _p(400, "This is no request of GraphQL", "Send query, variables, operationName."),
    "query-invalid": _p(400, "The query cannot be carried out", "Mend each place that `locations` points to."),
    "variables-invalid": _p(400, "A variable does not fit its type", "Send values of the types that are named."),
    "query-too-long": _p(400, "The document is too long", "Send values as variables, or ask in several queries."),
    "query-too-deep": _p(400, "The query nests too deep", "Ask in two queries, the second by id."),
    "query-too-wide": _p(400, "The query names too much at once", "Ask in several queries."),
    "query-too-costly": _p(400, "The query asks for too much", "Ask for smaller pages, or fewer lists within lists."),
    "query-too-slow": _p(503, "The query took too long", "Ask for less at once, or again in a moment."),
    "document-unknown": _p(400, "No such trusted document", "Send the documentId of a listed one."),
    "document-required": _p(400, "Only trusted documents are answered", "Send documentId instead of query."),
    "too-many-subscriptions": _p(429, "Too many streams are open", "Close one, or ask for more in one."),
    # What a write is based on
    "if-match-missing": _p(428, "The write does not say what it is based on", 'Send If-Match: "<revision>" or *.'),
    "revision-stale": _p(412, "The record has moved", "Read again, decide again, send the new revision."),
    "idempotency-key-reused": _p(422, "The key was used for another request", "Use a new key for a new request."),
    # People
    "no-employee": _p(404, "No such person", "Use an id, your own key, or system:value."),
    "key-taken": _p(409, "The key belongs to somebody", "Use that person, or choose another key."),
    "key-exists": _p(412, "Somebody has the key already", "Read that person; what was sent is not needed any more."),
    "name-taken": _p(409, "A name was taken in the same moment", "Read it, then decide again."),
    "external-id-taken": _p(409, "The external id belongs to somebody else", "Release it there first."),
    "invalid-key": _p(422, "The key cannot name a person", "Use letters, digits, . _ @ - and not emp_ in front."),
    "invalid-external-id": _p(422, "The external id cannot be kept", "Use a short system and a printable value."),
    # Changes and assignments
    "no-assignment": _p(404, "Nothing holds on that day", "Ask for another day or job, or read the timeline."),
    "no-such-calendar": _p(404, "No such pay calendar", "Use a key of pay_calendars in company.yaml."),
    "no-such-period": _p(404, "No such pay period", "Use a key of the calendar; of a rule it is the first day."),
    "no-such-change": _p(404, "No such change", "Use the id that recording it answered."),
    "no-change": _p(409, "Nothing differs", "Send what differs, or nothing."),
    "not-employed": _p(409, "Nobody holds the job then", "Name a day on which it is held, or another job."),
    "already-effective": _p(409, "The change has taken effect", "Rescind it: a plan is cancelled, a fact rescinded."),
    "not-effective": _p(409, "The change has not taken effect", "Cancel it: a plan is cancelled, a fact rescinded."),
    "change-not-live": _p(409, "The change counts no more", "Act on the change that took its place, if one did."),
    "already-employed": _p(409, "The job is held then", "State what is to hold from that day on, or another day."),
    "breaks-later-changes": _p(409, "Later changes would break", "Correct or withdraw those first."),
    "incomplete-assignment": _p(422, "A start needs ladder and level", "State both."),
    "level-not-in-force": _p(422, "The level is not in force", "Use a level of the version in force on that day."),
    "period-locked": _p(409, "The pay period is locked", "Take the day in next_open_on or a later one, or override."),
    "move-not-allowed": _p(422, "The ladder allows no such switch", "Switch at equal grade, add the move, override."),
    "overlay-needs-end": _p(422, "An overlay has an end", "State `to`, the first day after it; correct it later."),
    "trial-not-a-switch": _p(422, "Only track switches are on trial", "Leave review_on and return out."),
    "track-mismatch": _p(422, "A derived field does not match", "Leave it out, or name the level meant."),
    "invalid-date": _p(422, "The date cannot be used", "Write a day as YYYY-MM-DD, 1900 to 2999."),
    "empty-range": _p(422, "The range holds no day", "Let effective_to be later than effective_from."),
    "known-at-in-future": _p(422, "Nothing is known then yet", "Ask for an instant that has passed."),
    "unknown-kind": _p(422, "No such kind of change", "Use one of those that the refusal names."),
    "unknown-status": _p(422, "No such status", "Use scheduled, effective, cancelled, superseded or rescinded."),
    "range-reversed": _p(422, "The range ends before it begins", "Name the earlier one as the beginning."),
    "unknown-ladder": _p(422, "No such ladder", "Use one that is defined."),
    "unknown-role": _p(422, "No such role", "Use one that is defined."),
    "unknown-team": _p(422, "No such team", "Use one that is defined."),
    "unknown-zone": _p(422, "No such zone", "Use one that is defined."),
    "unknown-band-set": _p(422, "No such band set", "Use one that is defined, or null for the one in force."),
    "unknown-step": _p(422, "No such step", "Use a step that the level lists, or null."),
    # Batches of changes
    "no-such-batch": _p(404, "No such batch", "List the batches to see their ids."),
    "batch-empty": _p(422, "The batch has no rows", "Send at least one."),
    "batch-too-large": _p(422, "The batch has too many rows", "Send it in mode partial, or as several."),
    "batch-state": _p(409, "The batch is not in a state for that", "Read it: `state` says what was done already."),
    "batch-not-approved": _p(409, "Somebody else has to approve the batch", "Have it approved by another key."),
    "own-proposal": _p(403, "Nobody approves what they proposed", "Have somebody else approve it, or reject it."),
    "not-your-batch": _p(403, "Somebody else began the batch", "Begin a batch of your own."),
    # Other systems held against the record
    "no-such-reconciliation": _p(404, "No such reconciliation", "List the reconciliations to see their ids."),
    "extract-invalid": _p(422, "The extract cannot be read", "Mend each row and column that `errors` names."),
    "extract-too-large": _p(422, "The extract has too many rows", "Send it in parts, with `complete` false."),
    "no-such-drift": _p(422, "The report has no such drift", "Name drifts by their numbers in the report."),
    "authority-ours": _p(409, "Our record is taken for right", "Write there what the mends name, or report again."),
    "nothing-to-mend": _p(409, "No change here would mend anything", "Read the mends: they say what does."),
    "drift-not-mendable": _p(409, "No change here mends the drift", "Do what its mend says, or leave it out."),
    "mend-needs-backfill": _p(409, "Somebody is to be made known", "Send backfill true, or make them known first."),
    "being-mended": _p(409, "What the report says is being mended", "Have the batch applied, or reject it."),
    # Definitions
    "nothing-applied": _p(422, "No ladders are defined yet", "Run dualtrack apply FOLDER."),
    "definitions-invalid": _p(
        422, "The definitions have faults", "Mend each finding; docs/lint.md explains the rules."
    ),
    "plan-stale": _p(412, "More was published since the plan", "Plan again, look at it, then apply."),
    "people-unmapped": _p(
        409,
        "People stand on levels that would go or change under them",
        "Map those levels, keep them, or move the people first.",
    ),
    "definition-rewrites-past": _p(
        409,
        "A version would make something else of days that are over",
        "Give it a first day from today on, and correct the past person by person.",
    ),
    "set-by-definitions": _p(
        409,
        "The change comes from a ladder version",
        "Publish another version, or record a change of the person.",
    ),
    "no-ladder-in-force": _p(404, "No version of the ladder is in force", "Ask for another day or ladder."),
    "no-company": _p(404, "No company is defined", "Apply a company folder, or ask for a later instant."),
    "no-such-version": _p(404, "The ladder has no such version", "List its versions."),
    "no-such-level": _p(404, "The ladder has no such level", "Read the ladder to see its levels."),
    "no-band-set": _p(404, "No band set of that name, or none in force", "List the band sets, or ask for another day."),
    "period-not-stated": _p(422, "The period cannot be converted", "State `periods_per_year` in the band set."),
    "unlike-references": _p(422, "The two cannot be compared", "Name two levels, or two versions or days of ladders."),
    "invalid-reference": _p(422, "The reference cannot be read", "Write ladder[/level][@version or day]."),
    # Endpoints and keys
    "no-such-endpoint": _p(404, "No such endpoint", "List the endpoints to see their ids."),
    "no-such-delivery": _p(404, "No such delivery", "List the deliveries of an endpoint."),
    "no-such-secret": _p(404, "The endpoint has no such secret", "List its secrets to see their ids."),
    "no-such-event": _p(404, "No such event", "Read the feed to see the events there are for this key."),
    "last-secret": _p(409, "Nothing else would sign for good", "Rotate the secret, then revoke it."),
    "too-many-secrets": _p(409, "Too many secrets sign already", "Revoke one, or wait until one expires."),
    "tested-too-often": _p(409, "The endpoint was tested too often", "Wait for `retry_after_seconds`."),
    "not-consented": _p(409, "The receiver has not agreed", "Set the state to active: that asks it."),
    "no-such-connection": _p(404, "No such connection", "List the connections to see their ids and keys."),
    "connection-exists": _p(409, "The key is taken", "Change that connection, or use another key."),
    "connection-fixed": _p(422, "That stays as it is", "Delete the connection and connect another one."),
    "connection-invalid": _p(
        422, "Settings or credentials of a connection cannot be used", "Mend what `errors` points at."
    ),
    "unknown-connection-kind": _p(422, "There is no such kind of system", "Use one of the kinds it names."),
    "intake-running": _p(409, "The connection is being read already", "Wait until that is done, then read again."),
    "signature-refused": _p(
        401, "Nobody who may has signed this", "Set the connection's webhook key to the one that the system signs with."
    ),
    "message-stale": _p(401, "The message is hours old", "Set the clocks, or have the system send it anew."),
    "message-unreadable": _p(422, "Nothing can be made of the message", "Set the webhook up as the guide says."),
    "inbox-failed": _p(503, "The message could not be dealt with now", "Send it again later; nothing is done twice."),
    "connection-refused": _p(503, "The connected system did not answer", "Do what it says, and ask again."),
    "report-changed": _p(422, "The report is not the one that was set up", "Set the report or its columns anew."),
    "report-refused": _p(422, "The report cannot be read", "Check its owner, its name and the user of the connection."),
    "connector-not-installed": _p(
        409, "Packages for that kind of system are missing", "Install the extra that it names where dualtrack runs."
    ),
    "endpoint-of-connection": _p(409, "The endpoint feeds a connection", "Change the connection instead."),
    "no-sync": _p(404, "The system was not read yet", "Ask for a sync."),
    "nothing-to-read": _p(409, "Nothing comes from that system", "Nothing: events only flow to it."),
    "no-bands-there": _p(409, "No bands are read from that system", "Nothing: its bands are not compared."),
    "mapping-invalid": _p(422, "A mapping cannot be used", "Mend the entries that `errors` points at."),
    "not-openable": _p(
        409, "What is kept sealed cannot be opened", "Start with the secret key it was sealed with, or send it anew."
    ),
    "header-refused": _p(422, "A header cannot be sent", "Leave out the ones that the sender sets itself."),
    "certificate-refused": _p(422, "A certificate cannot be used", "Send PEM that holds, with its own key."),
    "delivery-state": _p(409, "The delivery is not in a state for that", "Read it: `state` says what became of it."),
    "endpoint-not-sending": _p(409, "Nothing is sent to the endpoint now", "Set its state to active, then ask again."),
    "no-such-replay": _p(404, "No such replay", "List the replays of an endpoint."),
    "replay-unbounded": _p(422, "The replay has no beginning", "Name `from`, `after`, or the state dead or dropped."),
    "nothing-to-replay": _p(422, "No event is to be sent again", "Widen the range, or what the endpoint takes."),
    "too-many-replays": _p(409, "Too many replays are running", "Wait until one is done, or cancel one."),
    "replay-over": _p(409, "All of the replay has been sent", "Nothing: there is nothing left to cancel."),
    "beyond-retention": _p(410, "What is asked for is not kept any more", "Begin later, or take a snapshot."),
    "endpoint-url-refused": _p(422, "Nothing may be sent to that address", "Use https and a public address."),
    "burst-without-rate": _p(422, "A burst needs a rate", "Give a rate, or leave the burst out."),
    "too-many-queued": _p(
        409, "Too much waits for the endpoint", "Change its order when less waits, or subscribe another endpoint."
    ),
    "unknown-event-type": _p(422, "No such event type", "Use one of those in /schemas, or *."),
    "unknown-facet": _p(422, "No such facet", "Filter by kind, ladder, track, level, grade, team, role or zone."),
    "invalid-expiry": _p(
        422, "The key cannot expire then", "Name an instant that is to come, such as 2999-01-01T00:00:00Z."
    ),
    "no-such-key": _p(404, "No such key", "List the keys to see them."),
}


def status_of(error: Refused) -> int:
    return STATUS_OF_KIND[next(kind for kind in type(error).__mro__ if kind in STATUS_OF_KIND)]


def problem_body(
    code: str, detail: str, *, status: int, base: str, instance: str, request_id: str | None
) -> dict[str, Any]:
    """The members every problem has, by RFC 9457. `base` is scheme and host, under which /problems is served."""
    return {
        "type": PROBLEMS[code].type or f"{base}/problems/{code}",
        "title": PROBLEMS[code].title,
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "request_id": request_id,
    }
