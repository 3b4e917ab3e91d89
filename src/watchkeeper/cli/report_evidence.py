"""`watchkeeper report secure-score`: what evidence that was kept from day to day tells of a period."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.period import Days, period_named
from watchkeeper.cli.place import workplace
from watchkeeper.report.document import Mark
from watchkeeper.report.secure_score import ACTIONS, score_report
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.secure_score_forms import score_json, score_suites

Actions = Annotated[int, typer.Option("--actions", min=0, metavar="N", help="How many next actions to tell.")]


def secure_score(days: Days = "30d", actions: Actions = ACTIONS, lang: Lang = Language.ENGLISH) -> None:
    """Tell what Microsoft Secure Score did, what moved it, and what would raise it most.

    From what was kept of it day by day, which outlives the source's own 90 days. Calls no system.
    """
    with workplace() as place:
        chosen = period_named(place, days)
        found = score_report(place.memory(), place.deployment, place.clock.now(), chosen, actions)
    document, suites = score_document(found, lang.value), partial(score_suites, found, lang.value)
    fine = document.mark is Mark.GOOD
    show_report(document, partial(score_json, found), lang, fine=fine, suites=suites)
