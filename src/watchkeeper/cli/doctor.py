"""`watchkeeper doctor`: is this deployment fit to run, and which rights does it need."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.console import console
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.doctor.checks import Examined, examine
from watchkeeper.doctor.least import least_rights
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.findings import ProbeOutcome
from watchkeeper.model.run import RunReport
from watchkeeper.report.checks import NEEDS_SOMEBODY, doctor_document
from watchkeeper.report.machine import doctor_json, permissions_json
from watchkeeper.report.permissions import permissions_document
from watchkeeper.sync.halt import refuse_halted
from watchkeeper.sync.plan import Options
from watchkeeper.sync.run import plan_run
from watchkeeper.wiring import Workplace


def doctor(
    mappings: Mappings = None,
    permissions: Annotated[
        bool,
        typer.Option(
            "--permissions", help="Print the least rights for this mode, these tables and fields. Calls no system."
        ),
    ] = False,
    write_probe: Annotated[
        bool,
        typer.Option(
            "--write-probe",
            help="Also make, change and resolve one ServiceNow ticket, to see whether every field is kept.",
        ),
    ] = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Check reach, sign-in, rights, clocks and names. Reads only, unless told otherwise."""
    with workplace(mappings=mappings, writes=write_probe) as place:
        if permissions:
            _print_permissions(place, lang)
            return
        place.ready()
        if write_probe:
            refuse_halted(place.memory(), place.clock.now())
        probes = examine(_examined(place), write=write_probe)
    outcomes = {probe.outcome for probe in probes}
    code = ExitCode.AUTH if ProbeOutcome.FAIL in outcomes else ExitCode.OK
    shown = NEEDS_SOMEBODY if console().quiet else frozenset(ProbeOutcome)
    document = doctor_document(probes, lang.value, shown)
    show_report(document, doctor_json(probes, exit_code=code), lang, fine=outcomes.isdisjoint(NEEDS_SOMEBODY))
    raise typer.Exit(code)


def _examined(place: Workplace) -> Examined:
    store = place.scratch()

    def plan() -> RunReport:
        transport = place.transport
        return plan_run(place.systems(store), Options("plan"), place.limits(), transport.calls, transport.allowances)

    duties = place.duties
    mode = place.settings.mode.value
    return Examined(place.connectors, store, duties.catalog, duties.profiles, mode, plan, place.sources)


def _print_permissions(place: Workplace, lang: Language) -> None:
    settings, duties = place.offline, place.duties
    found = least_rights(duties.catalog, duties.profiles, settings.mode.value, settings.evidence_endpoints())
    show_report(permissions_document(found, lang.value), permissions_json(found), lang)
