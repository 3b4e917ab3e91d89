"""`watchkeeper mappings`: for those who write the YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.console import console
from watchkeeper.cli.output import say, say_commands, say_machine, show_report
from watchkeeper.cli.parameters import CheckFormat, Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.errors import Problem
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.annotations import annotated
from watchkeeper.report.checks import problems_document
from watchkeeper.report.machine import problems_json
from watchkeeper.report.sarif import sarif
from watchkeeper.wiring import Duties

app = typer.Typer(help="Check the mappings.", no_args_is_help=True)


@app.callback()
def mappings() -> None:
    """Check the mappings."""


def check(
    folder: Annotated[Path | None, typer.Argument(help="The mappings folder.", show_default=False)] = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Check packs, teams, calendars and profiles; every problem at once, with file, line and column. No network."""
    duties, problems = _checked(folder)
    code = ExitCode.CONFIG if problems else ExitCode.OK
    match console().form:
        case CheckFormat.TEXT:
            _say_plainly(duties, problems)
        case CheckFormat.GITHUB:
            say_commands(annotated(problems, Path.cwd()))
            _say_plainly(duties, [])
        case CheckFormat.SARIF:
            say_machine(sarif(problems, Path.cwd()))
        case _:
            payload = problems_json("mappings check", problems, exit_code=code)
            show_report(problems_document(problems, lang.value), payload, lang)
    raise typer.Exit(code)


register(app, "check", check, within="mappings", forms=CheckFormat)


def _checked(folder: Path | None) -> tuple[Duties | None, list[Problem]]:
    with workplace(mappings=folder) as place:
        problems = place.mapping_problems()
        return (None, problems) if problems else (place.duties, [])


def _say_plainly(duties: Duties | None, problems: list[Problem]) -> None:
    """One problem, one line that begins with its place, as editors and `grep` like it."""
    if duties is not None and not console().quiet:
        say(_summary(duties))
    for problem in problems:
        say(str(problem))
    if problems:
        say(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}")


def _summary(duties: Duties) -> str:
    catalog = duties.catalog
    teams = sum(1 for team in catalog.teams.values() if team.enabled)
    return (
        f"{duties.folder}: fine; {len(catalog.tasks)} tasks, {teams} teams, {len(catalog.calendars)} calendars, "
        f"{len(duties.profiles)} profiles ({', '.join(sorted(duties.profiles))})"
    )
