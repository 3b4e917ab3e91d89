"""The duties of a task and team, period by period, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.state.examples import MONDAY, a_link, an_occurrence

from watchkeeper.catalog.occurrences import key_of
from watchkeeper.model.duty_record import DutyRecord
from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.state import SqlStateStore

TODAY = date(2026, 11, 23)
OWNERS = "owner."


def decided(task: str, team: str, period: str, decision: Decision = Decision.CREATE) -> Decided:
    day = date.fromisoformat(period.partition("~")[0])
    due = datetime(day.year, day.month, day.day, 17, tzinfo=UTC)
    occurrence = replace(an_occurrence(period), key=key_of(task, team, period), task=task, team=team, due=due)
    return Decided(occurrence, decision, "it is due", MONDAY)


def days(last: date, count: int) -> list[str]:
    return [(last - timedelta(days=back)).isoformat() for back in range(count)]


def of(found: Iterable[DutyRecord], task: str, team: str) -> list[str]:
    occurrences = [each.decided.occurrence for each in found]
    return [each.period for each in occurrences if (each.task, each.team) == (task, team)]


@pytest.fixture
def store(store: SqlStateStore) -> SqlStateStore:
    """Two teams with a daily task, a task whose id begins like another one's, and tickets of an owner between them."""
    rows = [decided("review", team, day) for team in ("csirt", "monitoring") for day in days(TODAY, 20)]
    rows += [decided("review-logs", "csirt", day) for day in days(TODAY, 2)]
    rows += [decided("owner-remediation", f"owner.{name}", "2026-11-01") for name in ("a", "b", "c")]
    rows += [decided("owner-remediation", "soc", "2026-11-01")]
    store.put_decisions(rows)
    return store


class TestRows:
    def test_every_task_and_team_of_which_something_is_decided_is_one(self, store: SqlStateStore) -> None:
        assert store.duty_rows(OWNERS) == [
            ("owner-remediation", "soc"),
            ("review", "csirt"),
            ("review", "monitoring"),
            ("review-logs", "csirt"),
        ]

    def test_teams_are_left_out_by_how_they_begin(self, store: SqlStateStore) -> None:
        assert len(store.duty_rows()) == len(store.duty_rows(OWNERS)) + 3


class TestTheLatestPeriods:
    ROWS = (("review", "csirt"), ("review", "monitoring"), ("review-logs", "csirt"), ("review", "nobody"))

    def test_each_row_has_its_own_however_many_others_have(self, store: SqlStateStore) -> None:
        found = store.latest_duties(self.ROWS, TODAY, 8)
        assert of(found, "review", "csirt") == of(found, "review", "monitoring") == days(TODAY, 8)
        assert of(found, "review-logs", "csirt") == days(TODAY, 2)
        assert len(found) == 18

    def test_what_begins_later_is_not_among_them(self, store: SqlStateStore) -> None:
        store.put_decisions([decided("review", "csirt", "2026-11-24")])
        assert of(store.latest_duties(self.ROWS, TODAY, 1), "review", "csirt") == [TODAY.isoformat()]
        assert of(store.latest_duties(self.ROWS, date(2026, 11, 24), 1), "review", "csirt") == ["2026-11-24"]

    def test_what_was_raised_stands_on_the_day_of_its_period(self, store: SqlStateStore) -> None:
        store.put_decisions([decided("review", "csirt", "2026-11-23~0123456789")])
        assert of(store.latest_duties(self.ROWS, TODAY, 2), "review", "csirt") == [
            "2026-11-23~0123456789",
            "2026-11-23",
        ]

    def test_each_has_its_ticket(self, store: SqlStateStore) -> None:
        store.put_links([a_link(key_of("review", "csirt", "2026-11-22"))])
        found = store.latest_duties([("review", "csirt")], TODAY, 2)
        assert [each.ticket.number if each.ticket else "" for each in found] == ["", "INC0000001"]

    def test_more_rows_than_go_into_a_statement_are_found(self, store: SqlStateStore) -> None:
        many = [(f"task-{number:03}", "csirt") for number in range(130)]
        store.put_decisions([decided(*pair, "2026-11-20") for pair in many])
        assert len(store.latest_duties(many, TODAY, 8)) == 130


class TestAllPeriodsOfARow:
    def test_they_come_newest_first_a_page_at_a_time(self, store: SqlStateStore) -> None:
        first = store.past_duties(("review", "csirt"), "", 15)
        rest = store.past_duties(("review", "csirt"), first[-1].decided.occurrence.period, 15)
        assert of([*first, *rest], "review", "csirt") == days(TODAY, 20)
        assert store.past_duties(("review", "csirt"), rest[-1].decided.occurrence.period, 15) == []


class TestWhatIsNotSettled:
    def periods(self, store: SqlStateStore) -> list[str]:
        since, until = MONDAY - timedelta(days=60), MONDAY + timedelta(days=1)
        found = store.unsettled_duties(since, until, MONDAY - timedelta(days=7), OWNERS)
        return [each.decided.occurrence.period for each in found if each.decided.occurrence.task == "weekly"]

    @pytest.mark.parametrize(
        ("changes", "unsettled"),
        [
            ({"closed": False}, True),
            ({"closed": True}, False),
            ({"closed": True, "state": LinkState.GONE}, True),
            ({"closed": False, "state": LinkState.MISSING}, True),
        ],
        ids=str,
    )
    def test_is_what_has_no_closed_ticket(
        self, store: SqlStateStore, changes: dict[str, object], unsettled: bool
    ) -> None:
        store.put_decisions([decided("weekly", "csirt", "2026-11-23")])
        assert self.periods(store) == ["2026-11-23"]
        store.put_links([a_link(key_of("weekly", "csirt", "2026-11-23"), **changes)])
        assert self.periods(store) == (["2026-11-23"] if unsettled else [])

    def test_is_open_as_long_as_one_side_is_however_long_ago_it_was_due(self, store: SqlStateStore) -> None:
        store.put_decisions([decided("weekly", "csirt", "2026-10-19")])
        key = key_of("weekly", "csirt", "2026-10-19")
        store.put_links([a_link(key, closed=True), a_link(key, 2, "sentinel")])
        assert self.periods(store) == ["2026-10-19"]

    def test_without_a_ticket_it_is_no_news_after_some_time(self, store: SqlStateStore) -> None:
        days = ("2026-11-23", "2026-11-02")
        store.put_decisions([decided("weekly", "csirt", day, Decision.MISSED) for day in days])
        store.put_decisions([decided("weekly", "monitoring", day) for day in days])
        store.put_decisions([decided("weekly", "csirt", "2026-11-16", Decision.CARRIED)])
        assert self.periods(store) == ["2026-11-23", "2026-11-23"]
