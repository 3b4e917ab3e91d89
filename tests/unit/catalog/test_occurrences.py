from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from tests.unit.catalog.make import DUBLIN, SEATTLE, TOKYO, catalog, schedule, task, team, utc, wall

from watchkeeper.catalog.model import FanOut, Roll
from watchkeeper.catalog.occurrences import expand, parse_key, raise_occurrence
from watchkeeper.catalog.recurrence import Window
from watchkeeper.errors import Rejected
from watchkeeper.model.occurrence import Occurrence

WEEK = Window(utc(2026, 11, 16), utc(2026, 11, 25))
MONDAYS = schedule("FREQ=WEEKLY;BYDAY=MO", roll=Roll.FOLLOWING)
ALL = ("tokyo", "dublin", "seattle")


class TestATaskPerTeam:
    def test_each_team_has_its_own_key_due_time_and_holidays(self) -> None:
        found = expand(catalog(task("score", MONDAYS, teams=ALL)), WEEK)
        assert [(one.key, one.due, one.zone) for one in found] == [
            ("score/tokyo@2026-11-16", utc(2026, 11, 16, 8), "Asia/Tokyo"),
            ("score/dublin@2026-11-16", utc(2026, 11, 16, 17), "Europe/Dublin"),
            ("score/seattle@2026-11-16", utc(2026, 11, 17, 1), "America/Los_Angeles"),
            ("score/dublin@2026-11-23", utc(2026, 11, 23, 17), "Europe/Dublin"),
            ("score/seattle@2026-11-23", utc(2026, 11, 24, 1), "America/Los_Angeles"),
            ("score/tokyo@2026-11-23", utc(2026, 11, 24, 8), "Asia/Tokyo"),  # behind 勤労感謝の日
        ]

    def test_a_daily_task_exists_on_every_day_that_the_team_works(self) -> None:
        found = expand(catalog(task("track", schedule(roll=Roll.SKIP))), WEEK)
        assert [one.nominal.day for one in found] == [16, 17, 18, 19, 20, 24]

    def test_the_due_time_is_also_told_on_the_wall_clock_of_its_zone(self) -> None:
        (first, *_) = expand(catalog(task("score", MONDAYS, teams=("seattle",))), WEEK)
        assert f"{first.local_due:%Y-%m-%d %H:%M %Z}" == "2026-11-16 17:00 PST"

    def test_a_schedule_with_a_zone_of_its_own_counts_for_every_team(self) -> None:
        found = expand(catalog(task("patch", schedule("FREQ=WEEKLY;BYDAY=WE", zone=DUBLIN), teams=ALL)), WEEK)
        assert {(one.due, one.zone) for one in found} == {(utc(2026, 11, 18, 17), "Europe/Dublin")}


class TestATaskSharedByAllTeams:
    def test_it_has_one_key_and_is_due_when_the_last_team_s_day_has_ended(self) -> None:
        (found,) = expand(
            catalog(task("tickets", MONDAYS, teams=ALL, fan_out=FanOut.SINGLE)), Window(WEEK.start, utc(2026, 11, 18))
        )
        assert (found.key, found.zone) == ("tickets/all@2026-11-16", "Europe/Dublin")
        assert found.due == utc(2026, 11, 17, 8) == wall(2026, 11, 17).replace(tzinfo=SEATTLE)

    def test_the_last_day_is_the_last_one_of_its_own_teams_only(self) -> None:
        shared = task("tickets", MONDAYS, teams=("tokyo", "dublin"), fan_out=FanOut.SINGLE)
        (found,) = expand(catalog(shared), Window(WEEK.start, utc(2026, 11, 18)))
        assert found.due == utc(2026, 11, 17)

    def test_it_follows_the_home_calendar_and_no_team_s(self) -> None:
        found = expand(catalog(task("tickets", schedule(roll=Roll.SKIP), teams=ALL, fan_out=FanOut.SINGLE)), WEEK)
        assert [one.nominal.day for one in found] == [15, 16, 17, 18, 19, 20, 21, 22, 23]

    @pytest.mark.parametrize(
        ("day", "hours"), [(date(2026, 10, 31), 24), (date(2026, 11, 1), 25), (date(2026, 3, 8), 23)]
    )
    def test_days_of_23_and_25_hours_end_when_they_end(self, day: date, hours: int) -> None:
        shared = task("tickets", schedule(), teams=("seattle",), fan_out=FanOut.SINGLE)
        by_day = {one.nominal: one.due for one in expand(catalog(shared), Window(utc(2026, 3, 1), utc(2026, 12, 1)))}
        assert by_day[day] - by_day[day - timedelta(days=1)] == timedelta(hours=hours)


