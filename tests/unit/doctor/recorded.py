"""What reached the emulated systems, as uses of tables and fields (ServiceNow) and as actions (Azure). Read from the requests
themselves, and from those inside a batch."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from watchkeeper.emulators.servicenow.tables import TABLES
from watchkeeper.emulators.world import Exchange, World

_CONDITION = re.compile(
    r"(?P<field>[a-z_.]+)(?P<operator>ISEMPTY|ISNOTEMPTY|NOT IN|IN|!=|>=|<=|=|>|<|STARTSWITH|LIKE)(?P<value>.*)",
    re.DOTALL,
)
_EQUALITY = frozenset({"=", "!=", "IN", "NOT IN", "ISEMPTY", "ISNOTEMPTY"})
_VERBS = {"GET": "read", "PUT": "write", "DELETE": "delete"}

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
        request = exchange.request
        if exchange.phase != "before":
            return
        if exchange.system == "arm":
            self.actions.add(_action(request.method, request.path))
        elif exchange.system == "loganalytics":
            self._queried(json.loads(request.body)["query"])
        elif exchange.system == "servicenow" and request.path.endswith("/batch"):
            for item in json.loads(request.body)["rest_requests"]:
                parts = urlsplit(item["url"])
                self._table(item["method"], parts.path, parts.query, b"")
        elif exchange.system == "servicenow" and "/table/" in request.path:
            self._table(request.method, request.path, request.raw_query, request.body)

    def _queried(self, query: str) -> None:
        workspace = "Microsoft.OperationalInsights/workspaces/query"
        tables = set(re.findall(r"\b(?:SecurityIncident|SecurityAlert|AzureActivity)\b", query))
        self.actions |= {f"{workspace}/read", *(f"{workspace}/{table}/read" for table in tables)}

    def _table(self, method: str, path: str, query: str, body: bytes) -> None:
        table = path.split("/table/")[1].split("/")[0]
        given = dict(parse_qsl(query))
        for name in given.get("sysparm_fields", "").split(",") if method == "GET" else ():
            self._use(table, "read", name)
        for name, operation in _conditions(given.get("sysparm_query", "")):
            self._use(table, operation, name)
        operation = {"POST": "create", "PATCH": "write"}.get(method)
        if operation:
            sent = set(json.loads(body))
            self.uses[table, operation] |= sent
            self.uses[table, "read"] |= sent - {"work_notes"}  # the answer is compared with what was sent

    def _use(self, table: str, operation: str, path: str) -> None:
        """A field, through dots: the reference here, and the field over there."""
        if path.startswith("zz_"):
            return
        first, _, rest = path.partition(".")
        self.uses[table, "read" if rest else operation].add(first)
        if rest:
            self._use(TABLES[table].fields[first].references, operation, rest)


def _conditions(query: str) -> Iterator[tuple[str, str]]:
    for term in query.replace("^NQ", "^").split("^"):
        order = re.fullmatch(r"ORDERBY(?:DESC)?([a-z_.]+)", term)
        found = _CONDITION.fullmatch(term.removeprefix("OR"))
        if order:
            yield order[1], "range"
        elif found:
            yield found["field"], "match" if found["operator"] in _EQUALITY else "range"


def _action(method: str, path: str) -> str:
    """`…/workspaces/{ws}/providers/Microsoft.SecurityInsights/incidents/{id}/comments/{id}` and PUT is
    `Microsoft.SecurityInsights/incidents/comments/write`."""
    parts = path.strip("/").split("/")[8:]
    if not parts:
        return f"Microsoft.OperationalInsights/workspaces/{_VERBS[method]}"
    return f"{parts[1]}/{'/'.join(parts[2::2])}/{_VERBS[method]}"


def merged(*several: Uses) -> Uses:
    found: Uses = defaultdict(set)
    for uses in several:
        for key, names in uses.items():
            found[key] |= names
    return found
