"""Preparing an instance: rows and properties as an administrator sets them up, and deeds of people before the story begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.autoclose import Jobs
from watchkeeper.emulators.servicenow.availability import Availability, FrontDoor
from watchkeeper.emulators.servicenow.batch_api import BatchClock
from watchkeeper.emulators.servicenow.cast import choice_rows, dictionary_rows, table_rows
from watchkeeper.emulators.servicenow.choice_lists import state_choices
from watchkeeper.emulators.servicenow.cmdb_life import EstateLife
from watchkeeper.emulators.servicenow.custom_tables import custom_table
from watchkeeper.emulators.servicenow.dictionary import described, hierarchy
from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.people import People
from watchkeeper.emulators.servicenow.recorder import Recorder, stamped
from watchkeeper.emulators.servicenow.store import Store
from watchkeeper.emulators.servicenow.tables import Table

PROCESSES = {"NIST Stateful": True, "NIST Open": False}
"""The two process definitions of security incidents, and whether one only goes forward."""

KEYS = (
    "system",
    "tables",
    "processes",
    "roles",
    "batch_item_seconds",
    "rows",
    "properties",
    "acl",
    "rules",
    "commands",
    "jobs",
    "honour_chosen_sys_id",
    "refuse_unknown_fields",
    "availability",
    "estate",
)


class Seeds:
    """Carries out a seed command; raises ValueError for one that cannot be carried out.

    `tables`: see `custom_table`; `processes`: table → one of `PROCESSES`; `roles`: user_name → its roles;
    `batch_item_seconds`: how long each item of a batch takes;
    `rows`: `{"table", "fields", "sys_id"?, "delete"?, "quiet"?}`, written as `system` (an existing sys_id is updated; a quiet
    update leaves no stamp and no count); `properties`: names and values of sys_properties; `acl` and `rules` replace the access
    rules and business rules, see `access` and `rules`; `commands`: see `People`; `jobs`: scheduled jobs to run now, see
    `autoclose`; `honour_chosen_sys_id`: the switch; `availability`: see there; `estate`: false takes every configuration item and
    change away, for good.
    """

    def __init__(
        self,
        store: Store,
        recorder: Recorder,
        people: People,
        batch: BatchClock,
        actor: Callable[[str], Actor],
        door: FrontDoor,
        estate: EstateLife,
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._people = people
        self._batch = batch
        self._actor = actor
        self._door = door
        self._estate = estate
        self._jobs = Jobs(store, recorder, actor)

    def carry_out(self, command: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        unknown = sorted(set(command) - set(KEYS))
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; a seed has {', '.join(KEYS)}")
        if "honour_chosen_sys_id" in command:
            self._recorder.honour_chosen_sys_id = bool(command["honour_chosen_sys_id"])
        if "refuse_unknown_fields" in command:
            self._recorder.access.refuse_unknown_fields = bool(command["refuse_unknown_fields"])
        if not command.get("estate", True):
            self._estate.clear()
        self._batch.item_seconds = float(command.get("batch_item_seconds", self._batch.item_seconds))
        for table in command.get("tables", []):
            self._define(dict(table), now)
        for table, process in dict(command.get("processes", {})).items():
            self._set_process(str(table), str(process))
        self._store.roles |= {
            str(user): frozenset(map(str, roles)) for user, roles in dict(command.get("roles", {})).items()
        }
        if "availability" in command:
            self._door.set(Availability.of_json(command["availability"]))
        try:
            rows = [self._row(row, now) for row in command.get("rows", [])]
            for name, value in dict(command.get("properties", {})).items():
                self._set_property(str(name), str(value), now)
            if "acl" in command:
                self._recorder.access.load(command["acl"])
            if "rules" in command:
                self._recorder.rules.load(command["rules"])
        except Refused as refusal:
            raise ValueError(f"the seed was refused: {refusal.message}: {refusal.detail}") from refusal
        done = [self._people.carry_out(each, now) for each in command.get("commands", [])]
        ran = {str(name): self._jobs.run(str(name), now) for name in command.get("jobs", [])}
        return {"rows": rows, "done": done, "jobs": ran}

    def _row(self, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        table, fields, sys_id = str(row.get("table")), dict(row.get("fields", {})), str(row.get("sys_id", ""))
        self._known(table)
        system = self._actor("system")
        if row.get("delete"):
            self._recorder.delete(table, sys_id, system, now)
            return {"deleted": sys_id}
        if row.get("quiet"):
            return self._recorder.overwrite(table, sys_id, {name: str(value) for name, value in fields.items()})
        if self._store.row(table, sys_id) is not None:
            return self._recorder.update(table, sys_id, fields, system, now)
        return self._recorder.insert(table, {**fields, "sys_id": sys_id}, system, now)

    def _known(self, name: str) -> Table:
        table = self._store.definition(name)
        if table is None:
            raise ValueError(f"table {name!r} is none of {', '.join(self._store.tables)}")
        return table

    def _define(self, command: Mapping[str, Any], now: datetime) -> None:
        """A task table of somebody's own, with its rows in sys_db_object, sys_dictionary and sys_choice."""
        parents = {name: rows.table for name, rows in self._store.tables.items()}
        custom, at = custom_table(command, parents), stamped(now)
        self._store.define(custom.table)
        if custom.forward_only:
            self._store.forward_only.add(custom.table.name)
        for name, rows in (
            ("sys_db_object", table_rows(hierarchy([custom.table]))),
            ("sys_dictionary", dictionary_rows(described([custom.table], parents))),
            ("sys_choice", choice_rows(state_choices(custom.table))),
        ):
            for row in rows:
                self._store.insert(name, row, "system", at)

    def _set_process(self, table: str, process: str) -> None:
        if process not in PROCESSES or self._known(table).states is None:
            raise ValueError(f"{table} cannot have the process {process!r}; it is one of {', '.join(PROCESSES)}")
        if PROCESSES[process]:
            self._store.forward_only.add(table)
        else:
            self._store.forward_only.discard(table)

    def _set_property(self, name: str, value: str, now: datetime) -> None:
        known = self._store.first("sys_properties", "name", name)
        sys_id = "" if known is None else known["sys_id"]
        self._row({"table": "sys_properties", "sys_id": sys_id, "fields": {"name": name, "value": value}}, now)
