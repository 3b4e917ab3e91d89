"""A board put together: the only place where its parts are chosen."""

from __future__ import annotations

from collections.abc import Callable

from watchkeeper.ports import Clock, Monotonic
from watchkeeper.web.board import Board, identity_of
from watchkeeper.web.fence import SIGN_IN
from watchkeeper.web.incident_pages import IncidentPages
from watchkeeper.web.memory import Memory
from watchkeeper.web.oidc import OpenIdConnect
from watchkeeper.web.provider import Source
from watchkeeper.web.rules import Rules
from watchkeeper.web.sessions import Sessions
from watchkeeper.web.setup import Setup


def open_board(
    setup: Setup,
    state_url: str,
    clock: Clock,
    monotonic: Monotonic,
    *,
    hosts: frozenset[str] = frozenset(),
    hide: Callable[[str], str] = str,
    rules: Rules | None = None,
    pages: IncidentPages | None = None,
) -> Board:
    sessions, provider = Sessions.empty(monotonic), None
    if setup.provider is not None:
        provider = OpenIdConnect(
            Source(setup.provider, monotonic), setup.groups, f"{setup.origin}{SIGN_IN}/back", clock
        )
    return Board(
        setup,
        Memory(state_url, clock, monotonic),
        clock,
        identity_of(setup, sessions),
        sessions,
        provider,
        hosts=hosts,
        hide=hide,
        rules=rules or Rules(),
        pages=pages or IncidentPages(),
    )
