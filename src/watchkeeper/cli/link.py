"""`watchkeeper link`: pair a ticket and an incident that exist already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from watchkeeper.cli.console import console
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language, Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.pairing import Pairing
from watchkeeper.report.pairing import pairing_document, pairing_json
from watchkeeper.sync.halt import halt_notes
from watchkeeper.sync.pairing import pair_by_name, store_pairs

Confirm = Annotated[bool, typer.Option("--confirm", help="Remember the pairs; without it they are only shown.")]


def link(
    one: Annotated[str, typer.Argument(help="A ServiceNow number or sys_id, or a Sentinel incident number or name.")],
    other: Annotated[str, typer.Argument(help="Its counterpart on the other side.")],
    confirm: Confirm = False,
    mappings: Mappings = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Pair two records. No field is written; the next sync brings them in step."""
    with workplace(mappings=mappings) as place:
        place.ready()
        store = place.store() if confirm else place.scratch()
        systems = place.systems(store)
        pairings = pair_by_name(systems, [(one, other)])
        stored = store_pairs(systems, pairings) if confirm else 0
        notes = halt_notes(store, place.clock.now())
    finish_pairing(pairings, stored, lang, notes, confirm=confirm)


def finish_pairing(
    pairings: tuple[Pairing, ...], stored: int, lang: Language, notes: Sequence[str], *, confirm: bool
) -> None:
    """Print what was, or would be, paired; ends the command."""
    refused = any(pairing.problem for pairing in pairings)
    code = ExitCode.PARTIAL if refused else ExitCode.OK
    show_report(
        pairing_document(pairings, stored, lang.value, notes, confirmed=confirm),
        pairing_json(pairings, stored, notes, confirmed=confirm, command=console().command, exit_code=code),
        lang,
        fine=confirm and not refused,
    )
    raise typer.Exit(code)
