"""Where everybody stands as of both times, for whoever keeps a copy."""

from datetime import date
from typing import Any

from service.graphql.assignments import everybody
from service.graphql.connections import connection_of
from service.graphql.context import Asked
from service.graphql.nodes import leads, node_type, root
from service.graphql.people import Employee, person_of
from service.graphql.standings import SeenAssignment
from service.usecases import snapshots
from service.usecases.paging import Window
from service.usecases.snapshots import SnapshotPart
from service.usecases.wanted import Wanted

SnapshotLine = node_type(
    "SnapshotLine",
    SeenAssignment,
    snapshots.SnapshotLine,
    said="One job of one person in a snapshot.",
    is_node=False,
    leads_to={"person": leads(person_of, Employee, "The person, as known at the same instant.")},
)


async def _part(info: Asked, wanted: Wanted, window: Window, day: date | None, instant: int | None) -> SnapshotPart:
    ask = info.context
    return await snapshots.read_snapshot(
        ask.office.runtime, ask.actor, wanted=wanted, effective_on=day, known_at=instant, window=window
    )


QUERIES: dict[str, Any] = {
    "snapshot": root(
        everybody(_part, lambda found: {"events_after": found.events_after.text}),
        connection_of(
            SnapshotLine,
            "SnapshotLine",
            told={"events_after": "Place in the feed behind which everything was recorded after the snapshot."},
        ),
        "Everybody's assignments on a day as known at an instant, by person and job, with a digest of each person.",
    ),
}
