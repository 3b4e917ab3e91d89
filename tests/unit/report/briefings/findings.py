"""A finding of each duty, of any size and with any text in every place that others write into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from watchkeeper.evidence.escalation_day import EscalationDay, escalation_day
from watchkeeper.evidence.portal_round import PortalRound, portal_round
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.evidence import Announcement, Licence, ServiceHealth, ServiceIssue
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.briefings.escalation import escalation_document
from watchkeeper.report.briefings.portal import portal_document
from watchkeeper.report.document import Document

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
DEFENDER = "Microsoft Defender XDR"


def a_portal_round(count: int = 3, text: str = "") -> PortalRound:
    post = Announcement(
        id="MC1",
        title="Defender portal: the unified role model replaces the old roles",
        category="planForChange",
        severity="normal",
        services=(DEFENDER,),
        tags=(),
        major=False,
        act_by=None,
        starts_at=None,
        ends_at=None,
        changed_at=LAST + timedelta(days=1),
        body="",
    )
    posts = [
        replace(
            post,
            id=text or f"MC{1160000 + each}",
            title=text or post.title,
            major=each % 3 == 1,
            act_by=None if each % 3 == 2 else NOW + timedelta(days=3 + 20 * each),
        )
        for each in range(count)
    ]
    issue = ServiceIssue("DZ1", "Alerts arrive late", "", "advisory", "serviceDegradation", "", False, LAST, None, None)
    health = [
        ServiceHealth(
            f"{each}",
            text or (DEFENDER if each == 0 else f"Service {each}"),
            text or ("serviceDegradation" if each % 2 == 0 else "serviceOperational"),
            (replace(issue, id=text or issue.id, title=text or issue.title),) if each % 4 == 0 else (),
        )
        for each in range(count)
    ]
    licences = [
        Licence(f"sku-{each}", text or f"SPE_E5_{each}", "Enabled", 100, 0, 0, 0, 100 + 20 * (1 - each % 3))
        for each in range(count)
    ]
    return portal_round(posts, health, licences, since=LAST, now=NOW)


def an_escalation_day(count: int = 3, text: str = "") -> EscalationDay:
    kinds = list(VerdictKind)
    sheets = [
        DaySheet(
            f"{text}{each}" if text else f"team-{each}",
            date(2026, 11, 16),
            {
                kind: (each + 1) * (3 if kind is VerdictKind.FRESH else (each + place) % 2)
                for place, kind in enumerate(kinds)
            },
            over=each % 2 == 0,
            whole=True,
        )
        for each in range(count)
    ]
    unjudged = [f"{text}~{each}" if text else f"other-team-{each}" for each in range(count // 2)]
    return escalation_day(sheets, date(2026, 11, 16), unjudged, NOW)


FINDINGS: dict[str, tuple[Callable[[int, str], Any], Callable[[Any, str], Document]]] = {
    "portal-licences": (a_portal_round, portal_document),
    "escalation-tickets": (an_escalation_day, escalation_document),
}
"""By task: how a finding of so many of everything is made, and its document."""
