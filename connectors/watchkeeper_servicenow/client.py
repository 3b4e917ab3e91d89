"""The Table API through pysnow, with pysnow's traps fenced in.

- One Resource per call: a Resource keeps the parameters of its last call and is not safe between threads.
- Buffered answers only, and the raw body is checked here: pysnow returns the rows of an answer that also holds an `error`.
- PATCH through `request()`: `update()` first reads the whole record and then sends PUT.
- Limit, fields and display value always explicit; queries come from `watchkeeper_servicenow.query`.
- One call at a time per session and cookie jar, and few sessions: an instance serialises the calls of one session, drops some
  with 202, and keeps each session in memory.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from queue import LifoQueue
from typing import Any
from urllib.parse import urlencode

import requests

from watchkeeper.errors import Ambiguous, Attempt, AuthFailed, NotTheApi, Protocol, Reject, Retry, WatchkeeperError
from watchkeeper.model.record import SERVICENOW
from watchkeeper.ports import Clock
from watchkeeper.transport import checked, json_object, translate_exception, whole_number
from watchkeeper.transport.calls import parse_date
from watchkeeper.transport.imports import without
from watchkeeper_servicenow.auth import TOKEN_PATH, Login
from watchkeeper_servicenow.batch import ITEMS, Question, answers_of, batch_of
from watchkeeper_servicenow.config import ServiceNowConfig
from watchkeeper_servicenow.query import SYS_ID, field_name, ordered, table_name
from watchkeeper_servicenow.refusals import explaining
from watchkeeper_servicenow.rows import Row, labelled_row_of, row_of

# pysnow's streaming of answers would parse with libyajl, and its attachments would look into files with libmagic. Neither is used
# here, and to find out where the libraries are, ctypes runs ldconfig and the C compiler, at every start.
_SEARCHED_FOR = ("ijson.backends.yajl2_cffi", "ijson.backends.yajl2", "magic")

with warnings.catch_warnings(), without(*_SEARCHED_FOR):
    warnings.simplefilter("ignore")  # pysnow warns where libmagic is absent
    import pysnow

SPARE_SESSIONS = 2
"""Beyond the calls that may be under way at once, which the transport counts: the next call is made ready meanwhile."""
BATCH = "/api/now/v1/batch"
MOST_ROWS = 100_000
"""Where a listing by offset stops as out of control."""


class CutAnswer(Protocol):
    """The instance began to answer and stopped: rows may be missing. A smaller page may come through."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one listing call. `total` is X-Total-Count: every row that matches, before access rules hide some."""

    rows: tuple[Row, ...]
    total: int | None
    server_time: datetime


@dataclass(frozen=True, slots=True)
class HourlyLimit:
    """The rate-limit rule that the instance says applies to our calls: calls per hour, and the rule's sys_id. It never says how
    many are left (ServiceNowDocs, inbound-REST-API-rate-limiting)."""

    calls: int
    rule: str


@dataclass(frozen=True, slots=True)
class Everything:
    """All rows of a query. `hidden` counts rows that match but that the instance did not show."""

    rows: tuple[Row, ...]
    hidden: int


