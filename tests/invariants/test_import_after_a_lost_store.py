"""A lost store is no first import: the pairs that stand on both sides show that a person has opened it before."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from tests.engine import MAPPINGS, Deployment, make_deployment


def escalate(deployment: Deployment, title: str) -> None:
    fields = {"title": title, "severity": "High", "status": "New", "labels": ["escalation"]}
    deployment.world.systems["arm"].people({"who": "niamh.kelly", "do": "create", "fields": fields})
    deployment.world.clock.advance(timedelta(minutes=10))


def test_a_new_escalation_is_mirrored_although_the_store_was_lost(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    escalate(deployment, "first")
    held = deployment.sync()
    assert [trip.name for trip in held.valves] == ["first-import"]
    deployment.sync(open_valves=deployment.open_valves(held))

    deployment.lose_the_database()
    escalate(deployment, "second")
    report = deployment.sync()

    assert report.exit_code == 0
    assert [result.action.operation.value for result in report.results] == ["create", "link"]


def test_a_profile_that_mirrors_one_way_leaves_the_other_side_s_tickets_alone(tmp_path: Path) -> None:
    """Nothing is written to a ticket whose counterpart the profile does not create."""
    mappings = tmp_path / "mappings"
    shutil.copytree(MAPPINGS, mappings)
    profile = mappings / "profiles" / "escalation.yaml"
    text = profile.read_text(encoding="utf-8")
    sentinel = text.index("  sentinel:")
    profile.write_text(
        text[:sentinel] + text[sentinel:].replace("creates: true", "creates: false", 1), encoding="utf-8"
    )
    deployment = make_deployment(tmp_path, mappings=mappings)
    ticket = {"short_description": "Call", "category": "security", "assignment_group": "SOC Monitoring"}
    deployment.world.systems["servicenow"].people({"who": "keiko.tanaka", "do": "create", "fields": ticket})
    deployment.world.clock.advance(timedelta(minutes=10))

    report = deployment.sync(profile="escalation")

    assert report.plan.actions == ()
