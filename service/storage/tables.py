"""What is kept, table by table. Migrations make these; a test compares both.

Instants are integer microseconds since the epoch, UTC, on both engines (docs/decisions). Facts are
insert-only: of an assignment only `known_to` is ever written, once, and a change ends by a row of
`change_end`. The databases refuse anything else by trigger, and overlapping rows by constraint.
"""

# SQLModel types `__tablename__` as a declared attribute, although a plain text is its documented use.
# pyright: reportAssignmentType=false

from datetime import date
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlmodel import Field, SQLModel

METADATA = MetaData()


class _Row(SQLModel):
    metadata = METADATA


def _instant(*, nullable: bool = False) -> Any:
    return Column(BigInteger, nullable=nullable)


def _text(*, nullable: bool = False, primary_key: bool = False) -> Any:
    return Column(Text, nullable=nullable, primary_key=primary_key)


def _where(condition: ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": condition, "postgresql_where": condition}


def _serial() -> Any:
    # SQLite numbers rows itself only for a column declared INTEGER PRIMARY KEY.
    return Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


class RecorderRow(_Row, table=True):
    """One row. Its lock orders everything that is recorded; its columns say how far the record has come."""

    __tablename__ = "recorder"
    id: int = Field(primary_key=True)
    at: int = Field(sa_column=_instant())
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    chain_head: str = Field(sa_column=_text())


class GenerationRow(_Row, table=True):
    """One row, raised whenever definitions or keys change: what a replica remembers of them is good for one value."""

    __tablename__ = "generation"
    id: int = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class CompanyVersionRow(_Row, table=True):
    __tablename__ = "company_version"
    recorded_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    document: str = Field(sa_column=_text())


class LadderVersionRow(_Row, table=True):
    __tablename__ = "ladder_version"
    ladder: str = Field(sa_column=_text(primary_key=True))
    version: str = Field(sa_column=_text(primary_key=True))
    effective_from: date = Field(sa_column=Column(Date, nullable=False))
    recorded_at: int = Field(sa_column=_instant())
    document: str = Field(sa_column=_text())


class BandSetRow(_Row, table=True):
    __tablename__ = "band_set"
    key: str = Field(sa_column=_text(primary_key=True))
    effective_from: date = Field(sa_column=Column(Date, nullable=False))
    recorded_at: int = Field(sa_column=_instant())
    document: str = Field(sa_column=_text())


class EmployeeRow(_Row, table=True):
    """A person. The row is the lock of everything recorded about them."""

    __tablename__ = "employee"
    id: str = Field(sa_column=_text(primary_key=True))
    key: str | None = Field(sa_column=Column(Text, nullable=True, unique=True))
    name: str | None = Field(sa_column=_text(nullable=True))
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_at: int = Field(sa_column=_instant())


class ExternalIdRow(_Row, table=True):
    """A name of a person in another system, for as long as it was known."""

    __tablename__ = "external_id"
    __table_args__ = (
        CheckConstraint("known_to IS NULL OR known_from < known_to", name="external_id_known"),
        Index("external_id_value", "system", "value", unique=True, **_where(Column("known_to").is_(None))),
        # What was known at an instant is asked by ids that have ended since.
        Index("external_id_ever", "system", "value"),
        Index("external_id_employee", "employee_id", "system"),
    )
    id: int | None = Field(default=None, sa_column=_serial())
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), nullable=False))
    system: str = Field(sa_column=_text())
    value: str = Field(sa_column=_text())
    known_from: int = Field(sa_column=_instant())
    known_to: int | None = Field(sa_column=_instant(nullable=True))


class JobRow(_Row, table=True):
    """One of a person's concurrent employments, or an overlay beside one (`base_job_id`)."""

    __tablename__ = "job"
    __table_args__ = (
        Index("job_employee_key", "employee_id", "key", unique=True),
        CheckConstraint("class IN ('job', 'overlay')", name="job_class"),
    )
    id: int | None = Field(default=None, sa_column=_serial())
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), nullable=False))
    key: str = Field(sa_column=_text())
    class_: str = Field(sa_column=Column("class", Text, nullable=False))
    base_job_id: int | None = Field(sa_column=Column(BigInteger, nullable=True))


class ChangeRow(_Row, table=True):
    """One recorded act. `states` is the JSON of the facts it states, `cause` of the version that brought it about."""

    __tablename__ = "change"
    __table_args__ = (
        Index("change_job", "job_id", "effective_on", "ordinal"),
        Index("change_recorded", "recorded_at"),
        Index("change_cause", "cause", **_where(Column("cause").is_not(None))),
    )
    id: str = Field(sa_column=_text(primary_key=True))
    job_id: int = Field(sa_column=Column(BigInteger, ForeignKey("job.id"), nullable=False))
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), nullable=False))
    ordinal: int = Field(sa_column=Column(BigInteger, nullable=False))
    form: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    announced: str = Field(sa_column=_text())
    effective_on: date = Field(sa_column=Column(Date, nullable=False))
    states: str = Field(sa_column=_text())
    reason: str | None = Field(sa_column=_text(nullable=True))
    comment: str | None = Field(sa_column=_text(nullable=True))
    override: str | None = Field(sa_column=_text(nullable=True))
    trial: str | None = Field(sa_column=_text(nullable=True))
    grade_delta: int | None = Field(sa_column=Column(Integer, nullable=True))
    planned: bool = Field(nullable=False)
    retroactive: bool = Field(nullable=False)
    revision: int = Field(sa_column=Column(BigInteger, nullable=False))
    actor: str = Field(sa_column=_text())
    recorded_at: int = Field(sa_column=_instant())
    cause: str | None = Field(sa_column=_text(nullable=True))


