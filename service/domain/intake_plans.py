"""From what they say of a job, and what is recorded of it, to the acts that make the record say the same. Pure.

The acts are tried on a copy of the record, so a dry run and a run plan alike. Only what came from there is taken back
when it stands there no more. What somebody decided here is not undone by a row that does not know of it yet.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import date
from typing import Literal, NoReturn

from service.domain.assignments import Standing
from service.domain.definitions import Definitions
from service.domain.intake import Told, Wanted, agrees, fact_of, fitting_levels, narrowed, said_on
from service.domain.intake_copies import Held, JobCopy
from service.domain.intake_reports import IntakeChoice, IntakeProblem
from service.domain.intake_steps import NEW, Facts, Plan, Step
from service.domain.mappings import level_of
from service.domain.refusals import Refused
from service.domain.statements import Override

MOVES = "move-not-allowed"
"""What a first load passes by, for it tells what was: rules of moves are for what is to be."""

_MISFITS = ("not-employed", "already-employed")
"""A start where somebody holds the job, or what is none where nobody does."""


class _Stopped(Exception):
    """Nothing more can be done of this job: what comes later would build on what is missing."""


def plan_job(
    told: Told,
    held: Sequence[Held],
    *,
    definitions: Definitions,
    today: date,
    backfill: bool,
    reason: str,
    leaving: Collection[date] = (),
) -> Plan:
    """The acts for one job. `backfill`: by a first load, which passes what would be refused of a move.

    `leaving` are days of rows that were taken back here and are still to be removed there.
    """
    job = _Job(told, held, definitions, today, backfill=backfill, reason=reason, leaving=leaving)
    with suppress(_Stopped):
        job.go()
    return job.plan


class _Job:
    def __init__(
        self,
        told: Told,
        held: Sequence[Held],
        definitions: Definitions,
        today: date,
        *,
        backfill: bool,
        reason: str,
        leaving: Collection[date],
    ) -> None:
        self._told = told
        self._leaving = leaving
        self._definitions = definitions
        self._backfill = backfill
        self._reason = reason
        self._copy = JobCopy(held, definitions, today)
        self.plan = Plan()
        days = {wanted.day for wanted in told.days}
        self._gone = [one.id for one in held if told.dated and one.is_theirs and one.day not in days]
        """Changes whose row is there no more."""
        timeline = self._copy.timeline()
        self._unheard = [
            one.day
            for one in held
            if not one.is_theirs and one.form != "map" and not agrees(said_on(told, one.day), timeline.on(one.day))
        ]
        """Days of what was decided here and does not stand there."""

    def go(self) -> None:
        """Day by day: what stands there no more, and what they say."""
        wanted = {one.day: one for one in self._told.days}
        gone = {self._copy.find(one).day for one in self._gone}
        for day in sorted({*wanted, *gone}):
            for one in [one for one in self._gone if self._copy.find(one).day == day]:
                # What was taken back for another one is so no more.
                if one in self._gone:
                    self._take_back(self._copy.find(one))
            if day in wanted:
                self._reach(wanted[day])

    def _reach(self, wanted: Wanted) -> None:
        standing = self._copy.timeline().on(wanted.day)
        wanted, unclear = narrowed(wanted, standing, self._told.person)
        self.plan.problems.extend(unclear)
        if not agrees(wanted, standing):
            self._refuse_unheard(wanted)
            self._change(wanted, standing)
            if not agrees(wanted, self._copy.timeline().on(wanted.day)):
                self._stop("not-reached", wanted.row, "what they say does not come to hold here", "record it by hand")
        level = wanted.said.get("level")
        if level and not level.among:
            # That it is not mapped was said when it was read.
            raise _Stopped

    def _change(self, wanted: Wanted, standing: Standing | None) -> None:
        day = wanted.day
        own = self._copy.last(lambda one: one.day == day and one.is_theirs)
        if own and own.form == "end" and not wanted.ended:
            self._withdraw(own, wanted)
            standing = self._copy.timeline().on(day)
            if agrees(wanted, standing):
                return
            own = self._copy.last(lambda one: one.day == day and one.is_theirs)
        to = None
        if not wanted.ended:
            before = self._copy.timeline(but=own).on(day) if own else standing
            to = self._meant(wanted, before, standing)
            start = own or (self._later_start(day) if standing is None else None)
            if start:
                if not self._correct(start, wanted, self._restated(start, to)):
                    self._record(wanted, to)
                return
        moved = self._moved(wanted)
        if not (moved and self._correct(moved, wanted, None if to is None else self._restated(moved, to))):
            self._record(wanted, to)

    def _take_back(self, gone: Held) -> None:
        """Of a change whose row is there no more: it stands on a later day now, or nowhere."""
        self._gone.remove(gone.id)
        if not gone.made:
            detail = f"the change of {gone.day} was written there, and its row is there no more"
            self._problem("removed-there", None, detail, "withdraw the change here, or have it written again")
            return
        after = next((one for one in self._told.days if one.day > gone.day), None)
        begun = after and self._copy.last(lambda one: one.day == after.day and one.form == "start")
        if after and not begun and gone.form == "start" and not after.ended and "level" in after.said:
            self._refuse_unheard(after)
            self._correct(gone, after, self._restated(gone, self._meant(after, None, None)))
        elif after and self._copy.last(lambda one: one.day == after.day) is None and self._copy.says(gone, after):
            self._correct(gone, after, None)
        else:
            self._withdraw(gone, None)

    def _moved(self, wanted: Wanted) -> Held | None:
        """A later change whose row is there no more, and that says what this row says: it was given this day."""
        found = (self._copy.find(one) for one in self._gone)
        return next((one for one in found if one.made and one.form != "start" and self._copy.says(one, wanted)), None)

    def _later_start(self, day: date) -> Held | None:
        """The start that comes next, if it came from there and their rows tell of no end before it."""
        first = self._copy.first(lambda one: one.day > day)
        if first is None or first.form != "start" or not first.made:
            return None
        return None if any(one.ended for one in self._told.days if day < one.day <= first.day) else first

    def _meant(self, wanted: Wanted, before: Standing | None, standing: Standing | None) -> Facts:
        """What they say in our words. `before` is what holds without the row, `standing` what holds with it."""
        to: Facts = {}
        for noun, said in wanted.said.items():
            held = fact_of(standing.facts, noun) if standing else None
            name = held if held in said.among else None
            if noun == "level":
                ladder, level = level_of(name or self._level(wanted, before)) or ("", "")
                to |= {"ladder": ladder, "level": level}
            elif said.among:
                to[noun] = name or said.among[0]
        return to

    def _level(self, wanted: Wanted, before: Standing | None) -> str:
        said = wanted.said["level"]
        among = fitting_levels(wanted, before, self._definitions)
        if len(among) > 1:
            detail = f"their level {said.theirs[:80]} stands for {', '.join(said.among[:5])}"
            self._stop("ambiguous", wanted.row, detail, "record it here by hand, or map it to one of them")
        if not among:
            raise _Stopped
        if len(said.among) > 1:
            self.plan.choices.append(
                IntakeChoice(
                    person=self._told.person, row=wanted.row, theirs=said.theirs, ours=among[0], among=said.among
                )
            )
        return among[0]

    def _restated(self, held: Held, to: Facts) -> Facts:
        """What a change states, with what they say now in it. A step and a band set belong to a level."""
        states = self._copy.states(held)
        if any(name in states and states[name] != to.get(name, states[name]) for name in ("ladder", "level")):
            states = {name: value for name, value in states.items() if name not in {"step", "band_set"}}
        return {**states, **to}

    def _record(self, wanted: Wanted, to: Facts | None) -> None:
        override: Override | None = None
        while True:
            try:
                kind = self._copy.record(self._new, wanted.day, to, override=override, backfill=self._backfill)
            except Refused as refusal:
                if refusal.code == MOVES and self._backfill and override is None:
                    override = Override(codes=(MOVES,), reason=self._reason)
                else:
                    self._make_way(refusal, wanted.day, wanted)
            else:
                return self._step("record", kind, wanted.day, wanted, to=to, override=override)

    def _correct(self, held: Held, wanted: Wanted, to: Facts | None) -> bool:
        """Restate a change by `to`, or give it the row's day if that is None.

        False where it cannot stand there in that form: then it is taken back, and the row is to be recorded.
        """
        while self._copy.has(held):
            try:
                self._copy.correct(held, self._new, wanted.day, to, restated=to is not None)
            except Refused as refusal:
                if refusal.code in ("no-change", *_MISFITS):
                    # No change: without it the record says what they say.
                    self._withdraw(held, wanted)
                    return refusal.code == "no-change"
                self._make_way(refusal, min(held.day, wanted.day), wanted, but=held)
            else:
                self._forget(held)
                self._step("correct", "corrected", wanted.day, wanted, to=to, target=held)
                return True
        # It had to go itself to make way.
        return False

    def _withdraw(self, held: Held, wanted: Wanted | None) -> None:
        while self._copy.has(held):
            try:
                self._copy.withdraw(held)
            except Refused as refusal:
                self._make_way(refusal, held.day, wanted, but=held)
            else:
                self._forget(held)
                name = "rescinded" if held.effective else "cancelled"
                return self._step("withdraw", name, held.day, wanted, target=held)

    def _make_way(self, refusal: Refused, day: date, wanted: Wanted | None, *, but: Held | None = None) -> None:
        """Take back the last change behind a day, if it came from there and something is refused because of it.

        The rows behind that day are still to be read, and say it anew.
        """
        last = self._copy.last(
            lambda one: one is not but and (one.day > day or (but is not None and one.place > but.place))
        )
        if refusal.code != "breaks-later-changes" or last is None or not last.made:
            self._refused(refusal, wanted)
        self._withdraw(last, wanted)

    def _forget(self, held: Held) -> None:
        if held.id in self._gone:
            self._gone.remove(held.id)

    @property
    def _new(self) -> str:
        return f"{NEW}{len(self.plan.steps)}"

    def _step(
        self,
        act: Literal["record", "correct", "withdraw"],
        name: str,
        day: date,
        wanted: Wanted | None,
        *,
        to: Facts | None = None,
        target: Held | None = None,
        override: Override | None = None,
    ) -> None:
        self.plan.steps.append(
            Step(
                act=act,
                name=name,
                job=self._told.job,
                day=day,
                to=to,
                restated=to is not None,
                target=target.id if target else None,
                reason=wanted.reason if wanted else self._reason,
                override=override,
                row=wanted.row if wanted else None,
            )
        )

    def _refuse_unheard(self, wanted: Wanted) -> None:
        if wanted.day in self._leaving:
            detail = "what the row says was taken back here, and it is still to be removed there"
            self._stop("not-there-yet", wanted.row, detail, "have it removed there; until then their later rows wait")
        days = [day for day in self._unheard if day <= wanted.day]
        if days:
            self._stop(
                "not-there-yet",
                wanted.row,
                f"a change of {days[0]} was decided here, and their rows do not know of it",
                "have it written there, or correct it here; until then their rows from then on wait",
            )

    def _refused(self, refusal: Refused, wanted: Wanted | None) -> NoReturn:
        remedy = f"/problems/{refusal.code} says what mends it"
        self._stop(refusal.code, wanted.row if wanted else None, refusal.detail, remedy)

    def _stop(self, code: str, row: str | None, detail: str, remedy: str) -> NoReturn:
        self._problem(code, row, detail, remedy)
        raise _Stopped

    def _problem(self, code: str, row: str | None, detail: str, remedy: str) -> None:
        problem = IntakeProblem(code=code, person=self._told.person, row=row, detail=detail, remedy=remedy)
        self.plan.problems.append(problem)
