"""`nudges.yaml`: who is reminded of escalations that nobody updated, when, and by which way."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import time
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from watchkeeper.catalog.entries import Entry, Slug, TeamId, WallTime
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.mapping.base_models import Version
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.pydantic_problems import listed, refuse
from watchkeeper.model.nearest import suggest
from watchkeeper.model.nudge import ChannelKind, ChannelRule, NudgeKind, NudgeMode, NudgePolicy, Rung
from watchkeeper.model.ticket import Severity

NUDGES: Final = "nudges.yaml"
NUDGES_SCHEMA: Final = "nudges.schema.json"

_HOST: Final = re.compile(
    r"(?=.{1,253}(:|$))[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?"
)


def _host(value: str) -> str:
    if value and not _HOST.fullmatch(value):
        raise refuse(f"{value!r} is no host", allowed="a name in small letters, and its port if it is not 443")
    return value


_HOSTLESS: Final = {"email": "to persons", "work-note": "into ServiceNow"}
"""Kinds of channels that have no address of their own, and where they go."""

Host = Annotated[str, AfterValidator(_host)]
Days = Annotated[int, Field(ge=1, le=15)]


class RungEntry(Entry):
    """After how many working days without an update somebody else than the assignee hears of a ticket."""

    lead: Days = Field(description="From so many on the team's lead.")
    manager: Days = Field(description="From so many on the team's manager.")
    note: Days | None = Field(
        default=None,
        description="From so many on a work note in the ticket, where there is a channel for them; left out: as the lead.",
    )

    def rung(self) -> Rung:
        return Rung(self.lead, self.manager, self.note or self.lead)


class LadderEntry(Entry):
    """The ladder of each severity. The assignee hears of a ticket from the first missed day on."""

    high: RungEntry = Field(default=RungEntry(lead=1, manager=2), description="Severity high.")
    medium: RungEntry = Field(default=RungEntry(lead=2, manager=3), description="Severity medium.")
    low: RungEntry = Field(default=RungEntry(lead=2, manager=3), description="Severity low.")
    informational: RungEntry = Field(default=RungEntry(lead=3, manager=5), description="Severity informational.")


class QuietEntry(Entry):
    """A span of the local day in which nothing is sent; it may reach over midnight."""

    since: WallTime = Field(default=time(19), alias="from", description="Its beginning.")
    until: WallTime = Field(default=time(7), description="Its end; the same as the beginning: no quiet hours.")


class ChannelEntry(Entry):
    """A way out of the house."""

    id: Slug = Field(description="Its name; under this name the environment gives the address of a room.")
    kind: Literal["email", "teams", "webhook", "work-note"] = Field(
        description="`email`: to each person. `teams`: a Teams Workflows webhook. `webhook`: a signed HTTPS call. `work-note`: "
        "into the ticket in ServiceNow, once in each time that it is silent."
    )
    takes: Annotated[tuple[Literal["due-today", "overdue"], ...], Field(min_length=1)] = Field(
        default=("overdue",), description="Which messages go there."
    )
    teams: Annotated[tuple[TeamId, ...], Field(min_length=1)] = Field(
        default=(ALL_TEAMS,), description="About the tickets of which teams; `all` for every one."
    )
    host: Host = Field(default="", description="Of a room: the only host that its address may have.")


class NudgesFile(Entry):
    """Reminders. What is left out keeps its shipped value; without the file nothing is ever sent."""

    version: Version = Field(description="The version of this file format.")
    mode: Literal["report-only", "send"] = Field(
        default="report-only", description="`report-only` tells in the report what would be sent."
    )
    due_today_hours: Annotated[int, Field(ge=0, le=12)] = Field(
        default=2,
        description="How many hours before the cut-off channels that take it hear of what is due today; 0: never.",
    )
    quiet_hours: QuietEntry = Field(default=QuietEntry(), description="When nothing is sent, by the recipient's clock.")
    cap: Annotated[int, Field(ge=1, le=50)] = Field(default=3, description="Messages per recipient and day.")
    amnesty_days: Annotated[int, Field(ge=0, le=90)] = Field(
        default=14, description="So many days after the first run that sends, what was silent before it is left alone."
    )
    ladder: LadderEntry = Field(default=LadderEntry(), description="Who hears of a ticket when, by severity.")
    channels: tuple[ChannelEntry, ...] = Field(
        default=(ChannelEntry(id="mail", kind="email"),), description="The ways out."
    )


DEFAULT: Final = NudgesFile(version=1)


def load_nudges(folder: Path, teams: Collection[str]) -> NudgePolicy:
    """The rules of a mappings folder whose teams have these ids; the shipped ones where it has no `nudges.yaml`. Raises Config."""
    path = folder / NUDGES
    if not path.is_file():
        return _policy(DEFAULT, None)
    problems = ProblemList()
    document = problems.load(path)
    file = problems.validate(document, NudgesFile)
    if file is not None and document is not None:
        _check(file, document, teams, problems)
    problems.raise_if_any()
    return _policy(file or DEFAULT, document)


def _check(file: NudgesFile, document: Document, teams: Collection[str], problems: ProblemList) -> None:
    seen: set[str] = set()
    for index, channel in enumerate(file.channels):
        path = ("channels", index)
        if channel.id in seen:
            problems.add(
                document.problem((*path, "id"), f"{channel.id!r} is there twice", allowed="one channel per id")
            )
        seen.add(channel.id)
        if (channel.kind in _HOSTLESS) == bool(channel.host):
            found = f"names a host, and goes {_HOSTLESS[channel.kind]}" if channel.host else "names no host"
            allowed = (
                f"no host for {channel.kind}"
                if channel.host
                else "the host of its address, so that no other can be set"
            )
            problems.add(document.problem((*path, "host"), found, allowed=allowed))
        if channel.kind == "work-note" and "due-today" in channel.takes:
            found = "would write what is due today into tickets, where it stays for ever"
            problems.add(document.problem((*path, "takes"), found, allowed="[overdue]"))
        for place, team in enumerate(channel.teams):
            if team != ALL_TEAMS and team not in teams:
                found, near = f"there is no team {team!r}", suggest(team, teams)
                allowed = listed([ALL_TEAMS, *sorted(teams)])
                problems.add(document.problem((*path, "teams", place), found, allowed=allowed, suggestion=near))
    notes = [index for index, channel in enumerate(file.channels) if channel.kind == "work-note"]
    for index in notes[1:]:
        found, allowed = "a second channel of work notes would write twice", "one, with all its teams"
        problems.add(document.problem(("channels", index, "kind"), found, allowed=allowed))
    for name in (each.value for each in Severity):
        rung: RungEntry = getattr(file.ladder, name)
        if rung.manager < rung.lead:
            found = f"the manager would hear on day {rung.manager}, before the lead on day {rung.lead}"
            problems.add(document.problem(("ladder", name), found, allowed="the manager on the lead's day or later"))


def _policy(file: NudgesFile, document: Document | None) -> NudgePolicy:
    return NudgePolicy(
        mode=NudgeMode(file.mode),
        due_today_hours=file.due_today_hours,
        quiet_from=file.quiet_hours.since,
        quiet_until=file.quiet_hours.until,
        cap=file.cap,
        amnesty_days=file.amnesty_days,
        ladder={severity: getattr(file.ladder, severity.value).rung() for severity in Severity},
        channels=tuple(
            ChannelRule(
                id=channel.id,
                kind=ChannelKind(channel.kind),
                kinds=frozenset(NudgeKind(kind) for kind in channel.takes),
                teams=frozenset() if ALL_TEAMS in channel.teams else frozenset(channel.teams),
                host=channel.host,
                place=document.position(("channels", index)) if document else NUDGES,
            )
            for index, channel in enumerate(file.channels)
        ),
    )
