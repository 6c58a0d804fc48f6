"""The measuring is measured: sizes that say nothing are refused, ratios are what they are said to be."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest

from bench.harness import WORTHLESS, Goal, Plan, Sample, Size, TooSmall, interleave, middle, quantile, report, timed
from bench.wire import Messages
from tests.house.sources import ROOT
from tests.postgres import server_url

RATE = Goal(name="rate", target="ours", limit="bare", value="rate", ratio=0.7)
GROWTH = Goal(name="growth", target="ours", limit="bare", value="p50_ms", ratio=1.3)


def sample(count: int, *, seconds: float = 1.0, cpu: float = 0.5, p50: float | None = None) -> Sample:
    return Sample(count=count, seconds=seconds, cpu_seconds=cpu, p50_ms=p50, p95_ms=p50)


def test_a_size_below_the_target_is_refused() -> None:
    plan = Plan(out=StringIO())
    plan.require(Size(what="people", count=1_000_000, least=1_000_000))
    with pytest.raises(TooSmall) as refusal:
        plan.require(
            Size(what="people", count=999_999, least=1_000_000), Size(what="changes", count=1_000_000, least=1_000_000)
        )
    assert str(refusal.value) == "999,999 people, at least 1,000,000 count"


def test_the_rows_are_printed_even_when_they_are_refused() -> None:
    out = StringIO()
    with pytest.raises(TooSmall):
        Plan(out=out).require(Size(what="people", count=7, least=8), Size(what="jobs", count=9, least=8))
    assert out.getvalue() == "rows: 7 people, 9 jobs\n"


def test_a_smoke_run_takes_any_size() -> None:
    plan = Plan(smoke=True, out=StringIO())
    plan.require(Size(what="people", count=1, least=1_000_000))
    assert plan.rounds < 5


def test_fewer_than_five_rounds_are_refused() -> None:
    assert Plan(rounds=5).rounds == 5
    with pytest.raises(TooSmall):
        Plan(rounds=4)


async def test_contenders_take_turns_and_nobody_is_always_first() -> None:
    order: list[str] = []

    def contender(name: str):
        async def run() -> Sample:
            order.append(name)
            return sample(len(order))

        return run

    results = await interleave({name: contender(name) for name in "abc"}, rounds=4)
    assert order == [*"abc", *"bca", *"cab", *"abc"]
    assert {name: [one.count for one in found] for name, found in results.items()} == {
        "a": [1, 6, 8, 10],
        "b": [2, 4, 9, 11],
        "c": [3, 5, 7, 12],
    }


def test_a_ratio_is_that_of_the_medians() -> None:
    results = {
        "ours": [sample(70), sample(10), sample(80), sample(90), sample(65)],
        "bare": [sample(100), sample(1), sample(100), sample(900), sample(99)],
    }
    assert middle(results["ours"], "rate") == 70
    assert RATE.reached(results) == 0.7
    assert RATE.met(results)
    results["ours"][0] = sample(69)
    assert not RATE.met(results)


def test_a_duration_is_met_from_below() -> None:
    results = {"ours": [sample(1, p50=1.3)], "bare": [sample(1, p50=1.0)]}
    assert GROWTH.met(results)
    results["ours"] = [sample(1, p50=1.31)]
    assert not GROWTH.met(results)


def test_cpu_is_for_one_and_compared_the_same_way_round() -> None:
    ours, bare = sample(100, cpu=0.4), sample(100, cpu=0.1)
    assert ours.cpu_us == 4000
    assert RATE.by_cpu({"ours": [ours], "bare": [bare]}) == 0.25
    assert GROWTH.by_cpu({"ours": [ours], "bare": [bare]}) == 4.0


def test_rates_and_quantiles() -> None:
    assert sample(30, seconds=2).rate == 15
    assert [quantile([5, 1, 4, 2, 3], part) for part in (0, 0.5, 0.95, 1)] == [1, 3, 5, 5]
    found = timed([0.002, 0.001, 0.004], seconds=1, cpu_seconds=0.3)
    assert (found.count, found.p50_ms, found.p95_ms) == (3, 2.0, 4.0)


def test_the_report_says_figure_target_and_verdict() -> None:
    out = StringIO()
    results = {"ours": [sample(50)] * 5, "bare": [sample(100)] * 5}
    report(Plan(out=out), results, [RATE])
    assert "rate: ratio 0.50, to reach >= 0.7: NOT met\n" in out.getvalue()
    report(Plan(out=out, smoke=True), results, [RATE])
    assert out.getvalue().endswith(
        "to reach >= 0.7: worthless: smoke\n    by round " + "0.50, " * 4 + "0.50; by CPU 0.50\n\n"
    )


def test_messages_are_cut_wherever_the_stream_breaks() -> None:
    stream = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n"
    for cut in range(len(stream)):
        messages = Messages()
        found = messages.feed(stream[:cut]) + messages.feed(stream[cut:])
        assert found == [(b"POST / HTTP/1.1\r\nContent-Length: 3", b"abc"), (b"GET / HTTP/1.1", b"")]


def bench(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


# The others start five servers each, which is no test of theirs: what differs between engines the other tests hold.
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("receipt", "postgres"),
    ],
)
def test_every_benchmark_runs(name: str, kind: str) -> None:
    server = {"DUALTRACK_TEST_POSTGRES_URL": server_url(Path(os.environ["DUALTRACK_TEST_SHARED"]))}
    answer = bench(name, "--engine", kind, "--smoke", **(server if kind == "postgres" else {}))
    assert answer.returncode == 0, answer.stderr
    lines = answer.stdout.splitlines()
    assert lines[0] == f"$ python -m bench {name} --engine {kind} --smoke"
    assert lines[2] == WORTHLESS
    assert "rows: " in answer.stdout
    verdicts = [line for line in lines if "to reach" in line]
    assert verdicts
    assert all(line.endswith("worthless: smoke") for line in verdicts)


def test_what_is_no_benchmark_is_refused() -> None:
    answer = bench("everything")
    assert answer.returncode == 2
    told = " ".join(answer.stderr.replace("│", " ").split())
    assert "published, point-read, graphql, receipt, deliveries, lanes, drain, queues, batch, remaps" in told
