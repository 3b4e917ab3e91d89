"""`packs/*.yaml`: maintenance tasks, their texts in every language, and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from watchkeeper.catalog.calendar_file import WEEKDAYS, Weekday
from watchkeeper.catalog.entries import Duration, Entry, Slug, TaskId, Text, WallDateTime, WallTime, ZoneName
from watchkeeper.catalog.model import CatchUp, FanOut, Overlap, PackSource, Roll, Schedule, SentinelMode, Task
from watchkeeper.mapping.pydantic_problems import refuse

Cadence = Literal["daily", "weekly", "monthly", "custom", "as-needed"]
Week = Literal["first", "second", "third", "fourth", "last"]

ANCHOR = date(2024, 1, 1)
"""A Monday. Where the shorthand's rules start to count; it has no influence, because they recur at every day, week, month."""

FORBID_LEAD = timedelta(days=2)
"""With `overlap: forbid`, opening earlier than this would open several periods at once."""

TITLE_LENGTH = 90
"""ServiceNow's short_description holds 160 characters: a prefix, the team's name and a period take up to 70 of them."""


def _http(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise refuse(f"{value!r} is not a web address", allowed="https://…")
    return value


def _sensible(value: date) -> date:
    if not 2000 <= value.year <= 2090:
        raise refuse(f"the year {value.year} is out of range", allowed="2000 to 2090")
    return value


def _month_day(value: int | str) -> int | str:
    if value != "last" and not (isinstance(value, int) and 1 <= value <= 28):
        raise refuse(f"{value!r} is not a day of every month", allowed="1 to 28, or last")
    return value


MonthDay = Annotated[
    int | str,
    AfterValidator(_month_day),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 28}, {"const": "last"}]}),
]
Url = Annotated[str, AfterValidator(_http)]
LocalTime = Annotated[WallDateTime, AfterValidator(_sensible)]
Day = Annotated[date, AfterValidator(_sensible)]


class LinkEntry(Entry):
    """A link in a ticket."""

    title: Annotated[str, StringConstraints(min_length=1)] = Field(description="What the link is called.")
    url: Url = Field(description="Its address.")


class SourceEntry(Entry):
    """The public text that a pack follows; `date` is that text's own date."""

    url: Url = Field(description="The address of the text that the pack follows.")
    date: Day = Field(description="The date of that text.")


class SentinelEntry(Entry):
    """What there is of a task in Sentinel."""

    mode: SentinelMode = Field(
        default=SentinelMode.INCIDENT,
        description="An incident of its own, a task of the week's standing incident, or nothing in Sentinel.",
    )


class RaisedEntry(Entry):
    """When a raised occurrence is due: so many working days after it was raised, at this local time."""

    due_days: Annotated[int, Field(ge=0, le=250)] = Field(
        default=5, description="So many working days after it was raised."
    )
    due: WallTime = Field(default=time(17, 0), description="The local time of day.")


class ScheduleEntry(Entry):
    """A full recurrence (RFC 5545) for what the shorthand cannot say."""

    rule: str = Field(description="The recurrence, as an RFC 5545 rule.")
    start: LocalTime = Field(description="The first local date and time; its time of day is when the task is due.")
    until: Day | None = Field(default=None, description="The last day.")
    zone: ZoneName | None = Field(default=None, description="The time zone, where it is not the team's.")
    except_dates: tuple[Day, ...] = Field(default=(), alias="except", description="Days that are left out.")
    extra: tuple[LocalTime, ...] = Field(default=(), description="Further local dates and times.")


