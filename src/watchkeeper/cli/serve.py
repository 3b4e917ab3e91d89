"""`watchkeeper serve`: the watch board, until somebody stops it."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from watchkeeper.cli.console import console
from watchkeeper.cli.interruption import Interruption
from watchkeeper.cli.output import hidden, say
from watchkeeper.cli.parameters import Mappings
from watchkeeper.cli.place import workplace
from watchkeeper.clock import system_monotonic
from watchkeeper.errors import Config, Problem

NEEDED = ("starlette", "uvicorn", "authlib", "joserfc", "httpx2")
"""What the extra `web` brings."""


def serve(mappings: Mappings = None) -> None:
    """Serve the watch board, from the state store and the mappings folder. Calls no system.

    On 127.0.0.1 without a sign-in unless the settings of the board say otherwise. Runs until interrupted.
    """
    require_extra()
    from watchkeeper.web.app import application
    from watchkeeper.web.opening import open_board
    from watchkeeper.web.rules import Rules
    from watchkeeper.web.server import address_of, listening, server_of
    from watchkeeper.web.setup import setup_of

    with workplace(mappings=mappings) as place:
        setup = setup_of(place.offline)
        rules = Rules(place.mappings, place.of_mappings.mappings)
        board = open_board(
            setup, place.state_url, place.clock, system_monotonic, hosts=console().hosts, hide=hidden, rules=rules
        )
        interruption = Interruption()
        with listening(setup) as listener:
            say(f"The watch board is at {address_of(setup, listener)} (stop with Ctrl-C).")
            server_of(application(board, system_monotonic), setup).run(sockets=[listener])
        board.memory.close()
    typer.echo(f"# stopped by {interruption.name or 'itself'}", err=True)


def require_extra() -> None:
    """Raises Config where the extra `web` is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        message = f"needs what the extra `web` brings, and {', '.join(missing)} cannot be found"
        raise Config([Problem("watchkeeper serve", "", message, "pip install 'watchkeeper[web]'")])
