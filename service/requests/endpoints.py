"""What is sent to subscribe an endpoint and to change it."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.usecases.endpoints import EndpointRequest

_Types = Annotated[list[str], Field(min_length=1, max_length=50, description="Event types; * is all of them.")]
_Filters = Annotated[
    dict[str, list[str]], Field(max_length=16, description="By facet (team, track …), values of which one must occur.")
]


class _Chosen(BaseModel):
    """What both have."""

    model_config = ConfigDict(extra="forbid", strict=True)
    description: Annotated[str | None, Field(max_length=400, description="What it is for.")] = None
    include_pay: Annotated[bool | None, Field(description="Send bands, too. Needs bands:read.")] = None
    max_in_flight: Annotated[int | None, Field(ge=1, le=256, description="Requests under way at once.")] = None
    timeout_ms: Annotated[int | None, Field(ge=100, le=30_000, description="Longest a request may take.")] = None
    on_exhausted: Annotated[
        Literal["skip", "block"] | None, Field(description="Whether a dead event is passed by or blocks its key.")
    ] = None


class NewEndpoint(_Chosen):
    """A subscription."""

    url: Annotated[str, Field(max_length=2000, description="Where to send.", examples=["https://payroll.example/hook"])]
    event_types: _Types = ["*"]
    filters: _Filters = {}

    def asked(self) -> EndpointRequest:
        """As the use case takes it."""
        return _asked(self)


class EndpointChange(_Chosen):
    """What is to be different; what is left out stays."""

    url: Annotated[str | None, Field(max_length=2000, description="Where to send.")] = None
    event_types: Annotated[_Types | None, Field(description="Event types.")] = None
    filters: Annotated[_Filters | None, Field(description="Facets.")] = None
    state: Annotated[
        Literal["active", "paused"] | None, Field(description="Pausing holds events; active lets them flow.")
    ] = None

    def asked(self) -> EndpointRequest:
        """As the use case takes it; what is left out stays."""
        return replace(_asked(self), state=self.state)


def _asked(body: NewEndpoint | EndpointChange) -> EndpointRequest:
    return EndpointRequest(
        url=body.url,
        description=body.description,
        event_types=tuple(body.event_types) if body.event_types is not None else None,
        filters={name: tuple(values) for name, values in body.filters.items()} if body.filters is not None else None,
        include_pay=body.include_pay,
        max_in_flight=body.max_in_flight,
        timeout_ms=body.timeout_ms,
        on_exhausted=body.on_exhausted,
    )
