"""The audit chain: one row a write, each hashed over the one before, in the write's own transaction.

The row is written under the recorder, so the chain needs no lock of its own. It holds ids and codes, never a
name, a comment or an amount: the chain must still verify after a person is erased.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import rfc8785
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.recorder import Taken, set_chain_head
from service.storage.tables import audit

FIRST = "0" * 64
"""What the first row is chained to."""

_PAGE = 1_000


_INSERT = insert(audit)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    recorded_at: int
    actor: str
    act: str
    detail: Mapping[str, object]
    prev_hash: str
    hash: str


async def append(tx: AsyncConnection, taken: Taken, *, actor: str, act: str, detail: Mapping[str, object]) -> None:
    """Add the row of one write and move the chain's head to it."""
    digest = row_hash(taken.chain_head, recorded_at=taken.at, actor=actor, act=act, detail=detail)
    row = {
        "recorded_at": taken.at,
        "actor": actor,
        "act": act,
        "detail": json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
        "prev_hash": taken.chain_head,
        "hash": digest,
    }
    await tx.execute(_INSERT, row)
    await set_chain_head(tx, digest)


def row_hash(prev_hash: str, *, recorded_at: int, actor: str, act: str, detail: Mapping[str, object]) -> str:
    """SHA-256 over the previous hash and the RFC 8785 form of the row."""
    # The instant goes in as text: canonical JSON numbers are doubles, which lose microseconds.
    row = {"recorded_at": str(recorded_at), "actor": actor, "act": act, "detail": detail}
    return hashlib.sha256(prev_hash.encode() + rfc8785.dumps(row)).hexdigest()  # pyright: ignore[reportArgumentType]


async def rows(connection: AsyncConnection) -> AsyncIterator[AuditRecord]:
    """The chain from its beginning, a page at a time: the table may be larger than memory."""
    after = -1
    while True:
        page = await connection.execute(
            select(audit).where(audit.c.recorded_at > after).order_by(audit.c.recorded_at).limit(_PAGE)
        )
        found = [
            AuditRecord(
                recorded_at=row.recorded_at,
                actor=row.actor,
                act=row.act,
                detail=json.loads(row.detail),
                prev_hash=row.prev_hash,
                hash=row.hash,
            )
            for row in page
        ]
        for record in found:
            yield record
        if len(found) < _PAGE:
            return
        after = found[-1].recorded_at


async def first_broken_link(connection: AsyncConnection) -> int | None:
    """The recorded_at of the first row that does not follow from the one before it; None when the chain verifies."""
    head = FIRST
    async for row in rows(connection):
        expected = row_hash(head, recorded_at=row.recorded_at, actor=row.actor, act=row.act, detail=row.detail)
        if row.prev_hash != head or row.hash != expected:
            return row.recorded_at
        head = row.hash
    return None
