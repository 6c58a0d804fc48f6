"""Answers of writes under their callers' keys, kept in the write's own transaction: only what was committed is here."""

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.tables import idempotency

KEPT_US = 24 * 3600 * 1_000_000
"""How long a key answers: 24 hours, in µs."""


# Built once: building a statement takes many times as long as handing it over.
_OF_SCOPE = idempotency.c.scope == bindparam("of_scope")
_FORGET_ONE = delete(idempotency).where(_OF_SCOPE, idempotency.c.recorded_at < bindparam("before"))
_CLAIM = {
    dialect: insert(idempotency).on_conflict_do_nothing().returning(idempotency.c.scope)
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_KEPT = select(idempotency).where(_OF_SCOPE)
_KEEP = update(idempotency).where(_OF_SCOPE)


async def claim(tx: AsyncConnection, *, scope: str, request: str, now: int) -> tuple[str, str] | None:
    """Take the key for this transaction, or return (request digest, answer) of the write that had it.

    A twin still in flight is waited for: the unique key holds the second insert until the first commits.
    """
    await tx.execute(_FORGET_ONE, {"of_scope": scope, "before": now - KEPT_US})
    row = {"scope": scope, "request": request, "answer": None, "recorded_at": now}
    claimed = await tx.execute(_CLAIM[tx.dialect.name], row)
    if claimed.first() is not None:
        return None
    kept = (await tx.execute(_KEPT, {"of_scope": scope})).one()
    return kept.request, kept.answer


async def keep_answer(tx: AsyncConnection, *, scope: str, answer: str) -> None:
    await tx.execute(_KEEP, {"of_scope": scope, "answer": answer})


async def forget_old(tx: AsyncConnection, *, now: int) -> None:
    await tx.execute(delete(idempotency).where(idempotency.c.recorded_at < now - KEPT_US))
