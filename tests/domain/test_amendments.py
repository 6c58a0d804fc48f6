"""Random acts of every form on one job, against a model that keeps nothing but the changes that count."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.amendments import Amendment, Correction, Recorded, correct, withdraw
from service.domain.assignments import FACTS, Row
from service.domain.changes import EVENT_OF_KIND, Decision, Refold, decide, move_of
from service.domain.refusals import Refused
from service.domain.statements import Proposal
from service.domain.timelines import LiveChange, fold, segments
from tests.domain.test_timelines import DAYS, DEFINITIONS, FIRST, days_of, naive, segments_by_day, some_day, some_facts

TODAY = FIRST + timedelta(days=DAYS // 2)
which = st.integers(0, 30)
some_act = st.one_of(
    st.tuples(st.just("change"), some_day, st.none() | some_facts),
    st.tuples(st.just("withdraw"), which, st.none()),
    st.tuples(st.just("correct"), which, st.tuples(st.none() | some_day, st.just("kept") | st.none() | some_facts)),
)


class Job:
    """Everything that was ever accepted for a job: what is live, and the rows as they were written act by act."""

    def __init__(self) -> None:
        self.live: list[LiveChange] = []
        self.stored: list[Row] = []
        self.accepted = 0

    def offer(self, number: int, form: str, at: object, more: object) -> Refold | None:
        """The act if it is accepted; a refused one leaves no trace."""
        try:
            done, live = self._decided(f"chg_{number}", form, at, more)
        except Refused:
            return None
        self.live = live
        kept = [row for row in self.stored if row not in done.closes]
        assert len(kept) == len(self.stored) - len(done.closes)
        self.stored = sorted([*kept, *done.opens], key=lambda row: row.effective_from)
        self.accepted += 1
        return done

    def _decided(self, name: str, form: str, at: object, more: object) -> tuple[Refold, list[LiveChange]]:
        if form == "change":
            to = more if more is None else {"ladder": "engineering", **more}  # type: ignore[dict-item]
            proposal = Proposal(change_id=name, effective_on=at, to=to)  # type: ignore[arg-type]
            decision: Decision = decide(proposal, live=self.live, definitions=DEFINITIONS, today=TODAY)
            return decision, [*self.live, decision.change]
        if not self.live:
            raise Refused("nothing", "")
        wrong = self.live[int(str(at)) % len(self.live)]
        others = [one for one in self.live if one is not wrong]
        timeline = fold(self.live, DEFINITIONS)
        moment = timeline.moment(wrong.id)
        assert moment is not None
        move = move_of(moment, timeline, DEFINITIONS)
        announced = EVENT_OF_KIND[move.kind]
        recorded = Recorded(change=wrong, kind=move.kind, grade_delta=move.grade_delta, announced=announced)
        if form == "withdraw":
            return withdraw(recorded, live=self.live, definitions=DEFINITIONS, today=TODAY), others
        day, to = more  # type: ignore[misc]
        correction = Correction(
            change_id=name,
            effective_on=day,
            restated=to != "kept",
            to=None if to in (None, "kept") else {"ladder": "engineering", **to},
        )
        done: Amendment = correct(recorded, correction, live=self.live, definitions=DEFINITIONS, today=TODAY)
        assert done.change and done.change.ordinal == wrong.ordinal
        # What is not restated is what it was, wherever it is moved to.
        assert to != "kept" or (done.change.form, done.change.states) == (wrong.form, wrong.states)
        return done, [*others, done.change]


@settings(max_examples=300, deadline=None)
@given(st.lists(some_act, max_size=20))
def test_rows_written_act_by_act_say_what_every_single_day_holds(acts) -> None:
    job = Job()
    for number, act in enumerate(acts):
        if job.offer(number, *act) is None:
            continue
        assert tuple(job.stored) == fold(job.live, DEFINITIONS).rows
        for offset in range(DAYS + 2):
            day = FIRST + timedelta(days=offset)
            rows = [row for row in job.stored if row.days.contains(day)]
            expected = naive(job.live, day)
            assert len(rows) == (0 if expected is None else 1)
            if expected is not None:
                assert {name: getattr(rows[0].standing.facts, name) for name in FACTS} == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(some_act, max_size=20))
def test_replacing_the_altered_days_is_all_a_mirror_needs(acts) -> None:
    job, mirrored = Job(), {}
    for number, act in enumerate(acts):
        done = job.offer(number, *act)
        if done is None:
            continue
        if done.altered:
            start, end = done.altered
            for first, last, standing in segments(done.timeline.rows, start, end):
                for day in days_of(first, last):
                    mirrored[day] = standing
        assert {day: held for day, held in mirrored.items() if held} == {
            day: held for day, held in segments_by_day(tuple(job.stored)) if held
        }


def test_withdrawing_everything_from_the_end_leaves_nothing() -> None:
    job = Job()
    for number, (day, facts) in enumerate([(0, {"level": "ic3"}), (5, {"level": "ic4"}), (9, {"team": "web"})]):
        assert job.offer(number, "change", FIRST + timedelta(days=day), facts)
    assert job.offer(3, "withdraw", 0, None) is None
    for _ in range(3):
        assert job.offer(4, "withdraw", len(job.live) - 1, None)
    assert (job.stored, job.live, job.accepted) == ([], [], 6)
