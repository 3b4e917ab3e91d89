"""Business rules and data policies as data: what an instance's own scripts do to a write of anybody.

Sources: ServiceNowDocs, platform-administration/c_DataPolicy.md and server-api-reference/c_GlideRecordAPI.md (setAbortAction,
autoSysFields); demisto/content, ServiceNowv2.py (states that rules rewrite after a close).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from watchkeeper.emulators.servicenow import data_policies
from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.encoded_query import parse
from watchkeeper.emulators.servicenow.errors import aborted, mandatory
from watchkeeper.emulators.servicenow.selection import Asker, Selector
from watchkeeper.emulators.servicenow.store import Row, Store

Event: TypeAlias = Literal["insert", "update", "delete"]
When: TypeAlias = Literal["before", "after", "async"]

_EVENTS = ("insert", "update", "delete")
_WHEN = ("before", "after", "async")
KEYS = frozenset({"name", "table", "on", "when", "condition", "users", "abort", "mandatory", "set", "auto_sys_fields"})


@dataclass(frozen=True, slots=True)
class BusinessRule:
    """What happens to rows of a table that match `condition` (an encoded query over the row as it is about to be).

    `before` rules may `abort` the write, demand `mandatory` fields, or `set` others in the same update. `after` and `async` ones
    `set` values in an update of their own, with its own count; an `async` one runs when the answer is already on its way.
    Without `auto_sys_fields` that update leaves no stamp, no count and no audit. `users` restricts a rule to writes of these.
    """

    name: str
    table: str
    on: frozenset[str] = frozenset({"insert", "update"})
    when: When = "before"
    condition: str = ""
    users: frozenset[str] | None = None
    abort: bool = False
    mandatory: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    auto_sys_fields: bool = True

    @classmethod
    def of_json(cls, rule: Mapping[str, Any]) -> BusinessRule:
        """From a seed; raises ValueError, saying what is wrong."""
        unknown = sorted(set(rule) - KEYS)
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; a business rule has {', '.join(sorted(KEYS))}")
        events, when = frozenset(map(str, rule.get("on", ("insert", "update")))), str(rule.get("when", "before"))
        if not events <= set(_EVENTS) or when not in _WHEN:
            raise ValueError(f"a business rule runs {', '.join(_WHEN)} {', '.join(_EVENTS)}")
        made = cls(
            name=str(rule.get("name", "")),
            table=str(rule.get("table", "")),
            on=events,
            when=cast(When, when),
            condition=str(rule.get("condition", "")),
            users=frozenset(map(str, rule["users"])) if "users" in rule else None,
            abort=bool(rule.get("abort", False)),
            mandatory=tuple(map(str, rule.get("mandatory", ()))),
            values={str(name): str(value) for name, value in dict(rule.get("set", {})).items()},
            auto_sys_fields=bool(rule.get("auto_sys_fields", True)),
        )
        if not made.name or (made.when != "before" and (made.abort or made.mandatory)):
            raise ValueError("a business rule has a name, and only a before rule can abort or demand")
        return made


class Rules:
    """The rules in force; not thread-safe, the instance's lock guards it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rules: tuple[BusinessRule, ...] = ()

    def load(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """Replace all rules; raises ValueError and changes nothing when one of them cannot be."""
        loaded = tuple(BusinessRule.of_json(rule) for rule in rules)
        for rule in loaded:
            table = self._store.tables.get(rule.table)
            if table is None:
                raise ValueError(f"table {rule.table!r} is none of {', '.join(self._store.tables)}")
            strange = sorted({*rule.values, *rule.mandatory} - table.table.fields.keys())
            if strange:
                raise ValueError(f"{rule.table} has no field {', '.join(strange)}")
        self._rules = loaded

    def before(self, event: Event, table: str, row: Row, actor: Actor) -> bool:
        """Apply the before rules to a row in place, then look at the data policies; whether a rule changed it. Raises Refused."""
        untouched = dict(row)
        for rule in self._matching(event, "before", table, row, actor):
            if rule.abort:
                raise aborted(table, rule.name)
            missing = [_label(name) for name in rule.mandatory if not row[name].strip()]
            if missing:
                raise mandatory(*missing)
            row.update(rule.values)
        lacking = [] if event == "delete" else data_policies.missing(self._store, table, row, actor)
        if lacking:
            raise mandatory(*map(_label, lacking))
        return row != untouched

    def after(self, event: Event, when: When, table: str, row: Row, actor: Actor) -> Sequence[BusinessRule]:
        """The rules that now make an update of their own."""
        return [rule for rule in self._matching(event, when, table, row, actor) if rule.values]

    def _matching(self, event: Event, when: When, table: str, row: Row, actor: Actor) -> Iterable[BusinessRule]:
        """Lazily, so that a rule sees what the one before it set."""
        selector = Selector(self._store, Asker(actor.user_id, actor.zone))
        for rule in self._rules:
            about = rule.table == table and event in rule.on and rule.when == when
            if not about or (rule.users is not None and actor.user_name not in rule.users):
                continue
            if not rule.condition or selector.predicate(table, parse(rule.condition))(row):
                yield rule


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
