"""A report of remediation for programs, and as tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchkeeper.evidence.owners import Item, Workload
from watchkeeper.evidence.remediation import Burndown, Progress, Standing
from watchkeeper.model.evidence import RemediationTask
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.remediation_words import item_words, owner_name
from watchkeeper.report.texts import Texts, texts_in

_OUTCOMES: Final = {
    Progress.OVERDUE: Outcome.FAILED,
    Progress.STUCK: Outcome.FAILED,
    Progress.UNDATED: Outcome.SKIPPED,
    Progress.EXEMPT: Outcome.SKIPPED,
}
"""What is not named here passes: nothing is owed yet, or it is done."""


def remediation_suites(report: RemediationReport, lang: str = "en") -> tuple[Suite, ...]:
    """A suite for each owner, a case for each thing to mend: failed where it is overdue or stuck, skipped without a date or with an
    approved exception. An error where nothing was read."""
    texts = texts_in(lang)
    if report.latest is None:
        unread = Case(
            texts.say("remediation.known"), "remediation", Outcome.ERROR, "unknown", texts.say("remediation.unread")
        )
        return (Suite(texts.say("remediation.title"), (unread,)),)
    return tuple(_suite(each, texts) for each in report.workloads)


def _suite(workload: Workload, texts: Texts) -> Suite:
    return Suite(owner_name(workload.owner, texts), tuple(_case(each, texts) for each in workload.items))


def _case(item: Item, texts: Texts) -> Case:
    outcome = _OUTCOMES.get(item.progress, Outcome.PASSED)
    return Case(item.title, item.recommendation, outcome, item.progress.value, item_words(item, texts))


def remediation_json(report: RemediationReport) -> Json:
    changes = report.changes
    return payload(
        "report remediation",
        0,
        (),
        deployment=report.deployment,
        as_of=report.as_of,
        first=report.period.first,
        last=report.period.last,
        due_days=report.rules.due_days,
        stuck_days=report.rules.stuck_days,
        latest=_burned(report.latest),
        began=_burned(report.began),
        totals={progress.value: count for progress, count in report.counts.items()},
        ends=report.ends,
        changes=None
        if changes is None
        else {
            "opened": _ids(changes.opened),
            "completed": _ids(report.completed),
            "reopened": _ids(changes.reopened),
            "removed": _ids(changes.removed),
            "forgotten": _ids(changes.forgotten),
            "exempted": _ids(changes.exempted),
            "resumed": _ids(changes.resumed),
            "devices_mended": changes.fixed,
            "mended": [{"id": each.task.id, "devices": each.devices} for each in changes.mended],
        },
        owners=[_owner(each, report) for each in report.workloads],
        unowned_groups=report.unowned_groups,
        tasks=[_standing(each, report) for each in report.standings],
        burndown=[_burned(each) for each in report.burned],
        exposure_scores=[{"at": each.at, "points": each.points} for each in report.exposure],
    )


def _ids(tasks: Sequence[RemediationTask]) -> list[str]:
    return sorted(each.id for each in tasks)


def _burned(day: Burndown | None) -> Json | None:
    if day is None:
        return None
    return {
        "day": day.day.isoformat(),
        "open_tasks": day.open_tasks,
        "overdue_tasks": day.overdue,
        "devices_left": day.left,
        "exempt_tasks": day.exempt,
    }


def _owner(workload: Workload, report: RemediationReport) -> Json:
    return {
        "id": workload.owner.id,
        "name": workload.owner.name,
        "totals": {progress.value: sum(each.progress is progress for each in workload.items) for progress in Progress},
        "devices_left": sum(each.left for each in workload.waiting),
        "due": [each.recommendation for each in (*workload.ticketed, *workload.digested)],
        "without_ticket": list(report.without_ticket(workload)),
    }


def _standing(standing: Standing, report: RemediationReport) -> Json:
    task = standing.task
    return {
        "id": task.id,
        "title": task.title,
        "owners": [each.id for each in report.ownership.of(task)],
        "groups": list(task.groups),
        "standing": standing.progress.value,
        "due": task.due_at.date() if task.due_at else None,
        "days_left": standing.days_left,
        "target": task.target,
        "fixed": task.fixed,
        "left": task.left,
        "still_days": standing.still_days,
        "watched_days": standing.watched_days,
        "ends": standing.ends,
        "created_at": task.created_at,
        "completed_by": task.completed_by,
        "requester": task.requester,
    }
