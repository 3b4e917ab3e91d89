"""`watchkeeper mappings test`: the cases beside the mappings, run without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.errors import Config, Problem
from watchkeeper.mapping.case_file import CASES
from watchkeeper.mapping.cases import collect_cases
from watchkeeper.mapping.choices import in_known_words
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.mapping_test import TrialView, trial_document, trial_json
from watchkeeper.sync.exercised import rows_of
from watchkeeper.sync.rehearse import Rehearsal, rehearse
from watchkeeper.wiring import Duties


def try_out(
    folder: Annotated[Path | None, typer.Argument(help="The mappings folder.", show_default=False)] = None,
    coverage: Annotated[bool, typer.Option("--coverage", help="List the rows that no case exercises.")] = False,
    min_coverage: Annotated[
        int, typer.Option("--min-coverage", min=0, max=100, help="Fail when cases exercise less of the rows (percent).")
    ] = 0,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Run the cases in `cases/*.yaml` of the mappings folder. No network.

    Each is a record, or a pair, and what must become of it in the other system. Ends with exit code 4 when a case fails or too
    few rows are exercised, and with 3 when a file is wrong.
    """
    with workplace(mappings=folder) as place:
        view = _tried(place.checked_duties, coverage=coverage, least=min_coverage)
    code = ExitCode.OK if view.fine else ExitCode.PARTIAL
    show_report(trial_document(view, lang.value), trial_json(view, exit_code=code), lang, fine=view.fine)
    raise typer.Exit(code)


def _tried(duties: Duties, *, coverage: bool, least: int) -> TrialView:
    """Every case of a sound folder, run. Raises Config with what is wrong with the cases, or where there are none."""
    problems = ProblemList()
    groups = tuple(sorted({team.group for team in duties.catalog.teams.values() if team.enabled}))
    profiles = every_profile(duties.folder, problems, groups=groups)
    cases = collect_cases(duties.folder, profiles, problems)
    problems.raise_if_any()
    if not cases:
        place = (duties.folder / CASES).as_posix()
        raise Config([Problem(place, "", "has no cases", "at least one file cases/*.yaml")])
    profiles = {name: in_known_words(profile) for name, profile in profiles.items()}
    trial = Rehearsal(duties.catalog, profiles, TemplateComposer())
    rehearsed = tuple(rehearse(case, trial) for case in cases)
    tried = {case.profile for case in cases}
    rows = frozenset(row for name in tried for row in rows_of(profiles[name]))
    return TrialView(rehearsed, rows, least, coverage)
