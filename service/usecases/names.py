"""A person's names in other systems over time."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.storage import names
from service.storage.names import NameRecord
from service.usecases.act import Runtime
from service.usecases.paging import Listing, Window, part
from service.usecases.reading import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdBinding:
    """An id in another system, and between which instants it named the person."""

    system: Annotated[str, Field(description="The other system.")]
    value: Annotated[str, Field(description="The id there; system:value names the person while it is bound.")]
    known_from: Annotated[str, Field(description="Instant at which it was bound.")]
    known_to: Annotated[str | None, Field(description="Instant at which it was released; null while it is bound.")]


async def list_external_ids(
    runtime: Runtime, actor: Actor, employee: str, *, window: Window, known_at: int | None = None
) -> Listing[ExternalIdBinding]:
    """Every binding of a person as known at an instant, released ones too, oldest first, a part of them.

    Raises NotFound `no-employee`.
    """
    require(actor, Scope.ASSIGNMENTS_READ)
    async with reading(runtime, known_at=known_at, employee=employee, may_lag=True) as view:
        found = await names.names_page(
            view.connection,
            view.person.id,
            known_at=view.known_at,
            limit=window.limit + 1,
            place=window.place,
            backward=window.backward,
        )
        listed = part(found, window, names.place_in).each(_shown)
        return Listing(part=listed, effective_on=None, known_at=view.known_at)


def _shown(record: NameRecord) -> ExternalIdBinding:
    return ExternalIdBinding(
        system=record.system,
        value=record.value,
        known_from=instant_text(record.known_from),
        known_to=instant_text(record.known_to) if record.known_to is not None else None,
    )
