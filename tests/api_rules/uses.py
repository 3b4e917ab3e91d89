"""What reached the emulated systems, as uses of tables and fields (ServiceNow) and as actions (Azure). Read from the requests
themselves, and from those inside a batch."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.servicenow.store import ALL_TABLES
from watchkeeper.emulators.world import Exchange, World
from watchkeeper.model.probing import TableRight

_CONDITION = re.compile(
    r"(?P<field>[a-z_.]+)(?P<operator>ISEMPTY|ISNOTEMPTY|NOT IN|IN|!=|>=|<=|=|>|<|STARTSWITH|LIKE)(?P<value>.*)",
    re.DOTALL,
)
_ORDER = re.compile(r"ORDERBY(?:DESC)?([a-z_.]+)")
_EQUALITY = frozenset({"=", "!=", "IN", "NOT IN", "ISEMPTY", "ISNOTEMPTY"})
_VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}
_TABLE = re.compile(r"/api/now(?:/v[12])?/(?:table|(?P<counts>stats))/(?P<table>[^/]+)(?:/[^/]*)?")
_UPLOAD = re.compile(r"/api/now(?:/v1)?/attachment/file")
_BATCH = re.compile(r"/api/now(?:/v1)?/batch")
_QUERIED = re.compile(r"\b(?:SecurityIncident|SecurityAlert|AzureActivity|SentinelHealth)\b")
_LOGIC = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Logic/workflows", re.IGNORECASE)
_QUERY = "Microsoft.OperationalInsights/workspaces/query"
OPERATIONS = ("read", "match", "range", "create", "write")

Use = tuple[str, str, str]
"""Table, operation, field."""
Uses = dict[tuple[str, str], set[str]]
"""(table, operation) → fields."""


@dataclass
class Recorder:
    """Listens to a world from its making on."""

    uses: Uses = field(default_factory=lambda: defaultdict(set))
    actions: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, world: World) -> Recorder:
        recorder = cls()
        world.listen(recorder.hear)
        return recorder

    def hear(self, exchange: Exchange) -> None:
        if exchange.phase != "before":
            return
        if exchange.system == "servicenow":
            for table, operation, name in uses_of(exchange.request):
                self.uses[table, operation].add(name)
        else:
            self.actions |= actions_of(exchange.system, exchange.request)


def actions_of(system: str, request: Request) -> set[str]:
    """What a request needs to be allowed to do in Azure; nothing to sign in."""
    if system == "arm":
        return {_action(request.method, request.path)}
    if system == "loganalytics":
        tables = _QUERIED.findall(str(_body(request.body).get("query", "")))
        return {f"{_QUERY}/read", *(f"{_QUERY}/{table}/read" for table in tables)}
    return set()


def _action(method: str, path: str) -> str:
    """`…/workspaces/{ws}/providers/Microsoft.SecurityInsights/incidents/{id}/comments/{id}` and PUT is
    `Microsoft.SecurityInsights/incidents/comments/write`."""
    verb = _VERBS.get(method, method.lower())
    if _LOGIC.match(path):
        return f"Microsoft.Logic/workflows/{verb}"
    parts = path.strip("/").split("/")[8:]
    if not parts:
        return f"Microsoft.OperationalInsights/workspaces/{verb}"
    return f"{'/'.join(parts[1:2])}/{'/'.join(parts[2::2])}/{verb}"


def uses_of(request: Request, of: Collection[str] | None = None) -> Iterator[Use]:
    """The fields that a request to ServiceNow reads, compares, orders by and sends, also through dots; nothing to sign in. What is
    neither a table nor a batch of them is told as a use of its path. `of`: leave out what is asked of other tables than these."""
    if _BATCH.fullmatch(request.path):
        for item in _body(request.body).get("rest_requests", []):
            parts = urlsplit(item["url"])
            yield from _of_path(item["method"], parts.path, parts.query, b"", of)
    elif request.path != "/oauth_token.do":
        yield from _of_path(request.method, request.path, request.raw_query, request.body, of)


def _of_path(method: str, path: str, query: str, body: bytes, of: Collection[str] | None) -> Iterator[Use]:
    found = _TABLE.fullmatch(path)
    if method == "POST" and _UPLOAD.fullmatch(path):
        yield from (("sys_attachment", "create", name) for name, _ in parse_qsl(query))
        return
    if found is None:
        yield path, method, ""
        return
    table = found["table"]
    if of is not None and table not in of:
        return
    given = dict(parse_qsl(query))
    if method == "GET":
        yield from _fields_shown(table, given.get("sysparm_fields", ""))
        groups = given.get("sysparm_group_by", "") if found["counts"] else ""
        for name in filter(None, groups.split(",")):  # a group is shown, and is sorted by
            yield from (*_use(table, "read", name), *_use(table, "range", name))
    for name, operation in _conditions(given.get("sysparm_query", "")):
        yield from _use(table, operation, name)
    operation = {"GET": "", "POST": "create", "PATCH": "write"}.get(method, method.lower())
    for name in _body(body) if operation else ():
        yield table, operation, name
        if name != "work_notes":  # the answer is compared with what was sent
            yield table, "read", name


@lru_cache(maxsize=512)
def _fields_shown(table: str, fields: str) -> tuple[Use, ...]:
    return tuple(use for name in fields.split(",") if name for use in _use(table, "read", name))


@lru_cache(maxsize=1024)
def _use(table: str, operation: str, path: str) -> tuple[Use, ...]:
    """A field, through dots: the reference here, and the field over there."""
    if path.startswith("zz_"):
        return ()
    first, _, rest = path.partition(".")
    here = (table, "read" if rest else operation, first)
    if not rest or table not in ALL_TABLES:
        return (here,)
    return here, *_use(ALL_TABLES[table].fields[first].references, operation, rest)


def _conditions(query: str) -> Iterator[tuple[str, str]]:
    for term in query.replace("^NQ", "^").split("^"):
        order = _ORDER.fullmatch(term)
        found = _CONDITION.fullmatch(term.removeprefix("OR"))
        if order:
            yield order[1], "range"
        elif found:
            yield found["field"], "match" if found["operator"] in _EQUALITY else "range"


def _body(body: bytes) -> dict[str, Any]:
    """What a request carries; nothing where that is no JSON object, which the systems refuse by themselves."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def granted(rights: Iterable[TableRight]) -> Uses:
    """The uses that listed rights allow."""
    found: Uses = defaultdict(set)
    for right in rights:
        for operation in OPERATIONS:
            names = getattr(right, operation)
            if names:
                found[right.table, operation] |= names
    return found


def merged(*several: Uses) -> Uses:
    found: Uses = defaultdict(set)
    for uses in several:
        for key, names in uses.items():
            found[key] |= names
    return found
