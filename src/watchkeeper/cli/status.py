"""`watchkeeper status`: what waits, and how the latest runs went."""

from __future__ import annotations

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.link import LinkState
from watchkeeper.report.machine import status_json
from watchkeeper.report.status import StatusView, status_document
from watchkeeper.sync.halt import halt_notes, standing_halt

LATEST = 5


def status(lang: Lang = Language.ENGLISH) -> None:
    """Show the state of this deployment's memory. Calls no system."""
    with workplace() as place:
        store = place.memory()
        now = place.clock.now()
        view = StatusView(
            deployment=place.deployment,
            lineage=store.lineage if place.remembers else "",
            born=store.born if place.remembers else None,
            linked=store.count_pairs(state=LinkState.LIVE),
            open_intents=len(store.intents()),
            dirty=tuple(store.dirty()),
            runs=tuple(store.runs(LATEST)),
            holder=store.lease(*place.holder()).holder(),
            store=place.store_shown,
            halt=standing_halt(store, now),
            halt_said=halt_notes(store, now),
        )
    fine = not (view.halt or view.open_intents or view.dirty) and all(
        run["exit_code"] == ExitCode.OK for run in view.runs[:1]
    )
    show_report(status_document(view, lang.value), status_json(view), lang, fine=fine)
