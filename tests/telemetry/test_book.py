"""Counting, adding up over processes, and what Prometheus reads of it. Nothing here waits or asks anybody."""

import os
import re
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.telemetry.book import MOST_ENDPOINTS, Book, Totals
from service.telemetry.catalogue import EVERY, KEPT, OTHERS
from service.telemetry.exposition import exposition
from service.telemetry.spool import Spool
from service.telemetry.steps import note_step
from service.webhooks.work import Head, Result, Tried
from tests.house.sources import ROOT

SECONDS = "http_request_duration_seconds"
NOBODY = 2**22 + 1
"""A process id above those that systems give by default."""


def samples(totals: Totals) -> dict[tuple[str, tuple[str, ...]], float]:
    """By name and values of labels, in the order of the labels' names."""
    page, media = exposition(totals, {}, {"version": "1"}, accept="")
    assert media.startswith("text/plain")
    return {
        (one.name.removeprefix("dualtrack_"), tuple(value for _, value in sorted(one.labels.items()))): one.value
        for family in text_string_to_metric_families(page.decode())
        for one in family.samples
    }


def test_buckets_add_up_and_a_bound_belongs_to_its_own() -> None:
    book = Book()
    bounds = KEPT[SECONDS].bounds
    for seconds in (0.0, bounds[0], bounds[0] * 1.01, bounds[-1], bounds[-1] * 2):
        book.observe(SECONDS, seconds, "/x")
    found = samples(book.totals())
    cumulated = [found[f"{SECONDS}_bucket", (end, "/x")] for end in (*(f"{one:g}" for one in bounds), "+Inf")]
    assert cumulated[:2] == [2, 3]
    assert cumulated[-2:] == [4, 5]
    assert cumulated == sorted(cumulated)
    assert found[f"{SECONDS}_count", ("/x",)] == 5
    assert found[f"{SECONDS}_sum", ("/x",)] == pytest.approx(bounds[0] * 2.01 + bounds[-1] * 3)


def test_labels_have_an_end() -> None:
    book = Book()
    labels = [book.endpoint(f"end_{n}") for n in range(MOST_ENDPOINTS + 5)]
    assert labels[MOST_ENDPOINTS - 1 :] == [f"end_{MOST_ENDPOINTS - 1}", *[OTHERS] * 5]
    assert book.endpoint("end_0") == "end_0"


def test_names_are_in_base_units_and_counters_do_not_say_total() -> None:
    for name, figure in EVERY.items():
        assert not name.endswith("_total") and figure.said.endswith(".")
        assert (figure.kind == "histogram") == bool(figure.bounds)
        assert list(figure.bounds) == sorted(figure.bounds)


