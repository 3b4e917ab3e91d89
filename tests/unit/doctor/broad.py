"""Runs that together use everything: first import, changes and notes both ways, closing and reopening on either side, holds, a
lost memory, a backfill, the audit, pairing by name and from another integration, names that do not resolve, incident tasks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.engine import Deployment
from tests.scopes import MAPPINGS

from watchkeeper.escalation import run_audit
from watchkeeper.model.activity import ReferenceKind
from watchkeeper.sync.pairing import pair_by_name, pairs_of_vendor

LONG = timedelta(minutes=10)


def carry_out(deployment: Deployment) -> None:
    """All of it; whoever listens to the world hears the calls."""
    ticket, incident = _first_days(deployment)
    _closings(deployment, ticket, incident)
    _audit(deployment)
    _pairing(deployment)
    _incident_tasks(deployment)


def opened(deployment: Deployment, **options: Any) -> None:
    """A sync; valves that stop it are opened, as a person would after looking."""
    report = deployment.sync(**options)
    if report.valves:
        deployment.sync(open_valves=deployment.open_valves(report), **options)


def snow(deployment: Deployment, do: str, **command: Any) -> dict[str, Any]:
    people: Any = deployment.world.systems["servicenow"]
    record: dict[str, Any] = people.people({"who": "keiko.tanaka", "do": do, **command})["record"]
    return record


def arm(deployment: Deployment, do: str, **command: Any) -> dict[str, Any]:
    people: Any = deployment.world.systems["arm"]
    answer: dict[str, Any] = people.people({"who": "niamh.kelly", "do": do, **command})
    return answer


def _first_days(deployment: Deployment) -> tuple[str, int]:
    fields = {"short_description": "Ransom note", "category": "security", "assignment_group": "SOC Monitoring"}
    number = str(snow(deployment, "create", fields=fields)["number"])
    label = {"title": "Impossible travel", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
    incident = int(arm(deployment, "create", fields=label)["number"])
    opened(deployment)
    deployment.world.clock.advance(LONG)
    snow(deployment, "note", number=number, text="Mailbox cleaned.")
    snow(deployment, "edit", number=number, fields={"impact": "1", "urgency": "1"})
    arm(deployment, "comment", incident=incident, text="User called.")
    arm(deployment, "edit", incident=incident, fields={"severity": "High"})
    opened(deployment)
    deployment.world.clock.advance(LONG)
    snow(deployment, "hold", number=number, fields={"hold_reason": "4"})
    opened(deployment)
    return number, incident


def _closings(deployment: Deployment, ticket: str, incident: int) -> None:
    world = deployment.world
    world.clock.advance(LONG)
    snow(deployment, "resolve", number=ticket, text="Done.")
    arm(deployment, "close", incident=incident)
    opened(deployment)
    world.clock.advance(LONG)
    snow(deployment, "reopen", number=ticket)
    opened(deployment)
    world.clock.advance(LONG)
    deployment.lose_the_database()
    opened(deployment)
    opened(deployment, full=True, backfill_since=world.clock.now() - timedelta(days=30))
    people: Any = world.systems["arm"]
    people.people({"who": "keiko.tanaka", "do": "delete", "incident": incident})
    opened(deployment, full=True)


def _audit(deployment: Deployment) -> None:
    with deployment.store() as store:
        systems = deployment._systems(store)
        run_audit(
            connectors=systems.connectors,
            store=store,
            catalog=systems.catalog,
            profiles=list(systems.profiles.values()),
            clock=systems.clock,
            run_id="audit",
        )


def _pairing(deployment: Deployment) -> None:
    fields = {"short_description": "Paired", "category": "security", "assignment_group": "SOC Monitoring"}
    number = str(snow(deployment, "create", fields=fields)["number"])
    incident = int(arm(deployment, "create", fields={"title": "Paired", "severity": "Low", "status": "New"})["number"])
    with deployment.store() as store:
        systems = deployment._systems(store)
        pair_by_name(systems, [(number, str(incident))])
        pairs_of_vendor(systems, "vendor")
        connector = systems.connectors["servicenow"]
        connector.resolve(ReferenceKind.GROUP, ["SOC Montoring", "0" * 32])
        connector.resolve(ReferenceKind.USER, ["keiko.tanakaa", "keiko.tanakaa@soc.example", "0" * 32])
        connector.server_now()
        systems.connectors["sentinel"].server_now()


def _incident_tasks(deployment: Deployment) -> None:
    """The same world with duties as tasks of a standing incident."""
    folder = deployment.database.parent / "mappings"
    shutil.copytree(MAPPINGS, folder)
    pack = folder / "packs" / "defender-xdr.yaml"
    pack.write_text(
        pack.read_text(encoding="utf-8").replace("mode: incident}", "mode: incident-task}"), encoding="utf-8"
    )
    other = replace(deployment, database=deployment.database.parent / "tasks.db", mappings=folder, name="tasks")
    opened(other)
    deployment.world.clock.advance(timedelta(days=1))
    duty = next(
        row for row in deployment.world.systems["servicenow"].records() if row["correlation_id"].startswith("tasks/")
    )
    snow(deployment, "resolve", number=duty["number"], text="Done.")
    opened(other)
