"""Which rows an encoded query selects, and in which order."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.encoded_query import AnyOf, Branch, Condition, Order, Query
from watchkeeper.emulators.servicenow.store import ORDERED, Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table

Predicate: TypeAlias = Callable[[Row], bool]
Read: TypeAlias = Callable[[Row], str]

INVALID_QUERY_PROPERTY = "glide.invalid_query.returns_no_rows"

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
_GENERATED = re.compile(r"""gs\.dateGenerate\(\s*['"]([^'"]+)['"]\s*(?:,\s*['"]([^'"]+)['"]\s*)?\)""")
_RANGES: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as far as `javascript:` values need it."""

    user_id: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Selector:
    """Evaluates queries over a store. A condition on an unknown field, or that is none, is **dropped**, which widens the
    result; with `invalid_returns_nothing` (property glide.invalid_query.returns_no_rows) it selects nothing instead.
    """

    store: Store
    asker: Asker
    invalid_returns_nothing: bool = False

    def select(self, table: str, query: Query) -> list[Row]:
        """The matching rows, ordered as the query says (as stored, where it says nothing)."""
        found: dict[str, Row] = {}
        for branch in query.branches:
            for row in self._branch(self.store.tables[table].table, branch):
                found[row["sys_id"]] = row
        rows = list(found.values())
        for order in reversed(query.order):
            self._sort(self.store.tables[table].table, rows, order)
        return rows

    def predicate(self, table: str, query: Query) -> Predicate:
        """Whether a single row matches."""
        branches = [self._tests(self.store.tables[table].table, branch) for branch in query.branches]
        return lambda row: any(tests is not None and all(test(row) for test in tests) for tests in branches)

    def _branch(self, table: Table, branch: Branch) -> Iterable[Row]:
        tests = self._tests(table, branch)
        if tests is None:
            return ()
        return [row for row in self._candidates(table, branch) if all(test(row) for test in tests)]

    def _tests(self, table: Table, branch: Branch) -> list[Predicate] | None:
        """What a row of the branch has to pass; None when an invalid condition makes the branch select nothing."""
        tests: list[Predicate] = []
        for group in branch:
            known = [each for condition in group if (each := self._predicate(table, condition)) is not None]
            if len(known) < len(group) and self.invalid_returns_nothing:
                return None
            if known:
                tests.append(known[0] if len(known) == 1 else _any(known))
        return tests

    def _candidates(self, table: Table, branch: Branch) -> Iterable[Row]:
        """A superset of the branch's rows, as small as an index makes it."""
        rows = self.store.tables[table.name]
        for group in branch:
            field = group[0].field
            if field in rows.indexed and all(each.field == field and each.operator in {"=", "IN"} for each in group):
                values = dict.fromkeys(self._evaluated(value) for each in group for value in _listed(each))
                return [row for value in values for row in rows.equal(field, value)]
        for field in ORDERED:
            lower, upper = _bounds(branch, field)
            if lower or upper != "~":
                return rows.between(field, lower, upper)
        return rows.rows.values()

    def _predicate(self, table: Table, condition: Condition) -> Predicate | None:
        """The test for one condition; None when the condition is invalid."""
        resolved = self._resolve(table, condition.field)
        if resolved is None or not condition.operator:
            return None
        read, field = resolved
        value = self._evaluated(condition.value)
        if field.kind is Kind.DATETIME and condition.operator in _RANGES and not _MOMENT.fullmatch(value):
            return None
        if condition.operator in {"SAMEAS", "NSAMEAS"}:
            return self._same(table, read, condition)
        if field.kind is Kind.REFERENCE and condition.operator in {"LIKE", "NOT LIKE", "STARTSWITH", "ENDSWITH"}:
            read = self._displayed(read, field)
        return _test(condition.operator, read, _key(field), value)

    def _same(self, table: Table, read: Read, condition: Condition) -> Predicate | None:
        other = self._resolve(table, condition.value)
        if other is None:
            return None
        wanted = condition.operator == "SAMEAS"
        return lambda row: (read(row) == other[0](row)) is wanted

    def _resolve(self, table: Table, path: str) -> tuple[Read, Field] | None:
        """How to read a field, following references through dots; None when there is no such field."""
        first, _, rest = path.partition(".")
        field = table.fields.get(first)
        if field is None:
            return None
        if not rest:
            return operator.itemgetter(first), field
        target = self.store.definition(field.references)
        inner = self._resolve(target, rest) if target is not None else None
        if inner is None:
            return None
        read, last = inner

        def through(row: Row) -> str:
            referenced = self.store.row(field.references, row[first])
            return "" if referenced is None else read(referenced)

        return through, last

    def _displayed(self, read: Read, field: Field) -> Read:
        return lambda row: self.store.display(field.references, read(row)) if read(row) else ""

    def _evaluated(self, value: str) -> str:
        """`javascript:` values run on the server: the few that clients send, and nothing (empty) for any other."""
        if not value.startswith("javascript:"):
            return value
        script = value.removeprefix("javascript:")
        if "gs.getUserID()" in script:
            return self.asker.user_id
        generated = _GENERATED.search(script)
        if generated is None:
            return ""
        return in_utc(" ".join(part for part in generated.groups() if part), self.asker.zone)

    def _sort(self, table: Table, rows: list[Row], order: Order) -> None:
        resolved = self._resolve(table, order.field)
        if resolved is not None:
            read, field = resolved
            key = _key(field)
            rows.sort(key=lambda row: key(read(row)), reverse=order.descending)


