"""What the data asks for besides the schedule: by the fact's own day, whatever day it is noticed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.automation_review import AutomationReview, automation_review
from watchkeeper.evidence.campaigns import Campaigns, WeekCount
from watchkeeper.evidence.escalation_day import EscalationDay
from watchkeeper.evidence.exercises import Exercises, exercises
from watchkeeper.evidence.portal_round import PortalRound, portal_round
from watchkeeper.evidence.service_administration import CoverageDay, ServiceAdministration
from watchkeeper.evidence.triggers import RECENT, Trigger, triggers
from watchkeeper.model.evidence import Licence
from watchkeeper.model.workspace import ContentPackage

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = NOW.date()


def days_ago(count: int) -> date:
    return TODAY - timedelta(days=count)


def coverage(covered: Sequence[int], used: int = 100, last: date = TODAY) -> ServiceAdministration:
    """So many covered devices on each day up to the last."""
    first = last - timedelta(days=len(covered) - 1)
    days = tuple(CoverageDay(first + timedelta(days=number), each, used) for number, each in enumerate(covered))
    return ServiceAdministration(NOW, NOW, (), (), None, (), days)


def a_month(weeks: Sequence[int], last: date = date(2026, 11, 16)) -> Campaigns:
    first = last - timedelta(days=7 * (len(weeks) - 1))
    counts = tuple(WeekCount(first + timedelta(days=7 * number), each) for number, each in enumerate(weeks))
    return Campaigns(NOW, date(2026, 10, 1), (), counts, (), ())


def content(*published: date | None) -> AutomationReview:
    packages = [
        ContentPackage(
            id=f"{number}",
            name=f"Package {number}",
            kind="Solution",
            source="Microsoft",
            installed="1.0.0",
            available="1.1.0",
            published_at=None if day is None else datetime(day.year, day.month, day.day, 8, tzinfo=UTC),
        )
        for number, day in enumerate(published)
    ]
    return automation_review(packages, [], [], [], [], since=NOW - timedelta(days=7), now=NOW)


def licences(*consumed: int) -> PortalRound:
    given = [
        Licence(f"sku-{number}", f"SPE_E{number}", "Enabled", 100, 0, 0, 0, each)
        for number, each in enumerate(consumed)
    ]
    return portal_round([], [], given, since=NOW, now=NOW)


def exercised(now: datetime = NOW, **days: date) -> Exercises:
    completed = [(team, datetime(day.year, day.month, day.day, 8, tzinfo=UTC)) for team, day in days.items()]
    return exercises(list(days), completed, [], [], now=now)


def keys(found: tuple[Trigger, ...]) -> list[tuple[str, str, str]]:
    return [(each.task, each.dedupe_key, each.on.isoformat()) for each in found]


class TestSensorCoverage:
    STEADY = (95,) * 10

    def test_a_fall_asks_for_the_review_on_the_day_of_the_fall(self) -> None:
        (found,) = triggers(coverage((*self.STEADY, 88, 88)), TODAY)
        assert keys((found,)) == [("service-administration", "sensor-coverage/2026-11-15", "2026-11-15")]
        assert found.reason == {
            "en": "Sensor coverage fell from 95% to 88% on 2026-11-15: 12 devices in use are without a sensor",
            "ja": "2026-11-15 にセンサーの網羅率が 95% から 88% に低下した（使用中でセンサーのないデバイス 12 台）",
        }

    @pytest.mark.parametrize(
        ("covered", "used", "falls"),
        [
            ((*STEADY, 90), 100, 1),
            ((*STEADY, 91), 100, 0),
            ((*STEADY, 94, 93, 92, 91, 90), 100, 1),
            ((*(95 - each // 8 for each in range(40)),), 100, 0),
            ((*STEADY, 80, 95, 80), 100, 2),
            ((9,) * 10 + (8,), 10, 0),
            ((95,) * 6 + (80,), 100, 0),
            ((95,) * 8 + (80,), 100, 1),
            ((0,) * 10, 0, 0),
        ],
        ids=[
            "just",
            "not-quite",
            "in-a-week",
            "over-months",
            "twice",
            "one-of-ten",
            "too-early",
            "early",
            "no-devices",
        ],
    )
    def test_five_points_and_five_devices_within_a_week_are_a_fall(
        self, covered: tuple[int, ...], used: int, falls: int
    ) -> None:
        assert len(triggers(coverage(covered, used), TODAY)) == falls

    @given(st.lists(st.integers(60, 100), min_size=1, max_size=40), st.integers(0, 40))
    def test_who_has_lost_the_beginning_of_the_history_finds_the_same_falls_or_none(
        self, covered: list[int], lost: int
    ) -> None:
        whole = triggers(coverage(covered), TODAY)
        assert set(keys(triggers(coverage(covered[lost:]), TODAY))) <= set(keys(whole))
        known_from = TODAY - timedelta(days=len(covered) - 1 - lost)
        later = [each for each in keys(whole) if known_from + timedelta(days=8) <= date.fromisoformat(each[2])]
        assert set(later) <= set(keys(triggers(coverage(covered[lost:]), TODAY)))


class TestPhishingWave:
    QUIET = (2, 2, 3, 2, 2, 3, 2, 2, 3)

    def test_a_wave_asks_for_a_campaign_by_the_monday_of_its_week(self) -> None:
        (found,) = triggers(a_month((*self.QUIET, 9)), TODAY, wave=5)
        assert keys((found,)) == [("anti-phishing-dlp", "phishing-wave/2026-11-16", "2026-11-16")]
        assert found.reason["en"] == "A wave of phishing in the week of 2026-11-16: 9 incidents, 2 are usual"
        assert found.reason["ja"] == "2026-11-16 の週にフィッシングが急増した（9 件、通常は 2 件）"

    @pytest.mark.parametrize(
        ("weeks", "waves"),
        [
            ((*QUIET, 5), 1),
            ((*QUIET, 4), 0),
            ((0,) * 9 + (5,), 1),
            ((0,) * 9 + (4,), 0),
            ((20,) * 9 + (39,), 0),
            ((20,) * 9 + (40,), 1),
            ((*QUIET, 9, 9), 1),
            ((2,) * 8 + (9,), 0),
            ((), 0),
        ],
    )
    def test_twice_what_eight_weeks_make_usual_and_five_at_least_are_a_wave(
        self, weeks: tuple[int, ...], waves: int
    ) -> None:
        assert len(triggers(a_month(weeks), TODAY, wave=5)) == waves

    def test_without_a_rule_ten_at_least_are_a_wave(self) -> None:
        assert [len(triggers(a_month((*self.QUIET, each)), TODAY)) for each in (9, 10)] == [0, 1]

    @given(st.lists(st.integers(0, 30), min_size=1, max_size=20), st.integers(0, 20))
    def test_more_history_finds_no_other_wave(self, weeks: list[int], lost: int) -> None:
        whole, part = (set(keys(triggers(a_month(each), TODAY))) for each in (weeks, weeks[lost:]))
        assert part <= whole
        assert part == whole or len(weeks) - lost < 12


class TestNewContent:
    def test_releases_of_one_day_ask_once_by_that_day(self) -> None:
        found = triggers(content(days_ago(1), days_ago(3), days_ago(1), None), TODAY)
        assert keys(found) == [
            ("automation-scripts", "content/2026-11-13", "2026-11-13"),
            ("automation-scripts", "content/2026-11-15", "2026-11-15"),
        ]
        assert found[1].reason["en"] == "New content was released on 2026-11-15: Package 0 1.1.0, Package 2 1.1.0"

    def test_many_are_counted(self) -> None:
        (found,) = triggers(content(*[TODAY] * 5), TODAY)
        assert found.reason["en"].endswith("Package 0 1.1.0, Package 1 1.1.0, Package 2 1.1.0, and 2 more")
        assert found.reason["ja"].endswith("Package 2 1.1.0、ほか 2 件")


class TestLicences:
    def test_each_that_is_used_up_or_overdrawn_asks_once_a_month(self) -> None:
        found = triggers(licences(100, 99, 120, 10), TODAY)
        assert keys(found) == [
            ("portal-licences", "licence/sku-0/2026-11", "2026-11-01"),
            ("portal-licences", "licence/sku-2/2026-11", "2026-11-01"),
        ]
        assert found[1].reason["en"] == "Licence headroom of SPE_E2 is used up: 120 in use, 100 available"

    def test_in_the_next_month_it_asks_again(self) -> None:
        assert {key for _, key, _ in keys(triggers(licences(100), date(2026, 12, 1)))} == {"licence/sku-0/2026-12"}


class TestExercise:
    def test_the_first_team_that_is_due_asks_for_all_by_the_day_on_which_it_was(self) -> None:
        found = triggers(exercised(csirt=date(2025, 11, 2), soc=date(2025, 10, 30), monitoring=date(2026, 5, 1)), TODAY)
        assert keys(found) == [("tabletop-exercise", "stale-exercise/2026-10-31", "2026-10-31")]
        assert found[0].reason == {
            "en": "Last exercise more than 12 months ago: soc, csirt",
            "ja": "前回の演習から 12 か月を超えている：soc、csirt",
        }

    def test_it_stays_so_until_there_is_one(self) -> None:
        assert triggers(exercised(csirt=date(2022, 1, 1)), TODAY)
        assert triggers(exercised(csirt=date(2026, 1, 1)), TODAY) == ()


def test_the_audit_asks_for_nothing() -> None:
    assert triggers(EscalationDay(NOW, TODAY, (), ("csirt",)), TODAY) == ()


FOUND = [
    coverage((95,) * 10 + (80,)),
    a_month((*TestPhishingWave.QUIET, 12)),
    content(TODAY, days_ago(2)),
]


@pytest.mark.parametrize("found", FOUND)
@pytest.mark.parametrize("days", [0, 1, RECENT.days])
def test_a_fact_has_the_same_keys_on_every_day_on_which_it_is_news(
    found: ServiceAdministration | Campaigns | AutomationReview, days: int
) -> None:
    first = triggers(found, TODAY)
    later = triggers(found, TODAY + timedelta(days=days))
    assert first
    assert set(keys(later)) <= set(keys(first))
    assert keys(later)[-1:] == keys(first)[-1:]


@pytest.mark.parametrize("found", FOUND)
def test_old_news_raises_nothing(found: ServiceAdministration | Campaigns | AutomationReview) -> None:
    assert triggers(found, TODAY + RECENT + timedelta(days=7)) == ()


def test_names_of_others_are_one_short_line_that_can_be_stored() -> None:
    hostile = "a\n::error::\u2028b\ud800" + "x" * 500
    (package,) = content(TODAY).updates or ()
    found = replace(content(), updates=(replace(package, name=hostile, available=hostile),))
    (trigger,) = triggers(found, TODAY)
    for said in trigger.reason.values():
        assert len(said.splitlines()) == 1
        assert len(said.encode()) < 400
