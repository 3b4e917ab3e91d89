"""I5: the engine never writes a field on the side that owns it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story


def owned_by(folder: Path, owner: str) -> Deployment:
    """A deployment in which one side's severity counts."""
    deployment = make_deployment(folder, mappings=story.mappings_with("secure-score"))
    shared = "severity:\n    owner: shared\n    resolver: furthest"
    story.rewrite(deployment, "profiles/maintenance.yaml", shared, f"severity:\n    owner: {owner}")
    deployment.sync()
    story.later(deployment)
    return deployment


def raise_in_servicenow(deployment: Deployment) -> None:
    fields = {"impact": "2", "urgency": "2"}
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010001", fields=fields)


def raise_in_sentinel(deployment: Deployment) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})


@pytest.mark.parametrize("owner", ["servicenow", "sentinel"])
def test_the_other_side_follows_its_owner(tmp_path: Path, owner: str) -> None:
    deployment = owned_by(tmp_path, owner)
    (raise_in_servicenow if owner == "servicenow" else raise_in_sentinel)(deployment)
    deployment.sync()
    [pair] = story.pairs(deployment).values()
    assert pair.agrees
    assert story.severity(pair.ticket) == ("Medium" if owner == "servicenow" else "High")


@pytest.mark.parametrize("owner", ["servicenow", "sentinel"])
def test_an_edit_on_the_side_that_does_not_own_the_field_is_reverted_there_and_only_there(
    tmp_path: Path, owner: str
) -> None:
    deployment = owned_by(tmp_path, owner)
    (raise_in_sentinel if owner == "servicenow" else raise_in_servicenow)(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    written = {"servicenow": ("arm", "PUT"), "sentinel": ("servicenow", "PATCH")}[owner]
    assert [(system, method) for system, method, _ in watch.writes()] == [written]
    [pair] = story.pairs(deployment).values()
    assert story.severity(pair.ticket) == pair.incident["properties"]["severity"] == "Informational"


def test_fields_that_are_set_at_creation_are_never_written_again(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    deployment.sync()
    story.later(deployment)
    people = {"short_description": "Our own words", "description": "…", "due_date": "2027-01-01 00:00:00"}
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields=people)
    story.in_servicenow(deployment, "ava.nguyen", "assign", "INC0010001", to="noah.berg")
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"title": "他の題名", "add_labels": ["mine"]})
    watch = Watch.of(deployment.world)
    deployment.sync()
    deployment.sync(full=True)
    assert not watch.writes()
    assert story.incident(deployment, 1)["properties"]["title"] == "他の題名"


def test_what_the_catalogue_owns_is_put_back_on_both_sides(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    once = "title:\n    owner: create-once"
    story.rewrite(deployment, "profiles/maintenance.yaml", once, "title:\n    owner: definition")
    deployment.sync()
    story.later(deployment)
    title = story.ticket(deployment, "INC0010001")["short_description"]
    story.in_servicenow(deployment, "keiko.tanaka", "edit", "INC0010001", fields={"short_description": "mine"})
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"title": "mine too"})
    deployment.sync()
    [pair] = story.pairs(deployment).values()
    assert pair.ticket["short_description"] == title
    assert pair.incident["properties"]["title"] == title
    assert not story.notes(pair.ticket)
    assert not story.idle_writes(deployment)


def test_a_close_by_somebody_outside_the_soc_stays_where_it_was_made(tmp_path: Path) -> None:
    """Who may close across is the profile's to say; what stays is named with the one who closed."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    number = story.escalate(deployment)
    story.import_all(deployment)
    story.later(deployment)
    story.in_servicenow(deployment, "dana.desk", "resolve", story.mirror_of(deployment, number)["number"])
    report = deployment.sync()
    assert story.status(story.incident(deployment, number)) == "new"
    [row] = [row for row in report.parked if row.field == "status"]
    assert "Dana" in row.reason or "dana.desk" in row.reason
    assert not story.idle_writes(deployment)
