"""The Table API: `/api/now[/v1|/v2]/table/{table}[/{sys_id}]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import quote, urlencode

from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.display import Display
from watchkeeper.emulators.servicenow.encoded_query import Condition, Query, parse
from watchkeeper.emulators.servicenow.errors import Refused, invalid_table, no_record, no_such_resource
from watchkeeper.emulators.servicenow.recorder import Recorder
from watchkeeper.emulators.servicenow.rendering import DisplayMode, Renderer, View
from watchkeeper.emulators.servicenow.selection import selector
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind

DEFAULT_LIMIT = 10_000
_VERSIONS = ("v1", "v2")


@dataclass(frozen=True, slots=True)
class _Target:
    """What a path names: the API's version ("" for none), the table, and the record if there is one."""

    version: str
    table: str
    sys_id: str | None

    def url(self, host: str) -> str:
        return f"https://{host}/api/now/{self.version + '/' if self.version else ''}table"


class TableApi:
    """Answers table requests; raises Refused. The caller holds the store's lock."""

    def __init__(self, store: Store, recorder: Recorder, choices: Choices) -> None:
        self._store = store
        self._recorder = recorder
        self._choices = choices

    def respond(self, request: Request, actor: Actor, now: datetime) -> Response:
        target = _target(request)
        if self._store.definition(target.table) is None:
            raise invalid_table(target.table)
        self._recorder.access.of(actor).open_endpoint(target.table)
        parameters = dict(reversed(request.query))
        method = _method(request)
        match method, target.sys_id:
            case (("GET" | "HEAD"), None):
                return self._list(request, target, parameters, actor)
            case (("GET" | "HEAD"), str(sys_id)):
                return self._get(request, target, sys_id, parameters, actor)
            case "POST", None:
                return self._insert(request, target, parameters, actor, now)
            case (("PUT" | "PATCH"), str(sys_id)):
                return self._update(request, target, sys_id, parameters, actor, now)
            case "DELETE", str(sys_id):
                self._recorder.delete(target.table, sys_id, actor, now)
                return Response(204)
            case _:
                raise Refused(405, "Method not supported", f"Method {method} not supported here")

    def _list(self, request: Request, target: _Target, parameters: Mapping[str, str], actor: Actor) -> Response:
        query, rights = self._query(target.table, parameters, actor), self._recorder.access.of(actor)
        rights.check_query(target.table, query)
        matches = selector(self._store, actor).select(target.table, query)
        offset, limit = (
            max(_whole(parameters, "sysparm_offset", 0), 0),
            _whole(parameters, "sysparm_limit", DEFAULT_LIMIT),
        )
        page = rights.visible(target.table, matches[offset : offset + max(limit, 0)])
        if target.version == "v1" and not page:
            raise no_record()
        headers = {}
        if not _true(parameters, "sysparm_no_count"):
            headers["X-Total-Count"] = str(len(matches))
        if not _true(parameters, "sysparm_suppress_pagination_header") and 0 < limit < len(matches):
            headers["Link"] = _links(request, target, offset, limit, len(matches))
        rows = self._renderer(actor).rows(target.table, page, self._view(request, target, parameters))
        return Response.of_json(200, {"result": rows}, headers)

    def _get(
        self, request: Request, target: _Target, sys_id: str, parameters: Mapping[str, str], actor: Actor
    ) -> Response:
        row = self._store.row(target.table, sys_id)
        if row is None or not self._recorder.access.of(actor).sees(target.table, row):
            raise no_record()
        return self._shown(200, request, target, row, parameters, actor, {})

    def _insert(
        self, request: Request, target: _Target, parameters: Mapping[str, str], actor: Actor, now: datetime
    ) -> Response:
        display_values = _true(parameters, "sysparm_input_display_value")
        row = self._recorder.insert(target.table, _sent(request), actor, now, display_values=display_values)
        location = f"{target.url(request.host)}/{target.table}/{row['sys_id']}"
        return self._shown(201, request, target, row, parameters, actor, {"Location": location})

    def _update(
        self,
        request: Request,
        target: _Target,
        sys_id: str,
        parameters: Mapping[str, str],
        actor: Actor,
        now: datetime,
    ) -> Response:
        display_values = _true(parameters, "sysparm_input_display_value")
        row = self._recorder.update(target.table, sys_id, _sent(request), actor, now, display_values=display_values)
        return self._shown(200, request, target, row, parameters, actor, {})

    def _shown(
        self,
        status: int,
        request: Request,
        target: _Target,
        row: Row,
        parameters: Mapping[str, str],
        actor: Actor,
        headers: Mapping[str, str],
    ) -> Response:
        if request.headers.get("x-no-response-body", "").lower() == "true":
            return Response(status, b"", headers)
        shown = self._renderer(actor).row(target.table, row, self._view(request, target, parameters))
        return Response.of_json(status, {"result": shown}, headers)

    def _renderer(self, actor: Actor) -> Renderer:
        return Renderer(self._store, self._recorder.access.of(actor), Display(self._store, self._choices, actor))

    def _query(self, table: str, parameters: Mapping[str, str], actor: Actor) -> Query:
        """`sysparm_query`, or else the bare name=value pairs, which accept display values."""
        if "sysparm_query" in parameters:
            return parse(parameters["sysparm_query"])
        pairs = {name: value for name, value in parameters.items() if not name.startswith("sysparm_")}
        groups = tuple((self._pair(table, name, value, actor.language),) for name, value in pairs.items())
        return Query((groups,), ())

    def _pair(self, table: str, name: str, value: str, language: str) -> Condition:
        field = self._store.tables[table].table.fields.get(name)
        return Condition(name, "=", value if field is None else self._meant(table, field, value, language))

    def _meant(self, table: str, field: Field, value: str, language: str) -> str:
        if field.choice:
            return self._choices.value(table, field.name, value, language) or value
        if field.kind is not Kind.REFERENCE or self._store.row(field.references, value) is not None:
            return value
        definition = self._store.definition(field.references)
        row = None if definition is None else self._store.first(definition.name, definition.display, value)
        return value if row is None else row["sys_id"]

    @staticmethod
    def _view(request: Request, target: _Target, parameters: Mapping[str, str]) -> View:
        mode = parameters.get("sysparm_display_value", "false").lower()
        fields = tuple(name.strip() for name in parameters.get("sysparm_fields", "").split(",") if name.strip())
        return View(
            mode=cast(DisplayMode, mode if mode in {"true", "all"} else "false"),
            links=not _true(parameters, "sysparm_exclude_reference_link"),
            base=target.url(request.host),
            fields=fields,
        )


