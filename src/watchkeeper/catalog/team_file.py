"""`teams.yaml`: who does the work, where their day is, and the home of what belongs to no single team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, StringConstraints

from watchkeeper.catalog.entries import Entry, Slug, TeamId, Text, WallTime, ZoneName, folded
from watchkeeper.catalog.model import Calendar, Deployment, Shift, Team
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.pydantic_problems import listed, refuse
from watchkeeper.model.nearest import suggest

Language = Literal["en", "ja"]
EARLIEST_CUT_OFF = time(2, 0)
"""A ticket that arrives less than two hours before the cut-off is due on the next day (watchkeeper.escalation.windows): with
a cut-off this early every ticket is, and midnight, meant as the end of the day, is its beginning."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


def _principal(value: str) -> str:
    if value and (value.count("@") != 1 or value.startswith("@") or value.endswith("@") or " " in value):
        raise refuse(f"{value!r} is not a user principal name", allowed="name@domain, or nothing")
    return value


Principal = Annotated[str, AfterValidator(_principal)]


def _late_enough(value: time) -> time:
    if value <= EARLIEST_CUT_OFF:
        raise refuse(
            f"{value.isoformat('minutes')} leaves no time to update anything",
            allowed=f"later than {EARLIEST_CUT_OFF.isoformat('minutes')}, up to 23:59 (the end of the day)",
        )
    return value


CutOff = Annotated[WallTime, AfterValidator(_late_enough)]


class DeploymentEntry(Entry):
    """The home of occurrences that all teams share, and of groups that no team claims."""

    zone: ZoneName = Field(description="The time zone of tickets that no single team owns, an IANA name.")
    calendar: Slug = Field(description="The calendar of those tickets.")
    group: Name = Field(description="The ServiceNow assignment group of those tickets, by name or sys_id.")
    sentinel_owner: Principal = Field(
        default="", description="Who owns their incidents in Sentinel, as a user principal name; empty for nobody."
    )
    language: Language = Field(default="en", description="The language of those tickets.")
    go_live: date | None = Field(
        default=None,
        description="No duty before this date is created or counted as missed, and no escalation created before it is imported.",
    )
    oversight_team: TeamId = Field(description="The team that answers for escalations whose group no team claims.")
    exceptions_group: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = Field(
        default="",
        description="The ServiceNow assignment group that decides on the exceptions that asset owners ask for on the watch board, by "
        "name or sys_id; left out: the oversight team's.",
    )


class ShiftEntry(Entry):
    """A shift of a team; several in different zones are a desk that follows the sun."""

    name: Slug = Field(description="What reports call the shift.")
    start: WallTime = Field(alias="from", description="The local time at which it begins.")
    end: WallTime = Field(alias="to", description="The local time at which it ends; not after `from`: on the next day.")
    zone: ZoneName | None = Field(default=None, description="Its time zone, an IANA name; the team's when left out.")
    calendar: Slug | None = Field(
        default=None, description="The calendar by which it is worked; the team's when left out."
    )


class TeamEntry(Entry):
    """One team. `lead`, `manager` and `members` are ServiceNow user names."""

    id: TeamId = Field(description="The team's id, part of every key of its duties: never change it.")
    name: Text = Field(description="What people call it.")
    aliases: tuple[Name, ...] = Field(default=(), description="Other names that packs may use for it.")
    zone: ZoneName = Field(description="Its time zone, an IANA name.")
    calendar: Slug = Field(description="Its calendar.")
    group: Name = Field(description="Its ServiceNow assignment group, by name or sys_id.")
    sentinel_owner: Principal = Field(
        default="", description="Who owns its incidents in Sentinel, as a user principal name; empty for nobody."
    )
    lead: Name = Field(description="Who is reminded after the assignee, as a ServiceNow user name.")
    manager: str = Field(
        default="", description="Who is reminded after the lead, as a ServiceNow user name; empty for nobody."
    )
    members: tuple[Name, ...] = Field(
        default=(), description="People of the team beside those in its group, as ServiceNow user names."
    )
    language: Language = Field(default="en", description="The language of its tickets.")
    cut_off: CutOff = Field(
        default=time(17, 0), description="The local time of day by which its escalations are to be updated."
    )
    shifts: tuple[ShiftEntry, ...] = Field(
        default=(),
        description="Its shifts, for profiles that ask for an update in each (`audit: {window: per_shift}`).",
    )
    enabled: bool = Field(
        default=True, description="Whether the team has duties; one that is not is checked all the same."
    )


class TeamsFile(Entry):
    """Who does the work, and the home of what belongs to no single team."""

    deployment: DeploymentEntry = Field(description="The home of what belongs to no single team.")
    teams: Annotated[tuple[TeamEntry, ...], Field(min_length=1)] = Field(description="The teams.")


