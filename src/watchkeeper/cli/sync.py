"""`watchkeeper sync`: bring both systems in step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.output import complain, show_report
from watchkeeper.cli.parameters import (
    AsOf,
    Backfill,
    EndBy,
    Full,
    Lang,
    Language,
    Mappings,
    MaxWrites,
    OpenValves,
    Profile,
    Task,
)
from watchkeeper.cli.place import workplace
from watchkeeper.cli.plan import all_well, as_payload, complain_of, numbers_of, tell_ci_of_run
from watchkeeper.cli.saved_plan import read_saved_plan
from watchkeeper.cli.selection import opened, options_of
from watchkeeper.cli.watch import begin_watch
from watchkeeper.model.limits import Limits
from watchkeeper.model.run import RunReport
from watchkeeper.report.complaint import only_observing
from watchkeeper.report.machine import run_json
from watchkeeper.report.plan import in_names
from watchkeeper.report.run import plan_run_document, run_document
from watchkeeper.report.texts import texts_in
from watchkeeper.report.values import Numbers
from watchkeeper.settings import Mode
from watchkeeper.sync.plan import Options
from watchkeeper.sync.references import group_names
from watchkeeper.sync.run import plan_run, sync_run
from watchkeeper.vitals import samples_of_run
from watchkeeper.wiring import Workplace


def sync(
    mappings: Mappings = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", help="Write only what this saved plan holds.", show_default=False)
    ] = None,
    profile: Profile = None,
    task: Task = None,
    full: Full = False,
    backfill: Backfill = None,
    max_writes: MaxWrites = None,
    open_valve: OpenValves = None,
    as_of: AsOf = None,
    deadline: EndBy = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Plan, check the valves, write, report. In WATCHKEEPER_MODE=observe it says what it would have done."""
    valves = opened(open_valve)
    watch = begin_watch("sync")
    with workplace(mappings=mappings, as_of=as_of, writes=True, deadline=deadline) as place:
        place.ready()
        watch.transport = place.transport
        options = options_of(
            "sync",
            place.duties,
            full=full,
            profile=profile,
            task=task,
            max_writes=max_writes,
            open_valves=valves,
            backfill=backfill,
        )
        with place.tracing.run("sync", place.deployment):
            report, numbers, names = run(place, options, place.limits(max_writes), plan)
    if report.mode == Mode.OBSERVE.value:
        document = plan_run_document(replace(report, plan=in_names(report.plan, names)), lang.value, numbers)
        show_report(document, as_payload(report, numbers, report.exit_code), lang, fine=all_well(report))
        if report.plan.actions:
            complain(only_observing(texts_in(lang.value)))
    else:
        quiet_run = report.exit_code == 0 and not report.parked
        document = run_document(report, lang.value)
        show_report(document, run_json(report), lang, fine=quiet_run)
    watch.found(document.sentence, samples_of_run(report))
    complain_of(report)
    tell_ci_of_run(report, document, lang, report.exit_code)
    raise typer.Exit(report.exit_code)


def run(
    place: Workplace, options: Options, limits: Limits, saved: Path | None = None
) -> tuple[RunReport, Numbers, Mapping[str, str]]:
    """One sync; in observe mode only its plan. Also the numbers of the records that it would write to, and the names of groups by id."""
    observing = place.settings.mode is Mode.OBSERVE
    store = place.scratch() if observing else place.store()
    systems = place.systems(store)
    if saved is not None:
        options = read_saved_plan(saved, options, store, systems.profiles.values())
    if observing:
        report = plan_run(systems, options, limits, place.transport.calls, place.transport.allowances)
    else:
        transport, lease = place.transport, store.lease(*place.holder())
        report = sync_run(systems, lease, options, limits, transport.calls, transport.allowances, transport.lessons)
    return report, numbers_of(store, report.plan), group_names(store, systems.catalog)
