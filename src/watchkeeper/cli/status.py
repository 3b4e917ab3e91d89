"""`watchkeeper status`: what waits, how the latest runs went, and when the last ones succeeded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.expected import limits_of
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.link import LinkState
from watchkeeper.report.freshness import Freshness
from watchkeeper.report.machine import status_json
from watchkeeper.report.status import StatusView, status_document
from watchkeeper.sync.halt import halt_notes, standing_halt
from watchkeeper.vitals.last_success import last_successes

LATEST = 5


def status(
    max_age: Annotated[
        list[str] | None,
        typer.Option(
            "--max-age",
            metavar="[COMMAND=]LENGTH",
            help="Exit 6 when the last success of sync, audit (both, if not named) or evidence is older: 45m, 2h, 4d.",
            show_default=False,
        ),
    ] = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Show the state of this deployment's memory. Calls no system."""
    limits = _limits(max_age or ())
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
            fresh=Freshness(now, last_successes(store, limits), limits),
            holder=store.lease(*place.holder()).holder(),
            store=place.store_shown,
            halt=standing_halt(store, now),
            halt_said=halt_notes(store, now),
        )
    fine = (
        view.born is not None
        and not (view.halt or view.open_intents or view.dirty or view.fresh.overdue)
        and all(run["exit_code"] == ExitCode.OK for run in view.runs[:1])
    )
    show_report(status_document(view, lang.value), status_json(view), lang, fine=fine)
    raise typer.Exit(ExitCode.AUDIT if view.fresh.overdue else ExitCode.OK)


def _limits(given: Sequence[str]) -> Mapping[str, timedelta]:
    try:
        return limits_of(given)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--max-age") from error
