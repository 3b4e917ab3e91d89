"""`watchkeeper export`: what a web server publishes, from the state store alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.catalog.model import Catalog
from watchkeeper.cli.command import register
from watchkeeper.cli.console import console
from watchkeeper.cli.output import hidden, show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.evidence.kept import assignment
from watchkeeper.portal.grounds import require_free_ground
from watchkeeper.portal.replacing import publish
from watchkeeper.portal.reports import soc_reports
from watchkeeper.portal.site import site_of
from watchkeeper.portal.summary import Exported, exported_document, exported_json
from watchkeeper.portal.tickets import tickets_of
from watchkeeper.portal.told import Home, Told, kept_until
from watchkeeper.wiring import Workplace

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
    kept = kept_until(memory, now.date())
    return Told(
        home=_home(duties.catalog, place.offline.servicenow_instance or ""),
        now=now,
        days=kept.days,
        as_of=kept.as_of,
        missing=kept.missing,
        recommendations=kept.recommendations,
        ownership=assignment(memory, duties.owners, now.date()).ownership,
        rules=duties.evidence.remediation,
        tickets=tickets_of(memory, now.date()),
        reports=tuple(soc_reports(memory, place.deployment, now, duties.evidence)),
    )


def _home(catalog: Catalog, instance: str) -> Home:
    home, team = catalog.deployment, catalog.teams[catalog.deployment.oversight_team]
    return Home(home.name, home.language, str(home.zone), team.name, team.group, instance)


register(app, "site", site, within="export")
