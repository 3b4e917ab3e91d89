"""What a reader is told of a ticket, in their language."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.unit.nudges.examples import a_nudge, an_item

from watchkeeper.model.nudge import Role
from watchkeeper.nudges.message import message_of

DUE = datetime(2026, 11, 18, 17, tzinfo=ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("en", "medium · due by 17:00 (UTC+09:00) · assigned to Keiko Tanaka"),
        ("ja", "中 · 期限 17:00（UTC+09:00） · 担当：Keiko Tanaka"),
    ],
)
def test_of_what_is_due_today_it_is_said_until_when(language: str, facts: str) -> None:
    item = replace(an_item(), role=Role.ROOM, working_days=0, due=DUE)
    [line] = message_of(a_nudge(item, language=language)).lines
    assert line.facts == facts
