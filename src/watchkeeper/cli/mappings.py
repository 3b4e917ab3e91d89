"""`watchkeeper mappings`: for those who write the YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.exits import ExitCode
from watchkeeper.cli.output import say, say_machine
from watchkeeper.errors import Config, Problem
from watchkeeper.report.machine import problems_json
from watchkeeper.wiring import DEFAULT_DEPLOYMENT, Duties, load_duties

app = typer.Typer(help="Check the mappings.", no_args_is_help=True)


@app.callback()
def mappings() -> None:
    """Check the mappings."""


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="The mappings folder.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check packs, teams, calendars and profiles; every problem at once, with file, line and column. No network."""
    try:
        duties: Duties | None = load_duties(folder, None, DEFAULT_DEPLOYMENT)
        problems: list[Problem] = []
    except Config as error:
        duties, problems = None, error.problems
    code = ExitCode.CONFIG if problems else ExitCode.OK
    if json:
        say_machine(problems_json("mappings check", problems, exit_code=code))
    elif duties is not None:
        say(_summary(duties))
    else:
        for problem in problems:
            say(str(problem))
        say(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}")
    raise typer.Exit(code)


def _summary(duties: Duties) -> str:
    catalog = duties.catalog
    teams = sum(1 for team in catalog.teams.values() if team.enabled)
    return (
        f"{duties.folder}: fine; {len(catalog.tasks)} tasks, {teams} teams, {len(catalog.calendars)} calendars, "
        f"{len(duties.profiles)} profiles ({', '.join(sorted(duties.profiles))})"
    )
