"""`watchkeeper history`: the runs of this deployment, and whether its write log still holds."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.cli.command import register, register_alone
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.model.chain import ChainHead
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.report.machine import history_json
from watchkeeper.report.status import history_document
from watchkeeper.report.upkeep import verified_document, verified_json

app = typer.Typer()


def _head(text: str) -> ChainHead:
    try:
        return ChainHead.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def history(
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many runs, newest first.")] = 20,
    lang: Lang = Language.ENGLISH,
) -> None:
    """List the latest runs. Calls no system."""
    with workplace() as place:
        runs = place.memory().runs(limit)
    show_report(history_document(runs, lang.value), history_json(runs), lang)


def verify(
    head: Annotated[
        ChainHead | None,
        typer.Option(
            "--head",
            parser=_head,
            metavar="SEQUENCE:HASH",
            help="Where the write log stood, as an earlier run's report says: is that still in it?",
            show_default=False,
        ),
    ] = None,
    lang: Lang = Language.ENGLISH,
) -> None:
    """Follow the write log's hash chain from its first row to its last. Calls no system, changes nothing.

    Names the first row that is missing, changed or replaced, and ends with exit code 9 then.
    """
    with workplace() as place:
        store = place.memory()
        report = store.check_write_log()
        found = None if head is None else store.write_log_has(head)
    broken = report.broken is not None or found is False
    code = ExitCode.STATE if broken else ExitCode.OK
    document = verified_document(report, head, found, lang.value)
    show_report(document, verified_json(report, head, found, exit_code=code), lang, fine=not broken)
    raise typer.Exit(code)


register_alone(app, "history", history)
register(app, "verify", verify, within="history")
