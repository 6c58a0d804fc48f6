"""What a simulated tenant holds: workers, events with their statuses, reports; on both of its time axes.

Completed is not effective: an event holds from its day on once it is successfully completed. It can be cancelled only
while it is in progress; afterwards it can be rescinded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from tests.simulators.clock import Clock

Status = Literal["In Progress", "Successfully Completed", "Denied", "Canceled", "Rescinded"]
Of = Literal["job", "compensation"]


class Complaint(Exception):
    """A Validation_Fault: the code is part of the message, as Workday's are."""

    def __init__(self, message: str, xpath: str) -> None:
        super().__init__(message)
        self.xpath = xpath


@dataclass(slots=True, kw_only=True)
class Event:
    wid: str
    of: Of
    worker: str
    position: str
    effective: date
    entered: datetime
    value: str
    """Of a job its profile; of compensation grade and grade profile, with a bar between."""
    reason: str
    status: Status
    rescinded: datetime | None = None

    def known(self, at: datetime | None) -> bool:
        if at is None:
            return self.status == "Successfully Completed"
        return self.entered <= at and not (self.rescinded and self.rescinded <= at)


@dataclass(slots=True, kw_only=True)
class Worker:
    employee_id: str
    wid: str
    hired: date
    name: str
    positions: dict[str, str]
    """Profile at hire by position; the first is the primary job."""
    grades: dict[str, str] = field(default_factory=dict[str, str])
    ended: date | None = None


