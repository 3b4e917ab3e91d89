"""`watchkeeper retire`: take a deployment out of use, cleanly and with a list of what stays behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from watchkeeper.cli.orders import existing_store, one_line
from watchkeeper.cli.output import require_writable, save, show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.clock import random_id
from watchkeeper.doctor.least import least_rights
from watchkeeper.errors import Config
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.model.link import LinkState
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.model.retirement import LeftWrite, Retirement
from watchkeeper.report.retirement import (
    brought_back_document,
    retirement_csv,
    retirement_document,
    retirement_json,
)
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.halt import end_halt, last_halt, put_halt
from watchkeeper.sync.retire import (
    accounts,
    hand_over,
    labels_left,
    last_run_at,
    open_pairs,
    unfinished,
)
from watchkeeper.wiring import Workplace


def retire(
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Do it; without it only what it would mean is shown.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; every report says it.", show_default=False)] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Bring a retired deployment back.")] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Also save what stays open as CSV.", show_default=False)
    ] = None,
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Take this deployment out of use. Nothing is deleted.

    Lists what stays open, which marks stay and what to remove; from then on no run writes. Calls a system only to find out what
    became of an unfinished write.
    """
    if undo and confirm:
        raise typer.BadParameter("--undo brings a deployment back at once, without --confirm")
    require_writable(csv)
    with workplace(mappings=mappings) as place:
        store = existing_store(place)
        view = _view(place, store)
        if undo:
            end_retirement(store)
        elif confirm:
            view = _retired(place, store, view, one_line(reason))
    if csv is not None:
        save(csv, retirement_csv(view))
    document = retirement_document(view, lang.value)
    if undo:
        was_retired = view.before is not None
        document = brought_back_document(view.deployment, lang.value, was_retired=was_retired)
        view = replace(view, halt=None)
    show_report(document, retirement_json(view), lang, fine=undo or (confirm and not view.writes))


def end_retirement(store: SqlStateStore) -> None:
    """Let a retired deployment run again. A pause is ended by `resume` alone."""
    halt = last_halt(store)
    if halt is not None and halt.kind is HaltKind.RETIRED:
        end_halt(store)


def _view(place: Workplace, store: SqlStateStore) -> Retirement:
    duties, standing = place.duties, last_halt(store)
    rights = least_rights(duties.catalog, duties.profiles, place.offline.mode.value)
    retired = standing if standing is not None and standing.kind is HaltKind.RETIRED else None
    return Retirement(
        deployment=place.deployment,
        store=place.store_shown,
        as_of=last_run_at(store),
        linked=store.count_pairs(state=LinkState.LIVE),
        pairs=open_pairs(store, duties.profiles),
        writes=unfinished(store),
        labels=labels_left(duties.profiles),
        accounts=accounts(store, (SERVICENOW, SENTINEL)),
        roles=rights.roles,
        azure_role=rights.file,
        halt=retired,
        before=retired,
    )


def _retired(place: Workplace, store: SqlStateStore, view: Retirement, reason: str) -> Retirement:
    """The order, given while no run is under way. Raises Locked while one is."""
    by, host = place.holder()
    order = Halt(HaltKind.RETIRED, random_id(), by, host, place.clock.now(), reason)
    handle = store.lease(by, host).take(order.id, "retire")
    try:
        writes = _handed_over(place, store)
        if view.halt is None:
            put_halt(store, order)
    finally:
        handle.release()
    return replace(view, writes=writes, halt=view.halt or order)


def _handed_over(place: Workplace, store: SqlStateStore) -> tuple[LeftWrite, ...]:
    """What became of unfinished writes. Whoever leaves may have no access any more: then a person has to look."""
    if not store.intents():
        return ()
    try:
        place.ready()
        systems = place.systems(store)
    except Config as error:
        return unfinished(store, str(error))
    return hand_over(systems)
