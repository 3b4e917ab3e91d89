"""`watchkeeper doctor`: is this deployment fit to run."""

from __future__ import annotations

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.doctor.checks import examine
from watchkeeper.model.capabilities import ProbeOutcome
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.checks import doctor_document
from watchkeeper.report.machine import doctor_json


def doctor(mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Check reach, sign-in, rights, clocks and names. Reads only."""
    with workplace(mappings=mappings) as place:
        place.ready()
        settings, duties = place.settings, place.duties
        probes = examine(place.connectors, place.scratch(), duties.catalog, duties.profiles, settings.mode.value)
    show_report(doctor_document(probes, lang.value), doctor_json(probes), lang)
    failed = any(probe.outcome is ProbeOutcome.FAIL for probe in probes)
    raise typer.Exit(ExitCode.AUTH if failed else ExitCode.OK)