def selector(store: Store, actor: Actor) -> Selector:
    """Queries as this user asks them, in the mode that the instance is in."""
    switch = store.first("sys_properties", "name", INVALID_QUERY_PROPERTY)
    strict = switch is not None and switch["value"].casefold() == "true"
    return Selector(store, Asker(actor.user_id, actor.zone), strict)


def in_utc(text: str, zone: tzinfo) -> str:
    """A local date-time of a user as the store spells it; "" when it is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return ""


def _any(tests: list[Predicate]) -> Predicate:
    return lambda row: any(test(row) for test in tests)


def _listed(condition: Condition) -> list[str]:
    return [part.strip() for part in condition.value.split(",")] if condition.operator == "IN" else [condition.value]


def _bounds(branch: Branch, field: str) -> tuple[str, str]:
    lower, upper = "", "~"
    for condition in _alone(branch):
        if condition.field != field or not _MOMENT.match(condition.value):
            continue
        low, high = condition.value, condition.value
        if condition.operator == "BETWEEN":
            low, _, high = condition.value.partition("@")
        if condition.operator in {"=", ">", ">=", "BETWEEN"}:
            lower = max(lower, low)
        if condition.operator in {"=", "<", "<=", "BETWEEN"}:
            upper = min(upper, high)
    return lower, upper


def _alone(branch: tuple[AnyOf, ...]) -> Iterable[Condition]:
    return (group[0] for group in branch if len(group) == 1)


def _key(field: Field) -> Callable[[str], Any]:
    """How values compare: numbers as numbers (no number sorts first), text without letter case, as the database collates."""
    return _numeric if field.kind is Kind.INTEGER else str.casefold


def _numeric(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("-inf")


def _test(operation: str, read: Read, key: Callable[[str], Any], value: str) -> Predicate:
    if operation in _RANGES:
        compare, bound = _RANGES[operation], key(value)
        return lambda row: (text := read(row)) != "" and compare(key(text), bound)
    if operation == "BETWEEN":
        low, _, high = value.partition("@")
        bottom, top = key(low), key(high)
        return lambda row: (text := read(row)) != "" and bottom <= key(text) <= top
    return _text_test(operation, read, value)


def _text_test(operation: str, read: Read, value: str) -> Predicate:
    wanted = value.casefold()
    listed = frozenset(part.strip().casefold() for part in value.split(","))
    tests: Mapping[str, Predicate] = {
        "=": lambda row: read(row).casefold() == wanted,
        "!=": lambda row: read(row).casefold() != wanted,
        "IN": lambda row: read(row).casefold() in listed,
        "NOT IN": lambda row: read(row).casefold() not in listed,
        "LIKE": lambda row: wanted in read(row).casefold(),
        "NOT LIKE": lambda row: wanted not in read(row).casefold(),
        "STARTSWITH": lambda row: read(row).casefold().startswith(wanted),
        "ENDSWITH": lambda row: read(row).casefold().endswith(wanted),
        "ISEMPTY": lambda row: read(row) == "",
        "ISNOTEMPTY": lambda row: read(row) != "",
        "ANYTHING": lambda _: True,
    }
    return tests[operation]
