"""What people hold, as it is reached from them: for a whole list in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader

from service.domain.assignments import PRIMARY
from service.domain.instants import parse_instant
from service.graphql.arguments import EffectiveOn
from service.graphql.context import Ask, Asked
from service.graphql.lookahead import selected
from service.graphql.nodes import Seen, loader
from service.usecases import assignments

Job = Annotated[str, strawberry.argument(description="Key of the job.")]


class SeenAssignment(Seen):
    """What somebody holds on a day, as known at an instant."""

    __slots__ = ()


def _standings(
    ask: Ask, job: str, day: date | None, known_at: int | None
) -> DataLoader[str, assignments.HeldAssignment | None]:
    async def load(ids: list[str]) -> Sequence[assignments.HeldAssignment | None]:
        found = await assignments.read_assignments(
            ask.office.runtime, ask.actor, ids, job=job, effective_on=day, known_at=known_at
        )
        return [found.get(one) for one in ids]

    return loader(ask, ("standings", job, day, known_at), lambda: DataLoader(load_fn=load))


def held(shown: assignments.HeldAssignment | None) -> SeenAssignment | None:
    return shown and SeenAssignment(shown, instant=parse_instant(shown.known_at), day=shown.effective_on)


async def assignment_of(
    root: strawberry.Parent[Any], info: Asked, job: Job = PRIMARY, effective_on: EffectiveOn = None
) -> Any:
    day: Any = effective_on or root.day
    return held(await _standings(info.context, job, day, root.instant).load(root.id))


async def assignments_ahead(info: Asked, nodes: Sequence[Seen]) -> None:
    """What all of them hold, in one statement, where the query asks for it plainly."""
    asked = [node for node in selected(info, "nodes.assignment", "edges.node.assignment") if not node.arguments]
    if asked and nodes:
        ask = info.context
        found = await assignments.read_assignments(
            ask.office.runtime,
            ask.actor,
            [node.id for node in nodes],
            effective_on=nodes[0].day,
            known_at=nodes[0].instant,
        )
        for node in nodes:
            node.ahead["assignment"] = held(found.get(node.id))
        ask.ahead.update(id(node) for node in asked)
