"""`watchkeeper resume`: let runs write again."""

from __future__ import annotations

import typer

from watchkeeper.cli.orders import existing_store
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.halt import HaltKind
from watchkeeper.report.halt import HaltView, order_json, resumed_document
from watchkeeper.sync.halt import end_halt, last_halt


def resume(lang: Lang = Language.ENGLISH) -> None:
    """End a pause: the next run writes again."""
    with workplace() as place:
        store, now = existing_store(place), place.clock.now()
        before = last_halt(store)
        retired = before is not None and before.kind is HaltKind.RETIRED
        if before is not None and not retired:
            end_halt(store)
        view = HaltView(place.deployment, place.store_shown, before if retired else None, before)
    code = ExitCode.CONFIG if retired else ExitCode.OK
    ended = before is not None and not before.stands_at(now)
    show_report(
        resumed_document(view, lang.value, ended=ended),
        order_json(view, "resume", exit_code=code),
        lang,
        fine=not retired,
    )
    raise typer.Exit(code)
