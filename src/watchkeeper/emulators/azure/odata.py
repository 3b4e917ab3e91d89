"""`$filter` and `$orderby` as SecurityInsights understands them, with the faults of its parser.

Sources: Azure/azure-rest-api-specs issues 26569 (label tests: first or not at all, one only, no `all`), 27165
(`classification eq 'Undetermined'` finds nothing), 8755 and 15391.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from watchkeeper.emulators.azure.failures import bad_request
from watchkeeper.emulators.kql.values import parse_datetime

Record = TypeVar("Record")
Getter: TypeAlias = Callable[[Any], Any]

SYNTAX_ERROR: Final = "OData query syntax error"
_DEEPEST: Final = 50
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<time>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d))|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_/]*)|(?P<mark>[():,]))"
)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "startswith": lambda text, part: text.lower().startswith(part.lower()),
    "endswith": lambda text, part: text.lower().endswith(part.lower()),
    "contains": lambda text, part: part.lower() in text.lower(),
}


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is text, time (ticks), number, or list (of texts, for `any`)."""

    kind: str
    get: Getter


@dataclass(frozen=True, slots=True)
class Quirks:
    labels_first: bool = True
    undetermined_is_invisible: bool = True
    number_filter: bool = True
    label_and_time: bool = True


@dataclass(frozen=True, slots=True)
class Filter(Generic[Record]):
    """`bounds`: for each time field, the earliest value that can match, from the conditions that all must hold."""

    test: Callable[[Record], bool]
    bounds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Node:
    test: Callable[[Any], bool]
    bounds: Mapping[str, int]


def parse_filter(text: str, fields: Mapping[str, Field], quirks: Quirks) -> Filter[Any]:
    """Raises Refused (400) for what the service cannot parse."""
    node = _Parser(text, fields, quirks).parse()
    return Filter(node.test, node.bounds)


def parse_order(text: str, fields: Mapping[str, Field]) -> tuple[Getter, bool]:
    """What to sort by and whether it descends; one key only. Raises Refused (400)."""
    match text.split():
        case [path] | [path, "asc" | "ASC"]:
            return _field(path, fields).get, False
        case [path, "desc" | "DESC"]:
            return _field(path, fields).get, True
        case _:
            raise bad_request(SYNTAX_ERROR)


def _field(path: str, fields: Mapping[str, Field]) -> Field:
    found = fields.get(path.lower())
    if found is None:
        raise bad_request(f"Could not find a property named '{path.rpartition('/')[2]}'")
    return found


class _Parser:
    def __init__(self, text: str, fields: Mapping[str, Field], quirks: Quirks) -> None:
        self._tokens = list(_tokens(text))
        self._fields = fields
        self._quirks = quirks
        self._position = 0
        self._depth = 0
        self._conditions = 0
        self._labels = self._times = False

    def parse(self) -> _Node:
        node = self._alternatives()
        if self._peek() is not None or (self._labels and self._times and not self._quirks.label_and_time):
            raise bad_request(SYNTAX_ERROR)
        return node

    def _peek(self) -> tuple[str, str] | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _next(self, kind: str, text: str | None = None) -> str:
        token = self._peek()
        if token is None or token[0] != kind or (text is not None and token[1].lower() != text):
            raise bad_request(SYNTAX_ERROR)
        self._position += 1
        return token[1]

    def _accept(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or token[0] != kind or token[1].lower() != text:
            return False
        self._position += 1
        return True

    def _alternatives(self) -> _Node:
        nodes = [self._conjunction()]
        while self._accept("word", "or"):
            nodes.append(self._conjunction())
        if len(nodes) == 1:
            return nodes[0]
        tests = [node.test for node in nodes]
        return _Node(lambda record: any(test(record) for test in tests), {})

    def _conjunction(self) -> _Node:
        nodes = [self._condition()]
        while self._accept("word", "and"):
            nodes.append(self._condition())
        if len(nodes) == 1:
            return nodes[0]
        tests = [node.test for node in nodes]
        bounds: dict[str, int] = {}
        for path, bound in (item for node in nodes for item in node.bounds.items()):
            bounds[path] = max(bound, bounds.get(path, bound))
        return _Node(lambda record: all(test(record) for test in tests), bounds)

    def _condition(self) -> _Node:
        if self._accept("word", "not"):
            inner = self._condition().test
            return _Node(lambda record: not inner(record), {})
        if self._accept("mark", "("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise bad_request(SYNTAX_ERROR)
            node = self._alternatives()
            self._next("mark", ")")
            return node
        path = self._next("word")
        self._conditions += 1
        if path.lower() in _TEXT:
            return self._text_test(path.lower())
        if path.rpartition("/")[2].lower() in {"any", "all"}:
            return self._lambda(path)
        return self._comparison(path)

    def _comparison(self, path: str) -> _Node:
        field = _field(path, self._fields)
        name = self._next("word").lower()
        self._times = self._times or field.kind == "time"
        if field.kind == "number" and not self._quirks.number_filter:
            raise bad_request(SYNTAX_ERROR)
        if name not in _COMPARE or field.kind == "list":
            raise bad_request(SYNTAX_ERROR)
        wanted, compare, get = self._literal(field.kind), _COMPARE[name], field.get
        if self._quirks.undetermined_is_invisible and path.lower() == "properties/classification" and name == "eq":
            return _Node(lambda record: wanted != "undetermined" and get(record) == wanted, {})
        bounds = {path.lower(): wanted} if field.kind == "time" and name in {"ge", "gt", "eq"} else {}
        return _Node(lambda record: (value := get(record)) is not None and compare(value, wanted), bounds)

    def _literal(self, kind: str) -> Any:
        match kind:
            case "time":
                ticks = parse_datetime(self._next("time"))
                if ticks is None:
                    raise bad_request(SYNTAX_ERROR)
                return ticks
            case "number":
                return float(self._next("number"))
            case _:
                return self._next("string")[1:-1].replace("''", "'").lower()

    def _text_test(self, name: str) -> _Node:
        self._next("mark", "(")
        field = _field(self._next("word"), self._fields)
        self._next("mark", ",")
        part = self._next("string")[1:-1].replace("''", "'")
        self._next("mark", ")")
        if field.kind != "text":
            raise bad_request(SYNTAX_ERROR)
        test, get = _TEXT[name], field.get
        return _Node(lambda record: test(get(record) or "", part), {})

    def _lambda(self, path: str) -> _Node:
        """`labels/any(label: label/labelName eq 'x')`."""
        collection, _, quantifier = path.rpartition("/")
        field = _field(collection, self._fields)
        self._labels = True
        late = self._quirks.labels_first and (self._conditions > 1 or quantifier.lower() == "all")
        self._next("mark", "(")
        variable = self._next("word")
        self._next("mark", ":")
        if self._next("word").split("/")[0] != variable:
            raise bad_request(SYNTAX_ERROR)
        self._next("word", "eq")
        wanted = self._next("string")[1:-1].replace("''", "'").lower()
        self._next("mark", ")")
        if late or field.kind != "list":
            raise bad_request(SYNTAX_ERROR)
        quantify: Callable[[Any], bool] = any if quantifier.lower() == "any" else all
        return _Node(lambda record: quantify(item == wanted for item in field.get(record)), {})


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise bad_request(SYNTAX_ERROR)
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()
