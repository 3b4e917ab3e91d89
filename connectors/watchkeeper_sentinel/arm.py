"""Calls to Azure Resource Manager: one session per thread, one bearer, strict answers, and next links that stay at home."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import requests
from azure.core.exceptions import AzureError

from watchkeeper.errors import Attempt, AuthFailed, Protocol
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import Clock, SessionFactory
from watchkeeper.transport import json_object, translate_exception
from watchkeeper.transport.calls import parse_date
from watchkeeper_sentinel.auth import WRONG_AUDIENCE, BearerAuth, SharedCredential, scope_of, wrong_audience
from watchkeeper_sentinel.config import SentinelConfig, settings_of

WORKSPACE_API_VERSION: Final = "2022-10-01"
"""Of Microsoft.OperationalInsights/workspaces; its customerId has been there since the first version."""
MOST_PAGES: Final = 1000


class Arm:
    """A thread-safe client for JSON resources. Paths begin with a slash and are already quoted."""

    def __init__(
        self, config: SentinelConfig, sessions: SessionFactory, credential: SharedCredential, clock: Clock
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._credential = credential
        self._clock = clock
        self._local = threading.local()
        self._server_date: datetime | None = None
        self._left: dict[str, int] = {}

    @property
    def left(self) -> Mapping[str, int]:
        """What ARM's latest answers said is left in our token buckets, by kind (`reads`, `writes`)."""
        return dict(self._left)

    def server_now(self) -> datetime:
        """ARM's clock (UTC, whole seconds) as of its latest answer; ours when no answer carried a Date."""
        return self._server_date or self._clock.now()

    @property
    def answered(self) -> bool:
        """Whether any answer has told the time."""
        return self._server_date is not None

    def get(self, path: str, *, version: str | None = None, record: str = "") -> dict[str, Any]:
        """A resource. Raises NotFound, Unavailable, AuthFailed, Protocol, … (see watchkeeper.errors)."""
        response = self._send("GET", self._url(path, {}, version), record=record)
        return json_object(response, side=SENTINEL, call=_label("GET", path), record=record)

    def put(self, path: str, body: Mapping[str, Any], *, record: str) -> tuple[int, dict[str, Any]]:
        """Write a resource; the status (200 updated, 201 created) and the resource as it is now.

        Raises PreconditionFailed for 409, Ambiguous when the answer got lost, Rejected, WritesForbidden, …
        """
        response = self._send("PUT", self._url(path, {}, None), body=body, record=record)
        answer = json_object(response, side=SENTINEL, call=_label("PUT", path), record=record, write=True)
        return response.status_code, answer

    def pages(self, path: str, query: Mapping[str, str], *, version: str | None = None) -> Iterator[list[Any]]:
        """The items of a listing, page by page, to its end. `version`: the api-version of another provider than Sentinel's.

        Raises Protocol for a next link that leaves our ARM endpoint (the bearer would go with it), that comes back, or
        that never ends.
        """
        url: str | None = self._url(path, query, version)
        seen: set[str] = set()
        while url is not None:
            seen.add(url)
            answer = json_object(self._send("GET", url), side=SENTINEL, call=_label("GET", path))
            items = answer.get("value")
            if not isinstance(items, list):
                raise Protocol(f"{_label('GET', path)}: the listing has no `value`", attempt=_attempt("GET", path))
            yield items
            url = self._next(answer.get("nextLink"), seen, path)

    def _next(self, link: object, seen: set[str], path: str) -> str | None:
        if not link:
            return None
        label, attempt = _label("GET", path), _attempt("GET", path)
        if not isinstance(link, str) or _origin(link) != _origin(self._config.arm_endpoint):
            raise Protocol(
                f"{label}: the next link leaves {self._config.arm_endpoint}; it was not followed", attempt=attempt
            )
        if link in seen:
            raise Protocol(f"{label}: the next link was given before; the listing has no end", attempt=attempt)
        if len(seen) >= MOST_PAGES:
            raise Protocol(f"{label}: the listing has more than {MOST_PAGES} pages", attempt=attempt)
        return link

    def _url(self, path: str, query: Mapping[str, str], version: str | None) -> str:
        parameters = {"api-version": version or self._config.api_version, **query}
        encoded = urlencode(parameters, safe="$:'/()", quote_via=quote)
        return f"{self._config.arm_endpoint}{path}?{encoded}"

    def _send(
        self, method: str, url: str, *, body: Mapping[str, Any] | None = None, record: str = ""
    ) -> requests.Response:
        label = _label(method, urlsplit(url).path)
        try:
            response = self._session().request(method, url, json=body, allow_redirects=False)
        except (requests.RequestException, AzureError, ValueError) as error:
            raise translate_exception(error, side=SENTINEL, call=label, record=record, write=method == "PUT") from error
        self._note_headers(response)
        if response.status_code in {401, 403} and WRONG_AUDIENCE in response.text:
            remedy = "check that SENTINEL_ARM_ENDPOINT and AZURE_AUTHORITY_HOST belong to one cloud"
            raise wrong_audience("ARM", remedy, Attempt(SENTINEL, label, record, response.status_code, WRONG_AUDIENCE))
        if response.status_code == 401:
            raise AuthFailed(
                "ARM refused our token, and a fresh one as well",
                remedy=f"check {', '.join(settings_of(self._config.credential))} and that the tenant is the workspace's",
                attempt=Attempt(SENTINEL, label, record, 401),
            )
        return response

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._sessions.session(SENTINEL)
            session.auth = BearerAuth(session, self._credential, scope_of(self._config.arm_audience))
            self._local.session = session
        return session

    def _note_headers(self, response: requests.Response) -> None:
        self._server_date = parse_date(response.headers.get("Date")) or self._server_date
        for kind in ("reads", "writes"):
            told = response.headers.get(f"x-ms-ratelimit-remaining-subscription-{kind}", "")
            if told.isascii() and told.isdigit():
                self._left[kind] = int(told)


def segment(name: str) -> str:
    """A resource name as a path segment."""
    return quote(name, safe="")


def _origin(url: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return None
    if parts.username or parts.password or "\\" in url:
        return None
    return parts.scheme, (parts.hostname or "").lower(), port


def _label(method: str, path: str) -> str:
    """Method and path from the provider on, which is what tells two calls apart."""
    return f"{method} {path[max(path.rfind('/providers/'), 0) :]}"


def _attempt(method: str, path: str) -> Attempt:
    return Attempt(SENTINEL, _label(method, path))
