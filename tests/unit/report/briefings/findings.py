"""A finding of each duty, of any size and with any text in every place that others write into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from watchkeeper.evidence.automation_review import AutomationReview, automation_review
from watchkeeper.evidence.campaigns import Campaigns, campaigns
from watchkeeper.evidence.escalation_day import EscalationDay, escalation_day
from watchkeeper.evidence.exercises import Exercises, exercises
from watchkeeper.evidence.portal_round import PortalRound, portal_round
from watchkeeper.evidence.service_administration import CoverageDay, ServiceAdministration, service_administration
from watchkeeper.model.administration import ChangeRequest, ConfigurationItem, FollowUp
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.evidence import Announcement, Licence, Machine, ManagedDevice, ServiceHealth, ServiceIssue
from watchkeeper.model.script import ScriptDownload
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.model.workspace import AutomationFailure, AutomationRule, ClosedIncident, ContentPackage, Playbook
from watchkeeper.report.briefings.administration import administration_document
from watchkeeper.report.briefings.automation import automation_document
from watchkeeper.report.briefings.campaigns import campaigns_document
from watchkeeper.report.briefings.escalation import escalation_document
from watchkeeper.report.briefings.exercises import exercises_document
from watchkeeper.report.briefings.portal import portal_document
from watchkeeper.report.document import Document

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
LAST = NOW - timedelta(days=7)
DEFENDER = "Microsoft Defender XDR"


def a_service_administration(count: int = 3, text: str = "") -> ServiceAdministration:
    items = [
        ConfigurationItem(
            id=f"{each}",
            name=text or f"srv-{each:03}.corp.example.com",
            kind=text or ("cmdb_ci_win_server", "cmdb_ci_netgear", "cmdb_ci_vm_instance")[each % 3],
            status=text or "Operational",
            created=each % 3 == 0,
            changed_at=LAST + timedelta(hours=5 * (each % 30)),
            changed_by=text or "discovery",
            url=text or f"https://example.service-now.com/nav_to.do?uri=cmdb_ci.do?sys_id={each}",
        )
        for each in range(count)
    ]
    titles = (
        "Conditional Access: block legacy sign-in",
        "Replace the switches on floor 4",
        "Move mail to Exchange Online",
    )
    changes = [
        ChangeRequest(
            id=f"{each}",
            number=text or f"CHG00300{each:02}",
            title=text or titles[each % 3],
            kind=text or "Normal",
            state=text or "Scheduled",
            risk=text or ("High", "Low", "Moderate")[each % 3],
            item=text,
            group=text or "Network",
            starts_at=None if each % 3 == 2 else NOW + timedelta(days=each - 2),
            ends_at=None if each % 3 == 2 else NOW + timedelta(days=each - 2, hours=4),
            url=text or f"https://example.service-now.com/nav_to.do?uri=change_request.do?sys_id={each}",
        )
        for each in range(count)
    ]
    device = ManagedDevice("d", "", "", text or "Windows", "10.0", "compliant", True, NOW, None, text)
    devices = [
        replace(device, id=f"{each}", name=text or f"FIN-{each:02}", directory_id=f"e{each}")
        for each in range(20 + count)
    ]
    machine = Machine("m", "", "", text or "Windows11", "", "active", "onboarded", "", "", "", text, (), None, NOW)
    machines = [
        replace(machine, id=f"{each}", name=text or f"fin-{each:02}", directory_id=f"e{each}") for each in range(20)
    ]
    machines += [
        replace(machine, id=f"x{each}", name=text or f"lab-{each:02}", last_seen_at=LAST - timedelta(days=3))
        for each in range(count // 2)
    ]
    licences = [Licence("1", text or "SPE_E5", "Enabled", 100, 0, 0, 0, 98)] if count else []
    history = [CoverageDay(LAST.date(), 20, 21)] if count else []
    return service_administration(items, changes, devices, machines, licences, since=LAST, now=NOW, history=history)


def some_campaigns(count: int = 3, text: str = "") -> Campaigns:
    """Of five months, or of fourteen where there is much."""
    months = 0 if not count else 5 if count == 1 else 14
    classes = ("TruePositive", "TruePositive", "BenignPositive", "FalsePositive", "")
    incidents = [
        ClosedIncident(
            number=f"{month}-{each}",
            title=text or "Mail with a false sign-in page",
            about="dlp" if each % 4 == 3 else "phishing",
            severity=text or "Medium",
            classification=classes[(month + each) % 5],
            reason=text or "SuspiciousActivity",
            created_at=months_back(month) + timedelta(days=each % 20),
            closed_at=months_back(month) + timedelta(days=each % 20, hours=6),
            targets=tuple(
                f"{text}{each // 2 + one}" if text else f"user{each // 2 + one}@example.com" for one in range(2)
            ),
            url=text or "https://portal.azure.com/#incident",
        )
        for month in range(1, months + 1)
        for each in range(3 * count if month == 1 else 3 + (14 - month) % 5)
    ]
    return campaigns(incidents, month=months_back(1).date(), known_from=months_back(max(months, 1)).date(), now=NOW)


def months_back(count: int) -> datetime:
    """The beginning of a month before this one."""
    year, month = divmod(NOW.year * 12 + NOW.month - 1 - count, 12)
    return datetime(year, month + 1, 1, 8, tzinfo=UTC)


def an_automation_review(count: int = 3, text: str = "") -> AutomationReview:
    packages = [
        ContentPackage(
            id=f"{each}",
            name=text or ("Microsoft Entra ID", "Threat Intelligence (NEW)", "Zero Trust")[each % 3],
            kind=text or "Solution",
            source=text or "Microsoft",
            installed=text or "3.0.4",
            available=(text or "3.0.") + f"{4 + each % 3}",
            published_at=None if each % 3 == 2 else NOW - timedelta(days=4 * each),
            preview=each % 3 == 2,
        )
        for each in range(count)
    ]
    failures = [
        AutomationFailure(
            name=text or f"Isolate-Device-{each}",
            kind=text or "Playbook",
            status=text or "Failure",
            reason=text or "The connection is not authorised",
            times=2 + each,
            last_at=NOW - timedelta(hours=3 * each),
        )
        for each in range(count)
    ]
    rules = [
        AutomationRule(
            id=f"{each}",
            name=text or f"Contain high severity {each}",
            enabled=each % 2 == 0,
            changed_at=NOW - timedelta(days=1 + 5 * (each % 2)),
            changed_by=text or "ando@example.com",
            playbooks=(text or f"Isolate-Device-{each}",),
        )
        for each in range(count)
    ]
    digests = ["".join(f"{(each * 7 + place) % 16:x}" for place in range(64)) for each in range(count + 1)]
    origin = "https://raw.githubusercontent.com/Azure/Azure-Sentinel/0123abc/Tools/collect.ps1"
    files = [
        ScriptDownload(
            f"{text or 'collect'}-{each}.ps1", text or origin, text or origin, digests[each], 5120 + each, NOW
        )
        for each in range(count)
    ]
    earlier = [replace(each, sha256=digests[place + (place == 1)]) for place, each in enumerate(files[:2])]
    before = automation_review([], [], [], [], earlier, since=LAST - timedelta(days=7), now=LAST)
    return automation_review(packages, failures, rules, [], files, since=LAST, now=NOW, before=before)


def some_exercises(count: int = 3, text: str = "") -> Exercises:
    teams = [f"{text}{each}" if text else f"team-{each}" for each in range(count)]
    completed = [(team, NOW - timedelta(days=150 * each + 60)) for each, team in enumerate(teams) if each % 4 != 3]
    names = ("Isolate-Device-Ransomware", "Reset-User-Password", "Block-Phishing-Sender")
    playbooks = [Playbook(f"{each}", text or f"{names[each % 3]}-{each}", each % 2 == 0, NOW) for each in range(count)]
    actions = [
        FollowUp(
            id=f"{each}",
            number=text or f"TASK00{each:02}",
            title=text or "Put the phone list of the night shift on paper",
            parent="p",
            state=text or "Open",
            open=True,
            due_at=NOW + timedelta(days=30 * (each % 3 - 1)),
            url=text or f"https://example.service-now.com/nav_to.do?uri=task.do?sys_id={each}",
        )
        for each in range(count)
    ]
    return exercises(teams, completed, playbooks, actions, now=NOW)


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
    "service-administration": (a_service_administration, administration_document),
    "anti-phishing-dlp": (some_campaigns, campaigns_document),
    "automation-scripts": (an_automation_review, automation_document),
    "portal-licences": (a_portal_round, portal_document),
    "escalation-tickets": (an_escalation_day, escalation_document),
    "tabletop-exercise": (some_exercises, exercises_document),
}
"""By task: how a finding of so many of everything is made, and its document."""
