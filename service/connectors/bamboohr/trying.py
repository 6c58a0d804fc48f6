"""Trying a BambooHR connection out: what it may see, what its mapping lacks, what it would write of one person.

Nothing is written, there or here.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import cast

from service.connectors.bamboohr.account import Account
from service.connectors.bamboohr.bands import band_drift
from service.connectors.bamboohr.client import Refused
from service.connectors.bamboohr.comparing import Obstacle, Step
from service.connectors.bamboohr.ledgers import Ledger
from service.connectors.bamboohr.settings import Settings
from service.connectors.bamboohr.sink import Sink
from service.connectors.intake import Halted
from service.connectors.kinds import Checked, Tools
from service.connectors.sinks import Done, Failed, Postponed, Throttled, Told
from service.connectors.wire import Unreachable
from service.domain.access import Scope
from service.domain.mappings import unmapped_levels
from service.domain.refusals import NotFound
from service.domain.refusals import Refused as RefusedHere
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.employees import list_employees
from service.usecases.open_connections import OpenConnection
from service.usecases.paging import Window
from service.usecases.reading import reading

_TOLD_AT_MOST = 10
_PEOPLE = 200
"""Among how many people somebody is looked for who is known there."""


async def tried(
    connection: OpenConnection, settings: Settings, account: Account, sink: Sink, tools: Tools
) -> AsyncIterator[Checked]:
    """One line after the other; ends where nothing more can be asked."""
    try:
        tables = await account.client.tables()
    except (Refused, Unreachable) as error:
        yield Checked(name="credentials", ok=False, text=_why(error))
        return
    yield Checked(name="credentials", ok=True, text=f"they are let in, and see {len(tables)} tables")
    complete = True
    for ledger in await sink.ledgers():
        line = _fields(ledger, tables.get(ledger.table))
        complete &= line.ok
        yield line
    titles = await _titles(connection, settings, account, tools)
    for line in titles:
        yield line
    if connection.credentials.get("client_id"):
        yield await _bands(connection, account, tools)
    if complete:
        yield await _one_person(connection, settings, account, sink, tools)


def _fields(ledger: Ledger, fields: frozenset[str] | None) -> Checked:
    name = f"table {ledger.table}"
    if fields is None:
        return Checked(name=name, ok=False, text="the account has no such table, or these credentials may not see it")
    missing = [one for one in ledger.own if one not in fields]
    if missing:
        text = f"it has no field {', '.join(missing)}: name them as /meta/tables does"
        return Checked(name=name, ok=False, text=text)
    text = f"it has {', '.join(ledger.own)}; only a write shows whether they may be written"
    return Checked(name=name, ok=True, text=text)


async def _bands(connection: OpenConnection, account: Account, tools: Tools) -> Checked:
    """Where Levels & Bands there and the bands in force here differ, without amounts. By OAuth alone they are read."""
    name, reader = "levels and bands", replace(connection.actor, scopes=frozenset({Scope.BANDS_READ}))
    try:
        drifts = await band_drift(tools, connection, reader, client=account.client)
    except Halted as halted:
        return Checked(name=name, ok=True, text=f"not compared: {halted.alarm.detail}")
    except Unreachable as error:
        return Checked(name=name, ok=False, text=_why(error))
    except RefusedHere as refused:
        return Checked(name=name, ok=True, text=f"not compared: {refused.detail}")
    if not drifts:
        return Checked(name=name, ok=True, text="they say what the bands in force here say")
    told = [f"{one.theirs or f'grade {one.grade} {one.zone or one.currency}'} ({one.code})" for one in drifts]
    more = f" and {len(told) - _TOLD_AT_MOST} more" if len(told) > _TOLD_AT_MOST else ""
    return Checked(name=name, ok=False, text=f"{', '.join(told[:_TOLD_AT_MOST])}{more}: mend the mapping or the bands")


async def _titles(connection: OpenConnection, settings: Settings, account: Account, tools: Tools) -> Sequence[Checked]:
    """Whether every level has a name there, and every name is in their list."""
    mapping = await mapping_in_use(tools.runtime, connection.id)
    async with reading(tools.runtime) as view:
        unmapped = unmapped_levels(mapping, view.definitions, view.today)
        called = mapping.all_theirs("level", view.today)
    lines = [_mapped(unmapped, settings)]
    try:
        options = await account.titles()
    except (Refused, Unreachable) as error:
        return [*lines, Checked(name="titles", ok=False, text=_why(error))]
    if options is None:
        return [*lines, Checked(name="titles", ok=True, text=f"{settings.jobs.title} has no list: any text is taken")]
    lacking = [one for one in called if one not in options.names]
    may_add = settings.add_titles and options.editable
    gone = [one for one in lacking if one in options.archived]
    if gone or (lacking and not may_add):
        text = f"their list lacks {_some(lacking)}: add them there" + (
            "" if options.editable else "; these credentials may not edit it"
        )
        return [*lines, Checked(name="titles", ok=False, text=text)]
    text = f"their list lacks {_some(lacking)}, which are added when needed" if lacking else "all are in their list"
    return [*lines, Checked(name="titles", ok=True, text=text)]


def _mapped(unmapped: Sequence[str], settings: Settings) -> Checked:
    if not unmapped:
        return Checked(name="mapping", ok=True, text="every level in force today has a title there")
    if settings.title == "ours":
        return Checked(name="mapping", ok=True, text=f"by our own title: {_some(unmapped)}")
    return Checked(name="mapping", ok=False, text=f"without a title there, so people on them wait: {_some(unmapped)}")


async def _one_person(
    connection: OpenConnection, settings: Settings, account: Account, sink: Sink, tools: Tools
) -> Checked:
    """What would be written of the first person who is known there and holds the job."""
    name = "one person"
    listed = await list_employees(tools.runtime, connection.actor, window=Window(limit=_PEOPLE))
    for one in listed.part.items:
        if connection.system not in one.external_ids:
            continue
        who = one.key or cast(str, one.id)
        try:
            found = await sink.planned(who)
        except NotFound:
            continue
        except (Refused, Unreachable) as error:
            return Checked(name=name, ok=False, text=f"{who}: {_why(error)}")
        if found is None:
            continue
        if isinstance(found, Postponed):
            return Checked(name=name, ok=False, text=f"{who}: {found.code}: {found.reason}")
        return Checked(
            name=name,
            ok=not any(isinstance(step, Obstacle) for step in found),
            text=f"{who}, were all their days altered: "
            + ("; ".join(map(_said, found[:_TOLD_AT_MOST])) or "nothing to write"),
        )
    text = f"nobody here with an external id {connection.system} has held the job: what would be written is not seen"
    return Checked(name=name, ok=True, text=text)


def _said(step: Step | Obstacle) -> str:
    if isinstance(step, Obstacle):
        return f"would wait: {step.code}: {step.reason}"
    # Which fields, and not what they would hold: it may be pay.
    fields = f" ({', '.join(sorted(step.send))})" if step.send else ""
    return f"would {step.how} a row of {step.day}{fields}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _TOLD_AT_MOST
    return ", ".join(names[:_TOLD_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _why(error: Refused | Unreachable) -> str:
    if isinstance(error, Unreachable):
        return f"{error.error_class}: {error}"
    told: Told = error.told
    match told:
        case Failed(reason=reason) | Postponed(reason=reason):
            return reason
        case Throttled():
            return "they want fewer requests: try again in a while"
        case Done(note=note):
            return note
