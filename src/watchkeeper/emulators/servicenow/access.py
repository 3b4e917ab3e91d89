"""Access rules (ACLs): who may see, write and ask for what. Without any rule the instance is open to role `itil`.

Sources: ServiceNowDocs, platform-security/access-control (query-acl-rule.md for `query_match` and `query_range`) and
c_TableAPI.md (rows are filtered after the limit, unreadable fields have no key); ServiceNow Community td-p/3264142.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.encoded_query import Query, parse
from watchkeeper.emulators.servicenow.errors import (
    acl_exception,
    closed_to_rest,
    no_record,
    unqueryable,
)
from watchkeeper.emulators.servicenow.selection import Asker, Selector
from watchkeeper.emulators.servicenow.store import Row, Store

T = TypeVar("T")


class Operation(StrEnum):
    """What a rule is about. `api` closes a table's endpoint to everybody it denies; `query_match` covers `=`, `IN` and their
    like, `query_range` everything that compares, looks into text, or sorts."""

    API = "api"
    READ = "read"
    CREATE = "create"
    WRITE = "write"
    DELETE = "delete"
    QUERY_MATCH = "query_match"
    QUERY_RANGE = "query_range"


_QUERIES = frozenset({Operation.QUERY_MATCH, Operation.QUERY_RANGE})
_MATCHING = frozenset({"=", "!=", "IN", "NOT IN", "ISEMPTY", "ISNOTEMPTY", "ANYTHING", "SAMEAS", "NSAMEAS", ""})
KEYS = frozenset({"table", "operation", "field", "allow", "deny", "condition", "answer", "named"})
ANSWERS = ("quiet", "refuse")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One rule. Users and roles are named alike; `condition` is an encoded query that restricts the rule to some rows.

    With `deny` the operation is taken from these (on those rows); with `allow` only these have it (on those rows), where
    several rules add up. `refuse` makes a closed table answer 403 instead of showing no rows, and a write to a closed field
    403 instead of keeping the old value without a word. `named`: whether a refused query's answer names the fields.
    """

    table: str
    operation: Operation
    field: str = ""
    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()
    condition: str = ""
    refuse: bool = False
    named: bool = True

    @classmethod
    def of_json(cls, rule: Mapping[str, Any]) -> AccessRule:
        """From a seed; raises ValueError, saying what is wrong."""
        unknown = sorted(set(rule) - KEYS)
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; an access rule has {', '.join(sorted(KEYS))}")
        if ("allow" in rule) == ("deny" in rule):
            raise ValueError("an access rule has either allow or deny: a list of users and roles")
        answer = rule.get("answer", "quiet")
        if answer not in ANSWERS:
            raise ValueError(f"answer {answer!r} is none of {', '.join(ANSWERS)}")
        return cls(
            table=str(rule.get("table", "")),
            operation=_operation(rule.get("operation")),
            field=str(rule.get("field", "")),
            allow=frozenset(map(str, rule["allow"])) if "allow" in rule else None,
            deny=frozenset(map(str, rule.get("deny", ()))),
            condition=str(rule.get("condition", "")),
            refuse=answer == "refuse",
            named=bool(rule.get("named", True)),
        )


