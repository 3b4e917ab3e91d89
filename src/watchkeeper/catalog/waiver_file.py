"""`waivers.yaml`: escalations that somebody has released from the daily update, with a reason and an end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from watchkeeper.catalog.entries import Entry, TeamId
from watchkeeper.catalog.model import Team, Waiver
from watchkeeper.mapping.documents import Document, ProblemList
from watchkeeper.mapping.pydantic_problems import listed, refuse
from watchkeeper.model.nearest import suggest

LONGEST: Final = timedelta(days=366)
"""What is to hold for longer belongs into the profile's population, not into a waiver."""

Named = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
SeverityName = Literal["high", "medium", "low", "informational"]


class WaivedEntry(Entry):
    """A group of tickets: those for which everything that is stated holds."""

    teams: tuple[TeamId, ...] = Field(default=(), description="Tickets that one of these teams owns.")
    groups: tuple[Named, ...] = Field(
        default=(), description="Tickets of these assignment groups, as the audit's report names them."
    )
    severities: tuple[SeverityName, ...] = Field(default=(), description="Tickets of these severities.")

    @model_validator(mode="after")
    def _states_something(self) -> Self:
        if not (self.teams or self.groups or self.severities):
            raise refuse("would release every ticket", allowed="teams, groups or severities")
        return self


class WaiverEntry(Entry):
    """Tickets without a daily duty: those that are named, or those of a group."""

    tickets: tuple[Named, ...] = Field(default=(), description="The tickets, by number on either side, or by key.")
    where: WaivedEntry | None = Field(default=None, description="The tickets of a group, instead of named ones.")
    reason: Named = Field(description="Why they need no daily update; the report shows it.")
    approver: Named = Field(description="Who approved it; the report shows the name.")
    approved: date = Field(description="The day of the approval, and the first day that is waived.")
    expires: date = Field(description="The last day that is waived, at most a year after the approval.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.tickets) == (self.where is not None):
            raise refuse("names no tickets, or both tickets and a group", allowed="either `tickets` or `where`")
        return self


class WaiversFile(Entry):
    """Escalations that need no daily update for a time."""

    waivers: tuple[WaiverEntry, ...] = Field(description="The waivers.")


def build_waivers(
    file: WaiversFile, teams: Mapping[str, Team], document: Document, problems: ProblemList
) -> tuple[Waiver, ...]:
    """The waivers in the file's order. What is wrong goes to `problems`."""
    earlier: dict[str, list[WaiverEntry]] = {}
    for index, entry in enumerate(file.waivers):
        path = ("waivers", index)
        _check_days(entry, path, document, problems)
        _check_teams(entry, path, teams, document, problems)
        for at, name in enumerate(entry.tickets):
            others = earlier.setdefault(name.casefold(), [])
            if any(other is not entry and _both_hold(entry, other) for other in others):
                found = f"{name!r} is waived twice on the same day"
                problems.add(
                    document.problem((*path, "tickets", at), found, allowed="one waiver of a ticket at a time")
                )
            others.append(entry)
    return tuple(_waivers(file, document))


def _both_hold(one: WaiverEntry, other: WaiverEntry) -> bool:
    return one.approved <= other.expires and other.approved <= one.expires


def _waivers(file: WaiversFile, document: Document) -> Iterator[Waiver]:
    for index, entry in enumerate(file.waivers):
        where = entry.where or WaivedEntry.model_construct()
        yield Waiver(
            tickets=frozenset(name.casefold() for name in entry.tickets),
            teams=frozenset(where.teams),
            groups=frozenset(name.casefold() for name in where.groups),
            severities=frozenset(where.severities),
            reason=entry.reason,
            approver=entry.approver,
            approved=entry.approved,
            expires=entry.expires,
            place=document.position(("waivers", index)),
            spelled=(*entry.tickets, *where.teams, *where.groups, *where.severities),
        )


def _check_days(entry: WaiverEntry, path: tuple[str | int, ...], document: Document, problems: ProblemList) -> None:
    latest = entry.approved + min(LONGEST, date.max - entry.approved)
    if not entry.approved <= entry.expires <= latest:
        found = (
            f"{entry.expires} is before the approval" if entry.expires < entry.approved else "is more than a year away"
        )
        problems.add(document.problem((*path, "expires"), found, allowed=f"{entry.approved} to {latest}"))


def _check_teams(
    entry: WaiverEntry,
    path: tuple[str | int, ...],
    teams: Mapping[str, Team],
    document: Document,
    problems: ProblemList,
) -> None:
    for index, name in enumerate(entry.where.teams if entry.where else ()):
        if name not in teams:
            found, near = f"there is no team {name!r}", suggest(name, teams)
            place = (*path, "where", "teams", index)
            problems.add(document.problem(place, found, allowed=listed(teams), suggestion=near))
