"""The watch board of a workplace, served until somebody stops it."""

from __future__ import annotations

from importlib.util import find_spec

from watchkeeper.cli.interruption import Interruption
from watchkeeper.cli.output import hidden, say
from watchkeeper.clock import system_monotonic
from watchkeeper.connections import azure_pages
from watchkeeper.errors import Config, Problem
from watchkeeper.settings import Settings, hosts_given
from watchkeeper.wiring import Workplace

NEEDED = ("starlette", "uvicorn", "authlib", "joserfc", "httpx2")
"""What the extra `web` brings."""


def require_extra() -> None:
    """Raises Config where the extra `web` is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        message = f"needs what the extra `web` brings, and {', '.join(missing)} cannot be found"
        raise Config([Problem("watchkeeper serve", "", message, "pip install 'watchkeeper[web]'")])


def serve_board(place: Workplace, settings: Settings) -> str:
    """Of the board alone, `settings` are asked. What stopped it, empty where it ended by itself. Raises Config when its settings are wrong or its address cannot be had."""
    require_extra()
    from watchkeeper.web.app import application
    from watchkeeper.web.incident_pages import pages_of
    from watchkeeper.web.opening import open_board
    from watchkeeper.web.rules import Rules
    from watchkeeper.web.server import address_of, listening, server_of
    from watchkeeper.web.setup import setup_of

    setup = setup_of(settings)
    board = open_board(
        setup,
        place.state_url,
        place.clock,
        system_monotonic,
        hosts=hosts_given(place.environ),
        hide=hidden,
        rules=Rules(place.mappings, place.of_mappings.mappings),
        pages=pages_of(place.deployment, azure_pages(place.offline)),
    )
    server = server_of(application(board, system_monotonic), setup)
    interruption = Interruption()
    with listening(setup) as listener:
        say(f"The watch board is at {address_of(setup, listener)} (stop with Ctrl-C).")
        server.run(sockets=[listener])
    board.memory.close()
    return interruption.name
