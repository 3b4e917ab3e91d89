"""`watchkeeper serve`: the watch board, until somebody stops it."""

from __future__ import annotations

import typer

from watchkeeper.cli.parameters import Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.cli.serving import serve_board


def serve(mappings: Mappings = None) -> None:
    """Serve the watch board, from the store and the mappings. Calls no system.

    On 127.0.0.1 without a sign-in unless the settings of the board say otherwise. Runs until interrupted.
    """
    with workplace(mappings=mappings) as place:
        stopped = serve_board(place, place.offline)
    typer.echo(f"# stopped by {stopped or 'itself'}", err=True)
