"""What a run learned about the systems' quotas is there for the next one, which is a process of its own."""

from __future__ import annotations

import json

from tests.engine import Deployment
from tests.invariants import story

QUOTAS = "quotas"


def learned(deployment: Deployment) -> dict[str, list[object]]:
    with deployment.store() as store:
        found: dict[str, list[object]] = json.loads(store.recall(QUOTAS) or "{}")
    return found


def change(deployment: Deployment, number: int, state: str) -> None:
    """A person sets the ticket of an incident to a state, a while after the last run."""
    story.later(deployment)
    ticket = story.mirror_of(deployment, number)["number"]
    story.in_servicenow(deployment, "keiko.tanaka", "edit", ticket, fields={"state": state})


def test_a_quota_that_refused_a_write_is_kept_to_in_the_next_run_and_forgotten_after_a_day(
    deployment: Deployment,
) -> None:
    number = story.escalate(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=2)
    assert learned(deployment) == {}
    story.fault(deployment, "status", "arm", "PUT", regex="/incidents/", status=429, retry_after=1)
    change(deployment, number, "2")
    deployment.sync()
    assert [name for name in learned(deployment) if name.startswith("PUT")] == list(learned(deployment)) != []
    refused_at = [row[2] for row in learned(deployment).values()]
    change(deployment, number, "1")
    deployment.sync()
    assert [row[2] for row in learned(deployment).values()] == refused_at, "passed on, not met again"
    story.later(deployment, minutes=25 * 60)
    deployment.sync()
    assert learned(deployment) == {}
