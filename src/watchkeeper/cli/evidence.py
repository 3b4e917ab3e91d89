"""`watchkeeper evidence`: gather what the duties are about, and show what is there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

import typer

from watchkeeper.cli.ci import tell_ci
from watchkeeper.cli.command import register
from watchkeeper.cli.counted import calls_counted
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import EndBy, Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.cli.watch import Watch, begin_watch
from watchkeeper.collecting.asking import Inquiry
from watchkeeper.collecting.desk import Desk, Sources
from watchkeeper.collecting.duties import COLLECTORS
from watchkeeper.collecting.run import Collected, collect
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.exit_code import ExitCode, Upshot, upshot_of
from watchkeeper.model.nearest import suggest
from watchkeeper.model.success import EVIDENCE
from watchkeeper.report.ci.events import events_of_evidence
from watchkeeper.report.ci.outputs import outputs_of_evidence
from watchkeeper.report.document import Document
from watchkeeper.report.gathered import collected_document, collected_json, evidence_document
from watchkeeper.report.texts import texts_in
from watchkeeper.settings import hosts_given
from watchkeeper.sources import estate_of, tenant_of
from watchkeeper.vitals import note_success, samples_of_evidence
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
    # What a schedule is to bring is all of it: some duties alone are no sign that it is alive.
    watch = None if task else begin_watch(EVIDENCE)
    with workplace(mappings=mappings, deadline=deadline) as place:
        place.ready()
        if watch is not None:
            watch.transport = place.transport
        tasks = _chosen(place, task)
        with place.tracing.run("evidence collect", place.deployment), calls_counted(place, EVIDENCE):
            desk = desk_of(place)
            found = collect(desk, COLLECTORS, tasks, hosts_given())
        code = _exit_code(found)
        if watch is not None and upshot_of(code) is Upshot.SUCCESS:
            note_success(place.store(), EVIDENCE, "", desk.now)
        catalog = place.duties.catalog
    document = collected_document(found.gathered, catalog, lang.value, found.raised)
    _tell(found, document, code, lang, watch)
    raise typer.Exit(code)


def _tell(found: Collected, document: Document, code: ExitCode, lang: Language, watch: Watch | None) -> None:
    """Say what was gathered to everybody who listens."""
    if watch is not None:
        watch.found(document.sentence, samples_of_evidence(found.gathered))
    payload = collected_json("evidence collect", found.gathered, found.at, code, found.raised)
    show_report(document, payload, lang, fine=code is ExitCode.OK)
    events = events_of_evidence(found.gathered, found.raised, code, texts_in(lang.value))
    tell_ci(document, events, outputs_of_evidence(found.gathered, found.raised, document, code), lang)


def show_evidence(task: Tasks = None, mappings: Mappings = None, lang: Lang = Language.ENGLISH) -> None:
    """Show what was last gathered for each duty, what is missing, and what its ticket is told. Calls no system."""
    with workplace(mappings=mappings) as place:
        tasks, memory, now = _chosen(place, task), place.memory(), place.clock.now()
        kept = {each: memory.latest_snapshot(gathering_of(each), now.date()) for each in tasks}
        gathered = [each.document for each in kept.values() if each is not None]
        catalog = place.duties.catalog
    never = [each for each, snapshot in kept.items() if snapshot is None]
    fine = not never and all(each.complete and each.is_news(now) for each in gathered)
    document = evidence_document(gathered, catalog, now, lang.value, never)
    show_report(document, collected_json("evidence show", gathered, now), lang, fine=fine)


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
    return ExitCode.PARTIAL if any(each.unread for each in found.gathered) else ExitCode.OK


register(app, "collect", collect_evidence, within="evidence")
register(app, "show", show_evidence, within="evidence")