def test_nothing_before_go_live_exists() -> None:
    found = expand(catalog(task("track", schedule()), go_live=date(2026, 11, 20)), WEEK)
    assert found[0].key == "track/tokyo@2026-11-20"


def test_occurrences_come_by_due_instant_and_key_however_the_tasks_are_listed() -> None:
    tasks = [task(name, MONDAYS, teams=ALL) for name in ("b", "a", "c")]
    assert expand(catalog(*tasks), WEEK) == expand(catalog(*reversed(tasks)), WEEK)
    assert [one.key for one in expand(catalog(*tasks), WEEK)[:3]] == [f"{name}/tokyo@2026-11-16" for name in "abc"]


class TestRaising:
    CATALOG = catalog(
        task("exercise", None, teams=ALL, fan_out=FanOut.SINGLE, overlap="allow"), task("review", MONDAYS)
    )
    NOW = utc(2026, 11, 20, 16)  # Friday; already Saturday in Tokyo

    def raised(self, **changes: object) -> Occurrence:
        given = {"task": "review", "team": "tokyo", "reason": "合併", "dedupe_key": "CHG1", "now": self.NOW} | changes
        return raise_occurrence(self.CATALOG, given.pop("task"), given.pop("team"), **given)  # type: ignore[arg-type]

    def test_the_key_holds_the_team_s_local_date_and_a_digest_of_the_dedupe_key(self) -> None:
        found = self.raised()
        digest = hashlib.sha256(b"CHG1").hexdigest()[:10]
        assert found.key == f"review/tokyo@2026-11-21~{digest}"
        assert (found.raised, found.reason) == (True, "合併")

    def test_it_is_due_at_its_time_some_working_days_later(self) -> None:
        # From Saturday the 21st: 24 (after the holiday), 25, 26, 27, 30.
        assert self.raised().due == wall(2026, 11, 30, 17).replace(tzinfo=TOKYO)

    def test_the_same_dedupe_key_on_the_same_day_gives_the_same_key(self) -> None:
        assert self.raised() == self.raised()
        assert self.raised(dedupe_key="CHG2") != self.raised()

    def test_a_task_without_a_trigger_is_refused_and_those_that_have_one_are_named(self) -> None:
        tasks = catalog(task("exercise"), task("review", MONDAYS), task("report", MONDAYS, as_needed=()))
        with pytest.raises(Rejected, match="task report is not raised as needed") as refused:
            raise_occurrence(tasks, "report", "tokyo", reason="now", dedupe_key="x", now=self.NOW)
        assert refused.value.remedy == "tasks that are: exercise, review"

    def test_a_shared_task_is_raised_for_all_teams_at_once(self) -> None:
        found = self.raised(task="exercise", team="all")
        assert found.key.startswith("exercise/all@2026-11-20~")

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"task": "reviev"}, "there is no task 'reviev'; did you mean review?"),
            ({"task": "zzz"}, "known: exercise, review"),
            ({"team": "osaka"}, "not raised for team 'osaka'; possible: tokyo"),
            ({"task": "exercise", "team": "tokyo"}, "not raised for team 'tokyo'; possible: all"),
            ({"reason": "\u3000 "}, "needs a reason"),
            ({"dedupe_key": ""}, "needs a dedupe key"),
        ],
    )
    def test_what_does_not_fit_is_refused_with_what_would(self, wrong: dict[str, str], message: str) -> None:
        with pytest.raises(Rejected) as caught:
            self.raised(**wrong)
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("score/tokyo@2026-11-16", ("score", "tokyo", "2026-11-16")),
        ("score/all@2026-11-16~0123456789", ("score", "all", "2026-11-16~0123456789")),
        ("escalation/servicenow/0123abcd", None),
        ("escalation", None),
    ],
)
def test_a_key_is_read_back_or_known_to_be_of_another_kind(key: str, parts: tuple[str, str, str] | None) -> None:
    assert parse_key(key) == parts


def test_a_task_without_enabled_teams_has_no_occurrences() -> None:
    assert expand(catalog(task("track", schedule(), teams=()), teams=(team("tokyo", TOKYO),)), WEEK) == ()


class TestAFactOfAnEarlierDay:
    def test_it_has_the_key_of_its_own_day_whenever_it_is_seen(self) -> None:
        raising = TestRaising()
        found = [raising.raised(on=date(2026, 11, 2), now=utc(2026, 11, day, 16)) for day in (3, 20)]
        assert {each.key for each in found} == {f"review/tokyo@2026-11-02~{hashlib.sha256(b'CHG1').hexdigest()[:10]}"}
        assert {each.nominal for each in found} == {date(2026, 11, 2)}

    def test_it_is_due_some_working_days_after_it_was_seen(self) -> None:
        assert TestRaising().raised(on=date(2024, 1, 1)).due == TestRaising().raised().due
