"""Answers of writes under their callers' keys, kept in the write's own transaction: only what was committed is here."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.tables import idempotency

KEPT_US = 24 * 3600 * 1_000_000
"""How long a key answers: 24 hours, in µs."""


async def claim(tx: AsyncConnection, *, scope: str, request: str, now: int) -> tuple[str, str] | None:
    """Take the key for this transaction, or return (request digest, answer) of the write that had it.

    A twin still in flight is waited for: the unique key holds the second insert until the first commits.
    """
    await tx.execute(delete(idempotency).where(idempotency.c.scope == scope, idempotency.c.recorded_at < now - KEPT_US))
    insert = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    claimed = await tx.execute(
        insert(idempotency)
        .values(scope=scope, request=request, answer=None, recorded_at=now)
        .on_conflict_do_nothing()
        .returning(idempotency.c.scope)
    )
    if claimed.first() is not None:
        return None
    kept = (await tx.execute(select(idempotency).where(idempotency.c.scope == scope))).one()
    return kept.request, kept.answer


async def keep_answer(tx: AsyncConnection, *, scope: str, answer: str) -> None:
    await tx.execute(update(idempotency).where(idempotency.c.scope == scope).values(answer=answer))


async def forget_old(tx: AsyncConnection, *, now: int) -> None:
    await tx.execute(delete(idempotency).where(idempotency.c.recorded_at < now - KEPT_US))
