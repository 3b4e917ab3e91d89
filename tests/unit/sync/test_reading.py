from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pytest
from tests.engine import Deployment, Watch
from tests.invariants import story

from watchkeeper.errors import AuthFailed, Rejected, Throttled, Unavailable
from watchkeeper.model.record import SENTINEL, Absent, Record, RecordRef, Side
from watchkeeper.sync.reading import read_comments, read_records, read_with_comments
from watchkeeper.sync.systems import Systems

T = TypeVar("T")


@pytest.fixture
def refs(deployment: Deployment) -> list[RecordRef]:
    """Five incidents."""
    made = story.seed_incidents(deployment, count=5)
    return [RecordRef(SENTINEL, "incidents", row["name"].lower()) for row in made]


def break_reads(deployment: Deployment, refs: list[RecordRef], status: int, times: int | None = None) -> None:
    for ref in refs:
        story.fault(deployment, "status", "arm", "GET", regex=ref.id, status=status, times=times)


def test_every_record_is_read_or_said_to_be_absent(systems: Systems, refs: list[RecordRef]) -> None:
    nothing = RecordRef(SENTINEL, "incidents", "0" * 8 + "-0000-0000-0000-" + "0" * 12)
    read = read_records(systems, [*refs, nothing])
    assert all(isinstance(read.found[ref], Record) for ref in refs)
    assert isinstance(read.found[nothing], Absent)
    assert not read.failed


def test_a_record_that_is_asked_for_twice_is_read_once(
    deployment: Deployment, systems: Systems, refs: list[RecordRef]
) -> None:
    watch = Watch.of(deployment.world)
    read_records(systems, [refs[0], refs[0]])
    assert len(watch.entries()) == 1


@pytest.mark.parametrize("status", [400, 403, 500])
def test_one_that_cannot_be_read_spoils_no_other(
    deployment: Deployment, systems: Systems, refs: list[RecordRef], status: int
) -> None:
    break_reads(deployment, refs[1:2], status)
    read = read_records(systems, refs)
    assert set(read.found) == {*refs} - {refs[1]}
    assert set(read.failed) == {refs[1]}
    assert str(status) in str(read.failed[refs[1]])


def test_a_side_that_answers_nothing_at_all_is_down(
    deployment: Deployment, systems: Systems, refs: list[RecordRef]
) -> None:
    break_reads(deployment, refs, 500)
    watch = Watch.of(deployment.world)
    with pytest.raises(Unavailable):
        read_records(systems, refs)
    assert len({entry.path for entry in watch.entries()}) == 3


def test_many_refusals_are_no_outage(deployment: Deployment, systems: Systems, refs: list[RecordRef]) -> None:
    break_reads(deployment, refs, 403)
    read = read_records(systems, refs)
    assert {type(error) for error in read.failed.values()} == {Rejected}
    assert len(read.failed) == 5


@pytest.mark.parametrize(("status", "error"), [(401, AuthFailed), (429, Throttled)])
def test_what_concerns_the_whole_side_is_raised(
    deployment: Deployment, systems: Systems, refs: list[RecordRef], status: int, error: type[Exception]
) -> None:
    story.fault(deployment, "status", "arm", "GET", regex=refs[0].id, status=status, retry_after=3600, times=None)
    with pytest.raises(error):
        read_records(systems, refs)


def test_a_batch_that_fails_is_read_again_one_by_one(deployment: Deployment, systems: Systems) -> None:
    numbers = [story.escalated_ticket(deployment, title=f"Case {turn}") for turn in range(3)]
    tickets = [RecordRef("servicenow", "incident", story.ticket(deployment, number)["sys_id"]) for number in numbers]
    story.fault(deployment, "status", "servicenow", "GET", path_prefix="/api/now/table/incident", status=400)
    watch = Watch.of(deployment.world)
    read = read_records(systems, tickets)
    assert set(read.found) == set(tickets)
    assert len(watch.entries()) == 1 + len(tickets)


def test_comments_are_read_in_the_same_way(deployment: Deployment, systems: Systems, refs: list[RecordRef]) -> None:
    story.in_sentinel(deployment, "keiko.tanaka", "comment", refs[0].id, text="hello")
    story.fault(deployment, "status", "arm", "GET", regex=f"{refs[1].id}/comments", status=403, times=None)
    read = read_comments(systems, refs)
    assert [comment.text for comment in read.found[refs[0]]] == ["hello"]
    assert set(read.failed) == {refs[1]}


@dataclass(slots=True)
class Gathered:
    """Workers that begin nothing before they are waited for; `waits`: how much there was to do each time."""

    begun: list[Callable[[], None]] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    def submit(self, side: Side, work: Callable[[], T], done: Callable[[T], None]) -> None:
        del side
        self.begun.append(lambda: done(work()))

    def drain(self) -> None:
        self.waits.append(len(self.begun))
        while self.begun:
            self.begun.pop(0)()


def test_records_and_the_comments_of_others_are_asked_for_at_the_same_time(
    systems: Systems, refs: list[RecordRef]
) -> None:
    workers = Gathered()
    records, talks = read_with_comments(replace(systems, workers=workers), refs[:2], refs[2:])
    assert (set(records.found), set(talks.found)) == ({*refs[:2]}, {*refs[2:]})
    assert workers.waits == [5]
