"""`watchkeeper report secure-score`, `remediation`, `oversight`: what evidence that was kept from day to day tells of a period."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from watchkeeper.catalog.pack_folder import packs_off
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.period import Days, period_named
from watchkeeper.cli.place import workplace
from watchkeeper.report.document import Mark
from watchkeeper.report.look_back import LookBack
from watchkeeper.report.oversight_document import oversight_document
from watchkeeper.report.oversight_forms import oversight_json, oversight_suites
from watchkeeper.report.remediation_document import remediation_document
from watchkeeper.report.remediation_forms import remediation_json, remediation_suites
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.secure_score_forms import score_json, score_suites
from watchkeeper.wiring import Workplace

Actions = Annotated[
    int | None,
    typer.Option(
        "--actions",
        min=0,
        metavar="N",
        help="How many next actions to tell, instead of what evidence.yaml says.",
        show_default=False,
    ),
]


def secure_score(
    days: Days = "30d", actions: Actions = None, mappings: Mappings = None, lang: Lang = Language.ENGLISH
) -> None:
    """Tell what Microsoft Secure Score did, what moved it, and what would raise it most.

    From what was kept of it day by day, which outlives the source's own 90 days. Calls no system.
    """
    with workplace(mappings=mappings) as place:
        found = looking_back(place).scores(period_named(place, days), actions)
    document, suites = score_document(found, lang.value), partial(score_suites, found, lang.value)
    fine = document.mark is Mark.GOOD
    show_report(document, partial(score_json, found), lang, fine=fine, suites=suites)


def remediation(days: Days = "30d", mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Tell how far owners of devices are with what they were asked to mend: what is overdue, what stands still, who has how much.

    From what was kept of it day by day, which outlives the source's own 180 days. Calls no system.
    """
    with workplace(mappings=mappings) as place:
        found = looking_back(place).remediation(period_named(place, days))
    document, suites = remediation_document(found, lang.value), partial(remediation_suites, found, lang.value)
    fine = document.mark is Mark.GOOD
    show_report(document, partial(remediation_json, found), lang, fine=fine, suites=suites)


def oversight(days: Days = "30d", mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Tell SOC Oversight which duties fell due, what became of them, and which were closed without their required evidence.

    By task and team. With the daily updates of escalations, packs, exercises, licences and posts of the Message center; Secure Score
    and remediation in a sentence each. Calls no system.
    """
    with workplace(mappings=mappings) as place:
        found = looking_back(place).oversight(period_named(place, days))
    document, suites = (
        oversight_document(found, lang.value),
        partial(oversight_suites, found, lang.value),
    )
    fine = document.mark is Mark.GOOD
    show_report(document, partial(oversight_json, found), lang, fine=fine, suites=suites)


def looking_back(place: Workplace) -> LookBack:
    """On what the store keeps, by the rules of the mappings folder."""
    duties = place.duties
    return LookBack(
        place.memory(),
        place.deployment,
        place.clock.now(),
        duties.owners,
        duties.evidence,
        duties.catalog,
        partial(packs_off, duties.folder),
    )
