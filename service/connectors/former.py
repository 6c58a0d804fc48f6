"""What was written of somebody while they had another id there, which was wrong: told from what stands under the one
they have, and taken back as by a rescission."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from service.connectors.comparing import Known, Obstacle, Step, Table, There, steps
from service.connectors.sinks import Postponed, Told
from service.usecases.act import Runtime
from service.usecases.connection_work import UNDER, Link, is_under, links_of
from service.usecases.open_connections import OpenConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Links of a job in a place: those under the id of now, and those under others by id."""

    own: tuple[Link, ...]
    former: Mapping[str, tuple[Link, ...]]


async def kept_of(
    runtime: Runtime, connection: OpenConnection, employee: str, job: str, place: str, there: str
) -> Kept:
    own: list[Link] = []
    former: dict[str, list[Link]] = {}
    for link in await links_of(runtime, connection, employee, place=place):
        if link.job == job:
            (own if is_under(link, there) else former.setdefault(link.detail[UNDER], [])).append(link)
    return Kept(own=tuple(own), former={one: tuple(links) for one, links in former.items()})


def known_of(links: Sequence[Link]) -> Mapping[date, Known]:
    """Rows that were written or taken over, by day."""
    return {
        one.effective_on: Known(
            row=one.remote_id,
            written=one.written,
            adopted=bool(one.detail.get("adopted")),
            altered=bool(one.detail.get("altered")),
            whole=str(one.detail.get("whole", "")),
            lacking=tuple(one.detail.get("lacking", ())),
        )
        for one in links
    }


def noted(link: Link, *, adopted: bool, altered: bool) -> Link:
    """With whose row it is. `altered` counts of one that somebody else made."""
    return replace(link, detail={**link.detail, "adopted": adopted, **({"altered": True} if altered else {})})


def steps_back(table: Table, rows: Sequence[There], links: Sequence[Link]) -> Iterator[Step | Postponed]:
    """Deletes of what we made under an id that was wrong. Whatever is Postponed, its owner has to settle there first.

    A row of somebody else that was only taken over stays; one that we altered says of the wrong person what it should
    not, and what it said before is not known.
    """
    known = known_of(links)
    ours = [row for row in rows if row.day in known and _may_be(known[row.day], row)]
    for row in ours:
        one = known[row.day]
        if one.altered and row.still_says(one.written):
            what = f"the row of {row.day} in {table.name} was somebody else's, and was altered for this person"
            yield _by_hand(f"{what}: set it right there, or remove it")
    for step in steps(table, (), ours, known, first=date.min, last=None):
        if isinstance(step, Obstacle):
            what = f"the row of {step.day} in {table.name} was written for this person, and altered since"
            yield _by_hand(f"{what}: remove it there, or have overwrite set, by which it is removed")
        elif step.how == "delete":
            yield step


def _may_be(known: Known, row: There) -> bool:
    """Of a row that may not have come to be, only its content tells."""
    return known.row == row.row or (known.row is None and (not row.values or row.still_says(known.written)))


def under_former(told: Told) -> Told:
    """The same, and that it is about the id of before."""
    if isinstance(told, Postponed):
        return replace(told, reason=f"under the id that they had before: {told.reason}")
    return told


def _by_hand(reason: str) -> Postponed:
    return Postponed(code="former-id-row", reason=reason)
