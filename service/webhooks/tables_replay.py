"""The sender's tables of what is not simply delivered: replays, and deliveries that ended otherwise."""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from service.webhooks.columns import Row, big, table_of, whole, words

REPLAY_STATES = ("running", "done", "cancelled")
LETTER_STATES = ("dead", "dropped", "retried", "skipped")


class ReplayRow(Row, table=True):
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
    id: str = Field(sa_column=words(primary_key=True))
    endpoint_id: int = Field(sa_column=whole())
    endpoint: str = Field(sa_column=words())
    asked: str = Field(sa_column=words())
    selection: str = Field(sa_column=words())
    state: str = Field(sa_column=words())
    cursor: int = Field(sa_column=big())
    events: int = Field(sa_column=big())
    lanes: int = Field(sa_column=big())
    queued: int = Field(sa_column=big())
    created_by: str = Field(sa_column=words())
    created_at: int = Field(sa_column=big())
    finished_at: int | None = Field(sa_column=big(nullable=True))
    ended_by: str | None = Field(sa_column=words(nullable=True))


class LetterRow(Row, table=True):
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
    endpoint_id: int = Field(sa_column=whole(primary_key=True))
    event_seq: int = Field(sa_column=big(primary_key=True))
    replay_id: str = Field(sa_column=words(primary_key=True))
    state: str = Field(sa_column=words())
    attempts: int = Field(sa_column=whole())
    reason: str = Field(sa_column=words())
    ended_at: int = Field(sa_column=big())
    ended_by: str | None = Field(sa_column=words(nullable=True))
    taken_by: str | None = Field(sa_column=words(nullable=True))


replay = table_of(ReplayRow)
dead_letter = table_of(LetterRow)
