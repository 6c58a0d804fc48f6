"""What is called what in a connected system: set as a whole, checked before it is kept."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.definitions import Definitions
from service.domain.findings import Finding
from service.domain.instants import instant_text
from service.domain.mappings import (
    ENTRIES,
    MOST_ENTRIES,
    MappingEntry,
    SystemMapping,
    mapping_of,
    unknown_entries,
    unmapped_levels,
    wrong_entries,
)
from service.domain.refusals import FieldError, Invalid
from service.domain.wire import plain
from service.storage import connections
from service.storage.connections import MappingRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.connections import locked_connection
from service.usecases.open_connections import no_connection
from service.usecases.reading import company_today, reading
from service.usecases.revisions import Expected, check_revision


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMapping:
    """A connection's mapping, and what of it does not fit the definitions in force today."""

    version: Annotated[int, Field(description="Raised by every change; the ETag. 0 while none was set.")]
    entries: Annotated[tuple[MappingEntry, ...], Field(description="Ours beside theirs.")]
    recorded_at: Annotated[str | None, Field(description="Instant at which it was set; null while none was.")]
    recorded_by: Annotated[str | None, Field(description="Who set it.")]
    warnings: Annotated[tuple[Finding, ...], Field(description="Entries that name nothing in force today.")]
    unmapped_levels: Annotated[
        tuple[str, ...], Field(description="Levels in force today without a name there, as ladder/level.")
    ]


async def set_mapping(
    runtime: Runtime,
    actor: Actor,
    connection: str,
    entries: tuple[MappingEntry, ...],
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Set the whole mapping; the answer is a ShownMapping. `expected` is the version it was based on, 0 for none.

    Needs admin. Raises NotFound `no-such-connection`, Invalid `mapping-invalid`, Stale and Unguarded.
    """
    require(actor, Scope.ADMIN)
    refuse_wrong(entries)

    async def body(a: Act) -> ShownMapping:
        definitions = await a.definitions()
        held = await locked_connection(a, connection)
        before = await connections.last_mapping(a.tx, held.id)
        version = before.version if before else 0
        check_revision("mapping", current=version, expected=expected)
        record = MappingRecord(
            version=version + 1,
            document={"entries": plain(entries)},
            recorded_by=actor.id,
            recorded_at=a.now,
        )
        await connections.add_mapping(a.tx, held.id, record)
        a.audit_detail.update(connection=held.id, mapping=record.version, entries=len(entries))
        today = company_today(definitions, now=a.now)
        return _shown(record, SystemMapping(entries=entries), definitions, today)

    return await act(runtime, "connections.map", actor, body, key=key, dry_run=dry_run)


async def read_mapping(runtime: Runtime, actor: Actor, connection: str) -> ShownMapping:
    """Raises NotFound `no-such-connection`."""
    require(actor, Scope.ADMIN)
    async with reading(runtime) as view:
        held = await connections.find_connection(view.connection, connection)
        if held is None:
            raise no_connection(connection)
        record = await connections.last_mapping(view.connection, held.id)
        mapping = mapping_of(record.document) if record else SystemMapping()
        return _shown(record, mapping, view.definitions, view.today)


async def mapping_in_use(runtime: Runtime, connection_id: str) -> SystemMapping:
    """For its connector: the last one that was set, empty while none was."""
    async with runtime.database.read() as connection:
        record = await connections.last_mapping(connection, connection_id)
    return mapping_of(record.document) if record else SystemMapping()


def refuse_wrong(entries: tuple[MappingEntry, ...], *, place: str = ENTRIES) -> None:
    """Raises Invalid `mapping-invalid`. `place` is the pointer to where they stand in what was sent."""
    if len(entries) > MOST_ENTRIES:
        raise Invalid("mapping-invalid", f"A mapping has at most {MOST_ENTRIES} entries, this one {len(entries)}.")
    wrong = tuple(replace(one, pointer=place + one.pointer.removeprefix(ENTRIES)) for one in wrong_entries(entries))
    if wrong:
        raise Invalid(
            "mapping-invalid",
            f"{wrong[0].pointer}: {wrong[0].message}" + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""),
            errors=tuple(FieldError(pointer=one.pointer, detail=one.message, code="mapping-invalid") for one in wrong),
        )


def _shown(record: MappingRecord | None, mapping: SystemMapping, definitions: Definitions, today: date) -> ShownMapping:
    return ShownMapping(
        version=record.version if record else 0,
        entries=mapping.entries,
        recorded_at=instant_text(record.recorded_at) if record else None,
        recorded_by=record.recorded_by if record else None,
        warnings=tuple(unknown_entries(mapping.entries, definitions, today)),
        unmapped_levels=unmapped_levels(mapping, definitions, today),
    )
