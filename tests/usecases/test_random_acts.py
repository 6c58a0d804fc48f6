"""Thousands of random acts through the use cases, against a walk over every single day. `make soak` does more of them.

Held after each act: rows say what the walk says of every day (I1, I2, I10, I20), the feed alone says the same by its
`affected` ranges (I6), an act has one event and what fell due one each (I7), a refused act and a dry run keep nothing
(I17), what is refused does not fit into the walk either, revisions and instants rise (I5). Held at the end, after a
restart and after a migration: each answer that was ever given for a day and an instant is given again (I4, I8).
"""

import os
from collections.abc import Generator
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engines import Engine
from tests.usecases.daily import State
from tests.usecases.drawn_acts import Acts
from tests.usecases.world import FIRST, World

ROUNDS = int(os.environ.get("DUALTRACK_TEST_SOAK", "1"))
MACHINES, WALKS, STEPS = 5, 20, 40
"""Of each round: a thousand acts on each engine. A walk that goes on for longer comes to be refused more often."""


@pytest.fixture
def world(engine: Engine) -> Generator[World]:
    made = World(engine)
    yield made
    with suppress(RuntimeError):
        made.close()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_random_acts(world: World, number: int) -> None:
    run_state_machine_as_test(
        cast(Any, lambda: Acts(world)),
        settings=settings(
            max_examples=MACHINES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=tuple(cast(Any, HealthCheck)),
        ),
    )
    # The machine begins with what is small and often refused; a walk by dice goes on at once.
    before = world.accepted
    for walk in range(WALKS):
        walked(Acts(world), Random(f"{number} {walk}"), steps=STEPS)
    assert world.accepted - before > WALKS * STEPS / 3
    assert world.run(world.digests_agree()) == 2 * (next(world.numbers) - 1)
    world.run(world.ask_again())
    world.migrate()
    world.run(world.ask_again())


def walked(acts: Acts, dice: Random, *, steps: int) -> None:
    acts.begin()

    def facts() -> State:
        drawn = {
            "level": dice.randrange(4),
            "team": dice.choice(["core", "web", None]),
            "step": dice.choice(["a", "b", None]),
            "band_set": dice.choice(["2000", None]),
            "title": dice.choice(["Wizard", None]),
        }
        return {name: drawn[name] for name in dice.sample(sorted(drawn), dice.randint(1, 3))}

    def day() -> date:
        return FIRST + timedelta(days=dice.randrange(41))

    for _ in range(steps):
        number, index, act = dice.randrange(2), dice.randrange(20), dice.randrange(20)
        if act < 10:
            acts.change(number=number, day=day(), facts=None if dice.random() < 0.05 else facts(), dry=act == 0)
        elif act < 13:
            acts.withdraw(number=number, index=index, wrong_tense=act == 10)
        elif act < 17:
            content = dice.choice(["kept", None, facts(), facts()])
            acts.correct(number=number, index=index, day=dice.choice([None, day()]), facts=content)
        elif act < 19:
            form = dice.choice(["rename", "regrade", "merge"])
            acts.publish(ahead=dice.randrange(13), index=dice.randrange(4), form=form)
        else:
            acts.days_pass(days=1)
