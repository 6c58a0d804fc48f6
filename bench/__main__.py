"""`python -m bench`: measure, and print each figure beside its limit and the ratio to reach."""

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, get_args

import typer
import uvloop

from bench import batch, deliveries, drain, graphql, lanes, point_read, published, queues, receipt, remaps
from bench.databases import EngineName, Shelter, describe, shelter
from bench.harness import LEAST_ROUNDS, WORTHLESS, Plan, TooSmall
from bench.machine import REST, pin, versions

BENCHMARKS: dict[str, Callable[[Plan, Shelter], Awaitable[None]]] = {
    "published": published.measure,
    "point-read": point_read.measure,
    "graphql": graphql.measure,
    "receipt": receipt.measure,
    "deliveries": deliveries.measure,
    "lanes": lanes.measure,
    "drain": drain.measure,
    "queues": queues.measure,
    "batch": batch.measure,
    "remaps": remaps.measure,
}
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help=f"Any of {', '.join(BENCHMARKS)}; all when none.")] = None,
    engine: Annotated[list[str] | None, typer.Option(help="sqlite or postgres; both when none.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of which the medians are taken.")] = LEAST_ROUNDS,
    smoke: Annotated[bool, typer.Option("--smoke", help="Only see that it runs; the figures are worthless.")] = False,
) -> None:
    """Measure in this process and its children; every target is a ratio to a limit of the same run."""
    chosen = _known(names or list(BENCHMARKS), list(BENCHMARKS))
    engines = _known(engine or list(get_args(EngineName)), list(get_args(EngineName)))
    try:
        plan = Plan(smoke=smoke, rounds=rounds)
        plan.say(f"$ python -m bench {' '.join(sys.argv[1:])}".rstrip())
        plan.say(versions())
        if smoke:
            plan.say(WORTHLESS)
        for name in engines:
            uvloop.run(_run(plan, chosen, "sqlite" if name == "sqlite" else "postgres"))
    except (TooSmall, graphql.Missing) as error:
        typer.echo(f"bench: {error}", err=True)
        raise typer.Exit(1) from None


async def _run(plan: Plan, chosen: list[str], engine: EngineName) -> None:
    with shelter(engine) as place:
        await describe(plan, place)
        pin(REST)
        for name in chosen:
            await BENCHMARKS[name](plan, place)


def _known(names: list[str], allowed: list[str]) -> list[str]:
    for name in names:
        if name not in allowed:
            raise typer.BadParameter(f"{name} is none of {', '.join(allowed)}")
    return names


if __name__ == "__main__":
    app()
