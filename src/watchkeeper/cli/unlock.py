"""`watchkeeper unlock`: free the lease of a run that will never come back."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.tools import unlocked_document, unlocked_json


def unlock(
    run: Annotated[str, typer.Argument(help="The run that holds the lease, as the message about it says.")],
    lang: Lang = Language.ENGLISH,
) -> None:
    """Free the lease, if this very run holds it."""
    with workplace() as place:
        lease = place.store().lease(*place.holder())
        holder = lease.holder()
        freed = lease.break_lease(run)
    other = "" if freed or holder is None else holder.run_id
    code = ExitCode.OK if freed else ExitCode.USAGE
    document = unlocked_document(run, other, lang.value, freed=freed)
    show_report(document, unlocked_json(run, other, freed=freed, exit_code=code), lang, fine=freed)
    raise typer.Exit(code)
