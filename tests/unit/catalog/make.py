"""Small, whole catalogues for tests: real objects with defaults, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from watchkeeper.catalog.model import (
    Calendar,
    Catalog,
    CatchUp,
    Deployment,
    FanOut,
    Overlap,
    Roll,
    Schedule,
    SentinelMode,
    Task,
    Team,
)
from watchkeeper.model.occurrence import Decided, Decision

TOKYO, DUBLIN, SEATTLE = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Dublin"), ZoneInfo("America/Los_Angeles")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def wall(*parts: int) -> datetime:
    """A naive local time, as schedules hold them."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001


def calendar(
    name: str = "weekdays",
    country: str | None = None,
    *,
    subdivision: str | None = None,
    weekdays: Iterable[int] = range(1, 6),
    closures: Iterable[date] = (),
    extra: Iterable[date] = (),
    any_of: tuple[Calendar, ...] = (),
) -> Calendar:
    return Calendar(name, frozenset(weekdays), country, subdivision, (), frozenset(closures), frozenset(extra), any_of)


EVERY_DAY = calendar("every-day", weekdays=range(1, 8))
JAPAN = calendar("japan", "JP")
IRELAND = calendar("ireland", "IE")
WASHINGTON = calendar("us-washington", "US", subdivision="WA")


def schedule(rule: str = "FREQ=DAILY", start: datetime | None = None, **changes: Any) -> Schedule:
    fields: dict[str, Any] = {
        "until": None,
        "zone": None,
        "except_dates": frozenset(),
        "extra": (),
        "effective_from": None,
        "roll": Roll.NONE,
        "place": "pack.yaml:1:1",
    }
    return Schedule(rule=rule, start=start or wall(2024, 1, 1, 17), **(fields | changes))


def task(name: str = "duty", planned: Schedule | None = None, **changes: Any) -> Task:
    text = {"en": "Duty", "ja": "作業"}
    fields: dict[str, Any] = {
        "pack": "pack",
        "title": text,
        "summary": text,
        "cadence": "daily",
        "as_needed": ({"en": "A merger", "ja": "合併"},),
        "teams": ("tokyo",),
        "fan_out": FanOut.PER_TEAM,
        "priority": "medium",
        "checklist": (text,),
        "evidence": (text,),
        "done_when": (text,),
        "links": (),
        "sentinel_mode": SentinelMode.INCIDENT,
        "lead": timedelta(hours=17),
        "deadline": timedelta(days=2),
        "catch_up": CatchUp.LATEST,
        "limit": 3,
        "overlap": Overlap.FORBID,
        "place": "pack.yaml:1:1",
    }
    return Task(id=name, schedule=planned, **(fields | changes))


def team(name: str, zone: ZoneInfo, working: Calendar = EVERY_DAY) -> Team:
    return Team(
        id=name,
        name={"en": name.title(), "ja": name},
        aliases=(),
        zone=zone,
        calendar=working,
        group=name,
        sentinel_owner="",
        lead="lead",
        manager="",
        members=(),
        language="en",
        cut_off=time(17),
        enabled=True,
        place="teams.yaml:1:1",
    )


TEAMS = (team("tokyo", TOKYO, JAPAN), team("dublin", DUBLIN, IRELAND), team("seattle", SEATTLE, WASHINGTON))


def catalog(*tasks: Task, teams: tuple[Team, ...] = TEAMS, go_live: date | None = None) -> Catalog:
    home = Deployment("test", DUBLIN, EVERY_DAY, "Oversight", "", "en", go_live, "dublin")
    calendars = {one.calendar.id: one.calendar for one in teams}
    return Catalog(home, {one.id: one for one in tasks}, {one.id: one for one in teams}, calendars, "0" * 64)


def keys(rows: Iterable[Decided], decision: Decision | None = None) -> list[str]:
    """The periods' keys of the rows with a decision (of all for None), in their order."""
    return [row.occurrence.key for row in rows if decision in (None, row.decision)]
