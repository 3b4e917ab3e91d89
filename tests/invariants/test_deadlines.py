"""A run whose time is over stops between two writes, leaves nothing half-done, and the next one goes on there: no write is lost
and none is made twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.effort import thoroughly
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.invariants.test_i08_killed_anywhere import WRITES, after, comparable, end_without_misfortune

from watchkeeper.emulators.world import Exchange
from watchkeeper.model.run import Outcome, RunReport
from watchkeeper.stop import Stop
from watchkeeper.sync.systems import Undisturbed

pytestmark = pytest.mark.thorough

TIME = 60.0
GRACE = 4.0
SAMPLED = {"first_sync": (1, 8), "import_with_comments": (5, 10)}
"""The writes after which the everyday suite lets the time be over; the slow one tries them all."""


@contextmanager
def limited(deployment: Deployment) -> Iterator[None]:
    """Runs end a minute from now."""
    deployment.stop = Stop(monotonic=deployment.time.monotonic)
    deployment.stop.end_within(TIME)
    deployment.policy = {"run_time": timedelta(seconds=TIME), "write_grace": GRACE}
    yield
    deployment.stop, deployment.policy = Undisturbed(), {}


@contextmanager
def over_after_write(deployment: Deployment, number: int, late: float = 0.0) -> Iterator[None]:
    """The time is over when the n-th write has been made, and so much later its answer comes."""
    made = story.at_write(number, "after")

    def listener(exchange: Exchange) -> None:
        if made(0, exchange):
            deployment.world.clock.advance(timedelta(seconds=TIME + late))

    stop_listening = deployment.world.listen(listener)
    try:
        with limited(deployment):
            yield
    finally:
        stop_listening()


def done(report: RunReport) -> int:
    return sum(result.outcome is Outcome.DONE for result in report.results)


def standing(deployment: Deployment) -> tuple[object, int, set[str]]:
    """Who holds the lease, how many intents are open, and which keys are unfinished."""
    with deployment.store() as store:
        holder = store.lease("tests", "localhost").holder()
        return holder, len(store.intents()), {row.key for row in store.dirty()}


def ends_after_writes(folder: Path, scene: str, numbers: Iterable[int]) -> None:
    """Let a run's time be over after its n-th write, for each of these."""
    expected = end_without_misfortune(scene)
    for number in numbers:
        deployment = after(folder / f"n{number}", scene)
        watch = Watch.of(deployment.world)
        valves = deployment.open_valves(deployment.plan())
        with over_after_write(deployment, number):
            report = deployment.sync(open_valves=valves)
        assert (report.exit_code, done(report), len(watch.writes())) == (75, number, number)
        assert report.reasons == ("75: the run's time is used up; the next run goes on from here",)
        assert report.resume is not None
        holder, intents, left = standing(deployment)
        assert (holder, intents, report.resume.done, report.resume.left) == (None, 0, number, len(left))
        assert report.resume.key in left
        story.settle(deployment, runs=1)
        assert (len(watch.writes()), standing(deployment)[2]) == (WRITES[scene], set()), f"after write {number}"
        story.settle(deployment, runs=1)
        assert comparable(deployment) == expected, f"after write {number}"


@pytest.mark.parametrize(("scene", "numbers"), SAMPLED.items())
def test_when_its_time_is_over_the_next_run_does_what_is_left_and_nothing_twice(
    tmp_path: Path, scene: str, numbers: Iterable[int]
) -> None:
    ends_after_writes(tmp_path, scene, numbers)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SAMPLED)
def test_the_same_after_each_write(tmp_path: Path, scene: str) -> None:
    ends_after_writes(tmp_path, scene, range(1, WRITES[scene]))


