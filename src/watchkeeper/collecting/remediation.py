"""The daily round of vulnerability remediation: what owners were asked to mend and how far they are, kept because the source forgets."""

from __future__ import annotations

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.collecting.ownership import collect_ownership
from watchkeeper.evidence.kept import RECOMMENDATIONS, REMEDIATION, RecommendationDay, RemediationDay
from watchkeeper.model.snapshot import Snapshot


def collect_remediation(desk: Desk) -> Brought:
    """The day to keep. Where the tasks could not be read whole there is no day: a day without them would look like one on which
    everything was mended."""
    estate = desk.sources.estate
    tasks = desk.ask("defender/remediation-tasks", estate, lambda source: source.remediation_tasks())
    exposure = desk.ask("defender/exposure-score", estate, lambda source: source.exposure_score())
    recommended = desk.ask("defender/recommendations", estate, lambda source: source.recommendations())
    if tasks is not None:
        day = RemediationDay(tasks, exposure[0] if exposure else None)
        desk.keep(Snapshot(REMEDIATION, desk.today, desk.now, day))
    if recommended is not None:
        desk.keep(Snapshot(RECOMMENDATIONS, desk.today, desk.now, RecommendationDay(recommended)))
        desk.memory.drop_snapshots(RECOMMENDATIONS, desk.today)
    collect_ownership(desk)
    return Brought()
