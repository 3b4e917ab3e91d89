"""`watchkeeper export`: what a web server publishes, from the state store alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.console import console
from watchkeeper.cli.output import hidden, show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.cli.report_evidence import looking_back
from watchkeeper.evidence.kept import assignment
from watchkeeper.portal.grounds import require_free_ground
from watchkeeper.portal.replacing import publish
from watchkeeper.portal.reports import soc_reports
from watchkeeper.portal.site import site_of
from watchkeeper.portal.summary import Exported, exported_document, exported_json
from watchkeeper.portal.tickets import tickets_of
from watchkeeper.portal.told import Told, home_of, kept_until
from watchkeeper.report.judged import judged
from watchkeeper.report.period import period
from watchkeeper.wiring import Workplace

_PERIOD: Final = "30d"
"""What the reports tell of."""

app = typer.Typer(help="Write the intranet portal, from the state store alone. Calls no system.", no_args_is_help=True)


@app.callback()
def export() -> None:
    """Write the intranet portal, from the state store alone. Calls no system."""


def site(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The site's folder: new, empty, or one written before.")
    ],
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Write the portal: a folder of static pages for any web server, replaced as a whole.

    A folder for each owner of devices with what is to be mended, and the SOC's reports, in English and Japanese. Calls no system.
    """
    with workplace(mappings=mappings) as place:
        require_free_ground(folder, place.duties.folder)
        told = told_of(place)
    made = site_of(told, hosts=console().hosts, hide=hidden)
    replaced = publish(folder, told.home.deployment, made.files)
    exported = Exported(folder, told, made, replaced)
    show_report(exported_document(exported, lang.value), exported_json(exported), lang)


def told_of(place: Workplace) -> Told:
    """What the portal is made of, from the state store and the mappings."""
    memory, now, duties = place.memory(), place.clock.now(), place.duties
    chosen = period(_PERIOD, now.date())
    kept = kept_until(memory, chosen.until)
    escalations = judged(memory, place.deployment, now, chosen, every=True)
    return Told(
        home=home_of(duties.catalog, place.offline.servicenow_instance or ""),
        now=now,
        days=kept.days,
        as_of=kept.as_of,
        missing=kept.missing,
        recommendations=kept.recommendations,
        ownership=assignment(memory, duties.owners, chosen.until).ownership,
        rules=duties.evidence.remediation,
        untold=kept.untold,
        tickets=tickets_of(memory, chosen.until),
        reports=tuple(soc_reports(looking_back(place).oversight(chosen), escalations)),
    )


register(app, "site", site, within="export")
