"""What changed, and recording it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry.dataloader import DataLoader

from service.graphql.arguments import After, Before, First, Keys, KnownAt, Last, OnePerson, instant_of
from service.graphql.connections import Slice, connection_of, is_counted, paged
from service.graphql.context import Ask, Asked
from service.graphql.inputs import checked
from service.graphql.nodes import Seen, leads, loader, node_type, root
from service.graphql.payloads import Write, mutation
from service.graphql.people import WHO, Employee, person_of
from service.graphql.scalars import Day
from service.graphql.shapes import shape_of
from service.problems import SurfaceProblem
from service.requests.changes import CorrectedChange, NewChange, Withdrawal
from service.usecases import amendments, changes, recorded_changes
from service.usecases.act import Outcome
from service.usecases.paging import Listing, Window

_WHICH = ("change", "Id of the change.")
_EffectiveFrom = Annotated[Day | None, strawberry.argument(description="Only what is effective on this day or later.")]
_EffectiveBefore = Annotated[Day | None, strawberry.argument(description="Only what is effective before this day.")]
_RecordedFrom = Annotated[
    str | None, strawberry.argument(description="Only what was recorded at this instant or later.")
]
_RecordedBefore = Annotated[str | None, strawberry.argument(description="Only what was recorded before this instant.")]
_Sort = Annotated[
    str, strawberry.argument(description="By recorded_at or effective_on; - in front is the other way round.")
]


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


async def _list(
    info: Asked,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    known_at: KnownAt = None,
    employee: OnePerson = None,
    job: Keys = None,
    kind: Keys = None,
    status: Keys = None,
    reason: Keys = None,
    effective_from: _EffectiveFrom = None,
    effective_before: _EffectiveBefore = None,
    recorded_from: _RecordedFrom = None,
    recorded_before: _RecordedBefore = None,
    sort: _Sort = "recorded_at",
) -> Any:
    ask = info.context
    asked: dict[str, Any] = {
        "employee": employee,
        **{name: tuple(keys or ()) for name, keys in (("job", job), ("kind", kind), ("status", status))},
        "reason": tuple(reason or ()),
        "effective_from": effective_from,
        "effective_before": effective_before,
        "recorded_from": instant_of(recorded_from, "recordedFrom"),
        "recorded_before": instant_of(recorded_before, "recordedBefore"),
    }
    wanted = recorded_changes.WantedChanges(**asked)

    async def read(window: Window, _day: date | None, instant: int | None) -> Listing[Any]:
        return await recorded_changes.list_changes(
            ask.office.runtime,
            ask.actor,
            wanted=wanted,
            known_at=instant,
            window=window,
            by=sort,
            counted=is_counted(info),
        )

    return await paged(
        info,
        Slice(first=first, after=after, last=last, before=before),
        read,
        place=_place_in(sort),
        show=lambda one, day, instant: SeenChange(one, instant=instant, day=day),
        known_at=instant_of(known_at),
        asked={**asked, "sort": sort},
    )


def _place_in(sort: str) -> tuple[type, ...]:
    """The types of a place in an order. Raises SurfaceProblem `invalid-parameter` for one that there is not."""
    known = {sign + name: place for name, place in recorded_changes.SORTS.items() for sign in ("", "-")}
    if sort in known:
        return known[sort]
    detail = f"sort cannot name {sort[:60]!r}. Known are {', '.join(known)}"
    fault = {"parameter": "sort", "detail": detail, "code": "invalid-parameter"}
    raise SurfaceProblem("invalid-parameter", f"{detail}.", errors=[fault])


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


QUERIES: dict[str, Any] = {
    "change": root(_change, Change, "A recorded change."),
    "changes": root(
        _list,
        connection_of(Change, "Change", counted=True),
        "Everybody's changes, each as it was at the instant of the first page.",
    ),
}
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
