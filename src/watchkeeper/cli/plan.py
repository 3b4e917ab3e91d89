"""`watchkeeper plan`: what a sync would write, and why. Changes nothing anywhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from watchkeeper.cli.ci import tell_ci
from watchkeeper.cli.console import console
from watchkeeper.cli.output import complain, hidden, rendered, save, show_report
from watchkeeper.cli.parameters import (
    AsOf,
    Backfill,
    EndBy,
    Format,
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
from watchkeeper.cli.selection import opened, options_of
from watchkeeper.model.exit_code import ExitCode, strongest
from watchkeeper.model.plan import Plan
from watchkeeper.model.run import RunReport
from watchkeeper.report.ci.comment import as_comment, marker
from watchkeeper.report.ci.events import events_of_run
from watchkeeper.report.ci.outputs import outputs_of_run
from watchkeeper.report.document import Document
from watchkeeper.report.machine import Json, plan_json
from watchkeeper.report.plan import in_names
from watchkeeper.report.run import plan_run_document
from watchkeeper.report.texts import texts_in
from watchkeeper.report.values import Numbers
from watchkeeper.settings import deployment_given
from watchkeeper.sync.references import group_names
from watchkeeper.sync.run import plan_run
from watchkeeper.wiring import DEFAULT_DEPLOYMENT

if TYPE_CHECKING:
    from watchkeeper.state.store import SqlStateStore


_Out = Annotated[Path | None, typer.Option("--out", help="Also save the plan for `sync --plan`.", show_default=False)]
_CommentFile = Annotated[
    Path | None,
    typer.Option(
        "--comment-file",
        help="Also save the report as the body of a pull request's comment that is changed in place.",
        show_default=False,
    ),
]
_DetailedExitcode = Annotated[
    bool, typer.Option("--detailed-exitcode", help="Exit 8 when there is something to write.")
]


def plan(
    mappings: Mappings = None,
    profile: Profile = None,
    task: Task = None,
    full: Full = False,
    backfill: Backfill = None,
    max_writes: MaxWrites = None,
    open_valve: OpenValves = None,
    as_of: AsOf = None,
    deadline: EndBy = None,
    out: _Out = None,
    comment_file: _CommentFile = None,
    detailed_exitcode: _DetailedExitcode = False,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show what a sync would write, field by field, with reasons. Changes nothing."""
    if comment_file is not None:
        console().comment = partial(_save_comment, comment_file, lang)
    valves = opened(open_valve)
    with workplace(mappings=mappings, as_of=as_of, deadline=deadline) as place:
        place.ready()
        options = options_of(
            "plan",
            place.duties,
            full=full,
            profile=profile,
            task=task,
            max_writes=max_writes,
            open_valves=valves,
            backfill=backfill,
        )
        store = place.scratch()
        with place.tracing.run("plan", place.deployment):
            report = plan_run(
                place.systems(store),
                options,
                place.limits(max_writes),
                place.transport.calls,
                place.transport.allowances,
            )
        numbers, names = numbers_of(store, report.plan), group_names(store, place.duties.catalog)
    changes = [ExitCode.CHANGES] if detailed_exitcode and report.plan.actions else []
    code = strongest([report.exit_code, *changes])
    if out is not None:
        save(out, rendered(as_payload(report, numbers, code)))
    document = plan_run_document(replace(report, plan=in_names(report.plan, names)), lang.value, numbers)
    if write := console().comment:
        write(document)
    show_report(document, as_payload(report, numbers, code), lang, fine=all_well(report))
    complain_of(report)
    tell_ci_of_run(report, document, lang, code)
    raise typer.Exit(code)


def _save_comment(file: Path, lang: Language, document: Document) -> None:
    named = deployment_given() or DEFAULT_DEPLOYMENT
    save(file, hidden(as_comment(document, marker("plan", named), texts_in(lang.value))))


def tell_ci_of_run(report: RunReport, document: Document, lang: Language, code: int) -> None:
    """What a CI system shows of a planned or finished run."""
    tell_ci(document, events_of_run(report, texts_in(lang.value)), outputs_of_run(report, document, code), lang)


def all_well(report: RunReport) -> bool:
    """Whether a planned run met nothing that somebody should look at. What it would write is no problem."""
    return not (report.parked or report.problems)


def complain_of(report: RunReport) -> None:
    """Why a run could not do everything, for whoever reads standard error alone; the report as text says it already."""
    for problem in report.problems if console().form != Format.TEXT else ():
        complain(problem)


def numbers_of(store: SqlStateStore, plan: Plan) -> Numbers:
    """The record numbers that people know of what is to be written, by key and side."""
    links = store.links({action.key for action in plan.actions})
    return {key: {side: link.number for side, link in sides.items()} for key, sides in links.items()}


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
        forecast=report.forecast,
        resume=report.resume,
        notes=report.notes,
    )
