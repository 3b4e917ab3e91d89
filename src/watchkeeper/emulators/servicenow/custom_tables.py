"""Task tables of somebody's own (`u_…`), as a seed describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from watchkeeper.emulators.servicenow.state_model import StateModel
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table
from watchkeeper.emulators.servicenow.task_tables import BASE, TASK_FIELDS, task_table

_NAME = re.compile(r"u_[a-z0-9_]{1,77}")
_KINDS = tuple(kind.value for kind in Kind)
_FIELD = re.compile(r"u_[a-z0-9_]{1,77}|close_code")
KEYS = ("name", "extends", "prefix", "states", "initial", "forward_only", "demands", "fields")


@dataclass(frozen=True, slots=True)
class CustomTable:
    """A table below `task`, and whether its process refuses a step back."""

    table: Table
    forward_only: bool


def custom_table(command: Mapping[str, Any], known: Mapping[str, Table]) -> CustomTable:
    """The table of `{"name": "u_soc_duty", "states": [{"value", "label", "ja"?, "is"?}, …], …}`; raises ValueError.

    `is` says what a state is to people's deeds: `working`, `waiting`, `closed` or `cancelled`, the last two of which end a
    ticket. `states` stand in the order of the way forward. `fields` are the table's own: names of text fields, or objects
    `{"name", "type", "length", "reference"}`. `extends`: one of the tables that are `known` already, whose fields it has too.
    """
    unknown = sorted(set(command) - set(KEYS))
    name = str(command.get("name", ""))
    if unknown or not _NAME.fullmatch(name):
        raise ValueError(
            f"a table has a name that begins with u_, and the keys {', '.join(KEYS)}; not {unknown or name!r}"
        )
    parent = str(command.get("extends", BASE))
    own = [*_inherited(parent, known), *map(_field, command.get("fields", ()))]
    table = task_table(name, own, _states(command), extends=parent)
    return CustomTable(table, bool(command.get("forward_only", False)))


def _inherited(parent: str, known: Mapping[str, Table]) -> list[Field]:
    """What a table has from its parents beside the fields of `task`."""
    if parent == BASE:
        return []
    if parent not in known or known[parent].states is None:
        raise ValueError(f"a table extends task or a table of one's own that is there already, not {parent!r}")
    of_task = {field.name for field in TASK_FIELDS}
    return [field for field in known[parent].fields.values() if field.name not in of_task and not field.system]


def _field(told: object) -> Field:
    if not isinstance(told, Mapping):
        return Field(_checked(str(told)), length=160)
    kind = str(told.get("type", Kind.STRING.value))
    if kind not in _KINDS:
        raise ValueError(f"a field is one of {', '.join(_KINDS)}, not {kind!r}")
    length, references = int(told.get("length", 160)), str(told.get("reference", ""))
    return Field(_checked(str(told.get("name", ""))), Kind(kind), length, references)


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
