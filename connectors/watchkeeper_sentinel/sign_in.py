"""The sign-in of this connector for other services of the same tenant, behind the port SignIn."""

from __future__ import annotations

import requests

from watchkeeper.evidence_ports import SignIn
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import SessionFactory
from watchkeeper_sentinel.auth import BearerAuth, SharedCredential, open_credential, scope_of, token_roles
from watchkeeper_sentinel.config import SentinelConfig, normalised


def open_sign_in(config: SentinelConfig, sessions: SessionFactory) -> EntraSignIn:
    """Build the sign-in; nothing is called yet. `config` has passed `problems_of`."""
    return EntraSignIn(normalised(config), sessions)


class EntraSignIn:
    """One credential, a token per audience."""

    def __init__(self, config: SentinelConfig, sessions: SessionFactory) -> None:
        session = sessions.session(SENTINEL)
        self._credential = SharedCredential(config, lambda: open_credential(config, session))

    def sign(self, session: requests.Session, audience: str) -> None:
        session.auth = BearerAuth(session, self._credential, scope_of(audience))

    def roles(self, audience: str) -> frozenset[str]:
        return token_roles(self._credential.get_token(scope_of(audience)).token)


def _is_a_sign_in(sign_in: EntraSignIn) -> SignIn:  # pragma: no cover - mypy alone reads it
    return sign_in
