"""Options that several commands share, spelled once."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.deadline import Deadline, length_of_time


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"


class AuditFormat(StrEnum):
    """The forms of a report about tickets or runs: those of every report, a spreadsheet, and what CI systems show as tests."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    HTML = "html"
    CSV = "csv"
    JUNIT = "junit"


class CheckFormat(StrEnum):
    """The forms of a list of problems: those of every report, and what code hosts show beside the lines of a file."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


class ExportFormat(StrEnum):
    """The forms of an exported mapping; `csv` has its value tables alone."""

    YAML = "yaml"
    JSON = "json"
    CSV = "csv"


class Language(StrEnum):
    ENGLISH = "en"
    JAPANESE = "ja"


def instant(text: str) -> datetime:
    """An ISO 8601 instant; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no ISO 8601 time, such as 2026-11-16T09:00:00+09:00") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def deadline(text: str) -> Deadline:
    """A length of time or an ISO 8601 instant."""
    after = length_of_time(text)
    if after is not None:
        return Deadline(after=after)
    try:
        return Deadline(at=instant(text))
    except typer.BadParameter as error:
        allowed = (
            "neither a length of time, such as 90s, 45m or 2h, nor an ISO 8601 time, such as 2026-11-16T09:00:00+09:00"
        )
        raise typer.BadParameter(f"{text!r} is {allowed}") from error


def valve(text: str) -> tuple[str, str]:
    """NAME:DIGEST of one valve to open."""
    name, colon, digest = text.partition(":")
    if not (name and colon and digest):
        raise typer.BadParameter(f"{text!r} is not NAME:DIGEST; the tripped valve's message says both")
    return name, digest


Mappings = Annotated[
    Path | None,
    typer.Option("--mappings", help="Folder with packs, teams, calendars and profiles.", show_default=False),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", parser=instant, metavar="TIME", help="The instant to take as now (ISO 8601).", show_default=False
    ),
]
EndBy = Annotated[
    Deadline | None,
    typer.Option(
        "--deadline",
        parser=deadline,
        metavar="DURATION|TIME",
        help="Stop cleanly then (45m, or an ISO 8601 time); the next run goes on.",
        show_default=False,
    ),
]
Lang = Annotated[Language, typer.Option("--lang", help="The language of the report.")]
Profile = Annotated[str | None, typer.Option("--profile", help="Only this profile.", show_default=False)]
Task = Annotated[str | None, typer.Option("--task", help="Only this task.", show_default=False)]
MaxWrites = Annotated[
    int | None,
    typer.Option("--max-writes", min=0, help="Stop before the first write when more are planned.", show_default=False),
]
Full = Annotated[bool, typer.Option("--full", help="Read everything instead of what changed since the last run.")]
Backfill = Annotated[
    datetime | None,
    typer.Option(
        "--backfill", parser=instant, metavar="SINCE", help="Import escalations since then.", show_default=False
    ),
]
OpenValves = Annotated[
    list[str] | None,
    typer.Option(
        "--open-valve",
        metavar="NAME:DIGEST",
        help="Let one tripped valve pass, for just what it showed.",
        show_default=False,
    ),
]
