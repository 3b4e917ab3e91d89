"""Metrics as a file for node_exporter's textfile collector (github.com/prometheus/node_exporter#textfile-collector).

One file for each deployment and command, so that no run touches what another one wrote. It is also its own memory: counters go on
from where it stands, and the last success stays in it while runs fail.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from watchkeeper.vitals.samples import LAST_SUCCESS, METRICS, Metric, MetricKind, Sample

LARGEST_FILE: Final = 1024 * 1024
"""Bytes beyond which an earlier file is none of ours."""
READABLE: Final = 0o644
"""node_exporter is another user, and the umask of a service may leave the file to its writer alone. It holds no secret."""
LEFT_AFTER: Final = 3600.0
"""Seconds after which what a write began and did not end is taken for that of a run that was killed."""

_Labels = tuple[tuple[str, str], ...]
_Family = CounterMetricFamily | GaugeMetricFamily

log = logging.getLogger(__name__)


def file_name(deployment: str, command: str) -> str:
    return f"watchkeeper_{deployment}_{command}.prom"


def write_metrics(folder: Path, deployment: str, command: str, samples: Sequence[Sample]) -> None:
    """Put what a run brought in the place of what the last one did, as a whole or not at all. Raises OSError.

    Runs of one command that end at the same moment may lose a count; Prometheus then sees a counter that starts again.
    """
    path = folder / file_name(deployment, command)
    common = {"command": command, "deployment": deployment}
    values = _added(_kept(path), ((each.metric, _key({**common, **each.labels}), each.value) for each in samples))
    registry = CollectorRegistry()
    registry.register(_Values(values))
    _replace(path, generate_latest(registry))


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads meanwhile sees the old file or the new one. A reader takes what ends in `.prom` alone."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        made.chmod(READABLE)
        _clear(path, made)
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _clear(path: Path, made: Path) -> None:
    """Take away what killed runs left beside the file; times are those of the folder's own machine."""
    now = made.stat().st_mtime
    for left in path.parent.glob(f".{path.name}.*"):
        with suppress(OSError):  # another run clears at the same moment, or it is not ours to take away
            if now - left.stat().st_mtime > LEFT_AFTER:
                left.unlink()


def prometheus_name(metric: Metric) -> str:
    """As it is queried: prefix, name, unit, and `_total` for a counter."""
    total = "total" if metric.kind is MetricKind.COUNTER else ""
    return "_".join(part for part in ("watchkeeper", metric.name, metric.unit, total) if part)


_Value = tuple[Metric, _Labels, float]
_CARRIED: Final = {
    prometheus_name(each): each for each in METRICS if each.kind is MetricKind.COUNTER or each is LAST_SUCCESS
}


class _Values(Collector):
    def __init__(self, values: Mapping[tuple[Metric, _Labels], float]) -> None:
        self._values = values

    def collect(self) -> Iterator[_Family]:
        for metric in METRICS:
            rows = {labels: value for (of, labels), value in self._values.items() if of is metric}
            if rows:
                yield _family(metric, rows)


def _family(metric: Metric, rows: Mapping[_Labels, float]) -> _Family:
    names = [name for name, _ in next(iter(rows))]
    kind = CounterMetricFamily if metric.kind is MetricKind.COUNTER else GaugeMetricFamily
    family = kind(prometheus_name(metric), metric.help, labels=names)
    for labels, value in sorted(rows.items()):
        family.add_metric([text for _, text in labels], value)
    return family


def _added(kept: Iterable[_Value], fresh: Iterable[_Value]) -> dict[tuple[Metric, _Labels], float]:
    values = {(metric, labels): value for metric, labels, value in kept}
    for metric, labels, value in fresh:
        before = values.get((metric, labels), 0.0) if metric.kind is MetricKind.COUNTER else 0.0
        values[metric, labels] = before + value
    return values


def _kept(path: Path) -> list[_Value]:
    """What an earlier file holds that outlives its run; nothing of a file that cannot be read."""
    try:
        if not path.exists() or path.stat().st_size > LARGEST_FILE:
            return []
        families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
        return [
            (_CARRIED[sample.name], _key(sample.labels), sample.value)
            for family in families
            for sample in family.samples
            if sample.name in _CARRIED
        ]
    except (OSError, ValueError, KeyError, IndexError) as error:
        log.warning("the earlier metrics cannot be read; counters start again", extra={"why": type(error).__name__})
        return []


def _key(labels: Mapping[str, str]) -> _Labels:
    return tuple(sorted(labels.items()))
