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
from service.requests.changes import CorrectedChange, NewChange, Withdrawal
from service.usecases import amendments, changes, recorded_changes
from service.usecases.act import Outcome

_WHICH = ("change", "Id of the change.")


class SeenChange(Seen):
    """A recorded change."""

    __slots__ = ()


Change = node_type(
    "Change",
    SeenChange,
    recorded_changes.ShownChange,
    said="A recorded change, and what happened to it since.",
    leads_to={"person": leads(person_of, Employee, "The person whose change it is.")},
)


def _changes(ask: Ask) -> DataLoader[str, SeenChange | None]:
    async def load(ids: list[str]) -> Sequence[SeenChange | None]:
        found = await recorded_changes.read_changes(ask.office.runtime, ask.actor, ids)
        return [SeenChange(found[one]) if one in found else None for one in ids]

    return loader(ask, "changes", lambda: DataLoader(load_fn=load))


async def find(ask: Ask, id: str) -> SeenChange | None:
    """The change of that id; None when there is none."""
    return await _changes(ask).load(id)


async def _change(info: Asked, id: Annotated[str, strawberry.argument(description="Id of the change.")]) -> Any:
    return SeenChange(await recorded_changes.read_change(info.context.office.runtime, info.context.actor, id))


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


async def _correct(write: Write) -> Outcome:
    return await amendments.correct_change(
        write.ask.office.runtime,
        write.ask.actor,
        write.sent["change"],
        checked(CorrectedChange, write.sent).asked(),
        expected=write.expected,
        key=write.key,
        dry_run=write.dry_run,
    )


def _withdrawal(name: str, how: amendments.Withdrawing, said: str) -> Any:
    async def run(write: Write) -> Outcome:
        return await amendments.withdraw_change(
            write.ask.office.runtime,
            write.ask.actor,
            write.sent["change"],
            how,
            checked(Withdrawal, write.sent).asked(),
            expected=write.expected,
            key=write.key,
            dry_run=write.dry_run,
        )

    return mutation(
        name, run, shape_of(changes.RecordedChange), said=said, body=Withdrawal, places=(_WHICH,), guarded=True
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
    ),
    "cancel_change": _withdrawal("cancelChange", "cancelled", "Withdraw a change whose day has not come."),
    "rescind_change": _withdrawal(
        "rescindChange", "rescinded", "Withdraw a change whose day has come: it should never have been."
    ),
    "correct_change": mutation(
        "correctChange",
        _correct,
        shape_of(changes.RecordedChange),
        said="Put another change in the place of one, past or planned.",
        body=CorrectedChange,
        places=(_WHICH,),
        guarded=True,
    ),
}
