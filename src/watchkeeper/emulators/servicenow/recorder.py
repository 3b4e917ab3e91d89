"""The one way a row is written: values cleaned, rules applied, stamps set, journal and audit rows left behind."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from watchkeeper.emulators.servicenow import incidents, tasks
from watchkeeper.emulators.servicenow.access import Access
from watchkeeper.emulators.servicenow.actor import Actor as Actor
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.display import read_time
from watchkeeper.emulators.servicenow.errors import acl_exception, duplicate_key, no_record
from watchkeeper.emulators.servicenow.rules import BusinessRule, Event, Rules
from watchkeeper.emulators.servicenow.selection import in_utc
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_UNAUDITED = frozenset({"sys_updated_on", "sys_updated_by", "sys_mod_count"})
FIRST_NUMBER = 10_001
_SCRIPT = frozenset({"admin"})
"""The rights with which the instance's own scripts write."""


class Recorder:
    """Writes on behalf of an actor at an instant; raises Refused where the instance would. Not thread-safe."""

    def __init__(self, store: Store, choices: Choices, *, seed: int, honour_chosen_sys_id: bool) -> None:
        self._store = store
        self._choices = choices
        self.access = Access(store)
        self.rules = Rules(store)
        self._random = random.Random(seed)
        self._next_numbers: dict[str, int] = {}
        self.honour_chosen_sys_id = honour_chosen_sys_id

    def insert(
        self, table: str, sent: Mapping[str, Any], actor: Actor, at: datetime, *, display_values: bool = False
    ) -> Row:
        """Insert a row and return it; unknown and read-only fields are dropped without a word."""
        definition = self._store.tables[table].table
        if not actor.may(definition.write_role):
            raise acl_exception("Insert")
        clean = self._clean(definition, sent, actor, display_values)
        stamp = stamped(at)
        row = {name: "" if field.kind is Kind.JOURNAL else field.default for name, field in definition.fields.items()}
        row.update({name: value for name, value in clean.items() if name not in definition.journals})
        row["sys_id"] = self._sys_id(sent)
        row |= {"sys_created_on": stamp, "sys_created_by": actor.user_name}
        row |= {"sys_updated_on": stamp, "sys_updated_by": actor.user_name}
        self._apply_rules(definition, row, None, incidents.Write(actor.user_id, actor.roles, stamp))
        self.access.of(actor).check_create(table, row)
        self._run_before("insert", definition, row, actor, stamp)
        if row["sys_id"] in self._store.tables[table].rows:
            raise duplicate_key(table, row[definition.display], row["sys_id"])
        self._store.insert(table, row, actor.user_name, stamp)
        self._journal(definition, row, clean, actor, stamp)
        return self._run_after("insert", definition, row, actor, stamp)

    def update(
        self,
        table: str,
        sys_id: str,
        sent: Mapping[str, Any],
        actor: Actor,
        at: datetime,
        *,
        display_values: bool = False,
    ) -> Row:
        """Change the sent fields of a row and return it. What changes nothing leaves no trace: no stamp, no count."""
        definition = self._store.tables[table].table
        old = self._store.row(table, sys_id)
        if old is None:
            raise no_record()
        if not actor.may(definition.write_role):
            raise acl_exception("Update")
        self.access.of(actor).check_write(table, old)
        clean = self._clean(definition, sent, actor, display_values, old)
        noted = [name for name in definition.journals if clean.get(name)]
        row = {**old, **{name: value for name, value in clean.items() if name not in definition.journals}}
        stamp = stamped(at)
        if row == old and not noted:
            return old
        self._apply_rules(definition, row, old, incidents.Write(actor.user_id, actor.roles, stamp))
        self._run_before("update", definition, row, actor, stamp)
        if row == old and not noted:
            return old
        row |= {"sys_updated_on": stamp, "sys_updated_by": actor.user_name}
        row["sys_mod_count"] = str(int(old["sys_mod_count"]) + 1)
        self._store.update(table, row, actor.user_name, stamp)
        self._journal(definition, row, clean, actor, stamp)
        self._audit(definition, old, row, {name: clean[name] for name in noted}, actor, stamp)
        return self._run_after("update", definition, row, actor, stamp)

    def overwrite(self, table: str, sys_id: str, values: Mapping[str, str]) -> Row:
        """Change a row as a script with autoSysFields(false) and setWorkflow(false) does: no rule, stamp, count or audit."""
        old = self._store.row(table, sys_id)
        if old is None:
            raise no_record()
        row = {**old, **{name: value for name, value in values.items() if name in old}}
        self._store.update(table, row, old["sys_updated_by"], old["sys_updated_on"])
        return row

    def delete(self, table: str, sys_id: str, actor: Actor, at: datetime) -> None:
        row = self._store.row(table, sys_id)
        if row is None:
            raise no_record()
        if not actor.may(self._store.tables[table].table.delete_role):
            raise acl_exception("Delete")
        self.access.of(actor).check_delete(table, row)
        self.rules.before("delete", table, row, actor)
        self._store.delete(table, sys_id, actor.user_name, stamped(at))

    def _run_before(self, event: Event, table: Table, row: Row, actor: Actor, stamp: str) -> None:
        """The instance's own before rules; what they set is settled again, with the rights of a script."""
        settled = dict(row)
        if self.rules.before(event, table.name, row, actor):
            self._apply_rules(table, row, settled, incidents.Write(actor.user_id, _SCRIPT, stamp))

    def _run_after(self, event: Event, table: Table, row: Row, actor: Actor, stamp: str) -> Row:
        """The instance's own after rules; the row as the answer shows it, before the asynchronous ones."""
        for rule in self.rules.after(event, "after", table.name, row, actor):
            row = self._rewrite(rule, table, row, actor, stamp)
        latest = row
        for rule in self.rules.after(event, "async", table.name, row, actor):
            latest = self._rewrite(rule, table, latest, actor, stamp)
        return row

    def _rewrite(self, rule: BusinessRule, table: Table, old: Row, actor: Actor, stamp: str) -> Row:
        row = {**old, **rule.values}
        if row == old:
            return old
        self._apply_rules(table, row, old, incidents.Write(actor.user_id, _SCRIPT, stamp))
        if not rule.auto_sys_fields:
            return self.overwrite(table.name, row["sys_id"], row)
        row |= {"sys_updated_on": stamp, "sys_updated_by": actor.user_name}
        row["sys_mod_count"] = str(int(old["sys_mod_count"]) + 1)
        self._store.update(table.name, row, actor.user_name, stamp)
        self._audit(table, old, row, {}, actor, stamp)
        return row

    def new_sys_id(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _sys_id(self, sent: Mapping[str, Any]) -> str:
        chosen = str(sent.get("sys_id") or "")
        honoured = self.honour_chosen_sys_id and _SYS_ID.fullmatch(chosen)
        return chosen if honoured else self.new_sys_id()

    def _apply_rules(self, table: Table, row: Row, old: Row | None, write: incidents.Write) -> None:
        """What the table's own rules make of a row before it is stored; raises Refused."""
        states = table.states
        if old is None and (table.name == "incident" or states is not None):
            row["number"] = row["number"] or self._number("INC" if states is None else states.prefix)
        if table.name == "incident":
            if old is None:
                incidents.on_insert(row, write)
            else:
                incidents.on_update(row, old, write)
        elif states is not None:
            forward_only = table.name in self._store.forward_only
            tasks.settle(table.name, row, old, states, write, forward_only=forward_only)

    def _number(self, prefix: str) -> str:
        number = self._next_numbers.get(prefix, FIRST_NUMBER)
        self._next_numbers[prefix] = number + 1
        return f"{prefix}{number:07d}"

    def _clean(
        self, table: Table, sent: Mapping[str, Any], actor: Actor, display_values: bool, old: Row | None = None
    ) -> dict[str, str]:
        clean: dict[str, str] = {}
        for name, value in self.access.of(actor).writable(table.name, sent, old).items():
            field = table.fields.get(name)
            if field is None or field.system or isinstance(value, (dict, list)):
                continue
            text = self._value(table, field, _scalar(value), actor, display_values)
            if text is not None:
                clean[name] = text[: field.length]
        return clean

    def _value(self, table: Table, field: Field, text: str, actor: Actor, display_values: bool) -> str | None:
        """The value to store; None leaves the field as it was."""
        if text == "" or field.kind is Kind.JOURNAL:
            return text
        if field.choice:
            return self._chosen(table, field, text, actor.language if display_values else None)
        match field.kind:
            case Kind.INTEGER:
                return str(int(text)) if re.fullmatch(r"-?\d+", text) else None
            case Kind.BOOLEAN:
                return "true" if text.casefold() in {"true", "1", "yes"} else "false"
            case Kind.DATETIME:
                return read_time(text, actor) if display_values else in_utc(text, UTC)
            case Kind.DATE:
                return text if _DAY.fullmatch(text) else ""
            case Kind.REFERENCE:
                return self._referenced(field, text)
            case _:
                return text

    def _chosen(self, table: Table, field: Field, text: str, language: str | None) -> str | None:
        """With a `language` the text is a label in it. Unknown choices are stored as they are, except close codes: several public reports show an unknown one treated as
        empty, so that the data policy then calls it missing. Text in a numeric list is ignored.
        """
        if language is not None:
            text = self._choices.value(table.name, field.name, text, language) or text
        if field.name == "close_code" and text not in self._choices.labels(table.name, field.name):
            return ""
        if field.kind is Kind.INTEGER and not re.fullmatch(r"-?\d+", text):
            return None
        return text

    def _referenced(self, field: Field, text: str) -> str:
        """A sys_id that exists, or the one row whose display value is the text; anything else is stored empty."""
        target = self._store.definition(field.references)
        if target is None:
            return text
        if self._store.row(field.references, text) is not None:
            return text
        matches = [row["sys_id"] for row in self._store.tables[field.references].equal(target.display, text)]
        return matches[0] if len(matches) == 1 else ""

    def _journal(self, table: Table, row: Row, clean: Mapping[str, str], actor: Actor, stamp: str) -> None:
        for element in table.journals:
            if text := clean.get(element):
                values = {"element_id": row["sys_id"], "element": element, "name": table.name, "value": text}
                self._append("sys_journal_field", values, actor, stamp)

    def _audit(self, table: Table, old: Row, row: Row, notes: Mapping[str, str], actor: Actor, stamp: str) -> None:
        changed = {name: (old[name], row[name]) for name in row if row[name] != old[name] and name not in _UNAUDITED}
        changed |= {name: ("", text) for name, text in notes.items()}
        for name, (before, after) in changed.items():
            values = {"tablename": table.name, "documentkey": row["sys_id"], "fieldname": name}
            values |= {"oldvalue": before, "newvalue": after, "user": actor.user_name}
            values |= {"record_checkpoint": row["sys_mod_count"]}
            self._append("sys_audit", values, actor, stamp)

    def _append(self, table: str, values: Mapping[str, str], actor: Actor, stamp: str) -> None:
        row = {name: field.default for name, field in self._store.tables[table].table.fields.items()}
        row |= {**values, "sys_id": self.new_sys_id(), "sys_created_on": stamp, "sys_updated_on": stamp}
        row |= {"sys_created_by": actor.user_name, "sys_updated_by": actor.user_name}
        self._store.insert(table, row, actor.user_name, stamp)


def stamped(at: datetime) -> str:
    """An instant as the instance stores it: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
