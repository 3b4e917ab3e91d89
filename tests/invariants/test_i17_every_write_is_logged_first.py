"""I17: every write we made has an `intended` row that existed before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story

from watchkeeper.emulators.world import Exchange
from watchkeeper.model.run import WriteLogEntry


def busy(deployment: Deployment) -> None:
    """Writes of every kind: creates, links, updates, comments, closes."""
    number = story.escalate(deployment)
    opened = story.escalated_ticket(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "comment", number, text="seen")
    story.import_all(deployment)
    story.later(deployment)
    story.in_servicenow(deployment, "keiko.tanaka", "note", opened, text="called")
    story.in_servicenow(deployment, "keiko.tanaka", "resolve", opened)
    story.in_sentinel(deployment, "keiko.tanaka", "edit", number, fields={"status": "Active"})
    story.later(deployment)
    deployment.sync()


def log(deployment: Deployment) -> list[WriteLogEntry]:
    with deployment.store() as store:
        assert store.check_write_log().broken is None
        return list(store.write_log(limit=1000))


def test_at_the_moment_of_each_write_its_intention_is_on_record(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    missing: list[str] = []
    writes = 0

    def listener(exchange: Exchange) -> None:
        nonlocal writes
        if exchange.phase != "before" or not story.is_write(exchange):
            return
        writes += 1
        intended = [row for row in log(deployment) if row.kind == "intended"]
        outcomes = {row.action_id for row in log(deployment) if row.kind == "outcome"}
        if not any(row.action_id not in outcomes for row in intended):
            missing.append(f"{exchange.request.method} {exchange.request.path}")

    deployment.world.listen(listener)
    busy(deployment)
    assert writes > 20
    assert not missing


def test_each_write_in_the_systems_has_its_row_and_each_row_its_outcome(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    seen: list[tuple[str, str]] = []
    deployment.world.listen(
        lambda exchange: (
            seen.append((exchange.system, exchange.request.method))
            if exchange.phase == "after" and story.is_write(exchange)
            else None
        )
    )
    busy(deployment)
    rows = log(deployment)
    intended = [row for row in rows if row.kind == "intended"]
    outcomes = [row for row in rows if row.kind == "outcome"]
    assert len(intended) == len(outcomes) == len(seen)
    assert {row.outcome for row in outcomes} == {"done"}
    assert {row.operation for row in intended} == {"create", "link", "update", "comment", "close"}


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_killed_run_leaves_its_intention_and_the_next_one_its_outcome(tmp_path: Path, phase: str) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    with story.killing(deployment, story.at_write(1, phase)):
        deployment.sync()
    assert [row.kind for row in log(deployment)] == ["intended"]
    with deployment.store() as store:
        assert len(store.intents()) == 1
    story.settle(deployment, runs=1)
    told = [(row.kind, row.side, row.outcome) for row in log(deployment)]
    sides = ["servicenow", "sentinel"]
    if phase == "before":
        assert told[1:] == [
            ("intended", "servicenow", ""),
            ("outcome", "servicenow", "done"),
            ("intended", "sentinel", ""),
            ("outcome", "sentinel", "done"),
        ]
    else:
        assert told[1] == ("outcome", "servicenow", "adopted")
    assert {row.side for row in log(deployment)} == set(sides)
    with deployment.store() as store:
        assert not store.intents()
        assert not store.dirty()


def test_texts_are_logged_as_digests_only(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    busy(deployment)
    assert not any(
        "called" in row.after or "seen" in row.after for row in log(deployment) if row.operation == "comment"
    )
