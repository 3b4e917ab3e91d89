"""`watchkeeper tasks`: the catalogue, what is due, and raising what is needed now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.catalog import due as decide_due
from watchkeeper.catalog import raise_occurrence
from watchkeeper.catalog.owner_requests import with_request_duties
from watchkeeper.catalog.year import planned
from watchkeeper.cli.command import register
from watchkeeper.cli.output import save, show_report
from watchkeeper.cli.parameters import AsOf, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.errors import Rejected
from watchkeeper.report.checks import due_document, tasks_document
from watchkeeper.report.machine import due_json, tasks_json
from watchkeeper.report.tools import raised_document, raised_json
from watchkeeper.report.year import year_document, year_ics, year_json
from watchkeeper.sync.standing import open_tickets

app = typer.Typer(help="The catalogue of duties.", no_args_is_help=True)


@app.callback()
def tasks() -> None:
    """The catalogue of duties."""


def list_tasks(mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """List every task with its cadence and teams."""
    with workplace(mappings=mappings) as place:
        catalog = place.duties.catalog
    show_report(tasks_document(catalog, lang.value), tasks_json(catalog), lang)


def due_tasks(
    mappings: Mappings = None,
    as_of: AsOf = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show what would be opened, carried, missed or skipped at an instant. Reads the state store, calls no system."""
    with workplace(mappings=mappings, as_of=as_of) as place:
        store = place.scratch()
        now = place.clock.now()
        standing = open_tickets(store, place.duties.profiles)
        catalog = with_request_duties(place.duties.catalog)
        decided = decide_due(catalog, now, store.decisions().keys(), standing, store.raised())
    show_report(due_document(decided, now, lang.value, standing=len(standing)), due_json(decided, now, standing), lang)


def calendar(
    months: Annotated[int, typer.Option("--months", min=1, max=36, help="How many months, this one included.")] = 12,
    team: Annotated[str | None, typer.Option("--team", help="Only what this team owes.", show_default=False)] = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Also write a calendar file.", show_default=False)
    ] = None,
    mappings: Mappings = None,
    as_of: AsOf = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show what falls due over the coming months, with holidays applied. Calls no system."""
    with workplace(mappings=mappings, as_of=as_of) as place:
        catalog, now = place.duties.catalog, place.clock.now()
    try:
        found = planned(catalog, now, months, team)
    except Rejected as error:
        raise typer.BadParameter(str(error)) from error
    if ics is not None:
        save(ics, year_ics(catalog, found, now, lang.value))
    show_report(year_document(catalog, found, lang.value), year_json(found, months, now), lang)


def raise_task(
    task: Annotated[str, typer.Argument(help="A task's id.")],
    team: Annotated[str, typer.Option("--team", help="A team's id, or all for a task that all teams share.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is needed now; it goes into the ticket.")],
    dedupe_key: Annotated[
        str | None,
        typer.Option(
            "--dedupe-key",
            help="The same key on the same day raises nothing twice (default: the reason).",
            show_default=False,
        ),
    ] = None,
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Raise an as-needed task; the next sync opens its ticket and incident."""
    with workplace(mappings=mappings) as place:
        catalog, now = place.duties.catalog, place.clock.now()
        try:
            occurrence = raise_occurrence(catalog, task, team, reason=reason, dedupe_key=dedupe_key or reason, now=now)
        except Rejected as error:
            raise typer.BadParameter(str(error)) from error
        fresh = place.store().raise_occurrence(occurrence, now)
    key = occurrence.key
    show_report(raised_document(key, lang.value, fresh=fresh), raised_json(key, fresh=fresh), lang, fine=True)


register(app, "list", list_tasks, within="tasks")
register(app, "due", due_tasks, within="tasks")
register(app, "calendar", calendar, within="tasks")
register(app, "raise", raise_task, within="tasks")
