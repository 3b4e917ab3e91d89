"""Lists of OData services, read to their end: `value`, `@odata.nextLink`, and pages that are full and have no link."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import requests
from azure.core.exceptions import AzureError

from watchkeeper.errors import Attempt, NotFound, Protocol
from watchkeeper.model.record import Side
from watchkeeper.ports import Clock
from watchkeeper.transport.answers import json_object, translate_exception
from watchkeeper.transport.calls import parse_date

MOST_PAGES: Final = 1000
"""Ten million rows at Defender's page size: more is a list without end."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One list: its path below the service's address, its query and further headers. `full_page`: after a page of so many rows
    there may be another one although no link says so; 0 where a link always does. `one`: the query for one row of it."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    full_page: int = 0
    one: Mapping[str, str] = field(default_factory=lambda: {"$top": "1"})

    @property
    def label(self) -> str:
        return f"GET {self.path}"


class Nothing(Exception):
    """The service has answered that there is nothing, by a status instead of an empty list."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class ODataReader:
    """One service. Thread-safe: a session per thread.

    `open_session` gives a session that signs our requests. `names`: further hosts that the service calls itself by in its links.
    """

    def __init__(
        self,
        side: Side,
        endpoint: str,
        open_session: Callable[[], requests.Session],
        clock: Clock,
        names: frozenset[str],
    ) -> None:
        self.side = side
        self._endpoint = endpoint
        self._open_session = open_session
        self._clock = clock
        self._hosts = names | {urlsplit(endpoint).netloc.lower()}
        self._local = threading.local()
        self._server_date: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """The service's clock as of its latest answer; ours when no answer carried a Date."""
        return self._server_date or self._clock.now()

    def pages(self, ask: Ask) -> Iterator[list[Any]]:
        """The items, page by page, to the list's end.

        A link to a further page is taken for its query only, which goes to our own address and path: the bearer never leaves
        for where an answer points. Raises Nothing for 204 and NotFound for 404 instead of the first page; Protocol for them instead
        of a further one, unless the page before was full and so may have been the last; for a link that leads elsewhere, or that
        comes back, and for a list without end.
        """
        query, seen, read, full = urlencode(ask.query, safe="$,()'", quote_via=quote), set[str](), 0, False
        while True:
            seen.add(query)
            answer = self._page(ask, query, last=full) if len(seen) > 1 else self._answer(ask, query)
            if not isinstance(answer.get("value"), list):
                raise Protocol(f"{ask.label}: the list has no `value`", attempt=self._attempt(ask))
            count = len(answer["value"])
            # The next page is asked for without holding on to this one: a full one takes tens of MiB.
            yield answer.pop("value")
            read += count
            full = ask.full_page > 0 and count >= ask.full_page
            following = self._following(ask, answer.get("@odata.nextLink"), count, read)
            if following is None:
                return
            if following in seen or len(seen) >= MOST_PAGES:
                raise Protocol(
                    f"{ask.label}: the list has no end (page {len(seen) + 1}: {following!r:.80})",
                    attempt=self._attempt(ask),
                )
            query = following

    def single(self, ask: Ask) -> dict[str, Any]:
        """One object. Raises Nothing for 204, NotFound, …"""
        return self._answer(ask, urlencode(ask.query))

    def _following(self, ask: Ask, link: object, items: int, read: int) -> str | None:
        if link is not None:
            return self._query_of(ask, link)
        if not ask.full_page or items < ask.full_page:
            return None
        return urlencode({**ask.query, "$skip": str(read)}, safe="$,()'", quote_via=quote)

    def _query_of(self, ask: Ask, link: object) -> str:
        """The query of a link that means a further page of this very list."""
        try:
            parts = urlsplit(link) if isinstance(link, str) else None
        except ValueError:
            parts = None
        if parts is None or not parts.query:
            raise Protocol(f"{ask.label}: the link to the next page is none: {link!r:.80}", attempt=self._attempt(ask))
        same = parts.scheme == "https" and _unversioned(parts.path) == _unversioned(ask.path)
        if not same or parts.netloc.lower() not in self._hosts:
            raise Protocol(
                f"{ask.label}: the link to the next page leaves {self._endpoint}{ask.path}; it was not followed",
                attempt=self._attempt(ask),
            )
        return parts.query

    def _page(self, ask: Ask, query: str, *, last: bool) -> dict[str, Any]:
        """A further page. `last`: there need not be one, and nothing in its place is the end of the list."""
        try:
            return self._answer(ask, query)
        except (Nothing, NotFound) as error:
            if last:
                return {"value": []}
            raise Protocol(
                f"{ask.label}: the list broke off: a further page was named, and there is nothing in its place ({error})",
                remedy="ask again later",
                attempt=self._attempt(ask),
            ) from error

    def _answer(self, ask: Ask, query: str) -> dict[str, Any]:
        """Raises Nothing for 204, NotFound, …"""
        response = self._send(ask, query)
        self._server_date = parse_date(response.headers.get("Date")) or self._server_date
        if response.status_code == 204:
            raise Nothing(204)
        return json_object(response, side=self.side, call=ask.label)

    def _send(self, ask: Ask, query: str) -> requests.Response:
        url = f"{self._endpoint}{ask.path}{f'?{query}' if query else ''}"
        headers = {"Accept": "application/json", **ask.headers}
        try:
            return self._session().get(url, headers=headers, allow_redirects=False)
        except (requests.RequestException, AzureError, ValueError) as error:
            raise translate_exception(error, side=self.side, call=ask.label) from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = self._open_session()
        return session

    def _attempt(self, ask: Ask) -> Attempt:
        return Attempt(self.side, ask.label)


def _unversioned(path: str) -> str:
    """What a path means, whether it names the version or leaves it to the service (defender-docs, exposed-apis-list)."""
    return re.sub(r"/v1\.0(?=/)", "", path.rstrip("/").lower())
