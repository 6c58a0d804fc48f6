"""What changed, and recording it."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader

from service.graphql.context import Ask, Asked
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, loader, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.people import WHO, Employee, person_of
from service.graphql.shapes import shape_of
from service.requests.changes import NewChange
from service.usecases import changes
from service.usecases.act import Outcome


class SeenChange(Seen):
    """A recorded change."""

    __slots__ = ()


Change = node_type(
    "Change",
    SeenChange,
    changes.ShownChange,
    said="A recorded change, and what happened to it since.",
    leads_to={"person": leads(person_of, Employee, "The person whose change it is.")},
)


def _changes(ask: Ask) -> DataLoader[str, SeenChange | None]:
    async def load(ids: list[str]) -> Sequence[SeenChange | None]:
        found = await changes.read_changes(ask.office.runtime, ask.actor, ids)
        return [SeenChange(found[one]) if one in found else None for one in ids]

    return loader(ask, "changes", lambda: DataLoader(load_fn=load))


async def find(ask: Ask, id: str) -> SeenChange | None:
    """The change of that id; None when there is none."""
    return await _changes(ask).load(id)


async def _change(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the change.")]) -> Any:
    return SeenChange(await changes.read_change(info.context.office.runtime, info.context.actor, id))


async def _record(write: Write) -> Outcome:
    return await changes.record_change(
        write.ask.office.runtime,
        write.ask.actor,
        write.sent["employee"],
        checked(NewChange, write.sent).asked(),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


QUERIES: dict[str, Any] = {"change": root(_change, Change, "A recorded change.")}
MUTATIONS: dict[str, Any] = {
    "record_change": mutation(
        "recordChange",
        _record,
        shape_of(changes.RecordedChange),
        said="Record one change of one job: past, present or future. The kind is derived, never sent.",
        body=NewChange,
        places=(WHO,),
        guarded=True,
    )
}
