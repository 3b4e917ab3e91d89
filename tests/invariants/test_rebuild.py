"""A memory that is built anew holds what both systems hold, writes nothing, and forgets nothing that no system tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Plan
from watchkeeper.state import open_copy
from watchkeeper.sync.rebuild import Rebuilt, look_anew, store_anew

pytestmark = pytest.mark.thorough


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    """A duty of the day, and an escalation with a note that was carried over, in step on both sides."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    story.escalate(deployment, severity="Medium")
    story.import_all(deployment)
    number = story.mirror_of(deployment, 1)["number"]
    story.in_servicenow(deployment, "ava.nguyen", "note", number, text="Called the user.")
    story.settle(deployment, runs=2)
    return deployment


def rebuild(deployment: Deployment) -> Rebuilt:
    """Look at both systems over a scratch copy, and store what was found."""
    with open_copy(deployment.url, deployment.name, deployment.time, mend=True) as scratch:
        systems = deployment._systems(scratch)
        rebuilt, prepared = look_anew(systems, deployment.limits, deployment.transport.calls)
        with deployment.store() as store:
            store.start_run(rebuilt.report.run_id, "db rebuild", rebuilt.report.started_at)
            store_anew(store, prepared, rebuilt.report)
            store.finish_run(rebuilt.report)
    return rebuilt


def lose(deployment: Deployment, *tables: str) -> None:
    with deployment.store() as store, store.database.write() as connection:
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")


def links(deployment: Deployment) -> list[Link]:
    with deployment.store() as store:
        return [link for sides in store.links().values() for link in sides.values()]


def told(found: Iterable[Link]) -> set[tuple[object, ...]]:
    """Of links, what both systems can tell."""
    return {(link.key, link.ref, link.number, link.revision, link.fingerprint, link.state) for link in found}


def writes_of(plan: Plan) -> set[tuple[object, ...]]:
    return {(action.key, action.ref.side, action.operation, tuple(sorted(action.body))) for action in plan.actions}


@pytest.mark.parametrize("lost", [["link", "cursor", "comment", "occurrence", "dirty"], *story.also_slowly(["link"])])
def test_every_pair_is_found_and_the_next_sync_writes_nothing(deployment: Deployment, lost: list[str]) -> None:
    before, held = told(links(deployment)), story.everything(deployment)
    lose(deployment, *lost)
    watch = Watch.of(deployment.world)

    rebuilt = rebuild(deployment)

    assert (rebuilt.links, rebuilt.agreed) == (len(before), len(before) / 2)
    assert rebuilt.report.plan.actions == ()
    assert told(links(deployment)) == before
    assert not story.idle_writes(deployment)
    assert watch.writes() == []
    assert story.everything(deployment) == held


def test_what_both_sides_hold_alike_counts_as_agreed_upon(deployment: Deployment) -> None:
    """So that a later edit on one side is carried over, and is no conflict."""
    lose(deployment, "link")
    rebuild(deployment)
    story.later(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    story.later(deployment)

    report = deployment.sync()

    assert not report.plan.conflicts
    assert story.state(story.mirror_of(deployment, 1)) == "active"


def test_what_differs_is_the_plan_that_was_shown_and_then_written(deployment: Deployment) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"status": "Active"})
    story.escalate(deployment, "Second wave")
    story.later(deployment)
    watch = Watch.of(deployment.world)

    shown = rebuild(deployment)

    assert watch.writes() == []
    assert {action.operation.value for action in shown.report.plan.actions} == {"update", "create", "link"}
    planned = deployment.plan()
    assert writes_of(planned.plan) == writes_of(shown.report.plan)
    story.import_all(deployment)
    assert story.state(story.mirror_of(deployment, 1)) == "active"
    assert not story.idle_writes(deployment)


def test_what_no_system_tells_stays(deployment: Deployment) -> None:
    with deployment.store() as store:
        [key] = [key for key in store.links() if key.startswith("escalation/")]
        gone = store.links([key])[key]["servicenow"]
        elsewhere = replace(gone.ref, id="f" * 32)
        tombstone = replace(gone, key="escalation/sentinel/gone", ref=elsewhere, state=LinkState.GONE)
        store.put_links([tombstone])
        before = store.write_log(), store.conflicts(), store.decisions(), store.born, store.lineage

    rebuild(deployment)

    with deployment.store() as store:
        log = store.write_log()
        assert (log[:-1], store.conflicts(), store.decisions(), store.born, store.lineage) == before
        assert log[-1].kind == "rebuilt"
        assert store.check_write_log().broken is None
        assert store.links([tombstone.key]) == {tombstone.key: {"servicenow": tombstone}}


def test_a_write_that_was_begun_is_finished_once(deployment: Deployment) -> None:
    story.escalate(deployment, "Second wave")
    story.later(deployment)
    with story.killing(deployment, story.at_write(1, "after")):
        deployment.sync()

    rebuild(deployment)
    story.settle(deployment, runs=2)

    titles = [row["short_description"] for row in story.tickets(deployment)]
    assert sum("Second wave" in title for title in titles) == 1
    assert not story.idle_writes(deployment)


def test_a_listing_that_was_cut_short_is_not_the_whole(deployment: Deployment) -> None:
    story.fault(deployment, "status", "arm", "GET", times=None, status=500)
    with open_copy(deployment.url, deployment.name, deployment.time, mend=True) as scratch:
        systems = deployment._systems(scratch)
        rebuilt, _ = look_anew(systems, deployment.limits, deployment.transport.calls)
    assert not rebuilt.whole
    assert rebuilt.report.exit_code == 75