def build_teams(
    file: TeamsFile, calendars: Mapping[str, Calendar], document: Document, problems: ProblemList
) -> dict[str, Team]:
    """The teams by id, disabled ones included. What is wrong goes to `problems`, and the team then is left out."""
    built: dict[str, Team] = {}
    for index, entry in enumerate(file.teams):
        path = ("teams", index)
        if entry.id == ALL_TEAMS:
            message = f"{ALL_TEAMS!r} means every team and cannot be the id of one"
            problems.add(document.problem((*path, "id"), message))
        elif entry.id in built:
            problems.add(document.problem((*path, "id"), f"{entry.id!r} is there twice", allowed="one team per id"))
        elif _known_calendar(entry.calendar, (*path, "calendar"), calendars, document, problems):
            shifts = _shifts(entry, path, calendars, document, problems)
            built[entry.id] = _team(entry, calendars[entry.calendar], shifts, document.position(path))
    _check_names(file.teams, document, problems)
    return built


def build_deployment(
    name: str, file: TeamsFile, calendars: Mapping[str, Calendar], document: Document, problems: ProblemList
) -> Deployment | None:
    """The deployment's home, or None with the reasons in `problems`."""
    home = file.deployment
    enabled = {team.id for team in file.teams if team.enabled}
    if home.oversight_team not in enabled:
        message, near = f"there is no enabled team {home.oversight_team!r}", suggest(home.oversight_team, enabled)
        path = ("deployment", "oversight_team")
        problems.add(document.problem(path, message, allowed=listed(sorted(enabled)), suggestion=near))
    if not _known_calendar(home.calendar, ("deployment", "calendar"), calendars, document, problems):
        return None
    return Deployment(
        name=name,
        zone=ZoneInfo(home.zone),
        calendar=calendars[home.calendar],
        group=home.group,
        sentinel_owner=home.sentinel_owner,
        language=home.language,
        go_live=home.go_live,
        oversight_team=home.oversight_team,
        exceptions_group=home.exceptions_group,
    )


def names_of_teams(teams: Iterable[Team]) -> dict[str, str]:
    """Everything that a team may be called (id, names, aliases, group; folded) → its id.

    Teams may share a group, and a group may be called like another team: what a team itself is called comes first.
    """
    teams = tuple(teams)
    named = {folded(name): team.id for team in teams for name in (team.id, *team.name.values(), *team.aliases)}
    for team in teams:
        named.setdefault(folded(team.group), team.id)
    return named


def _shifts(
    entry: TeamEntry,
    path: tuple[str | int, ...],
    calendars: Mapping[str, Calendar],
    document: Document,
    problems: ProblemList,
) -> tuple[Shift, ...]:
    built: dict[str, Shift] = {}
    for index, shift in enumerate(entry.shifts):
        place, calendar = (*path, "shifts", index), shift.calendar or entry.calendar
        if shift.name in built:
            found = f"{shift.name!r} is there twice"
            problems.add(document.problem((*place, "name"), found, allowed="one shift per name"))
        elif _known_calendar(calendar, (*place, "calendar"), calendars, document, problems):
            zone = ZoneInfo(shift.zone or entry.zone)
            built[shift.name] = Shift(shift.name, shift.start, shift.end, zone, calendars[calendar])
    return tuple(built.values())


def _team(entry: TeamEntry, calendar: Calendar, shifts: tuple[Shift, ...], place: str) -> Team:
    return Team(
        id=entry.id,
        name=entry.name.by_language(),
        aliases=entry.aliases,
        zone=ZoneInfo(entry.zone),
        calendar=calendar,
        group=entry.group,
        sentinel_owner=entry.sentinel_owner,
        lead=entry.lead,
        manager=entry.manager,
        members=entry.members,
        language=entry.language,
        cut_off=entry.cut_off,
        enabled=entry.enabled,
        place=place,
        shifts=shifts,
    )


def _check_names(teams: Iterable[TeamEntry], document: Document, problems: ProblemList) -> None:
    """A name that two teams answer to would send a task to the wrong one."""
    taken: dict[str, str] = {}
    for index, team in enumerate(teams):
        for name in (team.id, team.name.en, team.name.ja, *team.aliases):
            if taken.setdefault(folded(name), team.id) != team.id:
                message = f"{name!r} is also a name of {taken[folded(name)]}"
                problems.add(document.problem(("teams", index), message, allowed="names and aliases of one team only"))


def _known_calendar(
    name: str,
    path: tuple[str | int, ...],
    calendars: Mapping[str, Calendar],
    document: Document,
    problems: ProblemList,
) -> bool:
    if name not in calendars:
        message, near = f"there is no usable calendar {name!r}", suggest(name, calendars)
        problems.add(document.problem(path, message, allowed=listed(calendars), suggestion=near))
    return name in calendars
