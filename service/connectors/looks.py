"""Looks at a connection that kinds of systems share: its mapping, and what would be written of one person."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, cast

from service.connectors.comparing import Obstacle, Step
from service.connectors.kinds import Checked, Tools
from service.connectors.sinks import NotTaken, Postponed, text_of
from service.connectors.wire import Unreachable
from service.domain.refusals import NotFound
from service.usecases.employees import list_employees
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window

MOST_TOLD = 10
_PEOPLE = 200
"""Among how many people somebody is looked for who is known there."""

Planned = Postponed | Sequence[Step | Obstacle] | None


def mapped(unmapped: Sequence[str], title: Literal["mapped", "ours"]) -> Checked:
    """Of levels without a name there. `title` is what is sent for those: nothing, or our own."""
    if not unmapped:
        return Checked(name="mapping", ok=True, text="every level in force today has a title there")
    if title == "ours":
        return Checked(name="mapping", ok=True, text=f"by our own title: {some(unmapped)}")
    return Checked(name="mapping", ok=False, text=f"without a title there, so people on them wait: {some(unmapped)}")


async def one_person(connection: OpenConnection, tools: Tools, planned: Callable[[str], Awaitable[Planned]]) -> Checked:
    """What would be written of the first person who is known there and holds the job; `planned` tells it of one, None
    of who never held it."""
    name = "one person"
    listed = await list_employees(tools.runtime, connection.actor, window=Window(limit=_PEOPLE))
    for one in listed.part.items:
        if connection.system not in one.external_ids:
            continue
        who = one.key or cast(str, one.id)
        try:
            found = await planned(who)
        except NotFound:
            continue
        except (NotTaken, Unreachable) as error:
            return Checked(name=name, ok=False, text=f"{who}: {why(error)}")
        if found is None:
            continue
        if isinstance(found, Postponed):
            return Checked(name=name, ok=False, text=f"{who}: {text_of(found)}")
        steps = "; ".join(map(_said, found[:MOST_TOLD])) or "nothing to write"
        ok = not any(isinstance(step, Obstacle) for step in found)
        return Checked(name=name, ok=ok, text=f"{who}, were all their days altered: {steps}")
    text = f"nobody here with an external id {connection.system} has held the job: what would be written is not seen"
    return Checked(name=name, ok=True, text=text)


def some(names: Sequence[str], between: str = ", ") -> str:
    """The first of them, and how many more there are."""
    more = len(names) - MOST_TOLD
    return between.join(names[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def why(error: NotTaken | Unreachable) -> str:
    return f"{error.error_class}: {error}" if isinstance(error, Unreachable) else text_of(error.told)


def _said(step: Step | Obstacle) -> str:
    if isinstance(step, Obstacle):
        return f"would wait: {step.code}: {step.reason}"
    # Which fields, and not what they would hold: it may be pay.
    fields = f" ({', '.join(sorted(step.send))})" if step.send else ""
    return f"would {step.how} a row of {step.day}{fields}"
