"""The daily round of vulnerability remediation: what owners were asked to mend and how far they are, kept because the source forgets."""

from __future__ import annotations

from typing import Any

from watchkeeper.collecting.desk import Desk
from watchkeeper.evidence.kept import RECOMMENDATIONS, REMEDIATION, RecommendationDay, RemediationDay
from watchkeeper.model.snapshot import Snapshot


def collect_remediation(desk: Desk) -> tuple[Snapshot[Any], ...]:
    """The day to keep. Where the tasks could not be read whole there is no day: a day without them would look like one on which
    everything was mended."""
    estate = desk.sources.estate
    tasks = desk.ask("defender/remediation-tasks", estate, lambda source: source.remediation_tasks())
    exposure = desk.ask("defender/exposure-score", estate, lambda source: source.exposure_score())
    recommended = desk.ask("defender/recommendations", estate, lambda source: source.recommendations())
    kept: list[Snapshot[Any]] = []
    if tasks is not None:
        day = RemediationDay(tasks, exposure[0] if exposure else None)
        kept.append(Snapshot(REMEDIATION, desk.today, desk.now, day))
    if recommended is not None:
        kept.append(Snapshot(RECOMMENDATIONS, desk.today, desk.now, RecommendationDay(recommended)))
        desk.memory.drop_snapshots(RECOMMENDATIONS, desk.today)
    return tuple(kept)
