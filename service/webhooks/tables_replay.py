"""The sender's tables of what is not simply delivered: replays, and deliveries that ended otherwise."""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from typing import Any, cast

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

from service.webhooks.tables import METADATA

REPLAY_STATES = ("running", "done", "cancelled")
LETTER_STATES = ("dead", "dropped", "retried", "skipped")


class _Row(SQLModel):
    metadata = METADATA


def _big(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable, primary_key=primary_key, autoincrement=False)


def _whole(*, primary_key: bool = False) -> Any:
    return Column(Integer, nullable=False, primary_key=primary_key, autoincrement=False)


def _text(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=primary_key)


class ReplayRow(_Row, table=True):
    """Events to be queued again for one endpoint, and how far that has come.

    `asked` is what somebody asked, to be shown; `selection` what it means. `cursor` is the position of the record up
    to which events have been looked at, `events` and `lanes` what was counted when it was made, `queued` what has
    been queued so far. `endpoint` is the public id, which outlives the endpoint.
    """

    __tablename__ = "replay"
    __table_args__ = (
        Index("replay_endpoint", "endpoint_id", "id"),
        Index("replay_state", "state", "id"),
        CheckConstraint(f"state IN {REPLAY_STATES}", name="replay_state"),
    )
    id: str = Field(sa_column=_text(primary_key=True))
    endpoint_id: int = Field(sa_column=_whole())
    endpoint: str = Field(sa_column=_text())
    asked: str = Field(sa_column=_text())
    selection: str = Field(sa_column=_text())
    state: str = Field(sa_column=_text())
    cursor: int = Field(sa_column=_big())
    events: int = Field(sa_column=_big())
    lanes: int = Field(sa_column=_big())
    queued: int = Field(sa_column=_big())
    created_by: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_big())
    finished_at: int | None = Field(sa_column=_big(nullable=True))
    ended_by: str | None = Field(sa_column=_text(nullable=True))


class LetterRow(_Row, table=True):
    """A delivery that ended without arriving. It outlives its attempts, so that none goes without a word.

    `dead` was given up by the sender, `dropped` by somebody, `skipped` passed by at a resume; `retried` is what became
    of any of them once its event is queued again, by the replay `taken_by`. `reason` says why it ended, `ended_by` who
    dropped it.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        Index("dead_letter_endpoint", "endpoint_id", "state", "event_seq", "replay_id"),
        Index("dead_letter_state", "state", "event_seq", "replay_id", "endpoint_id"),
        CheckConstraint(f"state IN {LETTER_STATES}", name="dead_letter_state"),
    )
    endpoint_id: int = Field(sa_column=_whole(primary_key=True))
    event_seq: int = Field(sa_column=_big(primary_key=True))
    replay_id: str = Field(sa_column=_text(primary_key=True))
    state: str = Field(sa_column=_text())
    attempts: int = Field(sa_column=_whole())
    reason: str = Field(sa_column=_text())
    ended_at: int = Field(sa_column=_big())
    ended_by: str | None = Field(sa_column=_text(nullable=True))
    taken_by: str | None = Field(sa_column=_text(nullable=True))


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)


replay = _table(ReplayRow)
dead_letter = _table(LetterRow)