class TaskEntry(Entry):
    """One task. `cadence` with `weekday`, `week` or `day` is the shorthand; `cadence: custom` comes with a `schedule`."""

    id: TaskId = Field(description="The task's id, part of every ticket's key: never change it.")
    title: Text = Field(
        description="What the ticket is called, without the team and the period; at most 90 characters."
    )
    summary: Text = Field(description="What the task is about.")
    cadence: Cadence = Field(description="How often it is due.")
    weekday: Weekday | None = Field(
        default=None, description="With weekly, or beside `week`: the day; monday unless given."
    )
    week: Week | None = Field(
        default=None, description="With monthly: the first, second, third, fourth or last `weekday` of the month."
    )
    day: MonthDay | None = Field(default=None, description="With monthly: a day from 1 to 28, or `last`.")
    due: WallTime = Field(default=time(17, 0), description="The local time of day at which it is due.")
    schedule: ScheduleEntry | None = Field(default=None, description="With custom: the full recurrence.")
    effective_from: Day | None = Field(
        default=None, description="A changed rule starts here, so that old keys stay as they were."
    )
    roll: Roll | None = Field(
        default=None,
        description="What happens on a day off; daily tasks skip it, others move to the following working day unless given.",
    )
    as_needed: tuple[Text, ...] = Field(default=(), description="What makes a person raise the task.")
    raised: RaisedEntry = Field(default=RaisedEntry(), description="When a raised task is due.")
    teams: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Who does it: ids or names of teams, or `[all]`."
    )
    fan_out: FanOut = Field(
        default=FanOut.PER_TEAM, description="A ticket for each team, or one for all of them together."
    )
    priority: Literal["high", "medium", "low"] = Field(
        default="medium", description="A line of the description; it sets neither impact nor urgency."
    )
    checklist: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(description="What to do, step by step.")
    evidence: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(description="What to attach or write down.")
    done_when: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(description="When the task is done.")
    links: tuple[LinkEntry, ...] = Field(default=(), description="Where to read more.")
    sentinel: SentinelEntry = Field(default=SentinelEntry(), description="What there is of the task in Sentinel.")
    lead: Duration | None = Field(
        default=None,
        description="How long before it is due the ticket opens; without it, a daily one opens with the local day, a weekly one P2D before, a monthly one P7D, a custom one P1D.",
    )
    deadline: Duration | None = Field(
        default=None,
        description="How long after it was due the ticket may still be opened; without it P2D for daily and custom tasks, P5D for weekly, P14D for monthly ones.",
    )
    catch_up: CatchUp = Field(default=CatchUp.LATEST, description="Which late periods still get a ticket.")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(default=3, description="With `catch_up: all`: at most so many.")
    overlap: Overlap | None = Field(
        default=None,
        description="While an earlier ticket is open: another one, none, or one that takes its place; without it daily tasks forbid, others allow.",
    )
    satisfied_by: TaskId | None = Field(default=None, description="A task whose ticket serves this one, too.")

    @model_validator(mode="after")
    def _cadence_fits(self) -> Self:
        given = {name for name in ("weekday", "week", "day", "schedule") if getattr(self, name) is not None}
        if given not in _SHAPES[self.cadence]:
            shown = " and ".join(sorted(given)) or "nothing"
            raise refuse(f"cadence: {self.cadence} comes with {shown}", allowed=_ALLOWED[self.cadence])
        return self

    @model_validator(mode="after")
    def _policies_fit(self) -> Self:
        overlap = self.overlap or _OVERLAP[self.cadence]
        if self.cadence == "as-needed" and not self.as_needed:
            raise refuse("is raised as needed, but no as_needed trigger says when", allowed="at least one trigger")
        if overlap is Overlap.FORBID and self.catch_up is CatchUp.ALL:
            raise refuse("catch_up: all opens several tickets, overlap: forbid one", allowed="overlap: allow")
        if overlap is Overlap.FORBID and (self.lead or timedelta()) > FORBID_LEAD:
            raise refuse("opens several periods at once, which overlap: forbid rules out", allowed="a lead up to P2D")
        return self

    @model_validator(mode="after")
    def _nothing_idle(self) -> Self:
        """A key that changes nothing misleads whoever reads it."""
        for name, allowed in self._idle():
            if name in self.model_fields_set:
                raise refuse(f"{name} has no effect here", allowed=allowed)
        if self.fan_out is FanOut.SINGLE and "due" in self.raised.model_fields_set:
            raise refuse("raised.due has no effect here", allowed=_LAST_DAY)
        return self

    def _idle(self) -> Iterator[tuple[str, str]]:
        if self.cadence == "as-needed":
            yield from ((name, "`raised` says when a raised task is due") for name in _SCHEDULED)
            yield "satisfied_by", "a task with a cadence: what a person raises has a ticket of its own"
        if self.cadence == "custom":
            yield "due", "the time of day in `schedule.start`"
        if self.fan_out is FanOut.SINGLE:
            yield "due", _LAST_DAY
        if self.catch_up is not CatchUp.ALL:
            yield "limit", "`limit` beside catch_up: all"

    @model_validator(mode="after")
    def _titles_fit(self) -> Self:
        long = [language for language, text in self.title.by_language().items() if len(text) > TITLE_LENGTH]
        if long:
            raise refuse(f"title ({long[0]}) is too long for a ticket", allowed=f"{TITLE_LENGTH} characters")
        return self


class PackFile(Entry):
    """A set of tasks with one source and version. One that is not enabled is checked all the same."""

    id: Slug = Field(description="The pack's id; equals the file's name.")
    enabled: bool = Field(
        default=True, description="Whether its tasks are used; a pack that is not is checked all the same."
    )
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = Field(
        description="The version of the pack."
    )
    title: Text = Field(description="What the pack is called.")
    source: SourceEntry = Field(description="The public text that it follows.")
    tasks: Annotated[tuple[TaskEntry, ...], Field(min_length=1)] = Field(description="The tasks.")