class ScheduledRow(_Row, table=True):
    """The work list of the clock: a change not yet effective. Not a fact: the row goes when it is activated or ends."""

    __tablename__ = "scheduled"
    __table_args__ = (
        Index("scheduled_due", "effective_on", "employee_id"),
        Index("scheduled_employee", "employee_id"),
    )
    change_id: str = Field(sa_column=_text(primary_key=True))
    employee_id: str = Field(sa_column=_text())
    effective_on: date = Field(sa_column=Column(Date, nullable=False))


class ChangeEndRow(_Row, table=True):
    """How a change stopped counting: cancelled, superseded or rescinded, and by which change if by one."""

    __tablename__ = "change_end"
    __table_args__ = (
        CheckConstraint("how IN ('cancelled', 'superseded', 'rescinded')", name="change_end_how"),
        Index("change_end_by", "by"),
    )
    change_id: str = Field(sa_column=_text(primary_key=True))
    how: str = Field(sa_column=_text())
    by: str | None = Field(sa_column=_text(nullable=True))
    reason: str | None = Field(sa_column=_text(nullable=True))
    override: str | None = Field(sa_column=_text(nullable=True))
    actor: str = Field(sa_column=_text())
    recorded_at: int = Field(sa_column=_instant())


class ActivationRow(_Row, table=True):
    """A scheduled change took effect: its plain event was sent in this transaction. At most one a change."""

    __tablename__ = "activation"
    change_id: str = Field(sa_column=_text(primary_key=True))
    event_id: str = Field(sa_column=_text())
    recorded_at: int = Field(sa_column=_instant())


class AssignmentRow(_Row, table=True):
    """What holds for a job from a day to a day, as known from an instant to an instant."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("effective_to IS NULL OR effective_from < effective_to", name="assignment_effective"),
        CheckConstraint("known_to IS NULL OR known_from < known_to", name="assignment_known"),
        Index("assignment_current", "job_id", "effective_from", unique=True, **_where(Column("known_to").is_(None))),
        Index("assignment_employee", "employee_id", "effective_from"),
        Index("assignment_ladder", "ladder", "level"),
    )
    id: int | None = Field(default=None, sa_column=_serial())
    job_id: int = Field(sa_column=Column(BigInteger, ForeignKey("job.id"), nullable=False))
    employee_id: str = Field(sa_column=Column(Text, ForeignKey("employee.id"), nullable=False))
    effective_from: date = Field(sa_column=Column(Date, nullable=False))
    effective_to: date | None = Field(sa_column=Column(Date, nullable=True))
    known_from: int = Field(sa_column=_instant())
    known_to: int | None = Field(sa_column=_instant(nullable=True))
    ladder: str = Field(sa_column=_text())
    level: str = Field(sa_column=_text())
    grade: str = Field(sa_column=_text())
    step: str | None = Field(sa_column=_text(nullable=True))
    role: str | None = Field(sa_column=_text(nullable=True))
    team: str | None = Field(sa_column=_text(nullable=True))
    zone: str | None = Field(sa_column=_text(nullable=True))
    title: str | None = Field(sa_column=_text(nullable=True))
    band_set: str | None = Field(sa_column=_text(nullable=True))
    grade_since: date = Field(sa_column=Column(Date, nullable=False))
    step_since: date = Field(sa_column=Column(Date, nullable=False))


class IdempotencyRow(_Row, table=True):
    """The answer of a write under its caller's key, kept with the write itself. Only successes are here."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("idempotency_age", "recorded_at"),)
    scope: str = Field(sa_column=_text(primary_key=True))
    request: str = Field(sa_column=_text())
    answer: str | None = Field(sa_column=_text(nullable=True))
    recorded_at: int = Field(sa_column=_instant())


class AuditRow(_Row, table=True):
    """Who did what, chained: `hash` is taken over `prev_hash` and the canonical JSON of the rest."""

    __tablename__ = "audit"
    recorded_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    actor: str = Field(sa_column=_text())
    act: str = Field(sa_column=_text())
    detail: str = Field(sa_column=_text())
    prev_hash: str = Field(sa_column=_text())
    hash: str = Field(sa_column=_text())


class ApiKeyRow(_Row, table=True):
    __tablename__ = "api_key"
    id: str = Field(sa_column=_text(primary_key=True))
    name: str = Field(sa_column=_text())
    secret_sha256: str = Field(sa_column=_text())
    scopes: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_instant())
    expires_at: int | None = Field(sa_column=_instant(nullable=True))
    revoked_at: int | None = Field(sa_column=_instant(nullable=True))


def _table(model: type[SQLModel]) -> Table:
    return cast(Table, cast(Any, model).__table__)


recorder = _table(RecorderRow)
generation = _table(GenerationRow)
company_version = _table(CompanyVersionRow)
ladder_version = _table(LadderVersionRow)
band_set = _table(BandSetRow)
employee = _table(EmployeeRow)
external_id = _table(ExternalIdRow)
job = _table(JobRow)
change = _table(ChangeRow)
scheduled = _table(ScheduledRow)
change_end = _table(ChangeEndRow)
activation = _table(ActivationRow)
assignment = _table(AssignmentRow)
idempotency = _table(IdempotencyRow)
audit = _table(AuditRow)
api_key = _table(ApiKeyRow)