class TableClient:
    """Thread-safe. Raises from watchkeeper.errors only."""

    def __init__(self, config: ServiceNowConfig, login: Login, clock: Clock) -> None:
        self._config = config
        self._login = login
        self._clock = clock
        self._clients: LifoQueue[pysnow.Client | None] = LifoQueue()
        for _ in range(config.workers + SPARE_SESSIONS):
            self._clients.put(None)
        self._server_time: datetime | None = None
        self._hourly_limit: HourlyLimit | None = None
        self._batches_fail = False

    @property
    def page_size(self) -> int:
        """Rows of one listing call."""
        return self._config.page_size

    @property
    def server_time(self) -> datetime | None:
        """The instance's clock as of its latest answer."""
        return self._server_time

    @property
    def hourly_limit(self) -> HourlyLimit | None:
        """The rule that the latest answers named; None while none did."""
        return self._hourly_limit

    def read(
        self, table: str, query: str, fields: Iterable[str], *, limit: int, offset: int = 0, labelled: bool = False
    ) -> Listing:
        """One page; `labelled`: with what people are shown for each value (see `rows.label`). Raises CutAnswer where the body is
        not a whole list of rows with a sys_id each."""
        path = f"/table/{table_name(table)}"
        names = sorted({"sys_id", *map(field_name, fields)})
        with explaining(table, query=query):
            response = self.send(
                f"GET /api/now{path}",
                lambda client: _resource(client, path, "all" if labelled else "false").get(
                    query=query, limit=limit, offset=offset, fields=names
                ),
            )
        rows = _rows(response, f"GET /api/now{path}", labelled_row_of if labelled else row_of)
        return Listing(rows, whole_number(response.headers.get("X-Total-Count")), self._noted(response))

    def count(self, table: str, query: str, by: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """How many rows of a query hold each combination of some fields: the groups of the Aggregate API, as it words them."""
        call = f"GET /api/now/stats/{table_name(table)}"
        names = ",".join(map(field_name, by))
        asked = {
            "sysparm_query": query,
            "sysparm_count": "true",
            "sysparm_group_by": names,
            "sysparm_display_value": "false",
        }
        url = f"{self._config.origin}/api/now/stats/{table}?{urlencode(asked)}"
        with explaining(table, query=query):
            response = self.send(call, lambda client: client.session.get(url))
        body = json_object(response, side=SERVICENOW, call=call)
        self._noted(response)
        groups = body.get("result")
        if "error" in body or not isinstance(groups, list) or not all(map(_is_group, groups)):
            raise Protocol(
                f"servicenow: {call} answered without whole groups",
                attempt=Attempt(SERVICENOW, call, status=response.status_code, answer=_said(body)),
            )
        return groups

    def read_many(self, questions: Sequence[Question]) -> Sequence[Listing | Reject | AuthFailed]:
        """One page for each question, in their order, in batches where there is more than one. What is refused about one
        question is its answer; what a batch did not answer well is asked by itself. Raises what concerns the whole side."""
        answers: dict[int, Listing | Reject | AuthFailed] = {}
        for start in range(0, len(questions), ITEMS):
            portion = dict(enumerate(questions[start : start + ITEMS], start))
            if len(portion) > 1 and not self._batches_fail:
                answers |= self._batched(portion)
        return [answers[i] if i in answers else self._alone(each) for i, each in enumerate(questions)]

    def read_all_of(self, questions: Sequence[Question], *order: str) -> Sequence[Everything | Reject | AuthFailed]:
        """Every row of several queries; see `read_all`. `limit` is the page size of the first page only."""
        ordered_ones = [replace(each, query=ordered(each.query, *order, "sys_id")) for each in questions]
        pages = zip(questions, self.read_many(ordered_ones), strict=True)
        return [
            self.read_all(each.table, each.query, each.fields, *order, first=page)
            if isinstance(page, Listing)
            else page
            for each, page in pages
        ]

    def _alone(self, question: Question) -> Listing | Reject | AuthFailed:
        try:
            return self.read(question.table, question.query, question.fields, limit=question.limit)
        except (Reject, AuthFailed) as error:
            if not concerns_the_table(error):
                raise
            return error

    def _batched(self, questions: Mapping[int, Question]) -> Mapping[int, Listing | Reject | AuthFailed]:
        """The good answers of one batch, and the refusals; nothing where the instance refuses batches as such, or answers none
        in time: each of its reads may still be quick enough alone."""
        call = f"POST {BATCH}"
        body = batch_of({str(number): question for number, question in questions.items()})
        try:
            response = self.send(call, lambda client: client.session.post(f"{self._config.origin}{BATCH}", data=body))
            answers = answers_of(json_object(response, side=SERVICENOW, call=call))
        except (Reject, AuthFailed, Retry, Protocol) as error:
            if isinstance(error, Reject | AuthFailed) and not concerns_the_table(error):
                raise
            self._batches_fail = True
            return {}
        self._noted(response)
        found: dict[int, Listing | Reject | AuthFailed] = {}
        for number, question in questions.items():
            answer = answers.get(str(number))
            outcome = None if answer is None else self._one_of(answer, question)
            if outcome is not None:
                found[number] = outcome
        return found

    def _one_of(self, answer: requests.Response, question: Question) -> Listing | Reject | AuthFailed | None:
        """An item's own answer; None for one that is worth asking again."""
        call = f"GET {question.path}"
        try:
            with explaining(question.table, query=question.query):
                checked(answer, side=SERVICENOW, call=call)
            rows = _rows(answer, call)
        except (Reject, AuthFailed) as error:
            return error if concerns_the_table(error) else None
        except WatchkeeperError:
            return None
        total = whole_number(answer.headers.get("X-Total-Count"))
        return Listing(rows, total, self._server_time or self._clock.now())

    def read_all(
        self, table: str, query: str, fields: Iterable[str], *order: str, first: Listing | None = None
    ) -> Everything:
        """Every row of a query that cannot change while it is read, by offset in a total order (`order`, then sys_id).
        `first` is its first page where that is there already."""
        names, rows, offset, total = tuple(fields), dict[str, Row](), 0, 0
        sorted_query = ordered(query, *order, "sys_id")
        while True:
            page, first = (
                (first or self.read(table, sorted_query, names, limit=self._config.page_size, offset=offset)),
                None,
            )
            rows.update((row["sys_id"] or "", row) for row in page.rows)
            total = max(total, page.total if page.total is not None else offset + len(page.rows))
            offset += self._config.page_size
            if offset >= total or (page.total is None and not page.rows):
                return Everything(tuple(rows.values()), max(0, total - len(rows)))
            if offset > MOST_ROWS:
                raise Protocol(
                    f"servicenow: {table} has more than {MOST_ROWS} rows for one question",
                    attempt=Attempt(SERVICENOW, f"GET /api/now/table/{table}", status=200),
                )

    def insert(self, table: str, body: Mapping[str, str], *, record: str) -> Row:
        """POST a record; answers the whole record as the instance keeps it."""
        path = f"/table/{table_name(table)}"
        with explaining(table, fields=body):
            return self._write(
                f"POST /api/now{path}", record, lambda client: _resource(client, path).create(dict(body))
            )

    def patch(self, table: str, sys_id: str, body: Mapping[str, str], *, record: str) -> Row:
        """PATCH exactly `body`; answers the whole record as the instance keeps it."""
        path = f"/table/{table_name(table)}"
        if not SYS_ID.fullmatch(sys_id):
            raise Protocol(
                f"servicenow: {sys_id[:100]!r} is not a sys_id", attempt=Attempt(SERVICENOW, "PATCH", record)
            )
        data = json.dumps(dict(body))
        with explaining(table, fields=body):
            return self._write(
                f"PATCH /api/now{path}/{sys_id}",
                record,
                lambda client: _resource(client, path).request("PATCH", path_append=f"/{sys_id}", data=data),
            )

    def _write(self, call: str, record: str, send: Callable[[pysnow.Client], Any]) -> Row:
        response = self.send(call, send, record=record, write=True)
        body = json_object(response, side=SERVICENOW, call=call, record=record, write=True)
        self._noted(response)
        result = body.get("result")
        if "error" in body or not isinstance(result, dict) or not result.get("sys_id"):
            raise Ambiguous(
                f"servicenow: {call} answered {response.status_code} without the record; the write may have happened",
                attempt=Attempt(SERVICENOW, call, record, response.status_code, _said(body)),
            )
        return row_of(result)

    def send(
        self, call: str, send: Callable[[pysnow.Client], Any], *, record: str = "", write: bool = False
    ) -> requests.Response:
        """One call, signed in, on a session that nobody else uses meanwhile; raises what its status means."""
        try:
            with self._client() as client:
                self._login.authorise(client.session)
                response = _raw(send(client))
                if response.status_code == 401 and self._login.renew(client.session):
                    response = _raw(send(client))
        except WatchkeeperError:
            raise
        except Exception as error:
            raise translate_exception(error, side=SERVICENOW, call=call, record=record, write=write) from error
        try:
            return checked(response, side=SERVICENOW, call=call, record=record, write=write)
        except AuthFailed as error:
            remedy = self._login.remedy if response.status_code == 401 else error.remedy
            raise AuthFailed(error.message, remedy=remedy, attempt=error.attempt) from error

    @contextmanager
    def _client(self) -> Iterator[pysnow.Client]:
        """A client that nobody else uses meanwhile; the one used last, so that few are opened."""
        client = self._clients.get()
        try:
            if client is None:
                client = self._open()
            yield client
        finally:
            self._clients.put(client)

    def _open(self) -> pysnow.Client:
        session = self._login.open()
        agent = session.headers["User-Agent"]
        client = pysnow.Client(host=self._config.host, session=session)
        session.headers["User-Agent"] = agent
        return client

    def _noted(self, response: requests.Response) -> datetime:
        self._server_time = parse_date(response.headers.get("Date")) or self._clock.now()
        calls = whole_number(response.headers.get("X-RateLimit-Limit"))
        if calls is not None:
            self._hourly_limit = HourlyLimit(calls, response.headers.get("X-RateLimit-Rule", ""))
        return self._server_time


def concerns_the_table(error: Reject | AuthFailed) -> bool:
    """Whether a refusal is about what was asked for rather than about our login. A table that is closed to REST answers 403
    "Failed API level ACL Validation" to every account, which says nothing about the other tables."""
    return error.attempt.status != 401 and not error.attempt.call.endswith(TOKEN_PATH)


def _is_group(group: object) -> bool:
    """Whether a group has a count and the fields that it is about."""
    if not isinstance(group, dict) or not isinstance(group.get("stats"), dict):
        return False
    fields = group.get("groupby_fields")
    counted = str(group["stats"].get("count", ""))
    return (
        counted.isascii()
        and counted.isdigit()
        and len(counted) < 16
        and isinstance(fields, list)
        and all(isinstance(each, dict) and "field" in each for each in fields)
    )


def _resource(client: pysnow.Client, path: str, display_value: str = "false") -> pysnow.Resource:
    resource = client.resource(api_path=path)
    resource.parameters.add_custom(
        {
            "sysparm_display_value": display_value,
            "sysparm_exclude_reference_link": "true",
            "sysparm_input_display_value": "false",
        }
    )
    return resource


def _raw(answer: Any) -> requests.Response:
    """The HTTP answer itself: a batch's, which pysnow has no call for, or the one inside pysnow's, which has no public name."""
    response: requests.Response = answer if isinstance(answer, requests.Response) else answer._response
    return response


def _rows(response: requests.Response, call: str, of: Callable[[Mapping[str, Any]], Row] = row_of) -> tuple[Row, ...]:
    try:
        body = json_object(response, side=SERVICENOW, call=call)
    except NotTheApi:
        raise
    except Protocol as error:
        if "json" in response.headers.get("Content-Type", "").lower():
            raise CutAnswer(error.message, attempt=error.attempt) from error
        raise
    result = body.get("result")
    if "error" in body or body.get("status") == "failure" or not isinstance(result, list):
        raise CutAnswer(
            f"servicenow: {call} answered rows and an error: {_said(body)}",
            attempt=Attempt(SERVICENOW, call, status=response.status_code, answer=_said(body)),
        )
    rows = tuple(of(row) for row in result if isinstance(row, dict))
    if len(rows) < len(result) or not all(row.get("sys_id") for row in rows):
        raise CutAnswer(
            f"servicenow: {call} answered something else than records in its list",
            attempt=Attempt(SERVICENOW, call, status=response.status_code),
        )
    return rows


def _said(body: Mapping[str, Any]) -> str:
    error = body.get("error")
    return str(error.get("message", ""))[:200] if isinstance(error, dict) else "no list of rows"
