"""Every type of event: its schema, an example of it without and with pay, and when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import orjson
from pydantic import Field

from service.domain.announcements import BandsPublishedData, DefinitionEvent, LadderPublishedData
from service.domain.events import RENDERINGS, AssignmentData, AssignmentEvent, PlanData, SwitchData
from service.domain.wire import plain
from service.ladderfiles.schema import PUBLISHED_AT
from service.rest.contract import examples
from service.rest.contract.examples import ADVANCED, MANAGER, PLANNED, STAFF, moved
from service.rest.contract.notices import (
    DeadEvent,
    DeliveryDeadData,
    DeliveryPostponedData,
    EndpointDegradedData,
    EndpointDisabledData,
    EndpointRecoveredData,
    Named,
    PostponedEvent,
)
from service.rest.contract.shapes import Schema, schema_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyEvent:
    """An event as webhooks receive it. New types and fields may be added."""

    id: Annotated[str, Field(description="Id of the event, the same wherever it is read or received.")]
    type: Annotated[str, Field(description="Type of the event.")]
    timestamp: Annotated[str, Field(description="Instant of recording.", json_schema_extra={"format": "date-time"})]
    sequence: Annotated[int, Field(description="Rises by one for each event of its subject.")]
    data: Annotated[Mapping[str, Any], Field(description="By type: /schemas/events/{type}.v1.schema.json.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    """`example` is its data, `subject` what `sequence` counts for."""

    says: str
    shape: type
    example: Any
    subject: str = "the person"


_ENDPOINT = Named(id=examples.ENDPOINT_ID)

EVENT_TYPES: Mapping[str, EventType] = {
    "assignment.started": EventType(
        says="Somebody starts in a job: a hire or a rehire.",
        shape=AssignmentData,
        example=moved("hire", None, replace(ADVANCED, grade_since=examples.SWITCH_ON), ("ladder", "level", "grade")),
    ),
    "assignment.ended": EventType(
        says="A job ends; effective_on is the first day without it.",
        shape=AssignmentData,
        example=moved("end", STAFF, None, ("ladder", "level", "grade")),
    ),
    "level.changed": EventType(
        says="A promotion, a demotion or a move at the same grade, within a track.",
        shape=AssignmentData,
        example=moved("promotion", ADVANCED, STAFF, ("level", "grade"), grade_delta=1),
    ),
    "track.switched": EventType(
        says="A move between tracks, with what it provably kept.", shape=SwitchData, example=examples.SWITCHED
    ),
    "step.changed": EventType(
        says="Another step inside the same band.",
        shape=AssignmentData,
        example=moved("step", replace(STAFF, step="entry"), replace(STAFF, step="established"), ("step",)),
    ),
    "assignment.changed": EventType(
        says="Role, team, zone, ladder or title changes, the grade does not.",
        shape=AssignmentData,
        example=moved("transfer", MANAGER, replace(MANAGER, team="fleet"), ("team",), grade_delta=0),
    ),
    "overlay.started": EventType(
        says="Somebody takes on a role beside a job, for a time. What is held in the job stays as it is.",
        shape=AssignmentData,
        example=examples.beside("overlay_start", None, examples.LEADING),
    ),
    "overlay.ended": EventType(
        says="A role beside a job ends; effective_on is the first day without it.",
        shape=AssignmentData,
        example=examples.beside("overlay_end", examples.LEADING, None),
    ),
    "change.scheduled": EventType(
        says="A change is planned. On its day the type in `announces` follows.",
        shape=PlanData,
        example=examples.SCHEDULED,
    ),
    "change.cancelled": EventType(
        says="A planned change is withdrawn. `previous` is what it would have made hold, `current` what holds instead.",
        shape=PlanData,
        example=examples.CANCELLED,
    ),
    "change.corrected": EventType(
        says="Another change stands in a change's place. Planned, the type in `announces` follows on its day.",
        shape=PlanData,
        example=examples.CORRECTED,
    ),
    "change.rescinded": EventType(
        says="A change that held is withdrawn: it should never have been. `current` is what holds instead.",
        shape=PlanData,
        example=examples.RESCINDED,
    ),
    "ladder.published": EventType(
        says="A version of a ladder was recorded.",
        shape=LadderPublishedData,
        example=examples.LADDER_PUBLISHED,
        subject="the ladder",
    ),
    "bands.published": EventType(
        says="A band set was recorded. Amounts come only to endpoints that receive pay.",
        shape=BandsPublishedData,
        example=examples.BANDS_PUBLISHED,
        subject="the company",
    ),
    "endpoint.degraded": EventType(
        says="An endpoint fails: it is only probed until it works, or has been failing for long, or rejects events.",
        shape=EndpointDegradedData,
        example=EndpointDegradedData(
            endpoint=_ENDPOINT,
            state="open",
            reason="failing",
            warning="24h",
            failing_since=PLANNED,
            disabled_at=examples.RECORDED,
            event=None,
            last_status=503,
            last_error="unavailable",
        ),
        subject="the endpoint",
    ),
    "endpoint.recovered": EventType(
        says="An endpoint that failed takes events again; what waited follows, slowly at first.",
        shape=EndpointRecoveredData,
        example=EndpointRecoveredData(endpoint=_ENDPOINT, state="healthy", failing_since=PLANNED),
        subject="the endpoint",
    ),
    "endpoint.disabled": EventType(
        says="The receiver of an endpoint asked for nothing more, or nothing got through for five days.",
        shape=EndpointDisabledData,
        example=EndpointDisabledData(endpoint=_ENDPOINT, state="gone", status=410, reason="asked", failing_since=None),
        subject="the endpoint",
    ),
    "delivery.dead": EventType(
        says="An event was given up for an endpoint.",
        shape=DeliveryDeadData,
        example=DeliveryDeadData(
            endpoint=_ENDPOINT,
            event=DeadEvent(id=examples.EVENT_ID, type="track.switched"),
            reason="exhausted",
            attempts=12,
            last_status=503,
            last_error="unavailable",
        ),
        subject="the endpoint",
    ),
    "delivery.postponed": EventType(
        says="A receiver says that it cannot take an event yet: it waits, with what follows of its subject, others "
        "go on. Told once for an event and an endpoint.",
        shape=DeliveryPostponedData,
        example=DeliveryPostponedData(
            endpoint=_ENDPOINT,
            event=PostponedEvent(
                id=examples.EVENT_ID, type="track.switched", subject=f"employee:{examples.EMPLOYEE_ID}"
            ),
            reason="mapping-missing: the level ic5 has no job title there",
            last_status=423,
        ),
        subject="the endpoint",
    ),
}


def event_example(name: str, *, rendering: str = RENDERINGS[0]) -> dict[str, Any]:
    """A whole body, written by what writes real ones."""
    kind = EVENT_TYPES[name]
    event_id, sequence = examples.EVENT_ID, 7
    match kind.example:
        case AssignmentData():
            event = AssignmentEvent(id=event_id, type=name, sequence=sequence, data=kind.example)
        case LadderPublishedData() | BandsPublishedData():
            event = DefinitionEvent(id=event_id, type=name, sequence=sequence, subject=kind.subject, data=kind.example)
        case data:
            stamped = {"timestamp": examples.RECORDED, "sequence": sequence, "data": plain(data)}
            return {"id": event_id, "type": name, **stamped}
    at = examples.PLANNED_AT if isinstance(kind.example, PlanData) else examples.RECORDED_AT
    return event.body(at=at, rendering=rendering)


def stream_example(name: str, *, place: str) -> str:
    """The beginning of a stream: an event, and a heartbeat behind it."""
    return f"retry: 1000\n\nid: {place}\nevent: {name}\ndata: {orjson.dumps(event_example(name)).decode()}\n\n:\n\n"


def event_schema(name: str, *, ref: str) -> tuple[Schema, dict[str, Schema]]:
    """The schema of a whole body and those of its parts. Later fields are only added, so none is closed."""
    kind = EVENT_TYPES[name]
    data, parts = schema_of(kind.shape, ref=ref)
    schema: Schema = {
        "title": name,
        "description": kind.says,
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "Id of the event, the same on every retry: sent as webhook-id."},
            "type": {"const": name, "description": "Type of the event."},
            "timestamp": {"type": "string", "format": "date-time", "description": "Instant of recording."},
            "sequence": {"type": "integer", "description": f"Rises by one for each event of {kind.subject}."},
            "data": data,
        },
        "required": ["id", "type", "timestamp", "sequence", "data"],
    }
    return schema, parts


def schema_file(name: str) -> Schema:
    """The schema as it stands in a file by itself."""
    schema, parts = event_schema(name, ref="#/$defs/{model}")
    head = {"$schema": DIALECT, "$id": f"{PUBLISHED_AT}/schemas/events/{name}.v1.schema.json"}
    return {**head, **schema, **({"$defs": dict(sorted(parts.items()))} if parts else {})}
