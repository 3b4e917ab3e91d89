"""The files of `deploy/permissions`: the least rights, and the ones that are too many. They ship with the program, which reads
what it checks and prints from them, so that a list that a person applies is the list that is checked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from watchkeeper.errors import Config, Problem
from watchkeeper.model.probing import TableRight
from watchkeeper.model.record import Side
from watchkeeper.model.source_rights import Permission, SourceRights
from watchkeeper.model.sources import SOURCES

INSTALLED: Final = "permissions"
"""Inside the installed package; in a source checkout the folder is deploy/permissions."""
READ_ONLY: Final = "azure-read-only.json"
READ_WRITE: Final = "azure-read-write.json"
OF_EVIDENCE: Final = "azure-evidence.json"
EVIDENCE: Final = "evidence.yaml"


@dataclass(frozen=True, slots=True)
class RecordRights:
    """What every table that a profile names needs, whatever the profile maps. `note`: fields of a mirrored note; `mark`: of a
    ticket that others made and that is paired."""

    read: frozenset[str]
    match: frozenset[str]
    range: frozenset[str]
    create: frozenset[str]
    note: frozenset[str]
    mark: frozenset[str]


@dataclass(frozen=True, slots=True)
class Permissions:
    """`tables` are ServiceNow's own tables, `roles` the roles that are needed there, `unneeded_roles`, `private` (fields of
    people, by table) and `unneeded_actions` what an account of ours should not have, `never_…` those of them that are a failure.
    `roles_of_azure`: actions by file. `sources`: what each source of evidence needs."""

    records: RecordRights
    tables: tuple[TableRight, ...]
    roles: tuple[str, ...]
    unneeded_roles: tuple[str, ...]
    never_roles: frozenset[str]
    private: Mapping[str, tuple[str, ...]]
    unneeded_actions: tuple[str, ...]
    never_actions: frozenset[str]
    roles_of_azure: Mapping[str, frozenset[str]]
    sources: Mapping[Side, SourceRights]


def folder() -> Path:
    """Where the files are. Raises Config when the installation lacks them."""
    package = Path(str(files("watchkeeper")))
    for place in (package / INSTALLED, package.parent.parent / "deploy" / INSTALLED):
        if place.is_dir():
            return place
    raise Config([Problem(str(package / INSTALLED), "", "is missing", "a complete installation; install again")])


@lru_cache(maxsize=1)
def shipped() -> Permissions:
    """What the files say."""
    place = folder()
    needed, spare = _yaml(place / "servicenow.yaml"), _yaml(place / "not-needed.yaml")
    return Permissions(
        records=RecordRights(**{name: frozenset(fields) for name, fields in needed["records"].items()}),
        tables=tuple(_table(entry) for entry in needed["tables"]),
        roles=tuple(needed["roles"]),
        unneeded_roles=_both(spare["servicenow"]["roles"]),
        never_roles=frozenset(spare["servicenow"]["roles"]["never"]),
        private={table: tuple(fields) for table, fields in spare["servicenow"]["private"].items()},
        unneeded_actions=_both(spare["azure"]["actions"]),
        never_actions=frozenset(spare["azure"]["actions"]["never"]),
        roles_of_azure={name: _actions(place / name) for name in (READ_ONLY, READ_WRITE, OF_EVIDENCE)},
        sources=_sources(_yaml(place / EVIDENCE)),
    )


def _sources(listed: Mapping[str, Any]) -> Mapping[Side, SourceRights]:
    return {source: _source(source, listed[source]) for source in SOURCES}


def _source(source: Side, entry: Mapping[str, Any]) -> SourceRights:
    return SourceRights(
        source=source,
        api=str(entry["api"]),
        application=str(entry["application"]),
        permissions=tuple(
            Permission(str(each["name"]), tuple(each["for"]), tuple(each.get("instead", ())))
            for each in entry["permissions"]
        ),
        never=frozenset(entry["never"]),
    )


def _both(lists: Mapping[str, Any]) -> tuple[str, ...]:
    return (*lists["never"], *lists["others"])


def _table(entry: Mapping[str, Any]) -> TableRight:
    fields = {name: frozenset(entry.get(name, ())) for name in ("read", "match", "range", "create", "write")}
    purpose = str(entry["for"])
    return TableRight(
        str(entry["table"]),
        **fields,
        purpose=purpose,
        optional=bool(entry.get("optional", purpose in {"doctor", "mappings"})),
    )


def _actions(file: Path) -> frozenset[str]:
    role = json.loads(file.read_text(encoding="utf-8"))
    return frozenset(role["Actions"])


def _yaml(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def csv_lines(rights: Iterable[TableRight]) -> list[str]:
    """One line per table, operation and field, sorted: `table,operation,field,for`."""
    rows = sorted(
        (right.table, operation, field, right.purpose)
        for right in rights
        for operation in ("read", "match", "range", "create", "write")
        for field in getattr(right, operation)
    )
    named = {"match": "query_match", "range": "query_range"}
    lines = (
        f"{table},{named.get(operation, operation)},{field},{purpose}" for table, operation, field, purpose in rows
    )
    return ["table,operation,field,for", *lines]
