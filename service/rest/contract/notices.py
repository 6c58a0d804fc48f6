"""What operational events tell: of endpoints that fail, and of deliveries that are given up or wait."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What an operational event is about."""

    id: Annotated[str, Field(description="Its id.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadEvent:
    """An event that is not delivered."""

    id: Annotated[str, Field(description="Its id, as it was sent as webhook-id.")]
    type: Annotated[str, Field(description="Its type.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDisabledData:
    """An endpoint takes nothing more until it is resumed; what is to be sent to it is held."""

    endpoint: Annotated[Named, Field(description="The endpoint.")]
    state: Annotated[str, Field(description="gone after 410, else disabled; open-ended.")]
    status: Annotated[int | None, Field(description="HTTP status of the receiver's last answer.")]
    reason: Annotated[
        str, Field(description="asked by the receiver, or failing: nothing got through for five days; open-ended.")
    ]
    failing_since: Annotated[str | None, Field(description="When it first failed after its last success.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDegradedData:
    """An endpoint does not take events as it should. Nothing is lost; what waits is sent when it does."""

    endpoint: Annotated[Named, Field(description="The endpoint.")]
    state: Annotated[str, Field(description="Its state; open: nothing is sent but a probe from time to time.")]
    reason: Annotated[
        str,
        Field(
            description="opened after outages; failing for as long as `warning` says; rejected: it answered an event "
            "with 3xx or 4xx, told at most once an hour; open-ended."
        ),
    ]
    warning: Annotated[str | None, Field(description="1h, 24h or 75% of the way to being disabled; open-ended.")]
    failing_since: Annotated[str | None, Field(description="When it first failed after its last success.")]
    disabled_at: Annotated[
        str | None, Field(description="When it is disabled, should it go on failing as often as now.")
    ]
    event: Annotated[DeadEvent | None, Field(description="The event it rejected.")]
    last_status: Annotated[int | None, Field(description="HTTP status of the last answer; null without one.")]
    last_error: Annotated[str | None, Field(description="Kind of the last failure.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecoveredData:
    """An endpoint of which it was told that it fails takes events again."""

    endpoint: Annotated[Named, Field(description="The endpoint.")]
    state: Annotated[str, Field(description="Its state.")]
    failing_since: Annotated[str | None, Field(description="When it had first failed.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDeadData:
    """An event is not tried any more for an endpoint; what follows it goes on."""

    endpoint: Annotated[Named, Field(description="The endpoint.")]
    event: Annotated[DeadEvent, Field(description="The event.")]
    reason: Annotated[str, Field(description="exhausted or aborted; open-ended.")]
    attempts: Annotated[int, Field(description="How often it was tried.")]
    last_status: Annotated[int | None, Field(description="HTTP status of the last answer; null without one.")]
    last_error: Annotated[str | None, Field(description="Kind of the last failure.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponedEvent:
    """An event that waits."""

    id: Annotated[str, Field(description="Its id, as it was sent as webhook-id.")]
    type: Annotated[str, Field(description="Its type.")]
    subject: Annotated[str, Field(description="What it is about: `employee:` and an id, for example.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPostponedData:
    """An event cannot be taken yet, through nobody's fault. What follows about its subject waits behind it; it is
    tried again until it is taken or dropped."""

    endpoint: Annotated[Named, Field(description="The endpoint.")]
    event: Annotated[PostponedEvent, Field(description="The event.")]
    reason: Annotated[
        str | None,
        Field(description="Of a connection: why, a code and a sentence. Null for receivers: their texts are not told."),
    ]
    last_status: Annotated[int | None, Field(description="HTTP status of the answer.")]
