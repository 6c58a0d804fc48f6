"""Stopping an endpoint and letting it go on: what a person decides. Each works inside the caller's transaction, which
holds the lock of the endpoint; what its owner had found out by then is void, since the revision rises."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.webhooks.store_health import FRESH
from service.webhooks.tables import endpoint


async def pause_endpoint(tx: AsyncConnection, public_id: str, *, reason: str | None, now: int) -> None:
    """Send nothing more: what is to be sent is held. What is under way ends as it does."""
    await _write(tx, public_id, turned("paused", reason=reason, now=now), now=now)


async def resume_endpoint(tx: AsyncConnection, public_id: str, *, skip_to: int, now: int) -> None:
    """Send again, slowly at first, as if it had never failed. Deliveries up to the position `skip_to` are passed by; an
    earlier choice is void as far as nothing has come of it."""
    await _write(tx, public_id, {**turned("healthy", reason=None, now=now), "skip_to": skip_to}, now=now)


def turned(state: str, *, reason: str | None, now: int) -> Mapping[str, Any]:
    """The columns of an endpoint whose state somebody decides: it starts anew."""
    return {**FRESH, "state": state, "state_reason": reason, "state_since": now, "easing": state == "healthy"}


async def _write(tx: AsyncConnection, public_id: str, values: Mapping[str, Any], *, now: int) -> None:
    await tx.execute(
        update(endpoint)
        .where(endpoint.c.public_id == public_id)
        .values(**values, updated_at=now, revision=endpoint.c.revision + 1)
    )
