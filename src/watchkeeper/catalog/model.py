"""Tasks, teams and calendars as the rest of the program uses them: loaded, checked, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LocalText = Mapping[str, str]
"""A text that people read, by language tag; always has "en" and "ja"."""


class Roll(StrEnum):
    NONE = "none"
    FOLLOWING = "following"
    PRECEDING = "preceding"
    SKIP = "skip"


class CatchUp(StrEnum):
    LATEST = "latest"
    ALL = "all"
    NONE = "none"


class Overlap(StrEnum):
    ALLOW = "allow"
    FORBID = "forbid"
    SUPERSEDE = "supersede"


class FanOut(StrEnum):
    PER_TEAM = "per-team"
    SINGLE = "single"


class SentinelMode(StrEnum):
    INCIDENT = "incident"
    INCIDENT_TASK = "incident-task"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which local days are worked. `working_weekdays` are ISO weekdays (1 Monday to 7 Sunday); all seven for a 24x7 team.
    `holidays` are the public ones of a country (and subdivision, categories), `closures` the company's own, by local date.
    With `any_of` a day is worked when one of those calendars works it (several countries under one roof); `closures` and
    `extra_working_days` still have the last word, and the other fields are empty."""

    id: str
    working_weekdays: frozenset[int]
    country: str | None
    subdivision: str | None
    categories: tuple[str, ...]
    closures: frozenset[date]
    extra_working_days: frozenset[date]
    any_of: tuple[Calendar, ...] = ()
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of a team, on the wall clock of `zone`: an `end` that is not after `start` is on the next day. It is worked when
    `calendar` works the day on which it begins."""

    name: str
    start: time
    end: time
    zone: ZoneInfo
    calendar: Calendar

    def __str__(self) -> str:
        start, end = self.start.isoformat("minutes"), self.end.isoformat("minutes")
        return f"{self.name} {start} to {end} {self.zone} ({self.calendar.id})"


@dataclass(frozen=True, slots=True)
class Team:
    """A SOC team. `group` is its ServiceNow assignment group (a name, or a sys_id), `sentinel_owner` a user principal name
    (or empty), `members` extra accounts that are people of this team. `cut_off` is the local time at which a ticket without
    an update is called stale, provisionally; the day itself ends at midnight."""

    id: str
    name: LocalText
    aliases: tuple[str, ...]
    zone: ZoneInfo
    calendar: Calendar
    group: str
    sentinel_owner: str
    lead: str
    manager: str
    members: tuple[str, ...]
    language: str
    cut_off: time
    enabled: bool
    place: str
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """RFC 5545 recurrence on the local wall clock. `start` is naive local time; its time of day is when an occurrence is due.
    `until` and `effective_from` are nominal local dates, both included."""

    rule: str
    start: datetime
    until: date | None
    zone: ZoneInfo | None
    """None: the zone of the occurrence's team (or the deployment's home)."""
    except_dates: frozenset[date]
    extra: tuple[datetime, ...]
    effective_from: date | None
    roll: Roll
    place: str


@dataclass(frozen=True, slots=True)
class Task:
    """A maintenance duty. `schedule` is None for one that is only raised. `teams` are team ids, resolved (enabled ones only);
    `cadence` one of daily, weekly, monthly, custom, as-needed; `as_needed` lists the triggers that may raise it besides.

    `lead` is how long before due a ticket is opened, `deadline` how long after due it may still be opened, `limit` how many
    overdue occurrences of one team are opened at once. A raised occurrence is due at `raised_due_time` on the
    `raised_due_days`-th working day after the day on which it was raised. `links` are (title, address)."""

    id: str
    pack: str
    title: LocalText
    summary: LocalText
    cadence: str
    schedule: Schedule | None
    as_needed: tuple[LocalText, ...]
    teams: tuple[str, ...]
    fan_out: FanOut
    priority: str
    checklist: tuple[LocalText, ...]
    evidence: tuple[LocalText, ...]
    done_when: tuple[LocalText, ...]
    links: tuple[tuple[str, str], ...]
    sentinel_mode: SentinelMode
    lead: timedelta
    deadline: timedelta
    catch_up: CatchUp
    limit: int
    overlap: Overlap
    place: str
    raised_due_days: int = 5
    raised_due_time: time = time(17, 0)
    satisfied_by: str = ""
    """The task whose ticket also serves this one where both fall into the same period of the same team; empty for none."""


@dataclass(frozen=True, slots=True)
class PackSource:
    """Where a pack of tasks comes from. `date` is the date of the source's text that the pack follows; `tasks` are the ids of
    its tasks, which are in the catalogue only where the pack is `enabled`."""

    id: str
    version: str
    title: LocalText
    url: str
    date: date
    place: str
    enabled: bool = True
    tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """The home of single occurrences and of everything that belongs to no team. `exceptions_group`: who decides on the exceptions that
    asset owners ask for, "" for the oversight team."""

    name: str
    zone: ZoneInfo
    calendar: Calendar
    group: str
    sentinel_owner: str
    language: str
    go_live: date | None
    oversight_team: str
    exceptions_group: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A release from the daily update from `approved` to `expires`, both local days of the owning team and included.

    It covers the named `tickets` (numbers or keys, folded), or those for which each of `teams` (ids), `groups` (folded names)
    and `severities` that is not empty holds. `spelled` names all of these as the file does."""

    tickets: frozenset[str]
    teams: frozenset[str]
    groups: frozenset[str]
    severities: frozenset[str]
    reason: str
    approver: str
    approved: date
    expires: date
    place: str
    spelled: tuple[str, ...] = ()

    def holds_on(self, day: date) -> bool:
        return self.approved <= day <= self.expires


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that says what is due, by id; `tasks` are those of the enabled packs. `fingerprint` (hex SHA-256) covers meaning, not
    layout, and not the waivers, which change no duty of the catalogue."""

    deployment: Deployment
    tasks: Mapping[str, Task]
    teams: Mapping[str, Team]
    calendars: Mapping[str, Calendar]
    fingerprint: str
    packs: Mapping[str, PackSource] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
