"""Logs in: one token for all workers, renewed before it ends, and once more when the instance refuses it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import requests
from oauthlib.oauth2 import BackendApplicationClient, LegacyApplicationClient
from requests_oauthlib import OAuth2Session

from watchkeeper.errors import AuthFailed, Reject
from watchkeeper.model.reasons import because
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.troubles import Trouble
from watchkeeper.ports import Monotonic, SessionFactory
from watchkeeper.transport import Secret, adopt, json_object, translate_exception
from watchkeeper_servicenow.config import BasicLogin, ClientCredentials, PasswordGrant, ServiceNowConfig

TOKEN_PATH = "/oauth_token.do"  # noqa: S105
_USED_SHARE = 0.8
"""A token is renewed when this share of its life is over."""
_SHORT_LIFE = 60.0
"""Seconds that a token is taken to live when the instance does not say."""


class Login(Protocol):
    @property
    def remedy(self) -> str:
        """What to look at when the instance does not let us in."""
        ...

    def open(self) -> requests.Session:
        """A session for one worker thread."""
        ...

    def authorise(self, session: requests.Session) -> None:
        """Give the session valid credentials before a call; raises AuthFailed."""
        ...

    def renew(self, session: requests.Session) -> bool:
        """After a 401: log in again once; False when there is nothing to renew."""
        ...


def login_for(config: ServiceNowConfig, sessions: SessionFactory, monotonic: Monotonic) -> Login:
    if isinstance(config.credentials, BasicLogin):
        return PasswordLogin(config.credentials, sessions)
    return TokenLogin(config, config.credentials, sessions, monotonic)


class PasswordLogin:
    """Basic authentication; a 401 is final."""

    remedy = "check SERVICENOW_USERNAME and SERVICENOW_PASSWORD; newer instances refuse passwords on API calls for most accounts"

    def __init__(self, credentials: BasicLogin, sessions: SessionFactory) -> None:
        self._credentials = credentials
        self._sessions = sessions

    def open(self) -> requests.Session:
        session = self._sessions.session(SERVICENOW)
        session.auth = (self._credentials.username, self._credentials.password.reveal())
        return session

    def authorise(self, session: requests.Session) -> None:
        """Nothing to do: every request carries the password."""

    def renew(self, session: requests.Session) -> bool:  # noqa: ARG002
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    value: Secret
    renew_at: float


class TokenLogin:
    """OAuth through requests-oauthlib sessions that carry the transport's adapters (pysnow's own OAuth client knows the
    password grant only). The token stays in memory; its life is measured on the monotonic clock."""

    remedy = because(Trouble.CHECK_OAUTH)

    def __init__(
        self,
        config: ServiceNowConfig,
        credentials: ClientCredentials | PasswordGrant,
        sessions: SessionFactory,
        monotonic: Monotonic,
    ) -> None:
        self._url = f"{config.origin}{TOKEN_PATH}"
        self._credentials = credentials
        self._sessions = sessions
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def open(self) -> requests.Session:
        session: requests.Session = self._oauth_session()
        return session

    def authorise(self, session: requests.Session) -> None:
        with self._lock:
            if self._token is None or self._monotonic() >= self._token.renew_at:
                self._token = self._fetch()
            _carry(session, self._token)

    def renew(self, session: requests.Session) -> bool:
        with self._lock:
            if self._token is None or self._token.value == _carried(session):
                self._token = self._fetch()
            _carry(session, self._token)
        return True

    def _oauth_session(self) -> OAuth2Session:
        kind = LegacyApplicationClient if isinstance(self._credentials, PasswordGrant) else BackendApplicationClient
        return adopt(
            OAuth2Session(client=kind(client_id=self._credentials.client_id)), self._sessions.session(SERVICENOW)
        )

    def _fetch(self) -> _Token:
        asked_at = self._monotonic()
        session = self._oauth_session()
        session.register_compliance_hook("access_token_response", _granted)
        extra: dict[str, str] = {}
        if isinstance(self._credentials, PasswordGrant):
            extra = {"username": self._credentials.username, "password": self._credentials.password.reveal()}
        try:
            token = session.fetch_token(
                self._url,
                client_secret=self._credentials.client_secret.reveal(),
                include_client_id=True,
                **extra,
            )
            value, life = str(token["access_token"]), float(token.get("expires_in") or _SHORT_LIFE)
        except Exception as error:
            raise translate_exception(error, side=SERVICENOW, call=f"POST {TOKEN_PATH}") from error
        finally:
            session.close()
        return _Token(Secret(value), asked_at + life * _USED_SHARE)


def _granted(response: requests.Response) -> requests.Response:
    """Let a token answer through only if it is one; a refused login says which setting to look at."""
    try:
        json_object(response, side=SERVICENOW, call=f"POST {TOKEN_PATH}")
    except (AuthFailed, Reject) as error:
        raise AuthFailed(
            error.message,
            remedy=TokenLogin.remedy,
            attempt=error.attempt,
        ) from error
    return response


def _carry(session: requests.Session, token: _Token) -> None:
    """Without its expiry: requests-oauthlib would judge that by the wall clock and raise in the middle of a call."""
    if isinstance(session, OAuth2Session):  # pragma: no branch - TokenLogin opens no other kind of session
        session.token = {"access_token": token.value.reveal(), "token_type": "Bearer"}


def _carried(session: requests.Session) -> Secret:
    token = session.token if isinstance(session, OAuth2Session) else {}
    return Secret(str(token.get("access_token", "")))
