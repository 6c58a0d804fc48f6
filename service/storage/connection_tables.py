"""Connections to other firms' systems as they are kept: how one gets there, what maps to what, what stands there."""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from datetime import date
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

from service.storage.tables import METADATA


class _Row(SQLModel):
    metadata = METADATA


def _words(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=primary_key)


def _big() -> Any:
    return Column(BigInteger, nullable=False)


def _of_connection() -> Any:
    return Column(Text, ForeignKey("connection.id"), primary_key=True)


class ConnectionRow(_Row, table=True):
    """One system that is connected. `endpoint_id` is the sender's endpoint that feeds it; None where nothing goes out.

    `settings` is a JSON object that may be shown; `credentials_enc` is sealed.
    """

    __tablename__ = "connection"
    __table_args__ = (Index("connection_key", "key", unique=True),)
    id: str = Field(sa_column=_words(primary_key=True))
    key: str = Field(sa_column=_words())
    kind: str = Field(sa_column=_words())
    system: str = Field(sa_column=_words())
    settings: str = Field(sa_column=_words())
    credentials_enc: str = Field(sa_column=_words())
    endpoint_id: str | None = Field(sa_column=_words(nullable=True))
    created_by: str = Field(sa_column=_words())
    created_at: int = Field(sa_column=_big())
    updated_at: int = Field(sa_column=_big())
    revision: int = Field(sa_column=_big())


class ConnectionMappingRow(_Row, table=True):
    """A mapping as it was set, whole: the last one holds, the others say what held before."""

    __tablename__ = "connection_mapping"
    connection_id: str = Field(sa_column=_of_connection())
    version: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    document: str = Field(sa_column=_words())
    recorded_by: str = Field(sa_column=_words())
    recorded_at: int = Field(sa_column=_big())


class ConnectionCursorRow(_Row, table=True):
    """How far something was read over there, in that system's own terms."""

    __tablename__ = "connection_cursor"
    connection_id: str = Field(sa_column=_of_connection())
    name: str = Field(sa_column=_words(primary_key=True))
    value: str = Field(sa_column=_words())
    updated_at: int = Field(sa_column=_big())


class ConnectionLinkRow(_Row, table=True):
    """What of ours stands there as what: a person's job from a day on, as the row `remote_id` of `place`.

    `remote_id` is None while it is not known yet; `written` is a digest of what was written, `detail` a JSON object
    of that system's own.
    """

    __tablename__ = "connection_link"
    __table_args__ = (Index("connection_link_remote", "connection_id", "place", "remote_id"),)
    connection_id: str = Field(sa_column=_of_connection())
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), primary_key=True))
    job: str = Field(sa_column=_words(primary_key=True))
    place: str = Field(sa_column=_words(primary_key=True))
    effective_on: date = Field(sa_column=Column(Date, primary_key=True))
    remote_id: str | None = Field(sa_column=_words(nullable=True))
    change_id: str | None = Field(sa_column=_words(nullable=True))
    written: str = Field(sa_column=_words())
    detail: str = Field(sa_column=_words())
    updated_at: int = Field(sa_column=_big())


class ConnectionReceiptRow(_Row, table=True):
    """A message of theirs that was dealt with, by its digest: it may come again."""

    __tablename__ = "connection_receipt"
    __table_args__ = (Index("connection_receipt_at", "received_at"),)
    connection_id: str = Field(sa_column=_of_connection())
    digest: str = Field(sa_column=_words(primary_key=True))
    received_at: int = Field(sa_column=_big())


def _table(row: type[_Row]) -> Table:
    return cast(Table, cast(Any, row).__table__)


connection = _table(ConnectionRow)
connection_mapping = _table(ConnectionMappingRow)
connection_cursor = _table(ConnectionCursorRow)
connection_link = _table(ConnectionLinkRow)
connection_receipt = _table(ConnectionReceiptRow)
