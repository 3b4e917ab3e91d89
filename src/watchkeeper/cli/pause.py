"""`watchkeeper pause`: let no run write, whatever its schedule says."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from watchkeeper.cli.orders import existing_store, one_line
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language, instant
from watchkeeper.cli.place import workplace
from watchkeeper.clock import random_id
from watchkeeper.deadline import length_of_time
from watchkeeper.errors import StateUnusable
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.halt import Halt, HaltKind
from watchkeeper.report.attention import points_at_something
from watchkeeper.report.halt import HaltView, order_json, paused_document
from watchkeeper.state_ports import StateStore
from watchkeeper.sync.halt import put_halt, standing_halt


def pause(
    reason: Annotated[str, typer.Option("--reason", help="Why; every report says it.", show_default=False)] = "",
    until: Annotated[
        str | None,
        typer.Option(
            "--until",
            metavar="WHEN",
            help="When it ends by itself: a time, or 90m, 4h, 2d from now.",
            show_default=False,
        ),
    ] = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Let no run write until `resume`. Runs under way stop before their next write; `plan`, `audit` and `status` go on."""
    with workplace() as place:
        store, now = existing_store(place), place.clock.now()
        before, (by, host) = _earlier(store, now), place.holder()
        wanted = Halt(HaltKind.PAUSED, random_id(), by, host, now, one_line(reason), _end(until, now))
        retired = before is not None and before.kind is HaltKind.RETIRED
        if not retired:
            put_halt(store, wanted)
        view = HaltView(
            place.deployment,
            place.store_shown,
            before if retired else wanted,
            before,
            store.lease(by, host).holder(),
            bool(store.runs(1)),
        )
    code = ExitCode.CONFIG if retired else ExitCode.OK
    document = paused_document(view, lang.value)
    fine = not (retired or points_at_something(document))
    show_report(document, order_json(view, "pause", exit_code=code), lang, fine=fine)
    raise typer.Exit(code)


def _earlier(store: StateStore, now: datetime) -> Halt | None:
    """The order that stands; None also for one that was damaged, whose place the new one takes."""
    try:
        return standing_halt(store, now)
    except StateUnusable:
        return None


def _end(until: str | None, now: datetime) -> datetime | None:
    if until is None:
        return None
    lasts = length_of_time(until, "mhd")
    ends = _named(until) if lasts is None else now + lasts
    if ends <= now:
        raise typer.BadParameter(f"{until} is over; it is {now.isoformat(timespec='seconds')}", param_hint="--until")
    return ends


def _named(until: str) -> datetime:
    try:
        return instant(until)
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{error.message}, and no length such as 90m, 4h, 2d", param_hint="--until") from error
