"""Whether the service can do its work, for those who run it."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from service.domain.instants import instant_text
from service.storage import changes, migrate, upkeep
from service.usecases.act import Runtime
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What readiness rests on. `ready` is False while the schema is not the one this release works with.

    A replica that is away keeps nobody from being ready: the primary answers in its place.
    """

    ready: Annotated[bool, Field(description="Requests can be served.")]
    engine: Annotated[str, Field(description="sqlite or postgresql.")]
    journal: Annotated[str, Field(description="Journal mode of SQLite; none on Postgres.")]
    schema_revision: Annotated[str | None, Field(description="Revision of the database; null for an empty one.")]
    schema_head: Annotated[str, Field(description="Revision this release works with.")]
    oldest_unactivated: Annotated[
        str | None, Field(description="Earliest day whose planned changes have not taken effect; null when all have.")
    ]
    replica: Annotated[
        Literal["answers", "away"] | None, Field(description="State of the read replica; null where there is none.")
    ]
    replica_known_at: Annotated[
        str | None, Field(description="Instant up to which everything has arrived there; null while it is away.")
    ]


async def keep_house(runtime: Runtime) -> None:
    """What the clock does now and then so that tables stay small; done twice, it does nothing more."""
    kept_from = runtime.reconciliations_from()
    await upkeep.keep_house(runtime.database, runtime.retention, reconciliations_from=kept_from)


async def readiness(runtime: Runtime) -> Readiness:
    """Asks the database. Raises Unavailable `database-away` when it does not answer."""
    database = runtime.database
    head = migrate.head()
    oldest = None
    async with database.read() as connection:
        revision = await migrate.revision_of(connection)
    if revision == head:
        async with reading(runtime) as view:
            oldest = await changes.oldest_due(view.connection, view.today)
    arrived = await runtime.replica.reached() if runtime.replica else None
    return Readiness(
        ready=revision == head,
        engine=database.dialect,
        journal=database.journal,
        schema_revision=revision,
        schema_head=head,
        oldest_unactivated=oldest.isoformat() if oldest else None,
        replica=("away" if arrived is None else "answers") if runtime.replica else None,
        replica_known_at=instant_text(arrived) if arrived is not None else None,
    )