@dataclass(slots=True, kw_only=True)
class Tenant:
    """`approvals`: events stay in progress until somebody approves them, or `approve_after` has passed."""

    clock: Clock
    name: str = "acme"
    user: str = "isu_dualtrack"
    password: str = "s3cret-of-the-isu"
    approvals: bool = False
    approve_after: timedelta | None = None
    busy: set[str] = field(default_factory=set[str])
    """Workers of whom another event is in progress."""
    in_review: set[str] = field(default_factory=set[str])
    profiles: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    grades: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    reasons: set[str] = field(default_factory=lambda: {"PROMOTION", "SWITCH", "OTHER", "COMP_GRADE"})
    workers: dict[str, Worker] = field(default_factory=dict[str, Worker])
    events: dict[str, Event] = field(default_factory=dict[str, Event])
    written: list[tuple[str, str, date, str | None]] = field(default_factory=list[tuple[str, str, date, "str | None"]])
    """(of, worker, day, value or None where it was taken back) of everything, as it came."""

    def hire(self, employee_id: str, profile: str, *, on: date, name: str = "A Worker", **more: str) -> Worker:
        """`more` are further positions and their profiles."""
        wid = f"{len(self.workers) + 1:032x}"
        positions = {f"P-{employee_id}": profile, **more}
        made = Worker(employee_id=employee_id, wid=wid, hired=on, name=name, positions=positions)
        self.workers[employee_id] = made
        return made

    def start(self, of: Of, employee_id: str, position: str | None, *, on: date, value: str, reason: str) -> Event:
        """Raises Complaint."""
        worker = self.workers.get(employee_id)
        if worker is None:
            raise Complaint("Invalid ID value.", "/Worker_Reference/ID[@type='Employee_ID']")
        if reason not in self.reasons:
            raise Complaint("Invalid ID value.", "/Reason_Reference/ID[1]")
        if of == "job" and value not in self.profiles:
            raise Complaint("Invalid ID value.", "/Job_Profile_Reference/ID[1]")
        if position is None and len(worker.positions) > 1:
            raise Complaint(f"A398: {worker.name} has more than one position.", "/Position_Reference")
        if on < worker.hired:
            raise Complaint(f"A394: the date is before {worker.name} was hired.", "/Effective_Date")
        if employee_id in self.in_review:
            raise Complaint(f"A944: {worker.name} is in a compensation review.", "/Worker_Reference")
        if employee_id in self.busy:
            raise Complaint(f"A421: another process of {worker.name} is in progress.", "/Worker_Reference")
        if any(one.worker == employee_id and self.status(one) == "In Progress" for one in self.events.values()):
            raise Complaint(f"A389: a conflicting event of {worker.name} is in progress.", "/Worker_Reference")
        made = Event(
            wid=f"e{len(self.events) + 1:031x}",
            of=of,
            worker=employee_id,
            position=position or next(iter(worker.positions)),
            effective=on,
            entered=self.clock.now(),
            value=value,
            reason=reason,
            status="In Progress" if self.approvals else "Successfully Completed",
        )
        self.events[made.wid] = made
        self.written.append((of, employee_id, on, value))
        return made

    def status(self, event: Event) -> Status:
        """Time approves what nobody did."""
        waits = event.status == "In Progress" and self.approve_after is not None
        if waits and self.clock.now() >= event.entered + (self.approve_after or timedelta()):
            event.status = "Successfully Completed"
        return event.status

    def settle(self, wid: str, status: Status) -> None:
        """Approve or deny what is in progress."""
        assert self.status(self.events[wid]) == "In Progress"
        self.events[wid].status = status

    def cancel(self, wid: str) -> None:
        """Raises Complaint for one that is not in progress any more."""
        if self.status(self._event(wid)) != "In Progress":
            raise Complaint("The event is completed and cannot be canceled.", "/Event_Reference")
        self._refuse_busy(self.events[wid])
        self.events[wid].status = "Canceled"
        self.written.append((self.events[wid].of, self.events[wid].worker, self.events[wid].effective, None))

    def rescind(self, wid: str) -> None:
        """Raises Complaint for one that is not completed."""
        if self.status(self._event(wid)) != "Successfully Completed":
            raise Complaint("Only a completed event can be rescinded.", "/Event_Reference")
        self._refuse_busy(self.events[wid])
        self.events[wid].status = "Rescinded"
        self.events[wid].rescinded = self.clock.now()
        self.written.append((self.events[wid].of, self.events[wid].worker, self.events[wid].effective, None))

    def value_on(self, of: Of, employee_id: str, position: str, day: date, *, known: datetime | None = None) -> str:
        """What holds on a day, as entered by an instant; "" for nothing."""
        worker = self.workers[employee_id]
        base = (worker.positions if of == "job" else worker.grades).get(position, "")
        for event in self._of(of, employee_id, position):
            if event.effective <= day and event.known(known):
                base = event.value
        return base

    def rows(self, employee_id: str, position: str) -> list[tuple[date, str]]:
        """(day, profile) from which each profile holds, without days on which nothing alters."""
        days = sorted(
            {self.workers[employee_id].hired, *(one.effective for one in self._of("job", employee_id, position))}
        )
        found: list[tuple[date, str]] = []
        for day in days:
            profile = self.value_on("job", employee_id, position, day)
            if not found or found[-1][1] != profile:
                found.append((day, profile))
        return found

    def log(self, employee_id: str) -> Iterator[tuple[Event, datetime, datetime, bool]]:
        """(event, effective moment, entry moment, is it a rescission) of what was completed, hires left out."""
        for event in self.events.values():
            if event.worker != employee_id or self.status(event) not in ("Successfully Completed", "Rescinded"):
                continue
            effective = datetime.combine(event.effective, time(), tzinfo=UTC)
            yield event, effective, event.entered, False
            if event.rescinded:
                yield event, effective, event.rescinded, True

    def live(self, of: Of = "job") -> list[tuple[str, date, str, Status]]:
        """(worker, day, value, status) of every event that counts, in the order of entry."""
        return [
            (one.worker, one.effective, one.value, self.status(one))
            for one in self.events.values()
            if one.of == of and self.status(one) in ("In Progress", "Successfully Completed")
        ]

    def _of(self, of: Of, employee_id: str, position: str) -> list[Event]:
        found = [
            one
            for one in self.events.values()
            if one.of == of
            and one.worker == employee_id
            and one.position == position
            and self.status(one) in ("Successfully Completed", "Rescinded")
        ]
        return sorted(found, key=lambda one: (one.effective, one.entered, one.wid))

    def _refuse_busy(self, event: Event) -> None:
        if event.worker in self.busy:
            raise Complaint("A421: another process of the worker is in progress.", "/Event_Reference")

    def _event(self, wid: str) -> Event:
        if wid not in self.events:
            raise Complaint("Invalid ID value.", "/Event_Reference/ID[@type='WID']")
        return self.events[wid]
