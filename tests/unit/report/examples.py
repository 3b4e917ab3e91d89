"""Reports with something of everything in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from watchkeeper.errors import LeaseHolder
from watchkeeper.model.activity import Activity, ActivityKind, Actor
from watchkeeper.model.audit import AuditReport, AuthorCount, JudgedBefore, SideReading, TeamDay
from watchkeeper.model.budget import Allowance, AllowanceKind, Forecast
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, Link
from watchkeeper.model.nudge import (
    Held,
    HeldBack,
    Nudge,
    NudgeItem,
    NudgeKind,
    NudgeMode,
    NudgeOutcome,
    NudgeReport,
    NudgeState,
    Role,
)
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.plan import Action, ConflictNote, FieldChange, Operation, Parked, Plan, ValveTrip
from watchkeeper.model.preview import (
    Preview,
    PreviewedField,
    PreviewedPair,
    PreviewedRecord,
    PreviewedWrite,
    ShownRaw,
    ShownSide,
    Standing,
    Unconcern,
)
from watchkeeper.model.probing import LeastRights, Probe, TableRight
from watchkeeper.model.record import RecordRef, Revision, Unreadable
from watchkeeper.model.run import ActionResult, Outcome, Resume, RunReport, SideReport, WriteLogEntry
from watchkeeper.model.source_rights import Permission, SourceRights
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.verdict import AuthorClass, Deed, Verdict, VerdictKind
from watchkeeper.report.freshness import Freshness
from watchkeeper.report.status import KeyView, StatusView

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = "secure-score/monitoring@2026-11-23"
ESCALATION = "escalation/sentinel/7f0c1d9e-0000-4000-8000-000000000042"

HOSTILE = (
    "::error file=x::owned",
    "   ::set-output name=x::y",
    "##[command]rm -rf /",
    "safe ##vso[task.setvariable variable=x]y",
    "\x1b[2J\x1b]0;owned\x07",
    "a\r\n::add-mask::b",
    "a\u2028::stop-commands::b\u2029c\x85d",
    "\u202egnp.exe\u202c \u2066hidden\u2069",
    "<img src=x onerror=alert(1)> | pipe ` tick **bold** [x](javascript:alert(1)) @everyone",
    "zero\u200bwidth \ufeffmark \U000e0041tag \ud800",
)
"""What people and attackers put into tickets."""


def a_ref(side: str = "servicenow", identifier: str = "0" * 31 + "1") -> RecordRef:
    return RecordRef(side, "incident" if side == "servicenow" else "incidents", identifier)


def an_action(operation: Operation = Operation.UPDATE, **changes: Any) -> Action:
    action = Action(
        key=KEY,
        profile="maintenance",
        ref=a_ref(),
        operation=operation,
        body={"state": "6"},
        reason="sentinel changed status",
        expect=Revision("7", 7),
        changes=(FieldChange("status", "active", "resolved", "profiles/maintenance.yaml:12:5"),),
        before={"state": "2"},
    )
    return replace(action, **changes)


def a_create(key: str = KEY, side: str = "servicenow", title: str = "Secure Score report") -> Action:
    return an_action(
        Operation.CREATE,
        key=key,
        ref=a_ref(side),
        body={"short_description": title},
        reason="due 2026-11-23 17:00 UTC",
        expect=None,
        changes=(FieldChange("title", None, title, "x:1:1"), FieldChange("status", None, "new", "x:2:1")),
        before={},
        step=0 if side == "servicenow" else 1,
    )


def a_plan(**changes: Any) -> Plan:
    plan = Plan(
        actions=(
            a_create(),
            a_create(side="sentinel"),
            a_create("escalation-review/all@2026-11-23", title="エスカレーションチケットの更新"),
            an_action(key="portal/oversight@2026-11-16"),
            an_action(
                Operation.CLOSE,
                key="portal/oversight@2026-11-16",
                ref=a_ref("sentinel"),
                body={"properties.status": "Closed", "properties.classification": "Undetermined"},
                step=1,
            ),
            an_action(Operation.COMMENT, key=ESCALATION, body={"text": "隔離しました。\nNext: restore"}, changes=()),
            an_action(
                Operation.LINK,
                key=ESCALATION,
                ref=a_ref("sentinel"),
                body={"labels": ("INC0010042", "vip")},
                before={"labels": ("vip",)},
                changes=(),
            ),
        ),
        parked=(Parked(KEY, "severity", "unmapped value 9", "add it to the table", "INC0010001"),),
        conflicts=(ConflictNote(KEY, "status", "sentinel", "closed", "on-hold", "furthest"),),
        lineage="ab" * 16,
        mapping_fingerprint="cd" * 32,
        made_at=MONDAY,
    )
    return replace(plan, **changes)


def an_occurrence(period: str = "2026-11-23") -> Occurrence:
    key = f"secure-score/monitoring@{period}"
    return Occurrence(key, "secure-score", "monitoring", period, date(2026, 11, 23), MONDAY, "Asia/Tokyo")


DECIDED = (
    Decided(an_occurrence(), Decision.CREATE, "it is due", MONDAY),
    Decided(an_occurrence("2026-11-16"), Decision.MISSED, "past its deadline", MONDAY),
    Decided(an_occurrence("2026-11-09"), Decision.CARRIED, "line in the open ticket", MONDAY),
)
CLOSED_VALVE = ValveTrip("creates", "more creates than expected", 21, "20", "ef" * 32)
NUMBERS = {KEY: {"servicenow": "INC0010001"}, ESCALATION: {"servicenow": "INC0010042", "sentinel": "42"}}


FORECAST = (
    Forecast("sentinel", 3, Allowance("sentinel", AllowanceKind.RECORD_WRITES, 75, seconds=300.0)),
    Forecast("sentinel", 1, Allowance("sentinel", AllowanceKind.COMMENT_WRITES, 75, seconds=300.0)),
    Forecast("servicenow", 37, Allowance("servicenow", AllowanceKind.RATE_LIMIT, 500, 12, 1800.0)),
    Forecast("servicenow", 37, Allowance("servicenow", AllowanceKind.BUDGET, 40, 12)),
    Forecast("elsewhere", 2),
)


def a_report(**changes: Any) -> RunReport:
    plan = a_plan()
    outcomes = (*(Outcome.DONE,) * 3, Outcome.ADOPTED, Outcome.CONFLICT, Outcome.FAILED, Outcome.UNKNOWN)
    results = tuple(
        ActionResult(action, outcome, "INC0010001", "https://example.service-now.com/x?id=1", "message")
        for action, outcome in zip(plan.actions, outcomes, strict=True)
    )
    report = RunReport(
        run_id="run-1",
        command="sync",
        deployment="production",
        mode="full",
        started_at=MONDAY,
        ended_at=MONDAY + timedelta(seconds=12.34),
        plan=plan,
        results=(replace(results[0], refused=("assigned_to",), kept=("owner",)), *results[1:]),
        decided=DECIDED,
        valves=(replace(CLOSED_VALVE, opened=True),),
        sides=(
            SideReport("servicenow", True, True, Traffic({"GET": 12, "POST": 3}, 2, 1, 1, 30.5), -1.4),
            SideReport("sentinel", True, False, Traffic({"PUT": 2}), None, "cut short"),
        ),
        parked=plan.parked,
        problems=("3 items are unfinished",),
        exit_code=4,
        reasons=("4: 3 items are unfinished",),
        swept=True,
        forecast=FORECAST,
        resume=Resume(4, 2, KEY, MONDAY + timedelta(hours=1)),
    )
    return replace(report, **changes)


def a_verdict(kind: VerdictKind, team: str = "csirt", number: int = 1, **changes: Any) -> Verdict:
    wrote = Activity(a_ref(), Actor("servicenow", "aiko", "佐藤 愛子"), MONDAY, ActivityKind.COMMENT, text_digest="00")
    verdict = Verdict(
        key=f"escalation/servicenow/{number:032x}",
        refs=(a_ref(identifier=f"{number:032x}"),),
        numbers=(f"INC{number:07}", str(number)),
        urls=("https://example.service-now.com/nav_to.do?uri=incident.do&id=1",),
        title="Phishing wave",
        team=team,
        severity="high",
        assignee="aiko",
        day=date(2026, 11, 23),
        kind=kind,
        final=True,
        reason="no human update on 2026-11-23; working days without one: 2",
        evidence=(Deed(wrote, AuthorClass.HUMAN, True, "counts", ("short",)),),
        last_human_update=MONDAY - timedelta(days=3),
        working_days=2,
        flags=("short", "unassigned"),
        inputs_digest="00" * 32,
        reason_code="no-update",
        reason_args=(("day", "2026-11-23"), ("count", "2")),
    )
    return replace(verdict, **changes)


def a_nudge() -> Nudge:
    ticket = NudgeItem("escalation/x", "INC0000001", "", "Phishing wave", "csirt", "high", "aiko", 2, Role.LEAD)
    return Nudge(NudgeKind.OVERDUE, "mail", "aoife@soc.example", date(2026, 11, 23), "en", (ticket,), "production")


def an_audit(**changes: Any) -> AuditReport:
    verdicts = tuple(
        a_verdict(kind, team, number, group=group)
        for number, (kind, team, group) in enumerate(
            [
                (VerdictKind.FRESH, "csirt", ""),
                (VerdictKind.FRESH, "monitoring", ""),
                (VerdictKind.STALE, "csirt", ""),
                (VerdictKind.VERY_STALE, "oversight", "Network"),
                (VerdictKind.DUE, "monitoring", ""),
                (VerdictKind.EXEMPT, "oversight", ""),
                (VerdictKind.UNKNOWN, "csirt", ""),
            ],
            start=1,
        )
    )
    report = AuditReport(
        run_id="run-2",
        deployment="production",
        as_of=MONDAY,
        days=(
            TeamDay("csirt", date(2026, 11, 23), "Asia/Tokyo", True, True),
            TeamDay("monitoring", date(2026, 11, 23), "Europe/Dublin", True, False),
            TeamDay("oversight", date(2026, 11, 23), "America/Los_Angeles", False, True),
        ),
        verdicts=verdicts,
        exclusions={"own-maintenance": 8, "closed-earlier": 2},
        authors=(
            AuthorCount(Actor("servicenow", "aiko", "佐藤 愛子"), AuthorClass.HUMAN, "roster", 4, True),
            AuthorCount(Actor("sentinel", "svc-x"), AuthorClass.UNCLASSIFIED, "not-known", 2),
        ),
        unreadable=(Unreadable(a_ref(), "no sys_updated_on"),),
        rejudged=(JudgedBefore(verdicts[0], verdicts[2]),),
        problems=("history is not kept that long",),
        config_fingerprint="ab" * 32,
        exit_code=6,
        reasons=("6: 2 escalations are stale",),
        sides=(SideReading("servicenow", True, True), SideReading("sentinel", True, False, ("403 on the workspace",))),
        nudges=NudgeReport(
            NudgeMode.SEND,
            tuple(NudgeOutcome(a_nudge(), state, "why", 2) for state in NudgeState),
            tuple(HeldBack(why, "aoife@soc.example", ("INC0000001",)) for why in Held),
        ),
    )
    return replace(report, **changes)


RUNS: tuple[dict[str, object], ...] = (
    {
        "run_id": "run-2",
        "command": "sync",
        "started_at": MONDAY,
        "ended_at": None,
        "exit_code": None,
        "counts": {},
    },
    {
        "run_id": "run-1",
        "command": "sync",
        "started_at": MONDAY - timedelta(days=1),
        "ended_at": MONDAY - timedelta(days=1),
        "exit_code": 4,
        "counts": {
            "planned": 5,
            "done": 2,
            "adopted": 1,
            "failed": 1,
            "unknown": 1,
            "skipped": 3,
            "parked": 0,
            "conflicts": 0,
        },
        "mode": "full",
        "reasons": ["4: 2 items are unfinished"],
        "problems": [],
        "valves": [],
        "swept": True,
        "plan_digest": "00" * 32,
    },
)
DIRTY = Dirty(KEY, "maintenance", "failed: 403", MONDAY, 2)


def a_status() -> StatusView:
    holder = LeaseHolder("run-3", "ci", "runner-1", "sync", MONDAY, MONDAY + timedelta(minutes=10), 4)
    return StatusView("production", "ab" * 16, MONDAY, 1, 2, (DIRTY,), RUNS, Freshness(MONDAY), holder)


def a_key_view() -> KeyView:
    link = Link(
        key=KEY,
        profile="maintenance",
        ref=a_ref(),
        number="INC0010001",
        url="https://example.service-now.com/x",
        revision=Revision("7", 7),
        fingerprint="ab" * 16,
        confirmed_at=MONDAY,
        base={"state": "2", "hidden": None, "short_description": "週次のセキュリティスコア報告"},
        asked={"state": "2"},
    )
    write = WriteLogEntry(
        1,
        "run-1",
        MONDAY,
        "intended",
        "aa",
        KEY,
        "servicenow",
        "incident",
        "1",
        "update",
        "because",
        "{}",
        "{}",
        "",
        "h",
    )
    return KeyView(
        key=KEY,
        links={"servicenow": link, "sentinel": replace(link, ref=a_ref("sentinel"), number="42")},
        decided=DECIDED[0],
        dirty=DIRTY,
        conflicts=(
            ConflictRow(KEY, "status", "sentinel", '"closed"', '"on-hold"', "furthest", "run-1", MONDAY),
            ConflictRow(KEY, "labels", "sentinel", '["a", "b"]', "null", "union", "run-1", MONDAY),
        ),
        ledger=(LedgerEntry(KEY, a_ref(), "note-1", "mirrored", "comment-1", MONDAY),),
        writes=(write, replace(write, sequence=2, kind="outcome", outcome="done")),
        verdicts=(a_verdict(VerdictKind.STALE), a_verdict(VerdictKind.FRESH)),
    )


PROBES = (
    Probe("servicenow", Check.REACH, ProbeOutcome.OK, Finding.REACHED, {"host": "acme.service-now.com"}),
    Probe(
        "sentinel",
        Check.RIGHTS,
        ProbeOutcome.FAIL,
        Finding.RIGHTS_READ_ONLY,
        {"mode": "full", "actions": "incidents/write", "file": "a-role.json", "role": "Microsoft Sentinel Responder"},
    ),
    Probe("sentinel", Check.CLOCK, ProbeOutcome.WARN, Finding.CLOCK_OFF, {"seconds": "+90"}),
    Probe("servicenow", Check.SYS_ID, ProbeOutcome.SKIPPED, Finding.SYS_ID_UNTRIED),
)
LEAST = LeastRights(
    mode="maintenance",
    roles=("snc_platform_rest_api_access",),
    tables=(
        TableRight(
            "incident",
            frozenset({"number", "state"}),
            frozenset({"number"}),
            write=frozenset({"state"}),
            purpose="sync",
        ),
        TableRight("sys_choice", frozenset({"value"}), purpose="doctor", optional=True),
    ),
    file="deploy/permissions/azure-read-write.json",
    actions=("Microsoft.SecurityInsights/incidents/read",),
    unneeded_roles=("admin",),
    unneeded_actions=("Microsoft.Authorization/roleAssignments/write",),
    sources=(
        SourceRights(
            "graph",
            "Microsoft Graph",
            "00000003-0000-0000-c000-000000000000",
            (Permission("SecurityEvents.Read.All", ("secure-scores", "control-profiles")),),
            frozenset({"Directory.ReadWrite.All"}),
        ),
    ),
)


_SHOWN = ShownSide(
    "servicenow",
    (ShownRaw("state", "2", "6", is_written=True, before_labels=("In Progress",), after_labels=("Resolved",)),),
    "active",
    "profiles/escalation.yaml:85:13",
    "profiles/escalation.yaml:88:13",
)
A_PREVIEW = Preview(
    pairs=(
        PreviewedPair(
            ESCALATION,
            "escalation",
            "profiles/escalation.yaml:8:1",
            (PreviewedRecord("servicenow", "incident", "INC0010001", "https://x.example", "found"),),
            (PreviewedField("status", "shared", "profiles/escalation.yaml:76:3", Standing.WRITTEN, (_SHOWN,), "why"),),
            (),
            (PreviewedWrite("sentinel", Operation.COMMENT, "why", "words"),),
            (("reason", "remedy"),),
            Unconcern.CLOSED,
        ),
    ),
    strangers=(PreviewedRecord("sentinel", "incidents", "7", "", "found"),),
    unfound=("INC9",),
    notes=("a note",),
)