def _target(request: Request) -> _Target:
    segments = request.segments
    if segments[:2] != ("api", "now"):
        raise no_such_resource()
    rest = segments[2:]
    version = rest[0] if rest and rest[0] in _VERSIONS else ""
    rest = rest[1:] if version else rest
    if len(rest) not in {2, 3} or rest[0] != "table":
        raise no_such_resource()
    return _Target(version, rest[1], rest[2] if len(rest) == 3 else None)


def _method(request: Request) -> str:
    override = request.headers.get("x-http-method-override", "")
    return override.upper() if override and request.method == "POST" else request.method


def _sent(request: Request) -> Mapping[str, Any]:
    """The record in a write's body; of several only the first is handled, as the documentation says."""
    if request.body and "json" not in request.headers.get("content-type", "application/json"):
        raise Refused(415, "Unsupported media type", "Content-Type must be application/json")
    try:
        value = request.json()
    except ValueError as error:
        raise Refused(400, "Exception while reading request", "The payload is not valid JSON.") from error
    first = value[0] if isinstance(value, list) and value else value
    if not isinstance(first, dict):
        raise Refused(400, "Exception while reading request", "The payload is not a JSON object.")
    return first


def _true(parameters: Mapping[str, str], name: str) -> bool:
    return parameters.get(name, "").lower() == "true"


def _whole(parameters: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(parameters.get(name, default))
    except ValueError:
        return default


def _links(request: Request, target: _Target, offset: int, limit: int, total: int) -> str:
    kept = [(name, value) for name, value in request.query if name != "sysparm_offset"]
    last = (total - 1) // limit * limit
    places = {"first": 0, "prev": max(offset - limit, 0) if offset else None}
    places |= {"next": offset + limit if offset + limit < total else None, "last": last}
    base = f"{target.url(request.host)}/{quote(target.table)}"
    return ",".join(
        f'<{base}?{urlencode([*kept, ("sysparm_offset", str(start))])}>;rel="{name}"'
        for name, start in places.items()
        if start is not None
    )
