"""A company as Gusto keeps it: people, their jobs, what each is paid from which day on, and pay periods."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from tests.simulators.clock import Clock

_SPACE = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
PAY_FIELDS = ("rate", "payment_unit", "flsa_status")
CENTRAL = ZoneInfo("America/New_York")


@dataclass(slots=True, kw_only=True)
class Compensation:
    """What a job is paid from a day on."""

    uuid: str
    job: str
    effective_date: date
    title: str
    rate: str
    payment_unit: str
    flsa_status: str

    @property
    def version(self) -> str:
        """Another one for every state."""
        told = [self.uuid, str(self.effective_date), self.title, self.rate, self.payment_unit, self.flsa_status]
        return hashlib.md5(json.dumps(told).encode()).hexdigest()


@dataclass(slots=True, kw_only=True)
class Job:
    uuid: str
    employee: str
    primary: bool
    compensations: list[Compensation] = field(default_factory=list[Compensation])


@dataclass(slots=True, kw_only=True)
class Period:
    """Both days belong to it. `processed` is the truth, whatever the deadline says."""

    start: date
    end: date
    schedule: str
    deadline: datetime
    processed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written of somebody's job, as it came. `title` None: the row of that day was removed."""

    employee: str
    day: date
    title: str | None


@dataclass(slots=True, kw_only=True)
class Company:
    clock: Clock = field(default_factory=Clock)
    uuid: str = "c0000000-0000-4000-8000-000000000001"
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    periods: list[Period] = field(default_factory=list[Period])
    written: list[Written] = field(default_factory=list[Written])
    doubled: list[tuple[str, date]] = field(default_factory=list[tuple[str, date]])
    _made: int = 0

    def hire(
        self, person: str, day: str, *, title: str = "Engineer", rate: str = "90000.00", primary: bool = True
    ) -> str:
        """A job with its first pay. Returns the job's uuid."""
        job = Job(uuid=self.new_uuid(), employee=person, primary=primary)
        self.jobs[job.uuid] = job
        self.pay(job.uuid, day, title=title, rate=rate)
        return job.uuid

    def pay(
        self, job: str, day: str, *, title: str, rate: str, unit: str = "Year", flsa: str = "Exempt"
    ) -> Compensation:
        """A row, as somebody there makes one by hand."""
        row = Compensation(
            uuid=self.new_uuid(),
            job=job,
            effective_date=date.fromisoformat(day),
            title=title,
            rate=rate,
            payment_unit=unit,
            flsa_status=flsa,
        )
        self.add(row)
        return row

    def add(self, row: Compensation) -> None:
        rows = self.jobs[row.job].compensations
        if any(one.effective_date == row.effective_date for one in rows):
            self.doubled.append((row.job, row.effective_date))
        rows.append(row)

    def remove(self, row: Compensation) -> None:
        self.jobs[row.job].compensations.remove(row)

    def compensation(self, uuid: str) -> Compensation | None:
        return next((row for job in self.jobs.values() for row in job.compensations if row.uuid == uuid), None)

    def jobs_of(self, person: str) -> list[Job]:
        return [job for job in self.jobs.values() if job.employee == person]

    def current(self, job: Job) -> Compensation:
        """The row of the most recent day that has come; the first one before any has."""
        rows = sorted(job.compensations, key=lambda row: row.effective_date)
        begun = [row for row in rows if row.effective_date <= self.clock.today()]
        return (begun or rows)[-1 if begun else 0]

    def timeline(self, person: str) -> list[tuple[str, str | None]]:
        """(day, title) wherever the title of the primary job changes."""
        (job,) = [one for one in self.jobs_of(person) if one.primary]
        found: list[tuple[str, str | None]] = []
        for row in sorted(job.compensations, key=lambda one: one.effective_date):
            if not found or found[-1][1] != row.title:
                found.append((row.effective_date.isoformat(), row.title))
        return found

    def schedule(self, start: str, days: Sequence[int], *, uuid: str = "schedule-1", zone: tzinfo = CENTRAL) -> None:
        """Periods one behind the other, each of so many days, due at 16:00 on the day after its last."""
        first = date.fromisoformat(start)
        for count in days:
            end = first + timedelta(days=count - 1)
            deadline = datetime.combine(end + timedelta(days=1), time(16), tzinfo=zone)
            self.periods.append(Period(start=first, end=end, schedule=uuid, deadline=deadline))
            first = end + timedelta(days=1)

    def process(self, through: str) -> None:
        """Payroll has run for every period that ends by a day."""
        for period in self.periods:
            period.processed |= period.end <= date.fromisoformat(through)

    def is_processed(self, row: Compensation) -> bool:
        """Whether payroll ran with it."""
        return any(period.processed and row.effective_date <= period.end for period in self.periods)

    def periods_within(self, first: date, last: date) -> Iterator[Period]:
        return (period for period in self.periods if period.start <= last and period.end >= first)

    def new_uuid(self) -> str:
        self._made += 1
        return str(uuid5(_SPACE, str(self._made)))


def shown_row(row: Compensation, *, with_pay: bool) -> dict[str, Any]:
    """As it is answered. Money is a text."""
    shown: dict[str, Any] = {
        "uuid": row.uuid,
        "job_uuid": row.job,
        "version": row.version,
        "effective_date": row.effective_date.isoformat(),
        "title": row.title,
        "adjust_for_minimum_wage": False,
    }
    return shown | ({name: getattr(row, name) for name in PAY_FIELDS} if with_pay else {})


def shown_period(period: Period) -> dict[str, Any]:
    return {
        "start_date": period.start.isoformat(),
        "end_date": period.end.isoformat(),
        "pay_schedule_uuid": period.schedule,
        "payroll": {
            "payroll_uuid": f"payroll-{period.start}",
            "check_date": (period.end + timedelta(days=5)).isoformat(),
            "processed": period.processed,
            "payroll_deadline": period.deadline.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "payroll_type": "regular",
        },
    }
