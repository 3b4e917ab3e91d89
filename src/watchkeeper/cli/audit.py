"""`watchkeeper audit`: did a human update every escalation today."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from watchkeeper.cli.ci import tell_ci
from watchkeeper.cli.console import console
from watchkeeper.cli.counted import calls_counted
from watchkeeper.cli.output import complain, show_report
from watchkeeper.cli.parameters import AsOf, EndBy, Format, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.cli.reminders import reminded
from watchkeeper.cli.watch import Watch, begin_watch
from watchkeeper.clock import random_id
from watchkeeper.escalation import FAIL_ON, authors_report, concluded, confirm_authors, run_audit
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.exit_code import ExitCode, Upshot, upshot_of
from watchkeeper.report.attention import is_well
from watchkeeper.report.audit import audit_document, authors_document
from watchkeeper.report.ci.events import events_of_audit
from watchkeeper.report.ci.outputs import outputs_of_audit
from watchkeeper.report.machine import audit_json
from watchkeeper.report.texts import texts_in
from watchkeeper.report.verdict_suites import audit_suites, author_suites
from watchkeeper.sync.halt import halt_notes
from watchkeeper.sync.references import with_groups
from watchkeeper.vitals import note_success, samples_of_audit
from watchkeeper.wiring import Workplace


def audit(
    mappings: Mappings = None,
    as_of: AsOf = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-on", metavar="|".join(FAIL_ON), help="Exit 6 when such a verdict exists.", show_default=False
        ),
    ] = None,
    nudge: Annotated[
        bool, typer.Option("--nudge", help="Remind people of what waits for them, as nudges.yaml says.")
    ] = False,
    authors: Annotated[
        bool, typer.Option("--authors", help="List who wrote in the last 30 days, and as what they count.")
    ] = False,
    confirm: Annotated[
        list[str] | None,
        typer.Option(
            "--confirm",
            metavar="SIDE:ACCOUNT=human|bot",
            help="With --authors: settle what an account is.",
            show_default=False,
        ),
    ] = None,
    deadline: EndBy = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Judge whether a human updated each escalation today.

    Each one is fresh, due, stale, very-stale, exempt or unknown, with the reason. Writes to neither system, but for the work notes
    that --nudge writes where nudges.yaml asks for them.
    """
    unknown = sorted(set(fail_on or ()) - set(FAIL_ON))
    if unknown:
        raise typer.BadParameter(f"--fail-on {', '.join(unknown)}: choose from {', '.join(FAIL_ON)}")
    if nudge and (as_of is not None or authors or confirm):
        raise typer.BadParameter("--nudge reminds of today: without --as-of, --authors and --confirm")
    classes = dict(_confirmation(text) for text in confirm or ())
    looking = bool(authors or classes or as_of)
    watch = None if looking else begin_watch("audit")
    # An audit judges a past instant from history; the clock of the systems themselves stays what it is.
    with workplace(mappings=mappings, deadline=deadline) as place:
        place.ready()
        place.writes = nudge and place.duties.nudges.writes_notes
        if nudge:
            place.check_nudges()
        if watch is not None:
            watch.transport = place.transport
        if classes:
            confirm_authors(place.store(), place.clock, classes)
        with place.tracing.run("audit", place.deployment), nullcontext() if looking else calls_counted(place, "audit"):
            report = _authors(place) if authors or classes else _audit(place, as_of, fail_on or ())
            report = reminded(place, report) if nudge else report
        if not looking and upshot_of(report.exit_code) is Upshot.SUCCESS:
            note_success(place.store(), "audit", report.run_id, report.as_of)
    _tell(report, lang, watch, accounts=bool(authors or classes))
    raise typer.Exit(report.exit_code)


def _tell(report: AuditReport, lang: Language, watch: Watch | None, *, accounts: bool) -> None:
    """Say what was found to everybody who listens. `accounts`: the report is about who wrote."""
    document_of, suites_of = (authors_document, author_suites) if accounts else (audit_document, audit_suites)
    document = document_of(report, lang.value)
    if watch is not None:
        watch.found(document.sentence, samples_of_audit(report))
    fine = report.exit_code == ExitCode.OK and is_well(document)
    show_report(
        document,
        partial(audit_json, report),
        lang,
        fine=fine,
        suites=partial(suites_of, report, lang.value),
    )
    _complain_of(report)
    if not accounts:
        events = events_of_audit(report, texts_in(lang.value))
        tell_ci(document, events, outputs_of_audit(report, document, report.exit_code), lang)


def _complain_of(report: AuditReport) -> None:
    """What a side that failed did not give, for whoever reads standard error alone; the report as text says it already."""
    for side in report.sides if console().form != Format.TEXT else ():
        for reason in side.reasons if side.error else ():
            complain(reason if reason.startswith(f"{side.side}: ") else f"{side.side}: {reason}")


def _audit(place: Workplace, as_of: AsOf, fail_on: Collection[str]) -> AuditReport:
    now = place.clock.now()
    if as_of is not None and as_of > now:
        spelled, limit = (instant.isoformat(timespec="seconds") for instant in (as_of, now))
        raise typer.BadParameter(f"--as-of {spelled} has not come yet; it is {limit}")
    duties = place.duties
    store = place.store() if as_of is None else place.scratch()
    report = run_audit(
        connectors=place.connectors,
        store=store,
        catalog=duties.catalog,
        profiles=list(with_groups(place.systems(store)).profiles.values()),
        clock=place.clock,
        run_id=random_id(),
        as_of=as_of,
        progress=place.progress,
    )
    return concluded(replace(report, notes=halt_notes(store, now)), fail_on)


def _authors(place: Workplace) -> AuditReport:
    duties = place.duties
    store = place.store()
    counts = authors_report(
        connectors=place.connectors,
        store=store,
        catalog=duties.catalog,
        profiles=list(with_groups(place.systems(store)).profiles.values()),
        clock=place.clock,
    )
    return AuditReport(random_id(), place.deployment, place.clock.now(), days=(), verdicts=(), authors=counts)


def _confirmation(text: str) -> tuple[tuple[str, str], str]:
    account, equals, author_class = text.rpartition("=")
    side, colon, name = account.partition(":")
    if not (equals and colon and name) or author_class not in {"human", "bot"}:
        raise typer.BadParameter(f"{text!r} is not SIDE:ACCOUNT=human or SIDE:ACCOUNT=bot")
    return (side, name), author_class
