"""Many acts on many people, decided in memory against what they stand on: read at once, written at once.

Several acts on one person are folded one after the other; what is written is the difference of the first timeline
and the last, at one instant, with a revision and an event for each act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from service.domain.access import Actor
from service.domain.assignments import Row, Standing
from service.domain.changes import Decision
from service.domain.definitions import Definitions
from service.domain.events import EmployeeReference
from service.domain.refusals import Conflict, Refused
from service.domain.timelines import LiveChange, Timeline, fold
from service.storage import crowds
from service.storage.change_records import ChangeRecord
from service.storage.crowds import HeldJob, RewrittenJob
from service.usecases.act import Act, Runtime, draft_of
from service.usecases.batch_rows import BatchRow, NewPerson, RowProblem
from service.usecases.breath import breathe
from service.usecases.changes import decided, kept_as
from service.usecases.employees import check_external_id, check_key
from service.usecases.reading import no_employee, reading
from service.usecases.record import PersonRecord, person_of, save_all


@dataclass(slots=True, kw_only=True)
class JobDraft:
    """A job with what is decided about it so far. `id` is None for one that is to be made."""

    id: int | None
    employee_id: str
    key: str
    live: list[LiveChange]
    before: tuple[Row, ...]
    timeline: Timeline
    recorded: list[ChangeRecord] = field(default_factory=list[ChangeRecord])

    def standing(self, day: date) -> tuple[Standing | None, Standing | None]:
        """What held on a day, and what will."""
        before, after = (
            next((row.standing for row in rows if row.days.contains(day)), None)
            for rows in (self.before, self.timeline.rows)
        )
        return before, after


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A row that can be done. `change` is None where it only made somebody known."""

    row: BatchRow
    employee_id: str
    change: str | None
    job: JobDraft | None


