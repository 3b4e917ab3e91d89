"""Where not everything can be written at once: what is written first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.engine import Deployment, InlineWorkers, Watch
from tests.invariants import story
from tests.unit.sync.make import KEY, REFS

from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, FieldChange, Operation
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.sync.urgency import Queue, urgency

PLACES = {
    side: Capabilities(side, timedelta(0), workers, 1000, None) for side, workers in ((SERVICENOW, 1), (SENTINEL, 2))
}


def action(operation: Operation, *fields: str) -> Action:
    changes = tuple(FieldChange(name, "before", "after", "shared") for name in fields)
    return Action(KEY, "maintenance", REFS[SENTINEL], operation, {"status": "Closed"}, "because", changes=changes)


def test_closes_come_before_new_records_severities_other_fields_and_comments() -> None:
    ordered = [
        action(Operation.CLOSE, "status"),
        action(Operation.CREATE),
        action(Operation.UPDATE, "title", "status"),
        action(Operation.UPDATE, "severity", "title"),
        action(Operation.UPDATE, "title"),
        action(Operation.COMMENT),
    ]
    assert sorted(ordered, key=lambda each: urgency([each])) == ordered
    assert len({urgency([each]) for each in ordered}) == len(ordered)


def test_what_stands_before_a_close_of_the_same_record_is_as_urgent_as_the_close() -> None:
    chain = [action(Operation.UPDATE, "title"), action(Operation.COMMENT), action(Operation.CLOSE, "status")]
    assert urgency(chain) == urgency(chain[2:]) < urgency(chain[:2])


@dataclass
class SlowWorkers:
    """Does one piece of work at a time, and only when it is asked to."""

    waiting: list[tuple[Callable[[], Any], Callable[[Any], None]]] = field(default_factory=list)
    most: int = 0

    def submit(self, side: Side, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.waiting.append((work, done))
        self.most = max(self.most, len(self.waiting))

    def drain(self) -> None:
        while self.waiting:
            work, done = self.waiting.pop(0)
            done(work())


@dataclass
class Log:
    """What was done, in its order; `then` says what more follows from it."""

    queue: Queue
    done: list[str] = field(default_factory=list)
    then: dict[str, tuple[int, str]] = field(default_factory=dict)

    def put(self, rank: int, name: str, side: Side = SERVICENOW, *, wanted: bool = True) -> None:
        self.queue.put(side, rank, lambda: (lambda: name, self.finish) if wanted else None)

    def finish(self, name: str) -> None:
        self.done.append(name)
        if name in self.then:
            self.put(*self.then.pop(name))


def test_work_is_done_by_rank_and_then_in_the_order_in_which_it_came() -> None:
    log = Log(Queue(InlineWorkers(), PLACES))
    for rank, name in ((5, "comment"), (0, "close"), (3, "severity"), (0, "another close")):
        log.put(rank, name)
    log.queue.work_off()
    assert log.done == ["close", "another close", "severity", "comment"]


def test_what_turns_out_to_be_urgent_passes_what_has_not_been_handed_over() -> None:
    workers = SlowWorkers()
    log = Log(Queue(workers, PLACES), then={"comment 0": (0, "close")})
    for number in range(20):
        log.put(5, f"comment {number}")
    log.queue.work_off()
    assert workers.most == 4  # twice what the side bears, and two
    assert log.done.index("close") == 4
    assert len(log.done) == 21


def test_a_side_that_is_slow_does_not_hold_up_the_other() -> None:
    log = Log(Queue(SlowWorkers(), PLACES))
    for number in range(10):
        log.put(0, f"servicenow {number}")
    log.put(5, "sentinel", SENTINEL)
    log.queue.work_off()
    assert log.done.index("sentinel") <= 4


def test_what_is_not_wanted_any_more_when_its_turn_comes_is_left_out() -> None:
    log = Log(Queue(InlineWorkers(), PLACES))
    log.put(0, "first")
    log.put(1, "second", wanted=False)
    log.put(2, "third")
    log.queue.work_off()
    assert log.done == ["first", "third"]


def test_a_thousand_pieces_done_at_once_do_not_pile_up() -> None:
    log = Log(Queue(InlineWorkers(), PLACES), then={f"{number}": (0, f"{number + 1}") for number in range(3000)})
    log.put(0, "0")
    log.queue.work_off()
    assert len(log.done) == 3001


def test_a_run_closes_first_and_comments_last(deployment: Deployment) -> None:
    incidents = [
        story.escalate(deployment, title, severity="Medium") for title in ("Commented", "More severe", "Resolved")
    ]
    story.import_all(deployment)
    story.settle(deployment, runs=2)
    story.later(deployment)
    commented, severe, resolved = (story.mirror_of(deployment, number)["number"] for number in incidents)
    story.in_servicenow(deployment, "ava.nguyen", "note", commented, text="Called the user.")
    fields = {"impact": "1", "urgency": "1"}
    story.in_servicenow(deployment, "ava.nguyen", "edit", severe, fields=fields)
    story.in_servicenow(deployment, "ava.nguyen", "resolve", resolved)
    names = [story.incident(deployment, number)["name"] for number in incidents]
    watch = Watch.of(deployment.world)
    deployment.sync()
    written = [next(names.index(name) for name in names if name in path) for _, _, path in watch.writes()]
    assert written == [2, 1, 0]