@pytest.mark.parametrize("number", [6, *thoroughly(1)])
def test_a_write_whose_answer_does_not_come_in_time_is_found_by_the_next_run(tmp_path: Path, number: int) -> None:
    deployment = make_deployment(tmp_path)
    watch = Watch.of(deployment.world)
    with over_after_write(deployment, number, late=30):
        report = deployment.sync()
    assert (report.exit_code, done(report), len(watch.writes())) == (75, number - 1, number)
    assert [result.outcome for result in report.results].count(Outcome.UNKNOWN) == 1
    assert standing(deployment)[1] == 1
    story.settle(deployment, runs=1)
    assert len(watch.writes()) == WRITES["first_sync"]
    assert not story.idle_writes(deployment)


def test_a_write_that_is_answered_a_little_late_is_heard_out(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    with over_after_write(deployment, 3, late=GRACE - 1):
        report = deployment.sync()
    assert (report.exit_code, done(report), standing(deployment)[1]) == (75, 3, 0)


def test_a_run_whose_time_ends_while_it_decides_writes_nothing(tmp_path: Path) -> None:
    """All reading was done in time."""
    deployment = make_deployment(tmp_path)
    watch = Watch.of(deployment.world)
    with limited(deployment):
        deployment.policy = {}
        story.later(deployment, TIME / 60)
        report = deployment.sync()
    assert (report.exit_code, report.results, watch.writes()) == (75, (), [])
    assert report.reasons == ("75: the run's time is used up; the next run goes on from here",)
    story.settle(deployment, runs=1)
    assert len(watch.writes()) == WRITES["first_sync"]


def test_a_run_that_does_its_last_write_at_its_end_is_whole(tmp_path: Path) -> None:
    deployment = make_deployment(tmp_path)
    with over_after_write(deployment, WRITES["first_sync"]):
        report = deployment.sync()
    assert (report.exit_code, report.reasons, report.resume) == (0, (), None)


@pytest.mark.parametrize("call", [3, *thoroughly(1, 5)])
def test_a_run_whose_time_ends_while_it_reads_writes_nothing_and_moves_no_cursor(tmp_path: Path, call: int) -> None:
    deployment = make_deployment(tmp_path, mappings=story.mappings_with())
    story.escalate(deployment)
    story.import_all(deployment)
    story.later(deployment)
    story.escalate(deployment)
    story.in_servicenow(deployment, "haruto.sato", "note", story.tickets(deployment)[0]["number"], text="seen")
    before = cursors(deployment)
    watch = Watch.of(deployment.world)
    reads = story.at_call(call, "after")
    count = 0

    def listener(exchange: Exchange) -> None:
        nonlocal count
        count += exchange.phase == "after"
        if reads(count, exchange):
            deployment.world.clock.advance(timedelta(seconds=TIME))

    stop_listening = deployment.world.listen(listener)
    with limited(deployment):
        report = deployment.sync()
    stop_listening()
    if watch.writes():
        assert call > 4, "reading takes more calls than that"
        return
    assert (report.exit_code, done(report)) == (75, 0)
    assert cursors(deployment) == before
    story.settle(deployment, runs=1)
    assert all(pair.agrees for pair in story.pairs(deployment).values())
    assert len(story.pairs(deployment)) == 2


def cursors(deployment: Deployment) -> object:
    with deployment.store() as store:
        return [store.watermark("servicenow", "incident"), store.watermark("sentinel", "incidents")]


def test_nobody_waits_past_the_end(tmp_path: Path) -> None:
    """Every create is asked to come back in half a minute, when the run has ten seconds left."""
    deployment = make_deployment(tmp_path)
    story.fault(
        deployment, "status", "servicenow", "POST", path_prefix="/api/now/table", status=429, retry_after=30, times=None
    )
    began = deployment.world.clock.now()
    with limited(deployment):
        deployment.stop.end_within(10)  # type: ignore[attr-defined]
        deployment.policy["run_time"] = timedelta(seconds=10)
        report = deployment.sync()
    assert (report.exit_code, done(report)) == (75, 0)
    assert report.resume is not None
    assert report.resume.not_before == began + timedelta(seconds=30)
    assert deployment.world.clock.now() - began < timedelta(seconds=10)
