"""Where everybody stands as of both times, for whoever keeps a copy."""

from datetime import date
from typing import Any, cast

from service.graphql.arguments import After, Before, EffectiveOn, First, Keys, KnownAt, Last, instant_of
from service.graphql.connections import Slice, connection_of, paged
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


async def _snapshot(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
    ladder: Keys = None,
    track: Keys = None,
    level: Keys = None,
    grade: Keys = None,
    team: Keys = None,
    role: Keys = None,
    zone: Keys = None,
) -> Any:
    ask = info.context
    keys = {"ladder": ladder, "track": track, "level": level, "grade": grade, "team": team, "role": role, "zone": zone}
    chosen: dict[str, Any] = {name: tuple(values or ()) for name, values in keys.items()}
    parts: list[SnapshotPart] = []

    async def read(window: Window, day: date | None, instant: int | None) -> SnapshotPart:
        parts.append(
            await snapshots.read_snapshot(
                ask.office.runtime,
                ask.actor,
                wanted=Wanted(**chosen),
                effective_on=day,
                known_at=instant,
                window=window,
            )
        )
        return parts[-1]

    page = await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=(str, str),
        show=lambda one, day, instant: SeenAssignment(one, instant=instant, day=day),
        effective_on=cast(Any, effective_on),
        known_at=instant_of(known_at),
        asked=keys,
    )
    page.told = {"events_after": parts[-1].events_after.text}
    return page


QUERIES: dict[str, Any] = {
    "snapshot": root(
        _snapshot,
        connection_of(
            SnapshotLine,
            "SnapshotLine",
            told={"events_after": "Place in the feed behind which everything was recorded after the snapshot."},
        ),
        "Everybody's assignments on a day as known at an instant, by person and job, with a digest of each person.",
    ),
}
