"""Secure Score as rows of ours (microsoft-graph-docs-contrib, resources securescore and securescorecontrolprofile)."""

from __future__ import annotations

from datetime import UTC, datetime

from watchkeeper.model.evidence import Comparison, ControlDecision, ControlPoints, ControlProfile, DailyScore
from watchkeeper.transport.rows import Row

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def daily_score(row: Row) -> DailyScore:
    return DailyScore(
        id=row.name("id"),
        at=row.instant("createdDateTime"),
        points=row.number("currentScore"),
        most=row.number("maxScore"),
        licensed_users=row.maybe_count("licensedUserCount") or 0,
        active_users=row.maybe_count("activeUserCount") or 0,
        services=row.texts("enabledServices"),
        comparisons=tuple(
            Comparison(each.word("basis"), each.number("averageScore")) for each in row.rows("averageComparativeScores")
        ),
        controls=tuple(
            ControlPoints(each.name("controlName"), each.word("controlCategory"), each.number("score"))
            for each in row.rows("controlScores")
        ),
    )


def control_profile(row: Row) -> ControlProfile:
    return ControlProfile(
        id=row.name("id"),
        title=row.text("title"),
        category=row.word("controlCategory"),
        service=row.text("service"),
        most=row.number("maxScore"),
        rank=row.maybe_count("rank"),
        tier=row.word("tier"),
        cost=row.word("implementationCost"),
        user_impact=row.word("userImpact"),
        deprecated=row.flag("deprecated"),
        threats=row.texts("threats"),
        remediation=row.text("remediation"),
        address=row.text("actionUrl"),
        changed_at=row.maybe_instant("lastModifiedDateTime"),
        decision=_latest(tuple(_decision(each) for each in row.rows("controlStateUpdates"))),
    )


def _decision(row: Row) -> ControlDecision:
    return ControlDecision(
        state=row.word("state"),
        comment=row.text("comment"),
        assigned_to=row.text("assignedTo"),
        by=row.text("updatedBy"),
        at=row.maybe_instant("updatedDateTime"),
    )


def _latest(decisions: tuple[ControlDecision, ...]) -> ControlDecision | None:
    return max(decisions, key=lambda each: each.at or _LONG_AGO, default=None)
