"""A workspace's past is evidence and nothing else: no run finds anything to do in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.engine import Watch, make_deployment


def test_a_past_is_never_written_to_and_costs_an_idle_run_no_call(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    made = deployment.world.systems["arm"].seed({"system": "sentinel", "past": True})  # type: ignore[attr-defined]
    watch = Watch.of(deployment.world)
    assert deployment.sync().exit_code == 0
    assert watch.writes()
    assert not [path for _, _, path in watch.writes() if any(name in path for name in made["incidents"])]
    deployment.world.clock.advance(timedelta(minutes=10))
    idle = Watch.of(deployment.world)
    assert not deployment.sync().plan.actions
    assert len(idle.entries()) == 2
