"""Figures as Prometheus reads them, in its text form or as OpenMetrics."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TypeVar

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from service.telemetry.book import Counts, Labels, Totals
from service.telemetry.catalogue import EVERY, KEPT, PREFIX, PRESENT, STORED, Figure


def exposition(totals: Totals, stored: Counts, build: Mapping[str, str], *, accept: str) -> tuple[bytes, str]:
    """The page and its media type. `stored` are the figures asked of the database, `build` says what runs."""
    encode, media = choose_encoder(accept)
    return encode(_Shown(totals, stored, build)), media


T = TypeVar("T")


class _Shown(Collector):
    def __init__(self, totals: Totals, stored: Counts, build: Mapping[str, str]) -> None:
        self._totals = totals
        self._stored = stored
        self._build = build

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(f"{PREFIX}build", "What runs.", value=dict(self._build))
        for name, figure in KEPT.items():
            if figure.kind == "counter":
                yield _counter(name, figure, _rows(name, self._totals.counts))
            else:
                yield _histogram(name, figure, _rows(name, self._totals.buckets))
        for name in PRESENT:
            yield _gauge(name, _rows(name, self._totals.present))
        for name in STORED:
            yield _gauge(name, _rows(name, self._stored))


def _rows(name: str, held: Mapping[tuple[str, Labels], T]) -> list[tuple[Labels, T]]:
    return sorted((labels, value) for (figure, labels), value in held.items() if figure == name)


def _counter(name: str, figure: Figure, rows: Iterable[tuple[Labels, float]]) -> Metric:
    family = CounterMetricFamily(f"{PREFIX}{name}", figure.said, labels=figure.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family


def _gauge(name: str, rows: Iterable[tuple[Labels, float]]) -> Metric:
    figure = EVERY[name]
    family = GaugeMetricFamily(f"{PREFIX}{name}", figure.said, labels=figure.labels)
    for labels, value in rows:
        family.add_metric(labels, value)
    return family


def _histogram(name: str, figure: Figure, rows: Iterable[tuple[Labels, list[float]]]) -> Metric:
    family = HistogramMetricFamily(f"{PREFIX}{name}", figure.said, labels=figure.labels)
    ends = [*(f"{bound:g}" for bound in figure.bounds), "+Inf"]
    for labels, row in rows:
        family.add_metric(labels, list(zip(ends, accumulate(row[:-1]), strict=True)), sum_value=row[-1])
    return family
