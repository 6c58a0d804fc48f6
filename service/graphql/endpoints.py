"""Endpoints, and what was sent to them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, cast, get_args

import strawberry
from strawberry.dataloader import DataLoader

from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Ask, Asked
from service.graphql.endpoint_parts import health_of, secrets_of
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, loader, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.endpoints import EndpointChange, EndpointPause, EndpointResume, NewEndpoint
from service.usecases import deliveries, endpoint_health, endpoint_pausing, endpoints
from service.usecases.act import Outcome
from service.usecases.endpoint_secrets import ShownSecret
from service.usecases.endpoint_views import ResumedEndpoint, ShownEndpoint
from service.usecases.paging import Part, Window
from service.webhooks.deliveries import State

EndpointId = Annotated[str, strawberry.argument(description="Id of the endpoint.")]
StateName = Annotated[str | None, strawberry.argument(description=f"Only these: {', '.join(get_args(State))}.")]


class SeenEndpoint(Seen):
    """A subscription."""

    __slots__ = ()


class SeenDelivery(Seen):
    """One event for one endpoint."""

    __slots__ = ()


def endpoints_by_id(ask: Ask) -> DataLoader[str, SeenEndpoint | None]:
    """Endpoints by id."""

    async def load(ids: list[str]) -> Sequence[SeenEndpoint | None]:
        found = await endpoints.read_endpoints(ask.office.runtime, ask.actor, ids)
        return [SeenEndpoint(found[one]) if one in found else None for one in ids]

    return loader(ask, "endpoints", lambda: DataLoader(load_fn=load))


def _attempts(ask: Ask) -> DataLoader[str, tuple[deliveries.ShownAttempt, ...]]:
    async def load(ids: list[str]) -> Sequence[tuple[deliveries.ShownAttempt, ...]]:
        found = await deliveries.read_attempts(ask.office.runtime, ask.actor, ids)
        return [found.get(one, ()) for one in ids]

    return loader(ask, "attempts", lambda: DataLoader(load_fn=load))


async def _endpoint_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    return await endpoints_by_id(info.context).load(root.shown.endpoint)


async def _attempts_of(root: strawberry.Parent[Any], info: Asked) -> Any:
    return await _attempts(info.context).load(root.shown.id)


async def _deliveries_of(
    root: strawberry.Parent[Any],
    info: Asked,
    state: StateName = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    if state is not None and state not in get_args(State):
        why = f"is none of {', '.join(get_args(State))}"
        fault = {"parameter": "state", "detail": why, "code": "invalid-parameter"}
        raise SurfaceProblem("invalid-parameter", f"state {why}.", errors=[fault])
    ask, endpoint = info.context, root.shown.id

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await deliveries.list_deliveries(
            ask.office.runtime, ask.actor, endpoint, state=cast(State | None, state), window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int, str),
        show=lambda one, _day, _instant: SeenDelivery(one),
        asked={"endpoint": endpoint, "state": state},
    )


Delivery = node_type(
    "Delivery",
    SeenDelivery,
    deliveries.ShownDelivery,
    said="One event for one endpoint.",
    but=("endpoint",),
    leads_to={
        "endpoint": leads(
            _endpoint_of,
            Annotated["Endpoint", strawberry.lazy("service.graphql.endpoints")],
            "Where it goes; null when the endpoint is gone.",
            optional=True,
        ),
        "attempts_made": leads(_attempts_of, list[shape_of(deliveries.ShownAttempt)], "Every try, first to last."),
    },
)
Endpoint = node_type(
    "Endpoint",
    SeenEndpoint,
    ShownEndpoint,
    said="A subscription and how it is doing.",
    # Both are shown once, by the mutation that makes it.
    but=("secret", "public_key"),
    leads_to={
        "deliveries": leads(
            _deliveries_of, connection_of(Delivery, "Delivery"), "What goes to it, latest event first."
        ),
        "secrets": leads(secrets_of, list[shape_of(ShownSecret)], "What its events are signed with, newest first."),
        "health": leads(
            health_of,
            shape_of(endpoint_health.EndpointHealth),
            "State, what is still to be sent, and how the latest tries went; null when it is gone meanwhile.",
            optional=True,
        ),
    },
)


async def _endpoint(info: Asked, id: EndpointId) -> Any:
    ask = info.context
    return SeenEndpoint(await endpoints.read_endpoint(ask.office.runtime, ask.actor, id))


async def _endpoints(
    info: Asked, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await endpoints.list_endpoints(ask.office.runtime, ask.actor, window=window)

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        show=lambda one, _day, _instant: SeenEndpoint(one),
    )


async def _delivery(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the delivery.")]) -> Any:
    return await find_delivery(info.context, id)


async def find_delivery(ask: Ask, id: str) -> SeenDelivery:
    """Raises NotFound `no-such-delivery`."""
    return SeenDelivery(await deliveries.read_delivery(ask.office.runtime, ask.actor, id))


async def _create(write: Write) -> Outcome:
    ask = write.ask
    return await endpoints.create_endpoint(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        checked(NewEndpoint, write.sent).asked(),
        key=write.key,
        dry_run=write.dry_run,
    )


async def _change(write: Write) -> Outcome:
    ask = write.ask
    return await endpoints.change_endpoint(
        ask.office.runtime,
        ask.office.sending,
        ask.actor,
        write.sent["endpoint"],
        checked(EndpointChange, write.sent).asked(),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _delete(write: Write) -> Outcome:
    ask = write.ask
    return await endpoints.delete_endpoint(
        ask.office.runtime,
        ask.actor,
        write.sent["endpoint"],
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _pause(write: Write) -> Outcome:
    ask = write.ask
    return await endpoint_pausing.pause_endpoint(
        ask.office.runtime,
        ask.actor,
        write.sent["endpoint"],
        reason=checked(EndpointPause, write.sent).reason,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _resume(write: Write) -> Outcome:
    ask = write.ask
    return await endpoint_pausing.resume_endpoint(
        ask.office.runtime,
        ask.actor,
        write.sent["endpoint"],
        checked(EndpointResume, write.sent).asked(),
        key=write.key,
        dry_run=write.dry_run,
    )


@strawberry.type(description="What was deleted.")
class Deleted:
    id: strawberry.ID = strawberry.field(description="Its id.")


_WHICH = (("endpoint", "Id of the endpoint."),)
_RECORD = shape_of(ShownEndpoint)
QUERIES: dict[str, Any] = {
    "endpoint": root(_endpoint, Endpoint, "A subscription."),
    "endpoints": root(_endpoints, connection_of(Endpoint, "Endpoint"), "Subscriptions by id."),
    "delivery": root(_delivery, Delivery, "One event for one endpoint."),
}
MUTATIONS: dict[str, Any] = {
    "create_endpoint": mutation(
        "createEndpoint",
        _create,
        _RECORD,
        said="Subscribe an endpoint. The answer carries the signing secret, this once.",
        body=NewEndpoint,
    ),
    "change_endpoint": mutation(
        "changeEndpoint",
        _change,
        _RECORD,
        said="Change, pause or resume an endpoint; what is left out stays.",
        body=EndpointChange,
        places=_WHICH,
        guarded=True,
    ),
    "pause_endpoint": mutation(
        "pauseEndpoint",
        _pause,
        _RECORD,
        said="Pause an endpoint: its events are held until it is resumed.",
        body=EndpointPause,
        places=_WHICH,
    ),
    "resume_endpoint": mutation(
        "resumeEndpoint",
        _resume,
        shape_of(ResumedEndpoint),
        said="Resume an endpoint, whatever stopped it, with all, some or none of the events that waited.",
        body=EndpointResume,
        places=_WHICH,
    ),
    "delete_endpoint": mutation(
        "deleteEndpoint",
        _delete,
        Deleted,
        said="Unsubscribe. What was still to be sent to it goes with it.",
        places=_WHICH,
        guarded=True,
    ),
}
