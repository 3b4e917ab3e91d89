"""History from Log Analytics through azure-monitor-query: constant KQL, and every doubt about completeness said aloud."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import requests
from azure.core.exceptions import AzureError
from azure.monitor.query import LogsQueryClient, LogsQueryPartialResult, LogsTable

from watchkeeper.errors import Attempt, Protocol, Unavailable, WatchkeeperError
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import SessionFactory
from watchkeeper.transport import translate_exception
from watchkeeper.transport.times import parse_instant
from watchkeeper_sentinel.auth import (
    WRONG_AUDIENCE,
    BearerAuth,
    SharedCredential,
    SignedBySession,
    azure_transport,
    scope_of,
    wrong_audience,
)
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.history import HistoryRow, maker_of_ours, read_history_row
from watchkeeper_sentinel.kql import FIRST_STATES, LATEST, baseline_query, changes_query, deleted_query
from watchkeeper_sentinel.people import is_guid
from watchkeeper_sentinel.records import text_of

NAMES_PER_QUERY: Final = 500
SLACK: Final = timedelta(days=2)
"""A row's TimeGenerated may be two days off the change it describes before the service corrects it (data-ingestion-time)."""

NARROWEST: Final = timedelta(hours=1)
"""A window that is not halved any further, however often its answer is cut."""
PATIENCE: Final = 50
"""Seconds after which Log Analytics itself gives a query up: less than the transport waits for an answer."""
TIMED_OUT: Final = 504
NO_DATA: Final = 204
_CALL: Final = "POST /v1/workspaces/…/query"
_NULL_AS_TEXT: Final = frozenset({"guid", "timespan"})
_AUDIENCE_REMEDY: Final = "set SENTINEL_LOGS_AUDIENCE to the audience of SENTINEL_LOGS_ENDPOINT, https://api.loganalytics.io in the public cloud"
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Rows:
    """Cells by column name, row by row; `reason` says why they are not all (then `complete` is False)."""

    cells: tuple[dict[str, Any], ...]
    complete: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """History rows of a window and the last state before it, per incident; not `complete` when the answer was cut, or held
    a row of which it cannot be told whose it is. `broken`: names of incidents with a row that cannot be read."""

    rows: tuple[HistoryRow, ...]
    baseline: dict[str, HistoryRow]
    complete: bool = True
    reason: str = ""
    broken: frozenset[str] = frozenset()


class Logs:
    """The workspace's tables. Thread-safe: a client and a session per thread, one credential.

    `workspace_id` gives the workspace's customer id when it is first needed.
    """

    def __init__(
        self,
        config: SentinelConfig,
        sessions: SessionFactory,
        credential: SharedCredential,
        workspace_id: Callable[[], str],
    ) -> None:
        self._config = config
        self._sessions = sessions
        self._credential = credential
        self._workspace_id = workspace_id
        self._local = threading.local()
        self._failure = ""

    def query(self, text: str, timespan: tuple[datetime, datetime] | None = None) -> Rows:
        """Run one query; `timespan` bounds TimeGenerated. A partial answer comes back as incomplete.

        Raises Unavailable, AuthFailed, Throttled, Protocol, … (see watchkeeper.errors).
        """
        workspace = self._workspace_id()
        try:
            result = self._client().query_workspace(workspace, text, timespan=timespan, server_timeout=PATIENCE)
            if isinstance(result, LogsQueryPartialResult):
                return Rows(_cells(result.partial_data), False, f"partial answer: {result.partial_error}"[:300])
            if not result.tables:
                raise ValueError("the answer holds no table")
            return Rows(_cells(result.tables))
        except WatchkeeperError:
            raise
        except (AzureError, requests.RequestException, ValueError, KeyError, TypeError, RecursionError) as error:
            ours = translate_exception(error, side=SENTINEL, call=_CALL)
            if WRONG_AUDIENCE in f"{error} {ours.attempt.answer}":
                raise wrong_audience("Log Analytics", _AUDIENCE_REMEDY, ours.attempt) from error
            raise ours from error

    def told(self, since: datetime, until: datetime, names: Sequence[str] | None) -> Told:
        """What the table tells of a window: all states in it, and for each incident in it the state before."""
        asked: Iterable[Sequence[str] | None] = [None] if names is None else _parts(names)
        found = [answer for part in asked for answer in self._states(since, until, part)]
        rows, broken = _history(found)
        older = [name for name in sorted({row.name for row in rows if row.created_at < since}) if is_guid(name)]
        before = [answer for part in _parts(older) for answer in self._states_before(since, part)]
        earlier, broken_before = _history(before)
        names_of_broken = {**broken, **broken_before}
        doubts = [answer.reason for answer in (*found, *before) if not answer.complete]
        doubts += [reason for name, reason in names_of_broken.items() if not name]
        return Told(
            rows,
            {row.name: row for row in earlier},
            not doubts,
            "; ".join(dict.fromkeys(doubts)),
            frozenset(filter(None, names_of_broken)),
        )

    def _states(self, since: datetime, until: datetime, names: Sequence[str] | None) -> list[Rows]:
        """Every state in a window. A state on the border of two halves comes twice, which `changes` sees through."""

        def ask(window: tuple[datetime, datetime]) -> Rows:
            start, end = window
            return self.bounded(changes_query(start, end, names), (start - SLACK, end + SLACK))

        return in_portions((since, until), ask, halves_of_a_window)

    def _states_before(self, since: datetime, names: Sequence[str]) -> list[Rows]:
        return in_portions(names, lambda part: self.bounded(baseline_query(since, part), None), _halves_of_a_list)

    def bounded(self, text: str, timespan: tuple[datetime, datetime] | None) -> Rows:
        """A query that may prove too large: then the answer is incomplete, as when it was cut."""
        try:
            return self.query(text, timespan)
        except Unavailable as error:
            if error.attempt.status != TIMED_OUT:
                raise
            return Rows((), False, "a query took longer than Log Analytics allows")

    def deleted(self, names: Sequence[str]) -> tuple[frozenset[str], str]:
        """Which of the names have a `Deleted` row, and why that could not be told for sure ("" when it could).

        After one failure the question is not asked again in this run: absence is inert, and the answer can wait.
        """
        asked = [name for name in names if is_guid(name)]
        if not asked or self._failure:
            return frozenset(), self._failure
        try:
            answers = [self.query(deleted_query(part)) for part in _parts(asked)]
        except WatchkeeperError as error:
            self._failure = f"Log Analytics could not be asked for deletions: {error.message}"
            return frozenset(), self._failure
        found = {str(cells.get("IncidentName", "")).lower() for answer in answers for cells in answer.cells}
        return frozenset(found), "; ".join(answer.reason for answer in answers if not answer.complete)

    def names_of_ours(self) -> tuple[frozenset[str], str]:
        """What `ModifiedBy` calls us, and why that may not be all ("" when it is): the maker of incidents whose name only our
        marker gives. The table shows an application's display name, which no token carries."""
        answer = self.query(FIRST_STATES)
        makers, doubts = {""}, {answer.reason: None}
        for cells in answer.cells:
            try:
                makers.add(maker_of_ours(cells))
            except ValueError as error:
                doubts[f"Log Analytics: {error}"] = None
        return frozenset(makers - {""}), "; ".join(filter(None, doubts))

    def lag(self) -> timedelta | None:
        """How long the newest row took from the change to the table; None for an empty table."""
        cells = self.query(LATEST).cells
        if not cells:
            return None
        changed, ingested = (_instant(cells[0].get(name)) for name in ("LastModifiedTime", "Ingested"))
        return ingested - changed

    def _client(self) -> LogsQueryClient:
        client: LogsQueryClient | None = getattr(self._local, "client", None)
        if client is None:
            session = self._sessions.session(SENTINEL)
            session.auth = BearerAuth(session, self._credential, scope_of(self._config.logs_audience))
            session.hooks["response"] = [_without_data]
            client = LogsQueryClient(
                self._credential,
                endpoint=self._config.logs_endpoint,
                audience=self._config.logs_audience,
                transport=azure_transport(session, self._config),
                authentication_policy=SignedBySession(),
                user_agent=str(session.headers["User-Agent"]),
                retry_total=0,
            )
            self._local.client = client
        return client


