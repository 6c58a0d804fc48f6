"""Trying a BambooHR connection out: what it may see, what its mapping lacks, what it would write of one person.

Nothing is written, there or here.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from service.connectors.bamboohr.account import Account
from service.connectors.bamboohr.bands import their_bands
from service.connectors.bamboohr.ledgers import Ledger
from service.connectors.bamboohr.settings import Settings
from service.connectors.bamboohr.sink import Sink
from service.connectors.bands import BandDrift, compared, our_bands
from service.connectors.intake import Halted
from service.connectors.kinds import Checked, Tools
from service.connectors.looks import mapped, one_person, some, why
from service.connectors.sinks import NotTaken
from service.connectors.wire import Unreachable
from service.domain.access import Scope
from service.domain.mappings import unmapped_levels
from service.domain.refusals import Refused
from service.usecases.connection_mappings import mapping_in_use
from service.usecases.open_connections import OpenConnection
from service.usecases.reading import reading


async def tried(
    connection: OpenConnection, settings: Settings, account: Account, sink: Sink, tools: Tools
) -> AsyncIterator[Checked]:
    """One line after the other; ends where nothing more can be asked."""
    try:
        tables = await account.client.tables()
    except (NotTaken, Unreachable) as error:
        yield Checked(name="credentials", ok=False, text=why(error))
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
        yield await one_person(connection, tools, sink.planned)


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
        theirs = await their_bands(account.client)
        drifts = compared(theirs, await our_bands(tools.runtime, connection, reader))
    except Halted as halted:
        return Checked(name=name, ok=True, text=f"not compared: {halted.alarm.detail}")
    except Unreachable as error:
        return Checked(name=name, ok=False, text=why(error))
    except Refused as refused:
        return Checked(name=name, ok=True, text=f"not compared: {refused.detail}")
    if not drifts:
        return Checked(name=name, ok=True, text="they say what the bands in force here say")
    told = [f"{_named(one)} ({one.code})" for one in drifts]
    text = f"{some(told)}: mend the mapping or the bands; dualtrack connect bands {connection.key} has the amounts"
    return Checked(name=name, ok=False, text=text)


def _named(one: BandDrift) -> str:
    if one.theirs:
        return one.theirs.name
    return f"grade {one.grade} {one.ours.zone if one.ours else one.currency}"


async def _titles(connection: OpenConnection, settings: Settings, account: Account, tools: Tools) -> Sequence[Checked]:
    """Whether every level has a name there, and every name is in their list."""
    mapping = await mapping_in_use(tools.runtime, connection.id)
    async with reading(tools.runtime) as view:
        unmapped = unmapped_levels(mapping, view.definitions, view.today)
        called = mapping.all_theirs("level", view.today)
    lines = [mapped(unmapped, settings.title)]
    try:
        options = await account.titles()
    except (NotTaken, Unreachable) as error:
        return [*lines, Checked(name="titles", ok=False, text=why(error))]
    if options is None:
        return [*lines, Checked(name="titles", ok=True, text=f"{settings.jobs.title} has no list: any text is taken")]
    lacking = [one for one in called if one not in options.names]
    may_add = settings.add_titles and options.editable
    gone = [one for one in lacking if one in options.archived]
    if gone or (lacking and not may_add):
        text = f"their list lacks {some(lacking)}: add them there" + (
            "" if options.editable else "; these credentials may not edit it"
        )
        return [*lines, Checked(name="titles", ok=False, text=text)]
    text = f"their list lacks {some(lacking)}, which are added when needed" if lacking else "all are in their list"
    return [*lines, Checked(name="titles", ok=True, text=text)]
