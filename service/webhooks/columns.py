"""What the sender's tables are made of."""

from typing import Any, cast

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text
from sqlmodel import SQLModel

METADATA = MetaData()


class Row(SQLModel):
    """A row of the sender's; its tables have a MetaData of their own."""

    metadata = METADATA


def big(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable, primary_key=primary_key, autoincrement=False)


def whole(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Integer, nullable=nullable, primary_key=primary_key, autoincrement=False)


def words(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=primary_key)


def table_of(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)
