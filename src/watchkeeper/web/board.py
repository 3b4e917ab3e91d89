"""Everything that the pages of one board have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from watchkeeper.ports import Clock
from watchkeeper.settings import WebAuth
from watchkeeper.web.estates import Estates
from watchkeeper.web.identity import Alone, Identity, SignedIn, Vouched
from watchkeeper.web.incident_pages import IncidentPages
from watchkeeper.web.memory import Memory
from watchkeeper.web.oidc import OpenIdConnect
from watchkeeper.web.reading.kept_reports import KeptReports
from watchkeeper.web.rules import Rules
from watchkeeper.web.sessions import Sessions
from watchkeeper.web.setup import Setup


@dataclass(frozen=True, slots=True)
class Board:
    """`hosts`: where links of tickets may lead, besides Microsoft's portals. `hide` takes secrets out of texts before they are escaped.
    `provider` is there where people sign in here."""

    setup: Setup
    memory: Memory
    clock: Clock
    identity: Identity
    sessions: Sessions
    provider: OpenIdConnect | None = None
    hosts: frozenset[str] = frozenset()
    hide: Callable[[str], str] = str
    rules: Rules = field(default_factory=Rules)
    pages: IncidentPages = field(default_factory=IncidentPages)
    estates: Estates = field(default_factory=Estates)
    reports: KeptReports = field(default_factory=KeptReports)


def identity_of(setup: Setup, sessions: Sessions) -> Identity:
    match setup.auth:
        case WebAuth.NONE:
            return Alone()
        case WebAuth.PROXY:
            return Vouched(setup)
        case WebAuth.OIDC:
            return SignedIn(sessions)
