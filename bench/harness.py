"""How everything here is measured: contenders in turn, round by round, and only ratios of one run are judged."""

import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal, TextIO

LEAST_ROUNDS = 5
WORTHLESS = "SMOKE RUN: sizes and times are tiny, every figure below is worthless."


class TooSmall(Exception):
    """A figure was asked for at a size that says nothing about the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One contender in one round. `cpu_seconds` is what its process used, without the database's and the sink's."""

    count: int
    seconds: float
    cpu_seconds: float
    p50_ms: float | None = None
    p95_ms: float | None = None

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of CPU for one."""
        return self.cpu_seconds * 1_000_000 / self.count


Run = Callable[[], Awaitable[Sample]]
Results = Mapping[str, Sequence[Sample]]
Value = Literal["rate", "p50_ms", "p95_ms"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of something there is, and the least at which a figure counts."""

    what: str
    count: int
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`target` against `limit` by `value`: at least `ratio` for a rate, at most for a duration."""

    name: str
    target: str
    limit: str
    value: Value
    ratio: float

    def reached(self, results: Results) -> float:
        return middle(results[self.target], self.value) / middle(results[self.limit], self.value)

    def by_cpu(self, results: Results) -> float:
        """The same by the CPU that one takes, which a busy machine alters less: of the limit's to the target's for a
        rate, of the target's to the limit's for a duration."""
        target, limit = middle(results[self.target], "cpu_us"), middle(results[self.limit], "cpu_us")
        if not (target and limit):
            return float("nan")
        return limit / target if self.value == "rate" else target / limit

    def met(self, results: Results) -> bool:
        reached = self.reached(results)
        return reached >= self.ratio if self.value == "rate" else reached <= self.ratio


@dataclass(slots=True)
class Plan:
    """What the command line chose. `out` is where the report goes."""

    smoke: bool = False
    rounds: int = LEAST_ROUNDS
    seconds: float = 3.0
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def __post_init__(self) -> None:
        if self.smoke:
            self.rounds, self.seconds = 2, 0.1
        elif self.rounds < LEAST_ROUNDS:
            raise TooSmall(f"{self.rounds} rounds: a median needs at least {LEAST_ROUNDS}")

    def say(self, line: str = "") -> None:
        print(line, file=self.out, flush=True)

    def require(self, *sizes: Size) -> None:
        """Print what there is. Raises TooSmall below the size of the target, unless this is a smoke run."""
        self.say("rows: " + ", ".join(f"{size.count:,} {size.what}" for size in sizes))
        small = [size for size in sizes if size.count < size.least]
        if small and not self.smoke:
            raise TooSmall("; ".join(f"{size.count:,} {size.what}, at least {size.least:,} count" for size in small))


async def interleave(contenders: Mapping[str, Run], *, rounds: int) -> Results:
    """Each contender once a round, each round begun by the next one, so that no place in the row is anybody's."""
    names = list(contenders)
    found: dict[str, list[Sample]] = {name: [] for name in names}
    for number in range(rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            found[name].append(await contenders[name]())
    return found


def middle(samples: Sequence[Sample], value: Literal["rate", "cpu_us", "p50_ms", "p95_ms"]) -> float:
    """Median over the rounds."""
    return median(getattr(sample, value) for sample in samples)


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def timed(durations: Sequence[float], *, seconds: float, cpu_seconds: float) -> Sample:
    """A sample of things timed one by one, in seconds."""
    return Sample(
        count=len(durations),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        p50_ms=quantile(durations, 0.5) * 1000,
        p95_ms=quantile(durations, 0.95) * 1000,
    )


def report(plan: Plan, results: Results, goals: Sequence[Goal]) -> None:
    """Medians of every contender, then each ratio beside the one to reach."""
    plan.say(f"{'median of ' + str(plan.rounds) + ' rounds':<44}{'per s':>10}{'CPU us':>9}{'p50 ms':>9}{'p95 ms':>9}")
    for name, samples in results.items():
        timings = "".join(
            f"{middle(samples, value):>9.2f}" if samples[0].p50_ms is not None else f"{'-':>9}"
            for value in ("p50_ms", "p95_ms")
        )
        plan.say(f"  {name:<42}{middle(samples, 'rate'):>10,.0f}{middle(samples, 'cpu_us'):>9.0f}{timings}")
    for goal in goals:
        sign = ">=" if goal.value == "rate" else "<="
        verdict = "met" if goal.met(results) else "NOT met"
        if plan.smoke:
            verdict = "worthless: smoke"
        spread = ", ".join(f"{one:.2f}" for one in _by_round(results, goal))
        plan.say(f"  {goal.name}: ratio {goal.reached(results):.2f}, to reach {sign} {goal.ratio}: {verdict}")
        plan.say(f"    by round {spread}; by CPU {goal.by_cpu(results):.2f}")
    plan.say()


def _by_round(results: Results, goal: Goal) -> list[float]:
    pairs = zip(results[goal.target], results[goal.limit], strict=True)
    return [getattr(target, goal.value) / getattr(limit, goal.value) for target, limit in pairs]
