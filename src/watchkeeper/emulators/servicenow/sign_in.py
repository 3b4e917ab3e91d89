"""Who a request comes from: HTTP Basic, or a bearer token from `/oauth_token.do`."""

from __future__ import annotations

import base64
import binascii
import hmac
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.cast import (
    INTEGRATION_USER,
    PEOPLE,
    SYSTEM_DATE_FORMAT,
    SYSTEM_TIME_FORMAT,
    SYSTEM_ZONE,
)
from watchkeeper.emulators.servicenow.choices import BASE_LANGUAGE
from watchkeeper.emulators.servicenow.errors import not_authenticated
from watchkeeper.emulators.servicenow.store import Store

TOKEN_LIFE = timedelta(seconds=1_800)
REFRESH_LIFE = timedelta(days=100)


@dataclass(frozen=True, slots=True)
class _Token:
    user_name: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Credentials:
    """The one OAuth application, and the password that every account with a login has."""

    client_id: str
    client_secret: str
    password: str


class SignIn:
    """Issues and checks tokens. Their life follows the world's clock, so a leap of hours makes every client sign in anew."""

    def __init__(self, store: Store, credentials: Credentials, now: Callable[[], datetime], *, seed: int) -> None:
        self._store = store
        self._credentials = credentials
        self._now = now
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}

    def actor(self, request: Request) -> Actor:
        """The user behind a request; raises Refused (401)."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._access.get(value.strip())
            user_name = token.user_name if token is not None and token.until > self._now() else None
        else:
            user_name = self._by_password(_basic(scheme, value))
        if user_name is None or not self._can_sign_in(user_name):
            raise not_authenticated()
        return self.person(user_name)

    def person(self, user_name: str) -> Actor:
        """An actor by user_name, whether or not the account can sign in; raises KeyError."""
        row = self._store.first("sys_user", "user_name", user_name)
        if row is None:
            raise KeyError(f"no user {user_name!r}; there are {', '.join(PEOPLE)}")
        known = PEOPLE.get(row["user_name"])
        roles = self._store.roles.get(row["user_name"], known.roles if known is not None else frozenset[str]())
        return Actor(
            row["sys_id"],
            row["user_name"],
            roles,
            ZoneInfo(row["time_zone"] or self._property("glide.sys.default.tz", SYSTEM_ZONE)),
            row["preferred_language"] or self._property("glide.sys.language", BASE_LANGUAGE),
            row["date_format"] or self._property("glide.sys.date_format", SYSTEM_DATE_FORMAT),
            row["time_format"] or self._property("glide.sys.time_format", SYSTEM_TIME_FORMAT),
        )

    def _property(self, name: str, otherwise: str) -> str:
        """What holds for users who have set nothing of their own."""
        row = self._store.first("sys_properties", "name", name)
        return otherwise if row is None or not row["value"] else row["value"]

    def token(self, request: Request) -> Response:
        """`POST /oauth_token.do`: form-encoded; the client's id and secret in the form or as HTTP Basic."""
        form = request.form()
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        client = _basic(scheme, value) or (form.get("client_id", ""), form.get("client_secret", ""))
        if request.method != "POST" or not self._is_client(*client):
            return _denied()
        user_name = self._granted(form.get("grant_type", ""), form)
        if user_name is None or not self._can_sign_in(user_name):
            return _denied()
        return self._issue(user_name, refreshable=form.get("grant_type") != "client_credentials")

    def _granted(self, grant: str, form: Mapping[str, str]) -> str | None:
        match grant:
            case "client_credentials":
                return INTEGRATION_USER
            case "password":
                return self._by_password((form.get("username", ""), form.get("password", "")))
            case "refresh_token":
                token = self._refresh.get(form.get("refresh_token", ""))
                return token.user_name if token is not None and token.until > self._now() else None
            case _:
                return None

    def _issue(self, user_name: str, *, refreshable: bool) -> Response:
        with self._lock:
            access, refresh = self._secret(), self._secret()
            self._access[access] = _Token(user_name, self._now() + TOKEN_LIFE)
            if refreshable:
                self._refresh[refresh] = _Token(user_name, self._now() + REFRESH_LIFE)
        body = {"access_token": access, "scope": "useraccount", "token_type": "Bearer"}
        body |= {"refresh_token": refresh} if refreshable else {}
        return Response.of_json(200, {**body, "expires_in": int(TOKEN_LIFE.total_seconds()) - 1})

    def _secret(self) -> str:
        return base64.urlsafe_b64encode(self._random.randbytes(64)).decode().rstrip("=")

    def _is_client(self, client_id: str, secret: str) -> bool:
        wanted = self._credentials
        return _same(client_id, wanted.client_id) and _same(secret, wanted.client_secret)

    def _by_password(self, pair: tuple[str, str] | None) -> str | None:
        return pair[0] if pair is not None and _same(pair[1], self._credentials.password) else None

    def _can_sign_in(self, user_name: str) -> bool:
        row, known = self._store.first("sys_user", "user_name", user_name), PEOPLE.get(user_name)
        usable = row is not None and row["active"] == "true" and row["locked_out"] != "true"
        return usable and known is not None and known.login


def _basic(scheme: str, value: str) -> tuple[str, str] | None:
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(name), secret


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _denied() -> Response:
    return Response.of_json(401, {"error_description": "access_denied", "error": "server_error"})
