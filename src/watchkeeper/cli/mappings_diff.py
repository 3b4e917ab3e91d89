"""`watchkeeper mappings diff`: what changed mappings mean, before anything is written."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.catalog.compared import Said, differences_of
from watchkeeper.cli.output import complain, show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.cli.revisions import Version, version_of
from watchkeeper.errors import Config
from watchkeeper.mapping.documents import ProblemList
from watchkeeper.mapping.impact import only_in_new, touched
from watchkeeper.mapping.load import every_profile
from watchkeeper.mapping.locate import find_mappings
from watchkeeper.model.difference import Difference
from watchkeeper.model.exit_code import ExitCode, strongest
from watchkeeper.model.run import RunReport
from watchkeeper.report.mapping_diff import DiffView, diff_document, diff_json
from watchkeeper.sync.plan import Options
from watchkeeper.sync.run import plan_run
from watchkeeper.wiring import Workplace


@dataclass(frozen=True, slots=True)
class Meaning:
    """A version that loads, and what it says."""

    version: Version
    said: Said


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder, REVISION, or REVISION:FOLDER.")],
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="The same; without it, the current mappings folder.", show_default=False),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Also plan with both on a copy of the memory. Reads both systems.")
    ] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 8 when something means something else.")
    ] = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show what changed mappings mean, and how many open tickets that touches. Writes nothing.

    Comments, order of keys and spelt-out defaults make no difference. A git revision is read without touching the work tree.
    """
    with ExitStack() as stack, workplace() as place:
        current = find_mappings(None, _setting(place), Path.cwd()).folder
        before = _meaning(stack.enter_context(version_of(old, current)))
        after = _meaning(stack.enter_context(version_of(new or current.as_posix(), current)))
        differences = _differences(before, after, place.clock.now())
        keys = _touched(differences, place)
        view = DiffView(before.version.name, after.version.name, differences, keys)
        codes: list[int] = [ExitCode.CHANGES] if detailed_exitcode and differences else []
        if live:
            plans = [_planned(each.version) for each in (before, after)]
            view = replace(view, live=only_in_new(*(report.plan for report in plans)))
            codes += [report.exit_code for report in plans]
            for problem in dict.fromkeys(str(each) for report in plans for each in report.problems):
                complain(problem)
    code = strongest(codes)
    show_report(diff_document(view, lang.value), diff_json(view, exit_code=code), lang, comment=True)
    raise typer.Exit(code)


def _setting(place: Workplace) -> str | None:
    named = place.of_mappings.mappings
    return str(named) if named else None


def _meaning(version: Version) -> Meaning:
    """Raises Config, with the version named, when it does not load."""
    try:
        with workplace(mappings=version.folder) as there:
            duties = there.checked_duties
        profiles = every_profile(version.folder, ProblemList())
        return Meaning(version, Said(version.folder, profiles, duties.catalog, duties.limits))
    except Config as error:
        raise version.told(error) from error


def _differences(before: Meaning, after: Meaning, now: datetime) -> tuple[Difference, ...]:
    found = differences_of(before.said, after.said, now)
    return tuple(replace(each, place=before.version.shown(after.version.shown(each.place))) for each in found)


def _touched(differences: tuple[Difference, ...], place: Workplace) -> tuple[frozenset[str], ...] | None:
    if not place.remembers:
        return None
    store = place.memory()
    return touched(differences, store.links(store.unclosed_keys(())))


def _planned(version: Version) -> RunReport:
    """What a run with these mappings would write, on a copy of the memory."""
    with workplace(mappings=version.folder) as place:
        place.ready()
        store = place.scratch()
        return plan_run(
            place.systems(store),
            Options("plan", full=True),
            place.limits(),
            place.transport.calls,
            place.transport.allowances,
        )
