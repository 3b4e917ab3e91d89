"""`watchkeeper db`: the state store itself."""

from __future__ import annotations

import typer

from watchkeeper.cli.output import say
from watchkeeper.state.schema import upgrade as upgrade_schema
from watchkeeper.wiring import workplace

app = typer.Typer(help="The state store.", no_args_is_help=True)


@app.callback()
def db() -> None:
    """The state store."""


@app.command()
def upgrade() -> None:
    """Create the state store, or bring its schema up to this program's version."""
    with workplace() as place:
        before, after = upgrade_schema(place.state_url)
    say(f"the state store is at schema {after}" + (f", from {before}" if before not in {None, after} else ""))
