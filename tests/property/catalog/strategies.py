"""Schedules, calendars and windows as people might write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from tests.unit.catalog.make import EVERY_DAY, IRELAND, JAPAN, WASHINGTON, calendar, schedule

from watchkeeper.catalog.calendars import resolve
from watchkeeper.catalog.model import Calendar, Roll, Schedule
from watchkeeper.catalog.recurrence import DueOn, Window

ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Tokyo",
        "Europe/Dublin",
        "America/Los_Angeles",
        "Australia/Lord_Howe",  # half an hour of summer time
        "Africa/Casablanca",  # summer time interrupted by Ramadan
        "Pacific/Kiritimati",  # +14
        "Etc/GMT+12",
        "America/Havana",  # its gap is at midnight
    )
]
RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;WKST=MO;BYDAY=MO",
    "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH",
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
]
NEW_YEAR = calendar("company", "JP", closures=[date(2026, 12, 29) + timedelta(days=n) for n in range(6)])
CALENDARS = [EVERY_DAY, calendar(), JAPAN, IRELAND, WASHINGTON, NEW_YEAR]

zones = st.sampled_from(ZONES)
calendars = st.sampled_from(CALENDARS)
clock_times = st.times(max_value=time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
instants = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001
    max_value=datetime(2029, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    start = datetime.combine(date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 40))), draw(clock_times))
    return schedule(draw(st.sampled_from(RULES)), start, roll=draw(st.sampled_from(Roll)))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    begin = draw(instants)
    return Window(begin, begin + draw(st.timedeltas(timedelta(), timedelta(days=120))))


def clock_of(zone: ZoneInfo) -> DueOn:
    return lambda day, at: resolve(datetime.combine(day, at), zone)


__all__ = ["CALENDARS", "Calendar", "calendars", "clock_of", "clock_times", "instants", "schedules", "windows", "zones"]
