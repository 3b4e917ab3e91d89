"""`watchkeeper undo`: take a run back, as far as nobody has touched since what it wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from watchkeeper.cli.output import complain, rendered, require_writable, save, show_report
from watchkeeper.cli.parameters import EndBy, Lang, Language, Mappings, MaxWrites, OpenValves
from watchkeeper.cli.place import workplace
from watchkeeper.cli.plan import all_well, as_payload, complain_of, numbers_of
from watchkeeper.cli.saved_plan import read_saved_plan
from watchkeeper.cli.selection import opened
from watchkeeper.model.run import RunReport
from watchkeeper.report.complaint import only_observing
from watchkeeper.report.machine import run_json
from watchkeeper.report.plan import in_names
from watchkeeper.report.run import plan_run_document, run_document
from watchkeeper.report.texts import texts_in
from watchkeeper.settings import Mode
from watchkeeper.state.store import SqlStateStore
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.plan import Options
from watchkeeper.sync.prepared import Undo
from watchkeeper.sync.references import group_names
from watchkeeper.sync.run import plan_run, sync_run
from watchkeeper.wiring import Workplace

LATEST: Final = 1000
"""Among so many runs one is found by the beginning of its id."""
OFFERED: Final = 3


def undo(
    run: Annotated[str, typer.Argument(help="The run, as `history` lists it; the beginning of its id is enough.")],
    confirm: Annotated[bool, typer.Option("--confirm", help="Write it; without it the plan is only shown.")] = False,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Write only what this saved plan holds.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also save the plan for `undo --plan`.", show_default=False)
    ] = None,
    no_pause: Annotated[
        bool, typer.Option("--no-pause", help="Do not pause the deployment before the first write.")
    ] = False,
    while_paused: Annotated[
        bool, typer.Option("--while-paused", help="Write although somebody has paused the deployment.")
    ] = False,
    mappings: Mappings = None,
    max_writes: MaxWrites = None,
    open_valve: OpenValves = None,
    deadline: EndBy = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Take back what a run wrote and nobody touched since.

    Every such field is given what it held before. Creates and comments stay, and are named; nothing is deleted.
    """
    valves = opened(open_valve)
    require_writable(out)
    with workplace(mappings=mappings, writes=True, deadline=deadline) as place:
        place.ready()
        writing = confirm and place.settings.mode is not Mode.OBSERVE
        store = place.store() if writing else place.scratch()
        wanted = Undo(named_run(store, run), pauses=not no_pause, while_paused=while_paused)
        options = Options("undo", max_writes=max_writes, open_valves=valves, undo=wanted)
        if plan is not None:
            options = read_saved_plan(plan, options, store, place.duties.profiles.values())
        with place.tracing.run("undo", place.deployment):
            report = _undone(place, store, options) if writing else _planned(place, store, options)
        numbers, names = numbers_of(store, report.plan), group_names(store, place.duties.catalog)
    if out is not None:
        save(out, rendered(as_payload(report, numbers, report.exit_code)))
    if writing:
        fine = report.exit_code == 0 and not report.parked
        show_report(run_document(report, lang.value), run_json(report), lang, fine=fine)
    else:
        document = plan_run_document(replace(report, plan=in_names(report.plan, names)), lang.value, numbers)
        show_report(document, as_payload(report, numbers, report.exit_code), lang, fine=all_well(report))
    if confirm and not writing and report.plan.actions:
        complain(only_observing(texts_in(lang.value)))
    complain_of(report)
    raise typer.Exit(report.exit_code)


def named_run(store: StateStore, name: str) -> str:
    """The run that a name stands for. Raises typer.BadParameter where there is none, or more than one."""
    if store.write_log(run_id=name, limit=1):
        return name
    known = [str(row["run_id"]) for row in store.runs(LATEST)]
    found = [run for run in known if name and run.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise typer.BadParameter(f"{name!r} is the beginning of {len(found)} runs", param_hint="RUN")
    writers = ", ".join(_writers(store, known))
    hint = f"; runs that wrote: {writers}" if writers else ""
    raise typer.BadParameter(f"there is no run {name!r}; `watchkeeper history` lists them{hint}", param_hint="RUN")


def _writers(store: StateStore, runs: Sequence[str]) -> list[str]:
    found: list[str] = []
    for run in runs:
        if len(found) < OFFERED and store.write_log(run_id=run, limit=1):
            found.append(run)
    return found


def _undone(place: Workplace, store: SqlStateStore, options: Options) -> RunReport:
    transport, lease = place.transport, store.lease(*place.holder())
    limits = place.limits(options.max_writes)
    systems = place.systems(store)
    return sync_run(systems, lease, options, limits, transport.calls, transport.allowances, transport.lessons)


def _planned(place: Workplace, store: SqlStateStore, options: Options) -> RunReport:
    transport, limits = place.transport, place.limits(options.max_writes)
    return plan_run(place.systems(store), options, limits, transport.calls, transport.allowances)
