"""Task tables of somebody's own (`u_…`), as a seed describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.emulators.servicenow.state_model import StateModel
from watchkeeper.emulators.servicenow.tables import Field, Table
from watchkeeper.emulators.servicenow.task_tables import task_table

_NAME = re.compile(r"u_[a-z0-9_]{1,77}")
_FIELD = re.compile(r"u_[a-z0-9_]{1,77}|close_code")
KEYS = ("name", "prefix", "states", "initial", "forward_only", "demands", "fields")


@dataclass(frozen=True, slots=True)
class CustomTable:
    """A table that extends `task`, and whether its process refuses a step back."""

    table: Table
    forward_only: bool


def custom_table(command: Mapping[str, Any]) -> CustomTable:
    """The table of `{"name": "u_soc_duty", "states": [{"value", "label", "ja"?, "is"?}, …], …}`; raises ValueError.

    `is` says what a state is to people's deeds: `working`, `waiting`, `closed` or `cancelled`, the last two of which end a
    ticket. `states` stand in the order of the way forward. `fields` are names of text fields that are the table's own.
    """
    unknown = sorted(set(command) - set(KEYS))
    name = str(command.get("name", ""))
    if unknown or not _NAME.fullmatch(name):
        raise ValueError(
            f"a table has a name that begins with u_, and the keys {', '.join(KEYS)}; not {unknown or name!r}"
        )
    own = [Field(_checked(str(field)), length=160) for field in command.get("fields", ())]
    states = _states(command)
    return CustomTable(task_table(name, own, states), bool(command.get("forward_only", False)))


def _checked(field: str) -> str:
    if not _FIELD.fullmatch(field):
        raise ValueError(f"a field of one's own is named u_… or close_code, not {field!r}")
    return field


def _states(command: Mapping[str, Any]) -> StateModel:
    rows = [dict(row) for row in command.get("states", ())]
    if not rows or any("value" not in row or "label" not in row for row in rows):
        raise ValueError("states is a list of objects with a value and a label, in the order of the way forward")
    part = {str(row["is"]): str(row["value"]) for row in reversed(rows) if row.get("is")}
    ended = frozenset(str(row["value"]) for row in rows if row.get("is") in {"closed", "cancelled"})
    values = tuple(str(row["value"]) for row in rows)
    return StateModel(
        prefix=str(command.get("prefix", "TASK")),
        initial=str(command.get("initial", values[0])),
        labels={str(row["value"]): (str(row["label"]), str(row.get("ja", row["label"]))) for row in rows},
        ended=ended,
        working=part.get("working", values[0]),
        closed=part.get("closed", values[-1]),
        cancelled=part.get("cancelled", ""),
        waiting=part.get("waiting", ""),
        order=values,
        demands={str(state): tuple(map(str, names)) for state, names in dict(command.get("demands", {})).items()},
    )
