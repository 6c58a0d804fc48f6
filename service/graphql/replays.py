"""Sending once more, dropping and forgetting what was sent."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any, cast, get_args

import strawberry

from service.graphql.arguments import After, Before, First, Last
from service.graphql.connections import Slice, connection_of, paged
from service.graphql.context import Ask, Asked
from service.graphql.endpoints import Delivery, SeenDelivery
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.replays import Dropping, NewReplay
from service.usecases import deliveries, delivery_acts, replays
from service.usecases.act import Outcome
from service.usecases.paging import Part, Window
from service.webhooks.deliveries import Unarrived

_STATES = get_args(Unarrived)
StateName = Annotated[str, strawberry.argument(description=f"One of {', '.join(_STATES)}.")]


class SeenReplay(Seen):
    """A replay."""

    __slots__ = ()


Replay = node_type("Replay", SeenReplay, replays.ShownReplay, said="Events sent once more, and how far that has come.")


async def find(ask: Ask, id: str) -> SeenReplay:
    """Raises NotFound `no-such-replay`."""
    return SeenReplay(await replays.read_replay(ask.office.runtime, ask.actor, id))


async def _replay(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the replay.")]) -> Any:
    return await find(info.context, id)


async def _replays(
    info: Asked,
    endpoint: Annotated[str, strawberry.argument(description="Id of the endpoint.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await replays.list_replays(ask.office.runtime, ask.actor, endpoint, window=window)

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str,),
        show=lambda one, _day, _instant: SeenReplay(one),
        asked={"endpoint": endpoint},
    )


async def _unarrived(
    info: Asked,
    state: StateName = "dead",
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    if state not in _STATES:
        why = f"is none of {', '.join(_STATES)}"
        fault = {"parameter": "state", "detail": why, "code": "invalid-parameter"}
        raise SurfaceProblem("invalid-parameter", f"state {why}.", errors=[fault])
    ask = info.context

    async def read(window: Window, _day: date | None, _instant: int | None) -> Part[Any]:
        return await deliveries.list_unarrived(
            ask.office.runtime, ask.actor, state=cast(Unarrived, state), window=window
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(int, str, int),
        show=lambda one, _day, _instant: SeenDelivery(one),
        asked={"state": state},
    )


async def _create(write: Write) -> Outcome:
    ask = write.ask
    asked = checked(NewReplay, write.sent).asked()
    endpoint: str = write.sent["endpoint"]
    return await replays.create_replay(
        ask.office.runtime, ask.actor, endpoint, asked, key=write.key, dry_run=write.dry_run
    )


async def _cancel(write: Write) -> Outcome:
    ask, replay = write.ask, write.sent["replay"]
    return await replays.cancel_replay(ask.office.runtime, ask.actor, replay, key=write.key, dry_run=write.dry_run)


async def _retry(write: Write) -> Outcome:
    ask, delivery = write.ask, write.sent["delivery"]
    return await delivery_acts.retry_delivery(
        ask.office.runtime, ask.actor, delivery, key=write.key, dry_run=write.dry_run
    )


async def _drop(write: Write) -> Outcome:
    ask, delivery = write.ask, write.sent["delivery"]
    return await delivery_acts.drop_delivery(
        ask.office.runtime,
        ask.actor,
        delivery,
        reason=checked(Dropping, write.sent).reason,
        key=write.key,
        dry_run=write.dry_run,
    )


async def _expunge_delivery(write: Write) -> Outcome:
    ask, delivery = write.ask, write.sent["delivery"]
    return await delivery_acts.expunge_delivery(
        ask.office.runtime, ask.actor, delivery, key=write.key, dry_run=write.dry_run
    )


async def _expunge_endpoint(write: Write) -> Outcome:
    ask, endpoint = write.ask, write.sent["endpoint"]
    return await delivery_acts.expunge_endpoint(
        ask.office.runtime, ask.actor, endpoint, key=write.key, dry_run=write.dry_run
    )


def _doing(
    name: str, run: Callable[[Write], Awaitable[Outcome]], shown: type, place: str, said: str, body: Any = None
) -> Any:
    return mutation(name, run, shape_of(shown), said=said, body=body, places=((place, f"Id of the {place}."),))


QUERIES: dict[str, Any] = {
    "replay": root(_replay, Replay, "A replay."),
    "replays": root(_replays, connection_of(Replay, "Replay"), "Replays of an endpoint, the latest first."),
    "deliveries": leads(
        _unarrived,
        connection_of(Delivery, "Delivery"),
        "What did not arrive, of all endpoints, latest event first.",
        optional=True,
    ),
}
MUTATIONS: dict[str, Any] = {
    "create_replay": _doing(
        "createReplay",
        _create,
        replays.ShownReplay,
        "endpoint",
        "Have events sent to an endpoint once more; with dryRun they are only counted.",
        NewReplay,
    ),
    "cancel_replay": _doing(
        "cancelReplay", _cancel, replays.ShownReplay, "replay", "Send nothing more of a replay; drop what waits of it."
    ),
    "retry_delivery": _doing(
        "retryDelivery",
        _retry,
        deliveries.ShownDelivery,
        "delivery",
        "Try a delivery now. One that is over is queued again, as the delivery in the result.",
    ),
    "drop_delivery": _doing(
        "dropDelivery",
        _drop,
        deliveries.ShownDelivery,
        "delivery",
        "Send a delivery no more; what waits behind it goes on.",
        Dropping,
    ),
    "expunge_delivery": _doing(
        "expungeDelivery",
        _expunge_delivery,
        delivery_acts.Expunged,
        "delivery",
        "Forget what a receiver answered to the attempts of a delivery.",
    ),
    "expunge_endpoint": _doing(
        "expungeEndpoint",
        _expunge_endpoint,
        delivery_acts.Expunged,
        "endpoint",
        "Forget what an endpoint answered, so many attempts at a time: again while `more` is true.",
    ),
}