def test_the_docs_list_every_figure_with_its_labels() -> None:
    page = (ROOT / "docs" / "observing.md").read_text()
    rows = re.findall(r"^\| `dualtrack_(\w+)` \|([^|]*)\|", page, flags=re.MULTILINE)
    listed = {name.removesuffix("_total"): tuple(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert listed.pop("build_info") == ("version", "database")
    assert listed == {name: figure.labels for name, figure in EVERY.items()}
    assert {name for name, _ in rows if name.endswith("_total")} == {
        f"{name}_total" for name, figure in EVERY.items() if figure.kind == "counter"
    }


def test_processes_add_up_and_a_dead_one_keeps_what_it_counted(tmp_path: Path) -> None:
    mine, other = Book(), Book()
    for book, count in ((mine, 2), (other, 3)):
        book.count("sender_claimed", amount=count)
        book.observe(SECONDS, 0.2, "/x")
        book.sources.append(lambda: {("endpoints_owned", ()): 4})
    asked, sibling = Spool(tmp_path, mine), Spool(tmp_path, other)
    asked.write()
    sibling.write()
    found = samples(asked.totals())
    assert (found["sender_claimed_total", ()], found[f"{SECONDS}_count", ("/x",)]) == (5, 2)
    assert (found["endpoints_owned", ()], found["processes", ()]) == (8, 2)
    assert samples(sibling.totals()) == found

    (file,) = (one for one in tmp_path.glob("*.json") if orjson.loads(one.read_bytes())["counts"][0][2] == 3)
    file.rename(tmp_path / f"{NOBODY}-x.json")
    found = samples(asked.totals())
    assert (found["sender_claimed_total", ()], found["endpoints_owned", ()], found["processes", ()]) == (5, 4, 1)
    # Half a file, another release's bounds, another program's file: the rest is told all the same.
    (tmp_path / f"{os.getpid()}-a.json").write_bytes(b'{"counts": [')
    (tmp_path / f"{os.getpid()}-b.json").write_bytes(
        orjson.dumps({"counts": [], "buckets": [[SECONDS, ["/x"], [1.0, 2.0]]], "present": []})
    )
    (tmp_path / "notes.json").write_bytes(b'{"counts": 1, "buckets": 1, "present": 1}')
    assert samples(asked.totals()) == found
    assert not list(tmp_path.glob("*.new"))


def test_without_a_folder_a_process_speaks_for_itself(tmp_path: Path) -> None:
    book = Book()
    book.count("sender_claimed")
    alone, gone = Spool(None, book), Spool(tmp_path / "gone", book)
    for spool in (alone, gone):
        spool.write()
        assert samples(spool.totals())["sender_claimed_total", ()] == 1


def tried(**more: object) -> Tried:
    tries = int(str(more.pop("tries", 0)))
    is_dead = bool(more.pop("is_dead", False))
    head = Head(
        **{"endpoint_id": 1, "lane": "a", "gen": 1, "attempts": 0, "tries": tries, "pos": 1, "event_seq": 1},
        **{"replay_id": "", "event_id": "evt_1", "event_type": "x", "subject": "a", "body": "{}", "traceparent": None},
        recorded_at=1_000_000,
    )
    given = {
        **{"verdict": "failed", "outcome": "failed", "error_class": "timeout", "started_at": 3_000_000},
        **{"duration_ms": 200.0, "dns_ms": None, "connect_ms": None, "ttfb_ms": None, "ip": None, "status": None},
        **{"response_head": None, "epoch": 1, "burns": True, "delay_us": 0},
        **more,
    }
    return Tried(Result(head=head, **given), head, "end_a", traceparent=None, is_dead=is_dead)  # type: ignore[arg-type]


def test_what_steps_count() -> None:
    book = Book()
    steps: list[tuple[str, object]] = [
        ("tried", tried()),
        ("tried", tried(tries=1, verdict="delivered", outcome="delivered", error_class=None)),
        ("tried", tried(tries=2, is_dead=True)),
        *(("claimed", 7), ("claiming", 0.004), ("failed", OSError()), ("unsealable", ("end_a", "x"))),
        ("unsent", "end_a"),
        *(("stopped", "end_a"), ("idle", None), ("owned", [1]), ("recorded", [])),
    ]
    for name, detail in steps:
        note_step(book, name, detail)
    found = samples(book.totals())
    attempts = {labels: value for (name, labels), value in found.items() if name == "delivery_attempts_total"}
    assert attempts == {
        ("end_a", "timeout", "failed"): 1,
        ("end_a", "none", "delivered"): 1,
        ("end_a", "timeout", "dead"): 1,
    }
    assert found["delivery_attempt_duration_seconds_sum", ("end_a",)] == pytest.approx(0.6)
    # Of first tries only: two seconds from the record to the try.
    assert (found["delivery_delay_seconds_count", ("end_a",)], found["delivery_delay_seconds_sum", ("end_a",)]) == (
        1,
        2,
    )
    assert (found["sender_claimed_total", ()], found["sender_claim_seconds_count", ()]) == (7, 1)
    assert (found["sender_faults_total", ("failed",)], found["sender_faults_total", ("unsealable",)]) == (1, 1)
    assert found["endpoints_stopped_total", ()] == 1
