"""`watchkeeper report`: what a period brought, from the state store alone."""

from __future__ import annotations

from functools import partial

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.console import console
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import AuditFormat, Format, Lang, Language
from watchkeeper.cli.period import Days, period_named
from watchkeeper.cli.place import workplace
from watchkeeper.cli.report_evidence import oversight, remediation, secure_score
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.compliance import (
    Compliance,
    compliance_document,
    compliance_json,
    compliance_suites,
    looked_back,
)
from watchkeeper.report.document import Mark
from watchkeeper.report.judged import judged
from watchkeeper.report.past_runs import PastRuns, began_in, runs_document, runs_json, runs_suites
from watchkeeper.report.standing import standing_document, standing_json, standing_suites

app = typer.Typer(help="Tell what a period brought, from the state store alone. Calls no system.", no_args_is_help=True)
WELL = frozenset({VerdictKind.FRESH, VerdictKind.EXEMPT, VerdictKind.DUE})
MOST_RUNS = 100_000
"""More than three years of a run every quarter of an hour."""


def escalations(days: Days = "30d", lang: Lang = Language.ENGLISH) -> None:
    """Tell where the escalations stand: updated, late and with whom, on hold.

    From the verdicts that the audits of the period stored. Calls no system.
    """
    with workplace() as place:
        chosen = period_named(place, days)
        every = console().form in {Format.JSON, AuditFormat.CSV}
        found = judged(place.memory(), place.deployment, place.clock.now(), chosen, every=every)
    fine = all(verdict.kind in WELL for verdict in found.standing)
    suites = partial(standing_suites, found, lang.value)
    show_report(standing_document(found, lang.value), standing_json(found), lang, fine=fine, suites=suites)


def compliance(days: Days = "30d", lang: Lang = Language.ENGLISH) -> None:
    """Tell how many of the updates that were owed were made, per team and day.

    Also over the last 7, 30 and 90 days of the period. Days that are not over are left out of the shares. Calls no system.
    """
    with workplace() as place:
        chosen = period_named(place, days)
        sheets = place.memory().day_sheets(looked_back(chosen).isoformat(), chosen.until.isoformat())
        found = Compliance(place.deployment, place.clock.now(), chosen, tuple(sheets))
    suites, document = partial(compliance_suites, found, lang.value), compliance_document(found, lang.value)
    show_report(document, compliance_json(found), lang, fine=document.mark is not Mark.BAD, suites=suites)


def run(days: Days = "30d", lang: Lang = Language.ENGLISH) -> None:
    """Tell of the runs: how many, how they ended, what they wrote. Calls no system.

    One that is under way is not told of yet.
    """
    with workplace() as place:
        chosen = period_named(place, days)
        memory, now = place.memory(), place.clock.now()
        holder = memory.lease(*place.holder()).holder()
        working = holder.run_id if holder is not None and holder.expires_at > now else ""
        runs = began_in(chosen, memory.runs(MOST_RUNS))
        past = PastRuns(place.deployment, now, chosen, tuple(run for run in runs if run["run_id"] != working))
    suites = partial(runs_suites, past, lang.value)
    show_report(runs_document(past, lang.value), runs_json(past), lang, suites=suites)


for name, command in (
    ("escalations", escalations),
    ("run", run),
    ("compliance", compliance),
    ("secure-score", secure_score),
    ("remediation", remediation),
    ("oversight", oversight),
):
    register(app, name, command, within="report", forms=AuditFormat)
