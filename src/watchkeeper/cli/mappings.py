"""`watchkeeper mappings`: for those who write the YAML."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.catalog.schema import schemas as catalog_schemas
from watchkeeper.cli.command import register
from watchkeeper.cli.console import console
from watchkeeper.cli.effective import effective_mapping
from watchkeeper.cli.mappings_diff import diff
from watchkeeper.cli.mappings_preview import preview
from watchkeeper.cli.mappings_test import try_out
from watchkeeper.cli.output import save, say, say_commands, say_document, say_machine, show_report
from watchkeeper.cli.parameters import CheckFormat, ExportFormat, Lang, Language, Mappings, Profile
from watchkeeper.cli.place import workplace
from watchkeeper.cli.selection import refuse_unknown
from watchkeeper.doctor.live import check_live
from watchkeeper.doctor.unchecked import Lack, Unchecked
from watchkeeper.errors import Problem
from watchkeeper.mapping.explain import explain as explain_field
from watchkeeper.mapping.explain import known_names, named_by
from watchkeeper.mapping.explain_settings import setting_names, settings_of
from watchkeeper.mapping.load import profile_files
from watchkeeper.mapping.schema import schema_text
from watchkeeper.mapping.schema import schemas as profile_schemas
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.annotations import annotated
from watchkeeper.report.checks import problems_document
from watchkeeper.report.explain import explain_document, explain_json
from watchkeeper.report.exported import as_yaml, values_csv
from watchkeeper.report.machine import problems_json
from watchkeeper.report.sarif import sarif
from watchkeeper.wiring import Duties


class SchemaName(StrEnum):
    """The kinds of mapping files."""

    PROFILE = "profile"
    PACK = "pack"
    TEAMS = "teams"
    CALENDARS = "calendars"
    VALVES = "valves"
    WAIVERS = "waivers"
    NUDGES = "nudges"
    OWNERS = "owners"
    EVIDENCE = "evidence"
    CASES = "cases"


NOT_CHECKED = "not checked: "

app = typer.Typer(help="Check, explain, try out and compare mappings.", no_args_is_help=True)


@app.callback()
def mappings() -> None:
    """Check, explain, try out and compare mappings."""


def check(
    folder: Annotated[Path | None, typer.Argument(help="The mappings folder.", show_default=False)] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Also against the real instance and workspace: names, fields, types, values in use. Reads only.",
        ),
    ] = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Check packs, teams, calendars and profiles; every problem at once, with file, line and column. No network unless --live."""
    duties, problems, unchecked = _checked(folder, live=live)
    code = _code(problems, unchecked)
    match console().form:
        case CheckFormat.TEXT:
            _say_plainly(duties, problems, unchecked)
        case CheckFormat.GITHUB:
            say_commands(annotated(problems, Path.cwd()))
            _say_plainly(duties, [], unchecked)
        case CheckFormat.SARIF:
            say_machine(sarif(problems, Path.cwd()))
        case _:
            said = [f"{NOT_CHECKED}{each.what}" for each in unchecked]
            payload = problems_json("mappings check", problems, exit_code=code, reasons=said)
            show_report(problems_document(problems, lang.value, said), payload, lang)
    raise typer.Exit(code)


register(app, "check", check, within="mappings", forms=CheckFormat)
register(app, "preview", preview, within="mappings")
register(app, "diff", diff, within="mappings")
register(app, "test", try_out, within="mappings")


def explain(
    field: Annotated[str, typer.Argument(help="The field, by its own name or by a system's (status, close_code).")],
    mappings: Mappings = None,
    profile: Profile = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show where a field's value comes from and goes to, on both sides, each part with its file and line. No network."""
    with workplace(mappings=mappings) as place:
        files = profile_files(place.checked_duties.folder)
    if profile is not None:
        refuse_unknown("--profile", profile, [file.name for _, file in files])
    chosen = [
        (document, file) for document, file in files if (file.enabled if profile is None else file.name == profile)
    ]
    stories = [explain_field(document, file, name) for document, file in chosen for name in named_by(file, field)]
    settings = [each for document, file in chosen for each in settings_of(document, file, field)]
    read = [file for _, file in chosen]
    refuse_unknown("FIELD", field, dict.fromkeys((*known_names(read), *setting_names(read))))
    show_report(explain_document(field, stories, lang.value, settings), explain_json(field, stories, settings), lang)


register(app, "explain", explain, within="mappings")


def schema(
    name: Annotated[SchemaName | None, typer.Argument(help="The kind of file.", show_default=False)] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write all of them into this folder.", show_default=False),
    ] = None,
) -> None:
    """Print the JSON Schema of a kind of mapping file, with which an editor completes and checks it; or write all of them."""
    schemas = {**profile_schemas(), **catalog_schemas()}
    if name is not None:
        say_machine(schemas[f"{name.value}.schema.json"])
    if out_folder is not None:
        for file, each in schemas.items():
            save(out_folder / file, schema_text(each))
    if name is None and out_folder is None:
        for file in sorted(schemas):
            say(file.removesuffix(".schema.json"))


register(app, "schema", schema, reports=False, within="mappings")


def export(mappings: Mappings = None) -> None:
    """Print the whole mapping as it takes effect: every file, with defaults spelled out, labels as they are written. No network."""
    with workplace(mappings=mappings) as place:
        effective = effective_mapping(place.checked_duties.folder)
    match console().form:
        case ExportFormat.JSON:
            say_machine(effective)
        case ExportFormat.CSV:
            say_document(values_csv(effective))
        case _:
            say_document(as_yaml(effective))


register(app, "export", export, within="mappings", forms=ExportFormat)


def _code(problems: list[Problem], unchecked: list[Unchecked]) -> ExitCode:
    """What nobody can know is no failure; what we may not read, or what did not answer, may hide one."""
    lacks = {each.lack for each in unchecked}
    if problems:
        return ExitCode.CONFIG
    if Lack.RIGHTS in lacks:
        return ExitCode.AUTH
    return ExitCode.LATER if Lack.ANSWER in lacks else ExitCode.OK


def _checked(folder: Path | None, *, live: bool) -> tuple[Duties | None, list[Problem], list[Unchecked]]:
    """The duties where nothing is wrong, what is wrong, and what a live check could not look at."""
    with workplace(mappings=folder) as place:
        problems = place.mapping_problems()
        if problems or not live:
            return (None, problems, []) if problems else (place.checked_duties, [], [])
        place.ready()
        found = check_live(place.systems(place.scratch()))
        return (None if found.problems else place.checked_duties), found.problems, found.unchecked


def _say_plainly(duties: Duties | None, problems: list[Problem], unchecked: list[Unchecked]) -> None:
    """One problem, one line that begins with its place, as editors and `grep` like it."""
    if duties is not None and not console().quiet:
        say(_summary(duties, "fine as far as it could be checked" if unchecked else "fine"))
    for problem in problems:
        say(str(problem))
    for each in unchecked:
        say(f"{NOT_CHECKED}{each.what}")
    tallies = [f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"] if problems else []
    tallies += [f"{len(unchecked)} not checked"] if unchecked else []
    if tallies:
        say(", ".join(tallies))


def _summary(duties: Duties, verdict: str) -> str:
    catalog = duties.catalog
    teams = sum(1 for team in catalog.teams.values() if team.enabled)
    return (
        f"{duties.folder}: {verdict}; {len(catalog.tasks)} tasks, {teams} teams, {len(catalog.calendars)} calendars, "
        f"{len(duties.profiles)} profiles ({', '.join(sorted(duties.profiles))})"
    )
