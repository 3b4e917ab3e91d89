"""`watchkeeper evidence`: gather what the duties are about, and show what is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import EndBy, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.gathering import Found
from watchkeeper.model.nearest import suggest
from watchkeeper.report.gathered import collected_document, collected_json, evidence_document
from watchkeeper.settings import hosts_given
from watchkeeper.sources import estate_of, tenant_of
from watchkeeper.wiring import Workplace

app = typer.Typer(help="What the duties are about: gather it and show it.", no_args_is_help=True)

Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="Only for this duty (may be given again).", show_default=False),
]


@app.callback()
def evidence() -> None:
    """What the duties are about: gather it and show it."""


def collect_evidence(
    task: Tasks = None, mappings: Mappings = None, deadline: EndBy = None, lang: Lang = Language.ENGLISH
) -> None:
    """Ask the sources for what the duties are about, and keep it. The next sync brings it to the tickets.

    Reads only. A source that fails marks its evidence as missing (exit 4) and keeps no other from being asked.
    """
    with workplace(mappings=mappings, deadline=deadline) as place:
        place.ready()
        tasks = _chosen(place, task)
        with place.tracing.run("evidence collect", place.deployment):
            found = collect(desk_of(place), COLLECTORS, tasks, hosts_given())
        catalog = place.duties.catalog
    code = _exit_code(found)
    document = collected_document(found.gathered, catalog, lang.value, found.raised)
    payload = collected_json("evidence collect", found.gathered, code, found.raised)
    show_report(document, payload, lang, fine=code is ExitCode.OK)
    raise typer.Exit(code)


def show_evidence(task: Tasks = None, mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Show what was last gathered for each duty, what is missing, and what its ticket is told. Calls no system."""
    with workplace(mappings=mappings) as place:
        tasks, memory, now = _chosen(place, task), place.memory(), place.clock.now()
        kept = [memory.latest_snapshot(gathering_of(each), now.date()) for each in tasks]
        gathered = [each.document for each in kept if each is not None]
        catalog = place.duties.catalog
    fine = bool(gathered) and all(each.complete for each in gathered)
    document = evidence_document(gathered, catalog, now, lang.value)
    show_report(document, collected_json("evidence show", gathered), lang, fine=fine)


def _chosen(place: Workplace, names: Collection[str] | None) -> tuple[str, ...]:
    """The duties asked for, in the order of the catalogue; all that there is evidence for where none is named."""
    possible = tuple(task for task in place.duties.catalog.tasks if task in COLLECTORS)
    for name in names or ():
        if name not in possible:
            meant = suggest(name, possible)
            hint = f"did you mean {meant}?" if meant else f"possible: {', '.join(possible)}"
            raise typer.BadParameter(f"--task {name}: no evidence is collected for that; {hint}")
    return tuple(task for task in possible if not names or task in names)


def desk_of(place: Workplace) -> Desk:
    """What a deployment's collecting works with."""
    tenant, estate = tenant_of(place.sources), estate_of(place.sources)
    sources = Sources(tenant, estate, place.administration, place.workspace, place.scripts)
    duties = place.duties
    return Desk(
        sources,
        place.store(),
        duties.catalog,
        duties.profiles,
        duties.evidence,
        duties.owners,
        place.clock.now(),
        Inquiry(place.stop),
    )


def _exit_code(found: Collected) -> ExitCode:
    if found.broken:
        return ExitCode.INTERNAL
    missing = any(piece.found is Found.MISSING for each in found.gathered for piece in each.pieces)
    return ExitCode.PARTIAL if missing else ExitCode.OK


register(app, "collect", collect_evidence, within="evidence")
register(app, "show", show_evidence, within="evidence")
