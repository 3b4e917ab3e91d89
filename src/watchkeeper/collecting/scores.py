"""The weekly Secure Score report: every day that the source still has and we have not kept, and the controls' profiles of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.evidence.kept import PROFILES, SCORES, ProfileDay
from watchkeeper.model.evidence import ControlProfile, DailyScore
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.report.period import period
from watchkeeper.report.secure_score import score_report
from watchkeeper.report.secure_score_document import score_document

AGAIN: Final = timedelta(days=3)
"""How far back a day that is kept already is read again: the source corrects its latest ones (a control counts 24 to 48 hours late)."""

REPORTED: Final = "30d"


def collect_scores(desk: Desk) -> Brought:
    """The profiles of an earlier day lose their long texts, which only the latest is asked for."""
    tenant, newest = desk.sources.tenant, desk.memory.latest_snapshot(SCORES, desk.today)
    since = None if newest is None else newest.day - AGAIN
    scores = desk.ask("graph/secure-scores", tenant, lambda source: source.secure_scores(since))
    profiles = desk.ask("graph/control-profiles", tenant, lambda source: source.control_profiles())
    desk.keep(*_days(desk, scores or ()), *(_profiles(desk, profiles) if profiles else ()))
    if not scores:
        return Brought()
    deployment, span = desk.catalog.deployment.name, period(REPORTED, desk.today)
    found = score_report(desk.memory, deployment, desk.now, span, desk.rules.next_actions)
    return Brought(partial(score_document, found))


def _days(desk: Desk, scores: Sequence[DailyScore]) -> Iterator[Snapshot[Any]]:
    """Of a day's scores the latest."""
    latest: dict[date, DailyScore] = {}
    for each in sorted(scores, key=lambda score: score.at):
        latest[each.day] = each
    return (Snapshot(SCORES, day, desk.now, score) for day, score in latest.items())


def _profiles(desk: Desk, profiles: Sequence[ControlProfile]) -> Iterator[Snapshot[Any]]:
    yield Snapshot(PROFILES, desk.today, desk.now, ProfileDay(tuple(profiles)))
    before = desk.memory.latest_snapshot(PROFILES, desk.today - timedelta(days=1))
    if before is not None:
        yield replace(before, document=before.document.slim())
