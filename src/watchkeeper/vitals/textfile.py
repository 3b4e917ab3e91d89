"""Metrics as a file for node_exporter's textfile collector (github.com/prometheus/node_exporter#textfile-collector).

One file for each deployment and command, so that no run touches what another one wrote. It is also its own memory: counters go on
from where it stands, and the last success stays in it while runs fail.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from watchkeeper.vitals.exposition import Labels, exposition, labels_of, prometheus_name
from watchkeeper.vitals.samples import LAST_SUCCESS, METRICS, Metric, MetricKind, Sample

LARGEST_FILE: Final = 1024 * 1024
"""Bytes beyond which an earlier file is none of ours."""
READABLE: Final = 0o644
"""node_exporter is another user, and the umask of a service may leave the file to its writer alone. It holds no secret."""
LEFT_AFTER: Final = 3600.0
"""Seconds after which what a write began and did not end is taken for that of a run that was killed."""

log = logging.getLogger(__name__)


def file_name(deployment: str, command: str) -> str:
    return f"watchkeeper_{deployment}_{command}.prom"


def write_metrics(folder: Path, deployment: str, command: str, samples: Sequence[Sample]) -> None:
    """Put what a run brought in the place of what the last one did, as a whole or not at all. Raises OSError.

    Runs of one command that end at the same moment may lose a count; Prometheus then sees a counter that starts again.
    """
    path = folder / file_name(deployment, command)
    common = {"command": command, "deployment": deployment}
    values = _added(_kept(path), ((each.metric, labels_of({**common, **each.labels}), each.value) for each in samples))
    _replace(path, exposition(values, METRICS))


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


_Value = tuple[Metric, Labels, float]
_CARRIED: Final = {
    prometheus_name(each): each for each in METRICS if each.kind is MetricKind.COUNTER or each is LAST_SUCCESS
}


def _added(kept: Iterable[_Value], fresh: Iterable[_Value]) -> dict[tuple[Metric, Labels], float]:
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
            (_CARRIED[sample.name], labels_of(sample.labels), sample.value)
            for family in families
            for sample in family.samples
            if sample.name in _CARRIED
        ]
    except (OSError, ValueError, KeyError, IndexError) as error:
        log.warning("the earlier metrics cannot be read; counters start again", extra={"why": type(error).__name__})
        return []
