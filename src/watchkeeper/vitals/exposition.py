"""Metrics in the form that Prometheus reads (prometheus.io/docs/instrumenting/exposition_formats)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from watchkeeper.vitals.samples import Metric, MetricKind

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Sorted by name; the values of one metric all have the same names."""
Values: TypeAlias = Mapping[tuple[Metric, Labels], float]
_Family: TypeAlias = CounterMetricFamily | GaugeMetricFamily


def exposition(values: Values, metrics: Sequence[Metric]) -> bytes:
    """The values of these metrics, in their order."""
    registry = CollectorRegistry()
    registry.register(_Values(values, metrics))
    return generate_latest(registry)


def labels_of(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def prometheus_name(metric: Metric) -> str:
    """As it is queried: prefix, name, unit, and `_total` for a counter."""
    total = "total" if metric.kind is MetricKind.COUNTER else ""
    return "_".join(part for part in ("watchkeeper", metric.name, metric.unit, total) if part)


class _Values(Collector):
    def __init__(self, values: Values, metrics: Sequence[Metric]) -> None:
        self._values, self._metrics = values, metrics

    def collect(self) -> Iterator[_Family]:
        for metric in self._metrics:
            rows = {labels: value for (of, labels), value in self._values.items() if of is metric}
            if rows:
                yield _family(metric, rows)


def _family(metric: Metric, rows: Mapping[Labels, float]) -> _Family:
    names = [name for name, _ in next(iter(rows))]
    kind = CounterMetricFamily if metric.kind is MetricKind.COUNTER else GaugeMetricFamily
    family = kind(prometheus_name(metric), metric.help, labels=names)
    for labels, value in sorted(rows.items()):
        family.add_metric([text for _, text in labels], value)
    return family
