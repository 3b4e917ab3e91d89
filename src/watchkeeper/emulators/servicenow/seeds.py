"""Preparing an instance: rows and properties as an administrator sets them up, and deeds of people before the story begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from watchkeeper.emulators.servicenow.availability import Availability, FrontDoor
from watchkeeper.emulators.servicenow.errors import Refused
from watchkeeper.emulators.servicenow.people import People
from watchkeeper.emulators.servicenow.recorder import Actor, Recorder
from watchkeeper.emulators.servicenow.store import Store
from watchkeeper.emulators.servicenow.tables import TABLES

KEYS = ("system", "rows", "properties", "commands", "honour_chosen_sys_id", "availability")


class Seeds:
    """Carries out a seed command; raises ValueError for one that cannot be carried out.

    `rows`: `{"table", "fields", "sys_id"?, "delete"?}`, written as `system` (an existing sys_id is updated); `properties`: names and
    values of sys_properties; `commands`: see `People`; `honour_chosen_sys_id`: the switch; `availability`: see there.
    """

    def __init__(
        self, store: Store, recorder: Recorder, people: People, actor: Callable[[str], Actor], door: FrontDoor
    ) -> None:
        self._store = store
        self._recorder = recorder
        self._people = people
        self._actor = actor
        self._door = door

    def carry_out(self, command: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        unknown = sorted(set(command) - set(KEYS))
        if unknown:
            raise ValueError(f"unknown keys {', '.join(unknown)}; a seed has {', '.join(KEYS)}")
        if "honour_chosen_sys_id" in command:
            self._recorder.honour_chosen_sys_id = bool(command["honour_chosen_sys_id"])
        if "availability" in command:
            self._door.set(Availability.of_json(command["availability"]))
        try:
            rows = [self._row(row, now) for row in command.get("rows", [])]
            for name, value in dict(command.get("properties", {})).items():
                self._set_property(str(name), str(value), now)
        except Refused as refusal:
            raise ValueError(f"the seed was refused: {refusal.message}: {refusal.detail}") from refusal
        return {"rows": rows, "done": [self._people.carry_out(each, now) for each in command.get("commands", [])]}

    def _row(self, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        table, fields, sys_id = str(row.get("table")), dict(row.get("fields", {})), str(row.get("sys_id", ""))
        if table not in TABLES:
            raise ValueError(f"table {table!r} is none of {', '.join(TABLES)}")
        system = self._actor("system")
        if row.get("delete"):
            self._recorder.delete(table, sys_id, system, now)
            return {"deleted": sys_id}
        if self._store.row(table, sys_id) is not None:
            return self._recorder.update(table, sys_id, fields, system, now)
        return self._recorder.insert(table, {**fields, "sys_id": sys_id}, system, now)

    def _set_property(self, name: str, value: str, now: datetime) -> None:
        known = self._store.first("sys_properties", "name", name)
        sys_id = "" if known is None else known["sys_id"]
        self._row({"table": "sys_properties", "sys_id": sys_id, "fields": {"name": name, "value": value}}, now)
