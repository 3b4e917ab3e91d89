"""`watchkeeper history`: the runs of this deployment."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.report.machine import history_json
from watchkeeper.report.status import history_document


def history(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many runs, newest first.")] = 20,
    lang: Lang = Language.ENGLISH,
) -> None:
    """List the latest runs. Calls no system."""
    with workplace() as place:
        runs = place.memory().runs(limit)
    show_report(history_document(runs, lang.value), history_json(runs), lang)
