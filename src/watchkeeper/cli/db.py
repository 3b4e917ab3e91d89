"""`watchkeeper db`: the state store itself."""

from __future__ import annotations

import typer

from watchkeeper.cli.command import register
from watchkeeper.cli.output import show_report
from watchkeeper.cli.parameters import Lang, Language
from watchkeeper.cli.place import workplace
from watchkeeper.report.tools import upgraded_document, upgraded_json

app = typer.Typer(help="The state store.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """The state store."""


def upgrade(lang: Lang = Language.ENGLISH) -> None:
    """Create the state store, or bring its schema up to this program's version."""
    from watchkeeper.state.schema import upgrade as upgrade_schema

    with workplace() as place:
        before, after = upgrade_schema(place.state_url)
    show_report(upgraded_document(before, after, lang.value), upgraded_json(before, after), lang, fine=True)


register(app, "upgrade", upgrade, within="db")