@dataclass(slots=True, kw_only=True)
class Crowd:
    """People of some rows, and what is decided about them. `is_backfill`: rows may make people known."""

    a: Act
    definitions: Definitions
    today: date
    is_backfill: bool
    people: dict[str, PersonRecord] = field(default_factory=dict[str, PersonRecord])
    jobs: dict[tuple[str, str], JobDraft] = field(default_factory=dict[tuple[str, str], JobDraft])
    new: dict[str, NewPerson] = field(default_factory=dict[str, NewPerson])
    done: list[Done] = field(default_factory=list[Done])
    problems: list[RowProblem] = field(default_factory=list[RowProblem])
    warned: int = 0
    """Rows that can be done but look odd."""
    _ids: dict[str, str] = field(default_factory=dict[str, str])
    _held: Mapping[tuple[str, str], HeldJob] = field(default_factory=dict[tuple[str, str], HeldJob])
    _unknown: set[str] = field(default_factory=set[str])
    """What nobody was found by."""
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    async def load(self, rows: Sequence[BatchRow], *, lock: bool) -> None:
        """Read whom the rows are about; what is due of theirs takes effect first. With `lock` they stay as they are."""
        connection = self.a.tx
        references = {one for row in rows for one in row.references}
        self._ids = await crowds.ids_of(connection, references)
        self._unknown = references - self._ids.keys()
        wanted = set(self._ids.values())
        # First of all: whatever changes while the rest is read is noticed by the revision.
        found = await crowds.read_people(connection, wanted, lock=lock)
        names = await crowds.names_of(connection, wanted)
        for index, (one, record) in enumerate(found.items()):
            await breathe(index)
            self._seen[one] = (record.revision, record.sequence)
            self.people[one] = person_of(
                self.a, record, names.get(one, {}), definitions=self.definitions, today=self.today
            )
        self._held = await crowds.jobs_of(connection, wanted)
        for one in sorted(await crowds.due_people(connection, wanted, self.today)):
            await self.people[one].activate_due()
        for person in self.people.values():
            person.is_backfill = self.is_backfill

    async def decide(self, rows: Sequence[BatchRow]) -> None:
        """Decide rows in their order; one that is refused leaves everybody as they were."""
        for index, row in enumerate(rows):
            await breathe(index)
            known = len(self.new)
            try:
                self.done.append(self._decide(row))
            except Refused as refusal:
                self.problems.append(RowProblem.of(row.number, refusal))
                self._forget(known)

    async def still_holds(self, a: Act, definitions: Definitions, today: date) -> bool:
        """Lock everybody, and tell whether they stand as they did when it was decided."""
        if definitions is not self.definitions or today != self.today:
            return False
        if self._unknown and await crowds.ids_of(a.tx, self._unknown):
            return False
        now = await crowds.read_people(a.tx, self._seen, lock=True)
        return {one: (record.revision, record.sequence) for one, record in now.items()} == self._seen

    async def save(self, a: Act) -> int:
        """Write everything that was decided, at the instant that is returned."""
        recorded_at = await a.recorded()
        made = [(one, new.key, new.name, new.external_ids) for one, new in self.new.items()]
        await crowds.insert_people(a.tx, made, recorded_at=recorded_at)
        rewritten = [
            RewrittenJob.between((job.id, job.employee_id, job.key), job.recorded, job.before, job.timeline.rows)
            for job in self.jobs.values()
        ]
        await save_all(a, self.people.values(), rewritten, recorded_at=recorded_at)
        return recorded_at

    def _decide(self, row: BatchRow) -> Done:
        person = self._known(row)
        if row.revision is not None:
            person.check_revision(row.revision)
        if row.change is None:
            return Done(row=row, employee_id=person.employee.id, change=None, job=None)
        place = (person.employee.id, row.change.job)
        job = self.jobs.get(place) or self._job(place)
        # A dry run has no ids; what a refusal names is then the row.
        change_id = self.a.new_id("chg") or f"row {row.number}"
        decision = decided(person, row.change, change_id=change_id, live=job.live, old=job.timeline)
        self._keep(job, person, row, decision)
        self.warned += bool(decision.warnings)
        return Done(row=row, employee_id=person.employee.id, change=change_id, job=job)

    def _keep(self, job: JobDraft, person: PersonRecord, row: BatchRow, decision: Decision) -> None:
        assert row.change
        self.jobs[job.employee_id, job.key] = job
        job.live.append(decision.change)
        job.timeline = decision.timeline
        job.recorded.append(kept_as(person, row.change, decision.change, decision, job=job.key, recorded_at=0))

    def _known(self, row: BatchRow) -> PersonRecord:
        """The person a row is about. Raises NotFound `no-employee`, and what making somebody known raises."""
        found = {self._ids.get(reference) for reference in row.references}
        if found == {None}:
            if row.person is None or not self.is_backfill:
                raise no_employee(row.reference)
            return self._made(row, row.person)
        if len(found) > 1:
            raise Conflict(
                "name-taken",
                f"{', '.join(row.references)} are not all of one person. Name one person, by names they all have.",
            )
        return self.people[found.pop() or ""]

    def _forget(self, known: int) -> None:
        """Whom a row made known that was refused in the end."""
        for one in list(self.new)[known:]:
            del self.new[one]
            del self.people[one]
            self._ids = {reference: held for reference, held in self._ids.items() if held != one}

    def _made(self, row: BatchRow, new: NewPerson) -> PersonRecord:
        check_key(new.key)
        for system, value in new.external_ids.items():
            check_external_id(system, value, pointer=f"/external_ids/{system}")
        made = self.a.new_id("emp") or f"row {row.number}"
        names = dict(sorted(new.external_ids.items()))
        person = PersonRecord(
            a=self.a,
            definitions=self.definitions,
            today=self.today,
            employee=EmployeeReference(id=made, key=new.key, external_ids=names),
            name=new.name,
            revision=0,
            sequence=0,
            is_backfill=True,
        )
        self.people[made] = person
        self.new[made] = new
        self._ids |= dict.fromkeys(new.references, made)
        return person

    def _job(self, place: tuple[str, str]) -> JobDraft:
        held = self._held.get(place)
        live = list(held.live) if held else []
        timeline = fold(live, self.definitions)
        return JobDraft(
            id=held.id if held else None,
            employee_id=place[0],
            key=place[1],
            live=live,
            before=timeline.rows,
            timeline=timeline,
        )


async def crowd_of(
    a: Act, rows: Sequence[BatchRow], *, definitions: Definitions, today: date, is_backfill: bool
) -> Crowd:
    """Rows decided inside the act that writes them: their people are locked, so what is saved holds."""
    crowd = Crowd(a=a, definitions=definitions, today=today, is_backfill=is_backfill)
    await crowd.load(rows, lock=True)
    await crowd.decide(rows)
    return crowd


async def drafted_crowd(
    runtime: Runtime, actor: Actor, rows: Sequence[BatchRow], *, is_backfill: bool, dry_run: bool = False
) -> Crowd:
    """Rows decided beside the record: `still_holds` tells later whether that is what they come to."""
    async with reading(runtime) as view:
        crowd = Crowd(
            a=draft_of(runtime, actor, view.connection, dry_run=dry_run),
            definitions=view.definitions,
            today=view.today,
            is_backfill=is_backfill,
        )
        await crowd.load(rows, lock=False)
    # Deciding takes its time and needs no connection, of which there are few.
    await crowd.decide(rows)
    return crowd
