"""A recorded change inside an act on it: live, with its person locked."""

from dataclasses import dataclass
from typing import cast

from service.domain.amendments import Recorded
from service.domain.changes import EventType, Kind
from service.domain.refusals import Conflict
from service.storage import changes
from service.storage.change_records import ChangeRecord
from service.usecases.act import Act
from service.usecases.reading import company_today
from service.usecases.record import PersonRecord, locked_person
from service.usecases.recorded_changes import no_such_change
from service.usecases.revisions import Expected


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedChange:
    """A live change, its person locked, with all live changes of its job."""

    person: PersonRecord
    record: ChangeRecord
    live: tuple[ChangeRecord, ...]

    @property
    def recorded(self) -> Recorded:
        record = self.record
        return Recorded(
            change=record.live,
            kind=cast(Kind, record.kind),
            grade_delta=record.grade_delta,
            announced=cast(EventType, record.announced),
        )

    @property
    def is_effective(self) -> bool:
        return self.took_effect(self.record)

    def took_effect(self, record: ChangeRecord) -> bool:
        """What has taken effect has: a clock or a zone that goes back takes nothing back."""
        return record.effective_on <= self.person.today or not record.waiting


async def locked_change(a: Act, change_id: str, expected: Expected) -> LockedChange:
    """Lock whose change it is; what is due takes effect first.

    Raises NotFound `no-such-change`, Conflict `change-not-live` and `set-by-definitions`, Unguarded and Stale about the
    person's revision.
    """
    found = await changes.find_changes(a.tx, [change_id])
    if not found:
        raise no_such_change(change_id)
    definitions = await a.definitions()
    today = company_today(definitions, now=a.now)
    person = await locked_person(a, found[0].employee_id, definitions=definitions, today=today)
    await person.activate_due()
    person.check_revision(expected)
    # Again: somebody may have acted on it before the lock was there.
    (record,) = await changes.find_changes(a.tx, [change_id])
    if record.ended:
        await _refuse_ended(a, record)
    if record.cause:
        raise Conflict(
            "set-by-definitions",
            f"{record.id} comes from version {record.cause[1]} of ladder {record.cause[0]}. Publish another "
            "version, or record a change of the person.",
        )
    return LockedChange(person=person, record=record, live=await changes.live_changes(a.tx, record.job_id))


async def _refuse_ended(a: Act, record: ChangeRecord) -> None:
    """Name the change that counts in its place by now, if one does."""
    last = record
    while last.ended_by:
        (last,) = await changes.find_changes(a.tx, [last.ended_by])
    successor = None if last.ended else last.id
    raise Conflict(
        "change-not-live",
        f"{record.id} is {record.ended}. {f'Act on {successor}.' if successor else 'Record a change instead.'}",
        extra={"change_status": record.ended, "superseded_by": successor},
    )
