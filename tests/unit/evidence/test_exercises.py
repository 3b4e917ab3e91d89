"""How long ago the teams exercised, what has changed since, and what to play."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.exercises import Exercises, Scenario, exercises, months_between, months_later
from watchkeeper.model.administration import FollowUp
from watchkeeper.model.workspace import Playbook

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
PLAYBOOK = Playbook("1", "Notify-Teams", True, NOW - timedelta(days=1))
ACTION = FollowUp("1", "TASK1", "Print the phone list", "p", "Open", True, None, "")


def at(*day: int) -> datetime:
    return datetime(*day, 15, tzinfo=UTC)  # type: ignore[misc,arg-type]


def found(*completed: tuple[str, datetime], **given: Any) -> Exercises:
    lists = {name: given.pop(name, ()) for name in ("teams", "playbooks", "follow_ups")}
    return exercises(lists["teams"] or ["csirt"], completed, lists["playbooks"], lists["follow_ups"], now=NOW, **given)


@pytest.mark.parametrize(
    ("day", "months", "stale_on", "stale"),
    [
        ((2026, 11, 16), 0, date(2027, 11, 17), False),
        ((2026, 10, 16), 1, date(2027, 10, 17), False),
        ((2026, 10, 17), 0, date(2027, 10, 18), False),
        ((2025, 11, 16), 12, date(2026, 11, 17), False),
        ((2025, 11, 15), 12, date(2026, 11, 16), True),
        ((2024, 2, 29), 32, date(2025, 3, 1), True),
    ],
)
def test_an_exercise_is_too_old_on_the_day_after_so_many_months(
    day: tuple[int, int, int], months: int, stale_on: date, stale: bool
) -> None:
    (team,) = found(("csirt", at(*day))).teams
    assert (team.months, team.stale_on, team.stale) == (months, stale_on, stale)


def test_the_latest_exercise_of_a_team_counts_and_other_teams_play_no_part() -> None:
    completed = [
        ("csirt", at(2026, 1, 1)),
        ("csirt", at(2026, 5, 1)),
        ("gone", at(2026, 11, 1)),
        ("soc", at(2025, 1, 1)),
    ]
    told = found(*completed, teams=["soc", "csirt"])
    assert [(each.team, each.last) for each in told.teams] == [("csirt", date(2026, 5, 1)), ("soc", date(2025, 1, 1))]
    assert (told.last, [each.team for each in told.stale]) == (date(2026, 5, 1), ["soc"])
    assert told == found(*completed[::-1], teams=["csirt", "soc"])


def test_a_team_without_an_exercise_counts_from_the_beginning_where_there_is_one() -> None:
    (unknown,) = found().teams
    assert (unknown.months, unknown.stale_on, unknown.stale) == (None, None, False)
    (team,) = found(begin=date(2025, 11, 1)).teams
    assert (team.last, team.stale_on, team.stale) == (None, date(2026, 11, 2), True)


def test_the_number_of_months_is_a_choice() -> None:
    assert found(("csirt", at(2026, 7, 1)), stale_after=3).stale


def test_playbooks_that_changed_since_the_latest_exercise_are_told_the_newest_first() -> None:
    playbooks = [
        replace(PLAYBOOK, name="before", changed_at=at(2026, 5, 1)),
        replace(PLAYBOOK, name="since", changed_at=at(2026, 5, 2)),
        replace(PLAYBOOK, name="unknown", changed_at=None),
        PLAYBOOK,
    ]
    told = found(("csirt", at(2026, 5, 1)), playbooks=playbooks)
    assert [each.name for each in told.playbooks or ()] == ["Notify-Teams", "since"]
    assert len(found(playbooks=playbooks).playbooks or ()) == 3


def test_open_actions_are_told_the_most_overdue_first() -> None:
    actions = [
        replace(ACTION, id="undated"),
        replace(ACTION, id="later", due_at=NOW + timedelta(days=1)),
        replace(ACTION, id="overdue", due_at=NOW - timedelta(days=1)),
        replace(ACTION, id="done", open=False),
    ]
    told = found(follow_ups=actions)
    assert [each.id for each in told.actions or ()] == ["overdue", "later", "undated"]
    assert [each.id for each in told.overdue] == ["overdue"]


@pytest.mark.parametrize(
    ("names", "titles", "scenarios"),
    [
        ([], [], ["ransomware"]),
        (["Notify-Teams"], [], ["ransomware"]),
        (["Block-Phishing-Sender"], [], ["phishing"]),
        (["Reset-Password", "Isolate-Device"], [], ["ransomware", "account"]),
        (["Reset-Password", "Disable-Account", "Isolate-Device"], [], ["account", "ransomware"]),
        ([], ["Label files that DLP let through"], ["data-loss"]),
        (["Rotate-Storage-Key"], ["Ask the vendor", "Ask each vendor"], ["supply-chain", "cloud"]),
        (["フィッシング通報"], [], ["phishing"]),
    ],
)
def test_what_is_played_follows_from_what_has_changed(
    names: list[str], titles: list[str], scenarios: list[str]
) -> None:
    playbooks = [replace(PLAYBOOK, name=name) for name in names]
    told = found(playbooks=playbooks, follow_ups=[replace(ACTION, title=title) for title in titles])
    assert told.scenarios == tuple(Scenario(each) for each in scenarios)


def test_what_could_not_be_read_is_unknown() -> None:
    told = found(playbooks=None, follow_ups=None)
    assert (told.playbooks, told.actions, told.overdue) == (None, None, ())


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_so_many_months_later_so_many_months_have_passed(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later + timedelta(days=1)).day == 1
    assert months_between(day, later) == months
    assert months == 0 or months_between(day, later - timedelta(days=1)) == months - 1
