"""Acts that can be drawn at random, each carried out by the use cases and looked at from all sides."""

import json
from collections.abc import Awaitable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import select

from service.domain.assignments import FACTS
from service.domain.refusals import Refused
from service.storage import tables
from service.storage.assignments import timeline_of
from service.usecases.changes import activate_due
from service.webhooks.tables import event
from tests.builders import DESIGN, ENGINEERING, level
from tests.stage import publish
from tests.usecases.amending import UNSAID, correct, withdraw
from tests.usecases.daily import (
    Ladder,
    State,
    Stated,
    Version,
    asked,
    corrected,
    fits,
    just_before,
    statement,
    walk,
)
from tests.usecases.world import FIRST, LAST, START, Person, World, mirrored

some_day = st.integers(0, 40).map(lambda number: FIRST + timedelta(days=number))
some_facts = st.fixed_dictionaries(
    {},
    optional={
        "level": st.integers(0, 3),
        "team": st.sampled_from(["core", "web", None]),
        "step": st.sampled_from(["a", "b", None]),
        "band_set": st.sampled_from(["2000", None]),
        "title": st.sampled_from(["Wizard", None]),
    },
)
who = st.sampled_from([0, 1])
which = st.integers(0, 20)


class Acts(RuleBasedStateMachine):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.stage = world, world.stage
        self.counts: dict[str, int] | None = None
        """Of the record, where nothing was accepted since they were taken."""
        self.refused = ""
        """Code of the last refusal."""

    @initialize()
    def begin(self) -> None:
        number = next(self.world.numbers)
        self.stage.clock.move_to(START)
        self.ladder = Ladder(f"ladder{number}")
        self.names = count(1)
        levels = {f"l{rank}": (str(rank), ("a", "b") if rank == 2 else ()) for rank in range(1, 5)}
        self.publish_levels(FIRST - timedelta(days=30), levels, {})
        self.people = [
            Person(name, self.world.run(self.stage.create(name))) for name in (f"p{number}-0", f"p{number}-1")
        ]
        for number in (0, 1):
            self.change(number=number, day=FIRST + timedelta(days=7 * number), facts={"level": number}, dry=False)

    def publish_levels(self, day: date, levels: dict[str, tuple[str, tuple[str, ...]]], maps: dict[str, str]) -> bool:
        document = {
            **DESIGN,
            "key": self.ladder.key,
            "version": f"v{next(self.names)}",
            "effective_from": day.isoformat(),
            "levels": [
                level(key, ["ic"], grade, steps=list(steps))
                for key, (grade, steps) in sorted(levels.items(), key=lambda item: item[1][0])
            ],
            "maps": maps,
        }
        done = self.tried(publish(self.stage, ladders=[ENGINEERING, DESIGN, document]))
        if done is not None:
            instant = self.instant()
            self.ladder.versions.append(Version(recorded_at=instant, day=day, levels=levels, maps=maps))
        return done is not None

    def tried(self, doing: Awaitable[Any]) -> Any:
        """The answer, or None after a refusal, which keeps nothing."""
        before = self.counted()
        try:
            answer = self.world.run(doing)
        except Refused as refusal:
            assert self.world.run(self.stage.counts()) == before
            self.refused = refusal.code
            return None
        self.counts = None
        self.world.accepted += 1
        # The clock stands still while the recorder goes on: nothing leans on time passing.
        return answer

    def counted(self) -> dict[str, int]:
        counts: dict[str, int] = self.counts or self.world.run(self.stage.counts())
        self.counts = counts
        return counts

    def instant(self) -> int:
        async def read() -> int:
            async with self.stage.database.read() as connection:
                return (await connection.execute(select(tables.recorder.c.at))).scalar_one()

        return self.world.run(read())

    @rule(number=who, day=some_day, facts=st.none() | some_facts, dry=st.sampled_from([False, False, False, True]))
    def change(self, number: int, day: date, facts: State | None, dry: bool) -> None:
        person = self.people[number]
        to = self.named(facts)
        before = self.counted()
        answer = self.tried(self.stage.change(to, day.isoformat(), employee=person.name, dry_run=dry))
        if dry:
            assert self.counted() == before
        if answer is None:
            new = self.asked(person.live, to, (day, 1_000_000))
            assert new is None or not fits(self.ladder, [*person.live, new], FIRST, LAST), (self.refused, new)
        if dry or answer is None:
            return
        order = next(person.orders)
        form, states = statement(self.ladder, to, just_before(self.ladder, person.live, FIRST, day, order), day)
        person.live.append(
            Stated(id=answer["id"], day=day, order=order, form=form, states=states, recorded_at=self.instant())
        )
        self.check(person, answer)

    @rule(number=who, index=which, wrong_tense=st.sampled_from([False, False, False, True]))
    def withdraw(self, number: int, index: int, wrong_tense: bool) -> None:
        person = self.people[number]
        if not person.live:
            return
        change = person.live[index % len(person.live)]
        is_future = change.day > self.today
        how = "cancelled" if is_future != wrong_tense else "rescinded"
        answer = self.tried(withdraw(self.stage, how, {"id": change.id}))
        assert not (wrong_tense and answer)
        left = [one for one in person.live if one is not change]
        assert wrong_tense or bool(answer) == fits(self.ladder, left, FIRST, LAST), self.refused
        if answer:
            person.live.remove(change)
            self.check(person, answer)

    @rule(number=who, index=which, day=st.none() | some_day, facts=st.just("kept") | st.none() | some_facts)
    def correct(self, number: int, index: int, day: date | None, facts: Any) -> None:
        person = self.people[number]
        if not person.live:
            return
        old = person.live[index % len(person.live)]
        to = UNSAID if facts == "kept" else self.named(facts)
        answer = self.tried(correct(self.stage, {"id": old.id}, on=day and day.isoformat(), to=to))
        if not answer:
            self.refused_correction(person, old, day, facts if facts == "kept" else to)
            return
        person.live.remove(old)
        now = self.instant()
        new = corrected(self.ladder, old, new_id=answer["id"], day=day or old.day, recorded_at=now)
        if facts != "kept":
            before = just_before(self.ladder, person.live, FIRST, new.day, old.order)
            form, states = statement(self.ladder, to, before, new.day)
            new = Stated(id=new.id, day=new.day, order=old.order, form=form, states=states, recorded_at=now)
        person.live.append(new)
        self.check(person, answer)

    def refused_correction(self, person: Person, old: Stated, day: date | None, to: Any) -> None:
        """It altered nothing, or would have left somebody or something without what it needs."""
        others, on = [one for one in person.live if one is not old], day or old.day
        new: Stated | None
        if to == "kept":
            new = corrected(self.ladder, old, new_id="asked", day=on, recorded_at=self.instant())
        elif fits(self.ladder, [one for one in others if (one.day, one.order) < (on, old.order)], FIRST, on):
            new = self.asked(others, to, (on, old.order))
        else:
            new = None
        assert self.refused == "no-change" or new is None or not fits(self.ladder, [*others, new], FIRST, LAST), (
            self.refused,
            old,
            new,
        )

    def asked(self, live: list[Stated], to: State | None, place: tuple[date, int]) -> Stated | None:
        return asked(self.ladder, live, to, FIRST, place, recorded_at=self.instant())

    @rule(ahead=st.integers(0, 12), index=st.integers(0, 3), form=st.sampled_from(["rename", "regrade", "merge"]))
    def publish(self, ahead: int, index: int, form: str) -> None:
        day = self.today + timedelta(days=ahead)
        version = self.ladder.on(day)
        assert version
        levels = dict(version.levels)
        old = sorted(levels)[index % len(levels)]
        grade, steps = levels.pop(old)
        new = {"rename": f"{old}x", "regrade": old, "merge": sorted([*levels, old])[0]}[form]
        if form == "rename":
            levels[new] = (grade, steps)
        elif form == "regrade":
            levels[new] = (str(min(6, int(grade) + 1)), steps)
        elif new == old:
            return
        if not self.publish_levels(day, levels, {old: new}):
            return
        for person in self.people:
            self.check(person, None)

    @rule(days=st.integers(1, 3))
    def days_pass(self, days: int) -> None:
        if self.today + timedelta(days=days) > LAST - timedelta(days=5):
            return
        self.stage.clock.move_to(self.today + timedelta(days=days))
        for person in self.people:
            self.world.run(activate_due(self.stage.runtime, person.employee))
            self.counts = None
            self.check(person, None)

    @rule(number=who)
    def stale(self, number: int) -> None:
        person = self.people[number]
        doing = self.stage.change(self.named({"level": 1}), employee=person.name, expected=person.revision + 1)
        assert self.tried(doing) is None

    @property
    def today(self) -> date:
        return datetime.fromtimestamp(self.stage.clock.us / 1e6, UTC).date()

    def named(self, facts: State | None) -> State | None:
        """With a level of the version that is in force, or nearly."""
        if facts is None:
            return None
        named = {"ladder": self.ladder.key, **facts}
        if "level" in facts:
            levels = sorted(self.ladder.versions[-1].levels)
            named["level"] = levels[facts["level"] % len(levels)]
        return named

    def check(self, person: Person, answer: Any) -> None:
        told, rows, revision, instant = self.world.run(self.seen(person))
        for body in told:
            mirrored(person.mirror, body)
        if answer:
            # One event of the act; before it those of what had fallen due.
            types = [body["type"] for body in told]
            assert types == [one["type"] for one in answer["events"]]
            assert answer["revision"] == revision == person.revision + 1
        person.revision = revision
        expected = walk(self.ladder, person.live, FIRST, LAST)
        for day, state in expected.items():
            held = [row for row in rows if row.row.days.contains(day)]
            assert len(held) == (state is not None), (day, state)
            if state is not None:
                standing = held[0].row.standing
                assert {**{name: getattr(standing.facts, name) for name in FACTS}, "grade": standing.grade} == state
            seen = person.mirror.get(day)
            assert (seen and (seen["level"], seen["grade"], seen["step"], seen["team"])) == (
                state and (state["level"], state["grade"], state["step"], state["team"])
            ), day
        for day in (self.today, START + timedelta(days=instant % 30)):
            answered = self.world.run(self.world.answer(self.stage, person.name, day, instant))
            self.world.answers.append((person.name, day, instant, answered))

    async def seen(self, person: Person) -> tuple[list[Any], Any, int, int]:
        """Bodies of the person's events since the last look, without a gap, the rows, the revision, the instant."""
        of_person, person_row = event.c.subject_key == f"employee:{person.employee}", tables.employee.c
        late = self.stage.clock.us + 10**15
        async with self.stage.database.read() as connection:
            found = await connection.execute(
                select(event.c.bodies).where(of_person, event.c.key_ver > person.events).order_by(event.c.seq)
            )
            bodies = [json.loads(json.loads(row.bodies)["v1"]) for row in found]
            rows = await timeline_of(connection, employee_id=person.employee, job_key="primary", known_at=late)
            revision = await connection.execute(select(person_row.revision).where(person_row.id == person.employee))
            instant = await connection.execute(select(tables.recorder.c.at))
        assert [body["sequence"] for body in bodies] == [person.events + n for n in range(1, len(bodies) + 1)]
        person.events += len(bodies)
        return bodies, rows, revision.scalar_one(), instant.scalar_one()
