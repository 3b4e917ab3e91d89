"""Phishing and data loss incidents, month by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.campaigns import Campaigns, MonthCount, Target, Topic, WeekCount, campaigns, known_since
from watchkeeper.model.workspace import ClosedIncident

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
CLOSED = datetime(2026, 10, 14, 12, tzinfo=UTC)
INCIDENT = ClosedIncident(
    "1", "Mail", "phishing", "Medium", "TruePositive", "", CLOSED - timedelta(days=1), CLOSED, ("ando@x.example",), ""
)


def found(*incidents: ClosedIncident, **given: Any) -> Campaigns:
    return campaigns(incidents, **{"month": OCTOBER, "known_from": OCTOBER, "now": NOW} | given)


@pytest.mark.parametrize(
    ("classification", "counts"),
    [
        ("TruePositive", (1, 0, 0, 0)),
        ("truePositive", (1, 0, 0, 0)),
        ("BenignPositive", (0, 1, 0, 0)),
        ("FalsePositive", (0, 0, 1, 0)),
        ("Undetermined", (0, 0, 0, 1)),
        ("", (0, 0, 0, 1)),
        ("SomethingNew", (0, 0, 0, 1)),
    ],
)
def test_an_incident_counts_once_by_its_classification(classification: str, counts: tuple[int, ...]) -> None:
    told = found(replace(INCIDENT, classification=classification))
    assert told.of(Topic.PHISHING) == (MonthCount(OCTOBER, Topic.PHISHING, *counts),)
    assert told.of(Topic.DLP) == (MonthCount(OCTOBER, Topic.DLP, 0, 0, 0, 0),)


def test_a_month_is_that_of_closing_on_the_clock_of_the_zone() -> None:
    late = replace(INCIDENT, closed_at=datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert found(late).incidents == ()
    assert found(late, zone=ZoneInfo("Asia/Tokyo")).incidents == (late,)


def test_every_month_that_is_known_from_its_first_day_is_there_also_one_without_an_incident() -> None:
    told = found(replace(INCIDENT, closed_at=datetime(2026, 8, 3, tzinfo=UTC)), known_from=date(2026, 7, 2))
    assert [(each.month.month, each.total) for each in told.of(Topic.PHISHING)] == [(8, 1), (9, 0), (10, 0)]


def test_what_is_known_begins_with_the_oldest_incident_that_is_left() -> None:
    late = replace(INCIDENT, closed_at=datetime(2026, 9, 30, 16, tzinfo=UTC))
    assert known_since([INCIDENT, late], OCTOBER, UTC) == date(2026, 9, 30)
    assert known_since([INCIDENT, late], OCTOBER, ZoneInfo("Asia/Tokyo")) == OCTOBER
    assert known_since([], OCTOBER, UTC) == OCTOBER


def test_the_month_that_is_asked_for_is_there_however_little_is_known_of_it() -> None:
    told = found(INCIDENT, known_from=date(2026, 10, 20), month=date(2026, 10, 31))
    assert (told.month, [each.total for each in told.of(Topic.PHISHING)]) == (OCTOBER, [1])


def test_incidents_of_the_running_month_wait_for_its_end() -> None:
    running = replace(INCIDENT, closed_at=NOW)
    told = found(running)
    assert (told.incidents, sum(each.total for each in told.months or ())) == ((), 0)


def test_an_incident_that_is_listed_twice_counts_once_as_it_was_closed_last() -> None:
    again = replace(INCIDENT, classification="FalsePositive", closed_at=CLOSED + timedelta(days=1))
    assert found(again, INCIDENT).incidents == (again,)


def test_an_account_that_was_hit_more_than_once_is_a_repeat_target() -> None:
    told = found(
        INCIDENT,
        replace(INCIDENT, number="2", targets=("ando@x.example", "baba@x.example")),
        replace(INCIDENT, number="3", about="dlp"),
        replace(INCIDENT, number="4", about="dlp", targets=("chiba@x.example",) * 2),
        replace(INCIDENT, number="5", classification="FalsePositive", targets=("baba@x.example",)),
    )
    assert told.targets == (Target("ando@x.example", 2, 1),)


def test_a_week_counts_phishing_by_when_it_came_false_positives_apart() -> None:
    told = found(
        INCIDENT,
        replace(INCIDENT, number="2", closed_at=NOW),
        replace(INCIDENT, number="3", about="dlp"),
        replace(INCIDENT, number="4", classification="FalsePositive"),
    )
    assert WeekCount(date(2026, 10, 12), 2) in told.weeks
    assert (told.weeks[0].monday, told.weeks[-1].monday) == (date(2026, 10, 5), date(2026, 11, 16))


def test_what_could_not_be_read_is_unknown() -> None:
    told = campaigns(None, month=OCTOBER, known_from=OCTOBER, now=NOW)
    assert (told.months, told.weeks, told.targets) == (None, (), ())


INCIDENTS = st.lists(
    st.builds(
        replace,
        st.just(INCIDENT),
        number=st.text("0123", min_size=1, max_size=3),
        about=st.sampled_from(["phishing", "dlp"]),
        classification=st.sampled_from(["TruePositive", "BenignPositive", "FalsePositive", ""]),
        created_at=st.datetimes(datetime(2026, 8, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        closed_at=st.datetimes(datetime(2026, 8, 1), datetime(2026, 10, 31), timezones=st.just(UTC)),  # noqa: DTZ001
        targets=st.lists(st.sampled_from(["a", "b"]), unique=True).map(tuple),
    ),
    unique_by=lambda each: each.number,
)


@given(INCIDENTS)
def test_months_and_weeks_add_up_to_the_incidents_in_any_order(incidents: list[ClosedIncident]) -> None:
    told = found(*incidents, known_from=date(2026, 7, 1))
    assert told == found(*incidents[::-1], known_from=date(2026, 7, 1))
    assert sum(each.total for each in told.months or ()) == len(incidents)
    phishing = [each for each in incidents if each.about == "phishing" and each.classification != "FalsePositive"]
    assert sum(each.incidents for each in told.weeks) == len(phishing)
