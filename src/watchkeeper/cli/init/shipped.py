"""What comes with Watchkeeper and is filled in: mappings, the list of settings, files for a schedule."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from watchkeeper.catalog.calendar_file import CalendarsFile
from watchkeeper.catalog.entries import folded
from watchkeeper.catalog.load import CALENDARS, TEAMS
from watchkeeper.catalog.occurrences import ALL_TEAMS
from watchkeeper.catalog.pack_folder import read_packs
from watchkeeper.catalog.team_file import TeamsFile
from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.documents import load_document, validate
from watchkeeper.mapping.locate import shipped_mappings

_INSTALLED = {"env.example": ".env.example", "ci": "deploy/ci"}
"""Inside the installed package, and where the same stands in a source checkout."""


def shipped_teams() -> TeamsFile:
    return validate(load_document(shipped_mappings() / TEAMS), TeamsFile)


def shipped_calendars() -> CalendarsFile:
    return validate(load_document(shipped_mappings() / CALENDARS), CalendarsFile)


def needed_teams() -> frozenset[str]:
    """The teams that some shipped task has alone: without one of these its pack does not load."""
    teams = shipped_teams()
    known = {
        folded(name): team.id
        for team in teams.teams
        for name in (team.id, *team.name.by_language().values(), *team.aliases, team.group)
    }
    alone = {
        known.get(folded(entry.teams[0]), ALL_TEAMS)
        for pack in read_packs(shipped_mappings()).values()
        for entry in pack.file.tasks
        if len(entry.teams) == 1
    }
    return frozenset({teams.deployment.oversight_team, *alone} - {ALL_TEAMS})


def settings_list() -> str:
    """`.env.example`: every setting with what it means."""
    return _found("env.example").read_text(encoding="utf-8")


def schedule_file(name: str) -> str:
    """One of `deploy/ci`."""
    return (_found("ci") / name).read_text(encoding="utf-8")


def _found(name: str) -> Path:
    package = Path(str(files("watchkeeper")))
    for place in (package / name, package.parent.parent / _INSTALLED[name]):
        if place.exists():
            return place
    raise Config([Problem(str(package / name), "", "is missing", "a complete installation; install again")])
