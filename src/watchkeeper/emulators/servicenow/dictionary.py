"""`sys_dictionary` and `sys_db_object` as rows: what the emulator enforces for each field, and which table extends which, said where
a real instance says it.

An inherited field is described once, under the parent that has it; only what is a table's own stands under its name. A client that
asks for the rows of its table alone misses most of them (ServiceNowDocs, table-administration-and-data-management).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from watchkeeper.emulators.servicenow.tables import Field, Kind, Table
from watchkeeper.emulators.servicenow.task_tables import BASE, TASK_FIELDS

_INHERITED = frozenset(field.name for field in TASK_FIELDS)


def described(tables: Iterable[Table], parents: Mapping[str, Table]) -> Iterator[Mapping[str, str]]:
    """The dictionary rows of some tables, without their stamps; `name` and `element` tell them apart. `parents`: the tables that
    they may extend, beside `task`."""
    for table in tables:
        parent = parents.get(table.extends)
        inherited = _INHERITED if parent is None else frozenset(parent.fields)
        for field in table.fields.values():
            if not (table.extends and (field.name in inherited or field.system)):
                yield _entry(table.name, field)


def described_base() -> Iterator[Mapping[str, str]]:
    """The rows of `task` itself."""
    for field in TASK_FIELDS:
        yield _entry(BASE, field)
    for name in ("sys_id", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count"):
        yield _entry(BASE, Field(name, Kind.DATETIME if name.endswith("_on") else Kind.STRING, system=True))


def hierarchy(tables: Iterable[Table]) -> Iterator[Mapping[str, str]]:
    """The rows of `sys_db_object`: each table with the name of the one that it extends ("" for none) as `super_class`."""
    for table in tables:
        yield _table_row(table.name, table.extends)


def hierarchy_base() -> Mapping[str, str]:
    """The row of `task` itself."""
    return _table_row(BASE, "")


def _table_row(name: str, parent: str) -> Mapping[str, str]:
    return {"name": name, "label": name.replace("_", " ").capitalize(), "super_class": parent}


def _entry(table: str, field: Field) -> Mapping[str, str]:
    return {
        "name": table,
        "element": field.name,
        "column_label": field.name.replace("_", " ").capitalize(),
        "internal_type": field.kind.value,
        "max_length": str(field.length),
        "mandatory": "false",
        "read_only": "true" if field.system else "false",
        "reference": field.references,
        "choice": "1" if field.choice else "0",
        "active": "true",
    }
