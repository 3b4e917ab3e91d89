"""A world with exactly the documented rights, in which nothing is wrong; and the control plane that spoils it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.engine import Deployment, make_deployment
from tests.kept_worlds import done_once
from tests.scopes import MAPPINGS

from watchkeeper.catalog.load import load_catalog
from watchkeeper.doctor.least import least_rights
from watchkeeper.doctor.permissions import folder
from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.exchange import Request
from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.emulators.servicenow.tables import TABLES
from watchkeeper.emulators.world import World
from watchkeeper.mapping.load import load_profiles
from watchkeeper.model.probing import TableRight

US = "watchkeeper"
TOKEN = "control-token"


def control(world: World, verb: str, **command: Any) -> Any:
    """One call of the control plane, as a second terminal makes it."""
    request = Request(
        method="POST",
        host="control",
        path=f"/_emulator/{verb}",
        raw_query="",
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json"},
        body=json.dumps(command).encode(),
    )
    answer = ControlPlane(world, TOKEN).handle(request)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def seed(world: World, system: str, **command: Any) -> Any:
    return control(world, "seed", system=system, **command)


@done_once
def sound_deployment(folder: Path, mode: str = "full") -> Deployment:
    """A deployment with the shipped mappings whose accounts have the documented rights and no others; with an escalation to look
    at, that somebody has changed and written a note on, and an incident that the history knows."""
    deployment = replace(make_deployment(folder), mode=mode)
    world = deployment.world
    fields = {"short_description": "Ransom note", "category": "security", "assignment_group": "SOC Monitoring"}
    command: dict[str, Any] = {"system": "servicenow", "who": "keiko.tanaka"}
    control(world, "people", **command, do="create", fields=fields)
    control(world, "people", **command, do="edit", number="INC0010001", fields={"urgency": "2"}, text="Seen.")
    seed(world, "sentinel", count=1)
    world.clock.advance(timedelta(minutes=10))
    properties = {"glide.invalid_query.returns_no_rows": "true", "glide.ui.security.allow_codetag": "false"}
    ours = {"table": "sys_user", "sys_id": sys_id("sys_user", US), "fields": {"time_zone": "UTC"}}
    seed(world, "servicenow", rows=[ours], properties=properties, acl=access_rules(mode))
    seed(world, "sentinel", grants={world.options.client_id: azure_role(mode)})
    return deployment


def azure_role(mode: str) -> dict[str, Any]:
    """The custom role as the file has it."""
    name = "azure-read-only.json" if mode == "observe" else "azure-read-write.json"
    role = json.loads((folder() / name).read_text(encoding="utf-8"))
    return {"actions": role["Actions"], "notActions": role["NotActions"]}


def access_rules(mode: str) -> list[dict[str, Any]]:
    """Access rules that take from our account everything that is not documented, table by table and field by field."""
    catalog = load_catalog(MAPPINGS, deployment="test")
    rights: dict[str, list[TableRight]] = {}
    for right in least_rights(catalog, load_profiles(MAPPINGS), mode).tables:
        rights.setdefault(right.table, []).append(right)
    return [rule for table in TABLES for rule in _rules(table, rights.get(table, []))]


def _rules(table: str, rights: list[TableRight]) -> Iterator[dict[str, Any]]:
    denied = {"table": table, "deny": [US]}
    if not rights:
        yield {**denied, "operation": "api"}
        return
    granted = {
        name: frozenset[str]().union(*(getattr(right, name) for right in rights))
        for name in ("read", "match", "range", "create", "write")
    }
    fields = TABLES[table].fields.keys()
    for operation, allowed in {
        "read": granted["read"],
        "query_match": granted["match"],
        "query_range": granted["range"],
        "write": granted["create"] | granted["write"],
    }.items():
        yield from ({**denied, "operation": operation, "field": name} for name in sorted(fields - allowed))
    yield from ({**denied, "operation": each} for each in ("create", "write") if not granted[each])
    yield {**denied, "operation": "delete"}
