"""I6: one human edit costs one write on the other side and none at home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

Deed = Callable[[Deployment], object]

IN_SERVICENOW: dict[str, Deed] = {
    "status": lambda d: story.in_servicenow(d, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"}),
    "severity": lambda d: story.in_servicenow(
        d, "ava.nguyen", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"}
    ),
    "close": lambda d: story.in_servicenow(d, "ava.nguyen", "resolve", "INC0010001"),
    "both at once": lambda d: story.in_servicenow(
        d, "ava.nguyen", "resolve", "INC0010001", fields={"impact": "1", "urgency": "1"}
    ),
}
IN_SENTINEL: dict[str, Deed] = {
    "status": lambda d: story.in_sentinel(d, "keiko.tanaka", "edit", 1, fields={"status": "Active"}),
    "severity": lambda d: story.in_sentinel(d, "keiko.tanaka", "edit", 1, fields={"severity": "High"}),
    "close": lambda d: story.in_sentinel(d, "keiko.tanaka", "close", 1),
}


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path)
    deployment.sync()
    story.later(deployment)
    return deployment


def writes(deployment: Deployment) -> list[tuple[str, str]]:
    story.later(deployment)
    watch = Watch.of(deployment.world)
    deployment.sync()
    return [(system, method) for system, method, _ in watch.writes()]


@pytest.mark.parametrize("deed", sorted(IN_SERVICENOW))
def test_an_edit_in_servicenow_is_one_put_and_then_nothing(deployment: Deployment, deed: str) -> None:
    IN_SERVICENOW[deed](deployment)
    assert [writes(deployment) for _ in range(3)] == [[("arm", "PUT")], [], []]


@pytest.mark.parametrize("deed", sorted(IN_SENTINEL))
def test_an_edit_in_sentinel_is_one_patch_and_then_nothing(deployment: Deployment, deed: str) -> None:
    IN_SENTINEL[deed](deployment)
    assert [writes(deployment) for _ in range(3)] == [[("servicenow", "PATCH")], [], []]


def test_an_edit_that_the_other_side_cannot_tell_apart_costs_nothing(deployment: Deployment) -> None:
    """Sentinel has no On Hold; ServiceNow keeps its own."""
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"state": "2"})
    assert writes(deployment) == [("arm", "PUT")]
    story.in_servicenow(deployment, "ava.nguyen", "hold", "INC0010001")
    assert writes(deployment) == []
    assert story.ticket(deployment, "INC0010001")["state"] == "3"


def test_a_nuance_survives_a_lost_memory_and_edits_of_other_fields(deployment: Deployment) -> None:
    """I13's other half: a side's nuance within one class is never written over."""
    story.in_servicenow(deployment, "ava.nguyen", "hold", "INC0010001")
    writes(deployment)
    deployment.lose_the_database()
    assert writes(deployment) == []
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
    assert writes(deployment) == [("servicenow", "PATCH")]
    assert story.ticket(deployment, "INC0010001")["state"] == "3"


def test_an_edit_of_what_is_not_mapped_costs_nothing(deployment: Deployment) -> None:
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"work_notes": "for us only"})
    story.in_sentinel(deployment, "keiko.tanaka", "comment", 1, text="for us only")
    assert [writes(deployment) for _ in range(2)] == [[], []]