def _without_data(response: requests.Response, **_options: Any) -> requests.Response:
    """Raises Protocol for 204, which a workspace without any data answers (azure-monitor-docs, logs/api/errors): the library would
    look for JSON in it."""
    if response.status_code == NO_DATA:
        raise Protocol(
            "Log Analytics says that there is no data in this workspace",
            remedy="check SENTINEL_WORKSPACE_ID, and that something is collected there",
            attempt=Attempt(SENTINEL, _CALL, status=NO_DATA),
        )
    return response


def in_portions(whole: P, ask: Callable[[P], Rows], halves: Callable[[P], tuple[P, P] | None]) -> list[Rows]:
    """The answers about `whole`, asked for in ever smaller portions as long as an answer is incomplete.

    When not even the smallest portion is answered completely, size is not what is wrong: the rest is asked for as it is.
    """
    answers: list[Rows] = []
    waiting = [whole]
    hopeless = False
    while waiting:
        portion = waiting.pop()
        answer = ask(portion)
        smaller = None if answer.complete or hopeless else halves(portion)
        if smaller is None:
            hopeless = hopeless or not answer.complete
            answers.append(answer)
        else:
            waiting += reversed(smaller)
    return answers


def halves_of_a_window(
    window: tuple[datetime, datetime],
) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]] | None:
    start, end = window
    if end - start <= NARROWEST:
        return None
    middle = start + (end - start) / 2
    return (start, middle), (middle, end)


def _halves_of_a_list(names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    middle = len(names) // 2
    return (names[:middle], names[middle:]) if middle else None


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Names in lists that fit into a query."""
    for start in range(0, len(names), NAMES_PER_QUERY):
        yield names[start : start + NAMES_PER_QUERY]


def _cells(tables: Sequence[LogsTable]) -> tuple[dict[str, Any], ...]:
    return tuple(_row(table, row) for table in tables for row in table.rows)


def _row(table: LogsTable, row: Iterable[Any]) -> dict[str, Any]:
    """Cells by column. azure-monitor-query turns a null GUID or timespan into the text "None"."""
    typed = zip(table.columns, table.columns_types, row, strict=True)
    return {name: None if kind in _NULL_AS_TEXT and cell == "None" else cell for name, kind, cell in typed}


def _history(answers: Sequence[Rows]) -> tuple[tuple[HistoryRow, ...], dict[str, str]]:
    """The rows that can be read, and of the others why not, by the name of their incident ("" where they have none)."""
    rows: list[HistoryRow] = []
    broken: dict[str, str] = {}
    for cells in (cells for answer in answers for cells in answer.cells):
        try:
            rows.append(read_history_row(cells))
        except ValueError as error:
            broken[(text_of(cells.get("IncidentName")) or "").lower()] = f"Log Analytics: {error}"
    return tuple(rows), broken


def _instant(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return cell
    try:
        return parse_instant(cell)
    except ValueError as error:
        raise Protocol(f"Log Analytics: {error}") from error
