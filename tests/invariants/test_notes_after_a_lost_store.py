"""The engine's own notes are on the tickets themselves: losing the store repeats none of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.engine import Deployment, Watch, make_deployment


def our_notes(deployment: Deployment) -> list[str]:
    tickets = deployment.world.systems["servicenow"].records()
    return [row["value"] for ticket in tickets for row in ticket["journal"] if row["sys_created_by"] == "watchkeeper"]


def test_a_carried_period_is_told_once_although_the_store_is_lost(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    deployment.sync()
    for _ in range(3):
        deployment.world.clock.advance(timedelta(days=1))
        deployment.sync()
    before = our_notes(deployment)
    assert before, "three days with an open daily ticket are told in it"

    deployment.lose_the_database()
    watch = Watch.of(deployment.world)
    deployment.sync()

    assert watch.writes() == []
    assert our_notes(deployment) == before
