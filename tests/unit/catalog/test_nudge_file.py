"""`nudges.yaml`: rules of reminders, checked at load with the place of every mistake."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from watchkeeper.catalog.nudge_file import load_nudges
from watchkeeper.errors import Config
from watchkeeper.model.nudge import ChannelKind, NudgeKind, NudgeMode, NudgePolicy, Rung
from watchkeeper.model.ticket import Severity

TEAMS = ("csirt", "monitoring")
WHOLE = """\
version: 1
mode: send
due_today_hours: 1
quiet_hours: {from: "21:30", until: "06:00"}
cap: 2
amnesty_days: 0
ladder:
  high: {lead: 1, manager: 1, note: 3}
channels:
  - {id: mail, kind: email}
  - {id: soc-room, kind: teams, host: "teams.example", teams: [csirt], takes: [due-today, overdue]}
  - {id: pager, kind: webhook, host: "hooks.example:8443"}
  - {id: ticket, kind: work-note}
"""


def load(folder: Path, text: str) -> NudgePolicy:
    (folder / "nudges.yaml").write_text(text, encoding="utf-8")
    return load_nudges(folder, TEAMS)


def test_without_a_file_nothing_is_sent(tmp_path: Path) -> None:
    policy = load_nudges(tmp_path, TEAMS)
    assert policy.mode is NudgeMode.REPORT_ONLY
    assert [channel.kind for channel in policy.channels] == [ChannelKind.EMAIL]
    assert policy.ladder[Severity.HIGH] == Rung(1, 2, 1)


def test_a_file_that_says_nothing_is_the_same(tmp_path: Path) -> None:
    said, unsaid = load(tmp_path, "version: 1\n"), load_nudges(tmp_path / "elsewhere", TEAMS)
    assert (said.mode, said.ladder, said.cap, said.quiet_from) == (
        unsaid.mode,
        unsaid.ladder,
        unsaid.cap,
        unsaid.quiet_from,
    )


def test_everything_can_be_said(tmp_path: Path) -> None:
    policy = load(tmp_path, WHOLE)
    assert (policy.mode, policy.due_today_hours, policy.cap, policy.amnesty_days) == (NudgeMode.SEND, 1, 2, 0)
    assert (policy.quiet_from, policy.quiet_until) == (time(21, 30), time(6))
    assert (policy.ladder[Severity.HIGH], policy.ladder[Severity.LOW]) == (Rung(1, 1, 3), Rung(2, 3, 2))
    mail, room, pager, ticket = policy.channels
    assert (mail.kinds, mail.teams) == (frozenset({NudgeKind.OVERDUE}), frozenset())
    assert (room.kinds, room.teams, room.host) == (frozenset(NudgeKind), frozenset({"csirt"}), "teams.example")
    assert pager.host == "hooks.example:8443"
    assert (ticket.kind, ticket.is_room, policy.writes_notes) == (ChannelKind.WORK_NOTE, False, True)
    assert room.place.endswith("nudges.yaml:11:5")


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ("mode: send", "mode: sned", "2:1", "did you mean send?"),
        ("cap: 2", "cap: 0", "5:1", "at least 1"),
        ("due_today_hours: 1", "due_todays: 1", "3:1", "did you mean due_today_hours?"),
        ('from: "21:30"', 'from: "25:30"', "4:", "25:30"),
        ("manager: 1,", "manager: 0,", "8:", "manager"),
        ("high: {lead: 1", "high: {lead: 2", "8:3", "before the lead on day 2"),
        ("teams: [csirt]", "teams: [csrit]", "11:", "did you mean csirt?"),
        ("kind: email", "kind: fax", "10:", "email"),
        ("kind: email", "kind: email, host: mail.example", "10:", "no host for email"),
        (', host: "hooks.example:8443"', "", "12:5", "names no host"),
        ("hooks.example:8443", "https://hooks.example", "12:", "is no host"),
        ("hooks.example:8443", "*.example", "12:", "is no host"),
        ("id: pager", "id: mail", "12:", "is there twice"),
        ("kind: work-note", "kind: work-note, host: hooks.example", "13:", "no host for work-note"),
        ("kind: work-note", "kind: work-note, takes: [due-today, overdue]", "13:", "stays for ever"),
        ('kind: webhook, host: "hooks.example:8443"', "kind: work-note", "13:18", "a second channel of work notes"),
        ("id: pager", "id: Pager One", "12:", "is not an id"),
    ],
)
def test_every_mistake_is_shown_where_it_stands(tmp_path: Path, old: str, new: str, place: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(Config) as raised:
        load(tmp_path, WHOLE.replace(old, new, 1))
    [problem] = raised.value.problems
    assert f"nudges.yaml:{place}" in problem.place
    assert said in str(problem)
