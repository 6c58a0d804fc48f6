"""What is sent to have events sent once more, and to drop a delivery."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from service.domain.instants import instant_text, parse_instant
from service.domain.refusals import FieldError, Invalid
from service.usecases.events import LATEST, After, after_of
from service.usecases.replay_ranges import ReplayRequest
from service.webhooks.selection import Ended

_Instant = Annotated[str, Field(max_length=40)]
_Place = Annotated[str, Field(min_length=1, max_length=200)]


class NewReplay(BaseModel):
    """Which events are to be sent once more. Name a beginning, `from` or `after`, or the state dead or dropped."""

    model_config = ConfigDict(extra="forbid", strict=True)
    from_: Annotated[
        _Instant | None,
        Field(alias="from", description="Events recorded then or later.", examples=["2027-01-01T00:00:00Z"]),
    ] = None
    to: Annotated[
        _Instant | None,
        Field(description="Events recorded before that; all there are.", examples=["2027-01-02T00:00:00Z"]),
    ] = None
    after: Annotated[
        _Place | None, Field(description="Events behind this place in the feed, or behind the event of this id.")
    ] = None
    until: Annotated[
        _Place | None, Field(description="Events up to this place, or up to the event of this id, which is included.")
    ] = None
    event_types: Annotated[list[str] | None, Field(min_length=1, max_length=50, description="Only these types.")] = None
    filters: Annotated[
        dict[str, list[str]],
        Field(max_length=16, description="By facet (team, track …), values of which one must occur."),
    ] = {}
    subject: Annotated[
        str | None,
        Field(min_length=1, max_length=400, description="Only events about this person: id, own key, system:value."),
    ] = None
    state: Annotated[
        Ended | None,
        Field(description="Only events of which a delivery to the endpoint ended so."),
    ] = None

    def asked(self) -> ReplayRequest:
        """As the use case takes it. Raises Invalid `invalid-body` for what is no instant or no place."""
        return ReplayRequest(
            since=_instant(self.from_, "/from"),
            before=_instant(self.to, "/to"),
            after=_place(self.after, "/after"),
            until=_place(self.until, "/until"),
            event_types=tuple(self.event_types) if self.event_types is not None else None,
            filters={name: tuple(values) for name, values in self.filters.items()},
            subject=self.subject,
            state=self.state,
        )


class Dropping(BaseModel):
    """Why a delivery is dropped."""

    model_config = ConfigDict(extra="forbid", strict=True)
    reason: Annotated[str, Field(min_length=1, max_length=400, description="Why; kept with the delivery.")]


def _instant(text: str | None, pointer: str) -> int | None:
    if text is None:
        return None
    try:
        instant = parse_instant(text)
        # An offset can push an instant out of the years that have a written form.
        instant_text(instant)
    except (ValueError, OverflowError):
        raise _unusable(pointer, "is no RFC 3339 instant such as 2027-01-01T00:00:03.000000Z") from None
    return instant


def _place(text: str | None, pointer: str) -> After:
    try:
        place = after_of(text)
    except ValueError as error:
        raise _unusable(pointer, str(error)) from None
    if place == LATEST:
        raise _unusable(pointer, "is not a place that events lie behind, or the end that there is anyway")
    return place


def _unusable(pointer: str, why: str) -> Invalid:
    fault = FieldError(pointer=pointer, detail=why, code="invalid-body")
    return Invalid("invalid-body", f"{pointer} {why}.", errors=(fault,))