class Access:
    """The rules in force; not thread-safe, the instance's lock guards it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rules: tuple[AccessRule, ...] = ()
        self._about: dict[tuple[Operation, str, str], Sequence[AccessRule]] = {}
        self.refuse_unknown_fields = False
        """Whether a query by a field that the table does not have is refused like one by a field that may not be queried. Public
        reports of recent releases (2026) describe that beside the two modes of glide.invalid_query.returns_no_rows."""

    def load(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Replace all rules; raises ValueError and changes nothing when one of them cannot be."""
        loaded = tuple(AccessRule.of_json(rule) for rule in rules)
        for rule in loaded:
            table = self.store.tables.get(rule.table)
            if table is None:
                raise ValueError(f"table {rule.table!r} is none of {', '.join(self.store.tables)}")
            if rule.field and rule.field not in table.table.fields:
                raise ValueError(f"{rule.table} has no field {rule.field!r}")
        self.rules = loaded
        self._about = {}

    def about(self, operation: Operation, table: str, field: str) -> Sequence[AccessRule]:
        """The rules about one use of a table (with "") or of a field, found once: every value that is shown is asked about."""
        key = operation, table, field
        if key not in self._about:
            fields = {field, ""} if operation in _QUERIES else {field}
            about = [rule for rule in self.rules if rule.operation is operation and rule.table == table]
            self._about[key] = [rule for rule in about if rule.field in fields]
        return self._about[key]

    def of(self, actor: Actor) -> Rights:
        return Rights(self, actor)


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may do. Role `admin` may everything."""

    access: Access
    actor: Actor

    def open_endpoint(self, table: str) -> None:
        """Raises Refused when REST is closed for the table."""
        if not self._may(Operation.API, table):
            raise closed_to_rest()

    def visible(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that this user may see; raises Refused where the table answers 403 instead of hiding them."""
        if not self._has_role(table):
            return ()
        if self.access.store.is_extended(table):
            rows = [row for row in rows if self._sees_in_its_class(table, row)]
        if not self._rules(Operation.READ, table):
            return rows
        if any(rule.refuse for rule in self._rules(Operation.READ, table)) and not self._may(Operation.READ, table):
            raise unqueryable(())
        return [row for row in rows if self._may(Operation.READ, table, row=row)]

    def sees(self, table: str, row: Row) -> bool:
        shown = self._has_role(table) and self._may(Operation.READ, table, row=row)
        return shown and self._sees_in_its_class(table, row)

    def sees_field(self, table: str, field: str, row: Row | None) -> bool:
        if not self.access.rules:
            return True
        own = table if row is None else self.access.store.class_of(table, row)
        return all(self._may(Operation.READ, each, field, row) for each in dict.fromkeys((table, own)))

    def _sees_in_its_class(self, table: str, row: Row) -> bool:
        """What hides a row in its own table hides it in those above as well."""
        own = self.access.store.class_of(table, row)
        return own == table or (self._has_role(own) and self._may(Operation.READ, own, row=row))

    def check_query(self, table: str, query: Query) -> None:
        """Raises Refused when a field is compared or sorted by that this user may not query so. A field without a query rule
        of its own may be queried by those who may read it."""
        if self.access.refuse_unknown_fields:
            unknown = tuple(path for path, _ in _uses(query) if self._place(table, path) is None)
            if unknown:
                raise unqueryable(unknown)
        if not self.access.rules:
            return
        barred = [(path, rules) for path, operation in _uses(query) if (rules := self._bars(table, path, operation))]
        if barred:
            silent = any(not rule.named for _, rules in barred for rule in rules)
            raise unqueryable(() if silent else tuple(dict.fromkeys(path for path, _ in barred)))

    def check_create(self, table: str, row: Row) -> None:
        if not self._may(Operation.CREATE, table, row=row):
            raise acl_exception("Insert")

    def check_write(self, table: str, row: Row) -> None:
        """Raises Refused: as a missing record where the row is hidden."""
        if not self.sees(table, row):
            raise no_record()
        if not self._may(Operation.WRITE, table, row=row):
            raise acl_exception("Update")

    def check_delete(self, table: str, row: Row) -> None:
        if not self.sees(table, row):
            raise no_record()
        if not self._may(Operation.DELETE, table, row=row):
            raise acl_exception("Delete")

    def writable(self, table: str, values: Mapping[str, T], row: Row | None) -> dict[str, T]:
        """The values whose fields this user may write; the others are dropped without a word, or raise Refused."""
        kept = {name: value for name, value in values.items() if self._may(Operation.WRITE, table, name, row)}
        for name in values.keys() - kept.keys():
            if any(rule.refuse for rule in self._rules(Operation.WRITE, table, name)):
                raise acl_exception("Insert" if row is None else "Update")
        return kept

    def _has_role(self, table: str) -> bool:
        """Whether the user has the role that a table's rows are for; without it they are hidden, never refused."""
        role = self.access.store.tables[table].table.read_role
        return role is None or self.actor.may(role)

    def _bars(self, table: str, path: str, operation: Operation) -> Sequence[AccessRule]:
        """The rules that keep this user from such a use of a field; empty when there is none."""
        place = self._place(table, path)
        if place is None:
            return ()
        deciding = operation if self._rules(operation, *place) else Operation.READ
        return () if self._may(deciding, *place) else self._rules(deciding, *place)

    def _place(self, table: str, path: str) -> tuple[str, str] | None:
        """The table and field at which a path through references ends; None for an unknown one."""
        first, _, rest = path.partition(".")
        rows = self.access.store.tables.get(table)
        field = None if rows is None else rows.table.fields.get(first)
        if field is None:
            return None
        return self._place(field.references, rest) if rest else (table, first)

    def _rules(self, operation: Operation, table: str, field: str = "") -> Sequence[AccessRule]:
        return self.access.about(operation, table, field)

    def _may(self, operation: Operation, table: str, field: str = "", row: Row | None = None) -> bool:
        rules = self._rules(operation, table, field) if self.access.rules else ()
        if not rules or "admin" in self.actor.roles:
            return True
        names = {self.actor.user_name, *self.actor.roles}
        applying = [rule for rule in rules if self._applies(rule, row)]
        if any(rule.deny & names for rule in applying):
            return False
        allowing = [rule for rule in rules if rule.allow is not None]
        return not allowing or any(rule.allow & names for rule in applying if rule.allow is not None)

    def _applies(self, rule: AccessRule, row: Row | None) -> bool:
        """Whether a rule is about this row. Without a row only rules about all rows are."""
        if not rule.condition:
            return True
        if row is None:
            return rule.allow is not None
        selector = Selector(self.access.store, Asker(self.actor.user_id, self.actor.zone))
        return selector.predicate(rule.table, parse(rule.condition))(row)


def _uses(query: Query) -> Iterator[tuple[str, Operation]]:
    for branch in query.branches:
        for group in branch:
            for condition in group:
                matching = condition.operator in _MATCHING
                yield condition.field, Operation.QUERY_MATCH if matching else Operation.QUERY_RANGE
    for order in query.order:
        yield order.field, Operation.QUERY_RANGE


def _operation(name: object) -> Operation:
    try:
        return Operation(str(name))
    except ValueError:
        raise ValueError(f"operation {name!r} is none of {', '.join(Operation)}") from None
