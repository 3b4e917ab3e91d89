"""`watchkeeper plan`: what a sync would write, and why. Changes nothing anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.exits import ExitCode, strongest
from watchkeeper.cli.output import complain, rendered, save, show_report
from watchkeeper.cli.parameters import (
    AsOf,
    Backfill,
    Full,
    Lang,
    Language,
    Mappings,
    MaxWrites,
    OpenValves,
    Profile,
    Task,
    valve,
)
from watchkeeper.cli.place import workplace
from watchkeeper.model.run import RunReport
from watchkeeper.report.machine import Json, plan_json
from watchkeeper.report.plan import plan_document
from watchkeeper.report.values import Numbers
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.plan import Options
from watchkeeper.sync.run import plan_run


def plan(
    mappings: Mappings = None,
    profile: Profile = None,
    task: Task = None,
    full: Full = False,
    backfill: Backfill = None,
    max_writes: MaxWrites = None,
    open_valve: OpenValves = None,
    as_of: AsOf = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also save the plan for `sync --plan`.", show_default=False)
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 8 when there is something to write.")
    ] = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show what a sync would write, field by field, with reasons. Changes nothing."""
    options = Options(
        "plan",
        full=full,
        profile=profile,
        task=task,
        max_writes=max_writes,
        open_valves=dict(valve(text) for text in open_valve or ()),
        backfill_since=backfill,
    )
    with workplace(mappings=mappings, as_of=as_of) as place:
        store = place.scratch()
        report = plan_run(place.systems(store), options, place.limits(max_writes), place.transport.calls)
        numbers = numbers_of(store)
    changes = [ExitCode.CHANGES] if detailed_exitcode and report.plan.actions else []
    code = strongest([report.exit_code, *changes])
    if out is not None:
        save(out, rendered(as_payload(report, numbers, code)))
    show_report(
        plan_document(report.plan, report.decided, report.valves, lang.value, numbers),
        as_payload(report, numbers, code),
        lang,
        fine=not report.plan.actions,
    )
    for problem in report.problems:
        complain(problem)
    raise typer.Exit(code)


def numbers_of(store: SqlStateStore) -> Numbers:
    """The record numbers that people know, by key and side."""
    return {key: {side: link.number for side, link in sides.items()} for key, sides in store.links().items()}


def as_payload(report: RunReport, numbers: Numbers, code: int) -> Json:
    """A planned run as the JSON document that `sync --plan` reads back."""
    return plan_json(
        report.plan,
        report.decided,
        report.valves,
        numbers,
        command=report.command,
        exit_code=code,
        reasons=report.reasons,
    )