def source_of(pack: PackFile, place: str) -> PackSource:
    return PackSource(
        id=pack.id,
        version=pack.version,
        title=pack.title.by_language(),
        url=pack.source.url,
        date=pack.source.date,
        place=place,
        enabled=pack.enabled,
        tasks=tuple(task.id for task in pack.tasks),
    )


def build_task(entry: TaskEntry, pack: str, teams: tuple[str, ...], schedule: Schedule | None, place: str) -> Task:
    """The task as the rest of the program uses it, with its cadence's defaults filled in."""
    return Task(
        id=entry.id,
        pack=pack,
        title=entry.title.by_language(),
        summary=entry.summary.by_language(),
        cadence=entry.cadence,
        schedule=schedule,
        as_needed=_by_language(entry.as_needed),
        teams=teams,
        fan_out=entry.fan_out,
        priority=entry.priority,
        checklist=_by_language(entry.checklist),
        evidence=_by_language(entry.evidence),
        done_when=_by_language(entry.done_when),
        links=tuple((link.title, link.url) for link in entry.links),
        sentinel_mode=entry.sentinel.mode,
        lead=_lead(entry),
        deadline=_DEADLINE[entry.cadence] if entry.deadline is None else entry.deadline,
        catch_up=entry.catch_up,
        limit=entry.limit,
        overlap=entry.overlap or _OVERLAP[entry.cadence],
        place=place,
        raised_due_days=entry.raised.due_days,
        raised_due_time=entry.raised.due,
        satisfied_by=entry.satisfied_by or "",
    )


def schedule_of(entry: TaskEntry, place: str) -> Schedule | None:
    """The recurrence that an entry asks for, written out; None for a task that is only raised."""
    if entry.cadence == "as-needed":
        return None
    full = entry.schedule or ScheduleEntry(rule=_shorthand(entry), start=datetime.combine(ANCHOR, entry.due))
    return Schedule(
        rule=full.rule,
        start=full.start,
        until=full.until,
        zone=ZoneInfo(full.zone) if full.zone else None,
        except_dates=frozenset(full.except_dates),
        extra=tuple(sorted(full.extra)),
        effective_from=entry.effective_from,
        roll=entry.roll or (Roll.SKIP if entry.cadence == "daily" else Roll.FOLLOWING),
        place=place,
    )


def _shorthand(entry: TaskEntry) -> str:
    code = (entry.weekday or WEEKDAYS[0])[:2].upper()
    match entry.cadence, entry.day, entry.week:
        case "daily", _, _:
            return "FREQ=DAILY"
        case "weekly", _, _:
            return f"FREQ=WEEKLY;WKST=MO;BYDAY={code}"
        case _, None, week:
            return f"FREQ=MONTHLY;BYDAY={_NTH[week or 'first']}{code}"
        case _, day, _:
            return f"FREQ=MONTHLY;BYMONTHDAY={-1 if day == 'last' else day}"


def _lead(entry: TaskEntry) -> timedelta:
    """A daily task's ticket opens with the local day."""
    since_midnight = timedelta(hours=entry.due.hour, minutes=entry.due.minute, seconds=entry.due.second)
    default = since_midnight if entry.cadence == "daily" else _LEAD[entry.cadence]
    return default if entry.lead is None else entry.lead


def _by_language(texts: tuple[Text, ...]) -> tuple[dict[str, str], ...]:
    return tuple(text.by_language() for text in texts)


_SHAPES: dict[str, tuple[set[str], ...]] = {
    "daily": (set(),),
    "weekly": (set(), {"weekday"}),
    "monthly": ({"day"}, {"week", "weekday"}),
    "custom": ({"schedule"},),
    "as-needed": (set(),),
}
_ALLOWED = {
    "daily": "nothing besides",
    "weekly": "weekday (monday unless given)",
    "monthly": "day (1 to 28, or last), or week and weekday",
    "custom": "schedule",
    "as-needed": "as_needed alone",
}
_SCHEDULED = ("due", "roll", "effective_from", "lead", "deadline", "catch_up", "limit", "overlap")
_LAST_DAY = "a task with fan_out: single is due when the last team's day ends"
_NTH = {"first": "1", "second": "2", "third": "3", "fourth": "4", "last": "-1"}
_OVERLAP = {
    "daily": Overlap.FORBID,
    "weekly": Overlap.ALLOW,
    "monthly": Overlap.ALLOW,
    "custom": Overlap.ALLOW,
    "as-needed": Overlap.ALLOW,
}
_LEAD = {
    "weekly": timedelta(days=2),
    "monthly": timedelta(days=7),
    "custom": timedelta(days=1),
    "as-needed": timedelta(),
}
_DEADLINE = {
    "daily": timedelta(days=2),
    "weekly": timedelta(days=5),
    "monthly": timedelta(days=14),
    "custom": timedelta(days=2),
    "as-needed": timedelta(),
}
