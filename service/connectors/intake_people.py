"""A person as the claims of another system tell of one: who that is here, and what is to be done."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.claims import Claim, keepable
from service.domain.intake import Reading
from service.domain.intake_plans import plan_job
from service.domain.intake_reports import IntakeChoice, IntakeProblem
from service.domain.intake_steps import Step
from service.domain.mappings import SystemMapping
from service.domain.refusals import Refused
from service.usecases.batch_rows import NewPerson
from service.usecases.employees import check_external_id, check_key
from service.usecases.intake_people import KnownPeople, KnownPerson

AT_ONCE = 100
"""People who are looked up, and planned for, together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All claims about one person."""

    claims: tuple[Claim, ...]

    @property
    def person(self) -> str:
        """What the person is called in reports, by an id there."""
        system, value = next(iter(self.claims[0].external_ids.items()), ("key", self.claims[0].key or ""))
        return f"{system}:{value}"

    @property
    def key(self) -> str | None:
        return next((one.key for one in self.claims if one.key is not None), None)

    @property
    def name(self) -> str | None:
        return next((keepable(one.name) for one in self.claims if one.name is not None), None)

    @property
    def is_nameable(self) -> bool:
        """Whether ids, key and jobs are texts that can be looked for."""
        names = (*self.references, *(one.job for one in self.claims))
        return all(keepable(name) == name for name in names)

    @property
    def external_ids(self) -> Mapping[str, str]:
        return {system: value for one in self.claims for system, value in one.external_ids.items()}

    @property
    def new(self) -> NewPerson:
        return NewPerson(key=self.key, name=self.name, external_ids=self.external_ids)

    @property
    def references(self) -> tuple[str, ...]:
        return self.new.references

    def digest(self, step: object, revision: int) -> str:
        """What tells one act on the person from every other: their rows, where the person stood, the act."""
        rows = repr([(*one.references, one.effective_on, one.place, one.level, one.ended) for one in self.claims])
        return hashlib.sha256(f"{rows}\n{revision}\n{step!r}".encode()).hexdigest()


@dataclass(slots=True, kw_only=True)
class Planned:
    """`known` is None for somebody who is new. `bindings` are ids to add; `blocked`: nothing is to be done."""

    group: Group
    known: KnownPerson | None
    bindings: dict[str, str] = field(default_factory=dict[str, str])
    steps: list[Step] = field(default_factory=list[Step])
    problems: list[IntakeProblem] = field(default_factory=list[IntakeProblem])
    choices: list[IntakeChoice] = field(default_factory=list[IntakeChoice])
    blocked: bool = False

    @property
    def revision(self) -> int:
        return self.known.revision if self.known else 0

    @property
    def unchanged(self) -> bool:
        return self.known is not None and not (self.steps or self.bindings or self.problems)


async def grouped(claims: AsyncIterator[Claim]) -> AsyncGenerator[list[Group]]:
    """Claims by person, some people at a time. All rows of one person come beside each other."""
    groups: list[Group] = []
    rows: list[Claim] = []
    async for claim in claims:
        if rows and not _same(rows[0], claim):
            groups.append(Group(claims=tuple(rows)))
            rows = []
            if len(groups) >= AT_ONCE:
                yield groups
                groups = []
        rows.append(claim)
    if rows:
        groups.append(Group(claims=tuple(rows)))
    if groups:
        yield groups


def _same(one: Claim, other: Claim) -> bool:
    """Of the same person: they share an id and differ in none, or they share the key where there is none.

    Two who are told to have one badge stay two.
    """
    shared = one.external_ids.keys() & other.external_ids.keys()
    if shared:
        return all(one.external_ids[system] == other.external_ids[system] for system in shared)
    return not one.external_ids and not other.external_ids and one.key == other.key


def planned(group: Group, known: KnownPeople, mapping: SystemMapping, *, reason: str, backfill: bool) -> Planned:
    """What is to be done of a person. Nothing is where it is not certain who it is."""
    found = {known.ids[one] for one in group.references if one in known.ids}
    if len(found) > 1:
        return _blocked(
            group,
            "names-of-several",
            "their ids and key belong to different people here",
            "release the ids that are not theirs, then read again",
        )
    person = known.people.get(found.pop()) if found else None
    other = _bound_otherwise(group, person)
    if other:
        return _blocked(
            group,
            "id-taken",
            f"whoever has that key or id here has another {other} id",
            f"bind the {other} id that is right, then read again",
        )
    if not group.references:
        return _blocked(group, "no-id", "their rows name nobody", "see why the rows have no id there")
    missing = {one: value for one, value in group.external_ids.items() if not person or one not in person.external_ids}
    unkept = _unkept(group, person, missing)
    if unkept:
        return Planned(group=group, known=None, problems=[unkept], blocked=True)
    bindings = missing if person else {}
    made = Planned(group=group, known=person, bindings=bindings)
    reading = Reading(person=group.person, mapping=mapping, today=known.today, reason=reason)
    jobs = reading.read(group.claims)
    made.problems.extend(reading.problems)
    for told in jobs:
        plan = plan_job(
            told,
            person.jobs.get(told.job, ()) if person else (),
            definitions=known.definitions,
            today=known.today,
            backfill=backfill,
            reason=reason,
            leaving=known.leaving(person, group.references, told.job),
        )
        made.steps.extend(plan.steps)
        made.problems.extend(plan.problems)
        made.choices.extend(plan.choices)
    made.problems.extend(_untold(group, person, {told.job for told in jobs}))
    return made


def _bound_otherwise(group: Group, person: KnownPerson | None) -> str | None:
    """A system by which the person is known under another id than theirs."""
    if person is None:
        return None
    had = person.external_ids
    return next((one for one, value in group.external_ids.items() if had.get(one, value) != value), None)


def _unkept(group: Group, person: KnownPerson | None, ids: Mapping[str, str]) -> IntakeProblem | None:
    """What keeps their ids, or the key of somebody who is new, from being kept here."""
    try:
        for system, value in ids.items():
            check_external_id(system, value, pointer=f"/external_ids/{system}")
        check_key(None if person else group.key)
    except Refused as refusal:
        return problem_of(group, refusal.code, refusal.detail, group.claims[0].place)
    return None


def _untold(group: Group, person: KnownPerson | None, told: set[str]) -> list[IntakeProblem]:
    """Jobs that came from there and of which nothing is said any more: their rows are rather hidden than gone."""
    if person is None:
        return []
    lost = [job for job, held in person.jobs.items() if job not in told and any(one.made for one in held)]
    return [
        IntakeProblem(
            code="job-not-told",
            person=group.person,
            row=None,
            detail=f"the job {job} came from there, and no row is about it any more",
            remedy="see whether its rows may be read; if they are gone, withdraw its changes here",
        )
        for job in lost
    ]


def _blocked(group: Group, code: str, detail: str, remedy: str) -> Planned:
    problem = IntakeProblem(code=code, person=group.person, row=group.claims[0].place, detail=detail, remedy=remedy)
    return Planned(group=group, known=None, problems=[problem], blocked=True)


def problem_of(group: Group, code: str, detail: str, row: str | None = None) -> IntakeProblem:
    """Of a refusal."""
    return IntakeProblem(
        code=code, person=group.person, row=row, detail=detail, remedy=f"/problems/{code} says what mends it"
    )


def unnameable(group: Group) -> IntakeProblem:
    """Of somebody of whom no database can be asked."""
    return IntakeProblem(
        code="unreadable-id",
        person=group.person,
        row=group.claims[0].place,
        detail="an id, the key or a job of theirs holds NUL or half of a character",
        remedy="write it anew there",
    )


def together(batch: Sequence[Group]) -> list[str]:
    """Everything by which any of them may be known."""
    return [reference for group in batch for reference in group.references]
