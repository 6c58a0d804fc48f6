"""Operations that send once more, drop and forget."""

from collections.abc import Mapping
from dataclasses import replace

from service.domain.access import Scope
from service.rest.contract import examples
from service.rest.contract.operation import Operation
from service.usecases.deliveries import ShownDelivery
from service.usecases.delivery_acts import Expunged
from service.usecases.replays import AskedReplay, ShownReplay

_SINCE = "2026-01-01T00:00:00.000000Z"
REPLAY_ID = "rep_01kc3zq1v9e4t8x6m2b5n7c3ra"
DELIVERY = ShownDelivery(
    id="dlv_WzEsNywiIl0",
    endpoint=examples.ENDPOINT_ID,
    event=examples.EVENT_ID,
    event_type="track.switched",
    sequence=4,
    state="delivered",
    attempts=2,
    next_attempt_at=None,
    recorded_at=examples.RECORDED,
    replay=None,
    reason=None,
    ended_at=None,
    ended_by=None,
    taken_up_by=None,
)
_REPLAY = ShownReplay(
    id=REPLAY_ID,
    endpoint=examples.ENDPOINT_ID,
    state="running",
    asked=AskedReplay(
        from_=_SINCE,
        to=None,
        after=None,
        until=None,
        event_types=("assignment.started",),
        filters={},
        subject=None,
        state=None,
        delivery=None,
    ),
    events=120,
    lanes=31,
    queued=0,
    waiting=0,
    created_by="key:4f1c2a9e00aa11bb",
    created_at=examples.RECORDED,
    finished_at=None,
    ended_by=None,
)
_DEAD = replace(DELIVERY, state="dead", attempts=10, reason="exhausted", ended_at=examples.RECORDED)
_AGAIN = replace(DELIVERY, id="dlv_WzEsNywicmVwXzEiXQ", state="pending", attempts=0, replay=REPLAY_ID)
_DROPPED = replace(_DEAD, state="dropped", reason="Entered by hand.", ended_by="key:4f1c2a9e00aa11bb")
_MANAGE = Scope.WEBHOOKS_MANAGE

REPLAY_OPERATIONS: Mapping[str, Operation] = {
    "create_replay": Operation(
        scope=_MANAGE,
        example=_REPLAY,
        codes=(
            *("no-such-endpoint", "no-employee", "endpoint-not-sending", "too-many-replays", "replay-unbounded"),
            *("nothing-to-replay", "range-reversed", "unknown-event-type", "unknown-facet", "cursor-lost"),
            "beyond-retention",
        ),
        request={"from": _SINCE, "event_types": ["assignment.started"]},
    ),
    "list_replays": Operation(scope=_MANAGE, example=_REPLAY, codes=("no-such-endpoint",), listed=True),
    "read_replay": Operation(scope=_MANAGE, example=_REPLAY, codes=("no-such-replay",)),
    "cancel_replay": Operation(
        scope=_MANAGE,
        example=replace(_REPLAY, state="cancelled", finished_at=examples.RECORDED, ended_by="key:4f1c2a9e00aa11bb"),
        codes=("no-such-replay", "replay-over"),
    ),
    "list_unarrived": Operation(scope=_MANAGE, example=_DEAD, codes=("invalid-parameter",), listed=True),
    "retry_delivery": Operation(
        scope=_MANAGE,
        example=_AGAIN,
        codes=("no-such-delivery", "endpoint-not-sending", "delivery-state", "nothing-to-replay", "beyond-retention"),
    ),
    "drop_delivery": Operation(
        scope=_MANAGE,
        example=_DROPPED,
        codes=("no-such-delivery", "delivery-state"),
        request={"reason": "Entered by hand."},
    ),
    "expunge_delivery": Operation(scope=_MANAGE, example=Expunged(attempts=2, more=False), codes=("no-such-delivery",)),
    "expunge_endpoint": Operation(
        scope=_MANAGE, example=Expunged(attempts=10_000, more=True), codes=("no-such-endpoint",)
    ),
}
