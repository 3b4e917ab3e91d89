"""A week of a small SOC's silence: verdicts, people, rules, each with one thing to vary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from watchkeeper.catalog.model import Calendar, Team
from watchkeeper.model.nudge import (
    ChannelKind,
    ChannelRule,
    Nudge,
    NudgeItem,
    NudgeKind,
    NudgeMode,
    NudgePolicy,
    Role,
    Rung,
)
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.model.ticket import Severity
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.nudges.deciding import Before, Desk
from watchkeeper.nudges.people import Directory

WEEKDAYS = Calendar("week", frozenset({1, 2, 3, 4, 5}), None, None, (), frozenset(), frozenset())
WEDNESDAY = date(2026, 11, 18)
LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)

KEIKO, AOIFE, BOSS, SAM = "keiko@soc.example", "aoife@soc.example", "boss@soc.example", "sam@soc.example"
ADDRESSES = {"keiko": KEIKO, "aoife": AOIFE, "boss": BOSS, "sam": SAM}

MAIL = ChannelRule("mail", ChannelKind.EMAIL, frozenset({NudgeKind.OVERDUE}))
NOTE = ChannelRule("ticket", ChannelKind.WORK_NOTE, frozenset({NudgeKind.OVERDUE}))
ROOM = ChannelRule("room", ChannelKind.TEAMS, frozenset(NudgeKind), host="teams.example")
LADDER = {
    Severity.HIGH: Rung(1, 2, 1),
    Severity.MEDIUM: Rung(2, 3, 2),
    Severity.LOW: Rung(2, 3, 2),
    Severity.INFORMATIONAL: Rung(3, 5, 3),
}
POLICY = NudgePolicy(NudgeMode.SEND, 2, time(20), time(7), 3, 14, LADDER, (MAIL,))


def a_team(team_id: str = "csirt", **changes: Any) -> Team:
    team = Team(
        id=team_id,
        name={"en": team_id, "ja": team_id},
        aliases=(),
        zone=ZoneInfo("Asia/Tokyo"),
        calendar=WEEKDAYS,
        group=team_id,
        sentinel_owner="",
        lead="aoife",
        manager="boss",
        members=(),
        language="en",
        cut_off=time(17),
        enabled=True,
        place="teams.yaml:1:1",
    )
    return replace(team, **changes)


def tokyo(text: str) -> datetime:
    """An instant by Tokyo's wall clock: `tokyo("2026-11-18 17:05")`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)


EVENING = tokyo("2026-11-18 17:05")


def a_verdict(number: int = 1, days: int = 1, **changes: Any) -> Verdict:
    """A ticket of Keiko's on which nobody wrote for some working days up to Wednesday."""
    verdict = Verdict(
        key=f"escalation/servicenow/{number:032x}",
        refs=(RecordRef(SERVICENOW, "incident", f"{number:032x}"),),
        numbers=(f"INC{number:07}",),
        urls=(f"https://snow.example/{number}",),
        title=f"Strange sign-in {number}",
        team="csirt",
        severity="medium",
        assignee="Keiko Tanaka",
        day=WEDNESDAY,
        kind=VerdictKind.STALE if days == 1 else VerdictKind.VERY_STALE,
        final=False,
        reason="",
        evidence=(),
        last_human_update=None,
        working_days=days,
        assignee_account="keiko",
    )
    return replace(verdict, **changes)


def a_desk(
    *teams: Team,
    now: datetime = EVENING,
    policy: NudgePolicy = POLICY,
    addresses: Mapping[str, str] = ADDRESSES,
    homes: Mapping[str, Team] | None = None,
    before: Before = Before(LONG_AGO),  # noqa: B008 - a frozen value
    may_note: bool = True,
) -> Desk:
    known = {team.id: team for team in teams or (a_team(),)}
    return Desk("soc", policy, known, Directory(addresses, homes or {}), now, before, may_note)


def a_nudge(*items: NudgeItem, **changes: Any) -> Nudge:
    nudge = Nudge(NudgeKind.OVERDUE, "mail", KEIKO, WEDNESDAY, "en", items or (an_item(),), "soc")
    return replace(nudge, **changes)


def an_item(number: int = 1, **changes: Any) -> NudgeItem:
    item = NudgeItem(
        key=f"escalation/servicenow/{number:032x}",
        number=f"INC{number:07}",
        url=f"https://snow.example/{number}",
        title=f"Strange sign-in {number}",
        team="csirt",
        severity="medium",
        assignee="Keiko Tanaka",
        working_days=2,
        role=Role.ASSIGNEE,
    )
    return replace(item, **changes)
