"""What the incidents API does to its clients, seen from the whole engine: counted calls, bursts of conflicts, many threads."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.clock import ThreadWorkers
from watchkeeper.emulators.world import Exchange
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.state.store import SqlStateStore
from watchkeeper.sync.systems import Systems

pytestmark = pytest.mark.thorough

PAIRS = 6


class Threaded(Deployment):
    """A deployment whose calls are made side by side, by `pool`, as in a real process."""

    pool: ThreadWorkers

    def _systems(self, store: SqlStateStore) -> Systems:
        return replace(super()._systems(store), workers=self.pool)


def with_pairs(deployment: Deployment) -> Deployment:
    """Escalations that are mirrored already, each with a comment, and an empty quarter of an hour."""
    deployment.mappings = story.mappings_with()
    for number in range(PAIRS):
        story.in_sentinel(
            deployment, "keiko.tanaka", "comment", story.escalate(deployment, f"Alert {number}"), text="seen"
        )
    story.import_all(deployment)
    story.settle(deployment, runs=2)
    story.later(deployment)
    return deployment


@pytest.fixture
@done_once
def pairs(tmp_path: Path) -> Deployment:
    return with_pairs(make_deployment(tmp_path))


def comment_reads(watch: Watch) -> int:
    return sum(entry.method == "GET" and "/comments" in entry.path for entry in watch.entries())


def switch(deployment: Deployment, **options: Any) -> None:
    system: Any = deployment.world.systems["arm"]
    system.seed({"options": options})


def work_on_every_ticket(deployment: Deployment) -> None:
    for row in story.tickets(deployment):
        story.in_servicenow(deployment, "haruto.sato", "edit", row["number"], text="on it", fields={"state": "2"})
    story.later(deployment)


def test_comments_are_read_where_their_number_moved_and_nowhere_else(pairs: Deployment) -> None:
    story.in_sentinel(pairs, "liam.byrne", "comment", 3, text="contained")
    story.later(pairs)
    watch = Watch.of(pairs.world)
    pairs.sync()
    assert comment_reads(watch) == 1


def test_a_change_that_is_no_comment_reads_none(pairs: Deployment) -> None:
    story.in_sentinel(pairs, "liam.byrne", "edit", 3, fields={"status": "Active"})
    story.later(pairs)
    watch = Watch.of(pairs.world)
    pairs.sync()
    assert comment_reads(watch) == 0


def test_a_comment_crosses_where_numbers_come_as_text(pairs: Deployment) -> None:
    switch(pairs, loose_types=True)
    story.in_sentinel(pairs, "liam.byrne", "comment", 3, text="contained")
    story.later(pairs)
    pairs.sync()
    assert any("contained" in text for _, text in story.notes(story.mirror_of(pairs, 3)))
    assert not story.idle_writes(pairs)


def test_an_idle_run_reads_none(pairs: Deployment) -> None:
    watch = Watch.of(pairs.world)
    pairs.sync()
    assert comment_reads(watch) == 0


def test_when_every_second_edit_meets_a_conflict_all_edits_arrive_and_none_twice(pairs: Deployment) -> None:
    switch(pairs, conflict_every=2)
    work_on_every_ticket(pairs)
    story.settle(pairs, runs=2)
    assert {story.status(item) for item in story.incidents(pairs)} == {"active"}
    assert all(len(story.own_comments(item)) == 1 for item in story.incidents(pairs))
    assert not story.idle_writes(pairs)


def test_a_write_that_landed_and_met_itself_is_done(pairs: Deployment) -> None:
    switch(pairs, landed_conflicts=PAIRS)
    work_on_every_ticket(pairs)
    report = pairs.sync()
    assert report.exit_code == 0
    assert {story.status(item) for item in story.incidents(pairs)} == {"active"}
    assert not story.idle_writes(pairs)


@contextmanager
def in_flight(deployment: Deployment) -> Iterator[Counter[str]]:
    """The most writes that were under way at once, per incident."""
    now: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock = threading.Lock()

    def see(exchange: Exchange) -> None:
        if exchange.system != "arm" or exchange.request.method != "PUT":
            return
        name = exchange.request.path.split("/incidents/")[1].split("/")[0]
        with lock:
            now[name] += 1 if exchange.phase == "before" else -1
            most[name] = max(most[name], now[name])

    stop = deployment.world.listen(see)
    try:
        yield most
    finally:
        stop()


def test_one_incident_is_never_written_by_two_threads_at_once(tmp_path: Path) -> None:
    deployment = Threaded(make_deployment(tmp_path).world, tmp_path / "threads.db")
    with ThreadWorkers({SERVICENOW: 4, SENTINEL: 8}) as deployment.pool:
        work_on_every_ticket(with_pairs(deployment))
        with in_flight(deployment) as most:
            assert deployment.sync().exit_code == 0
    assert (len(most), set(most.values())) == (PAIRS, {1})


def test_a_merged_incident_leaves_its_ticket_open_and_the_talk_goes_on_in_the_one_that_stays(pairs: Deployment) -> None:
    mirror = story.mirror_of(pairs, 1)["number"]
    target = story.escalate(pairs, "The bigger picture")
    story.in_sentinel(pairs, "system", "merge", 1, into=target)
    story.settle(pairs, runs=2)
    story.in_sentinel(pairs, "liam.byrne", "comment", target, text="one wave, one incident")
    story.settle(pairs, runs=2)
    row = story.ticket(pairs, mirror)
    assert story.state(row) != "closed"
    assert any("one wave, one incident" in text for _, text in story.notes(row))


def test_in_an_onboarded_workspace_escalations_are_mirrored_without_a_description(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    switch(deployment, onboarded=True)
    story.seed_incidents(deployment, labels=["escalation"], severity="High")
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    (ticket,) = story.tickets(deployment)
    assert ticket["short_description"]
    assert not story.idle_writes(deployment)
