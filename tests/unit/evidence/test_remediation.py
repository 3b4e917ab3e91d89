"""How far the owners of devices have come, by daily snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.remediation import Bounds, Day, Progress, Standing, burndown, changes, standings
from watchkeeper.model.evidence import RemediationTask

TODAY = date(2026, 11, 16)
MADE = datetime(2026, 9, 1, 9, tzinfo=UTC)
TASK = RemediationTask(
    id="t1",
    title="Update Silverlight",
    product="silverlight",
    component="Silverlight",
    groups=("Servers",),
    kind="Update",
    category="Software",
    priority="Medium",
    completed=False,
    target=100,
    fixed=0,
    created_at=MADE,
    due_at=datetime(2026, 12, 1, tzinfo=UTC),
    changed_at=MADE,
    requester="ava.nguyen@example.com",
    notes="",
    completed_by="",
    recommended_version="",
)


def due(days: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC)


def day(ago: int, *tasks: RemediationTask) -> Day:
    return Day(TODAY - timedelta(days=ago), {each.id: each for each in tasks})


def history(task: RemediationTask, *fixed: int, apart: int = 1) -> list[Day]:
    """Snapshots of one task, the last of them today."""
    last = len(fixed) - 1
    return [day((last - step) * apart, replace(task, fixed=each)) for step, each in enumerate(fixed)]


def only(days: Sequence[Day], **bounds: int) -> Standing:
    [standing] = standings(days, Bounds(**bounds))
    return standing


class TestStandings:
    @pytest.mark.parametrize(
        ("task", "progress"),
        [
            (replace(TASK, due_at=due(-1)), Progress.OVERDUE),
            (replace(TASK, due_at=due(0)), Progress.DUE_SOON),
            (replace(TASK, due_at=due(30)), Progress.DUE_SOON),
            (replace(TASK, due_at=due(31)), Progress.ON_TRACK),
            (replace(TASK, due_at=None), Progress.UNDATED),
            (replace(TASK, due_at=due(-9), completed=True), Progress.DONE),
        ],
    )
    def test_a_task_that_moves_stands_by_its_date(self, task: RemediationTask, progress: Progress) -> None:
        assert only(history(task, 10, 20)).progress is progress

    def test_nothing_mended_for_too_long_is_stuck_whatever_the_date_unless_that_is_over(self) -> None:
        assert only(history(TASK, 5, 10, 10, apart=14)).progress is Progress.STUCK
        assert only(history(replace(TASK, due_at=None), 5, 10, 10, apart=14)).progress is Progress.STUCK
        assert only(history(replace(TASK, due_at=due(-1)), 5, 10, 10, apart=14)).progress is Progress.OVERDUE
        assert only(history(TASK, 5, 10, 10, apart=14), stuck_days=15).progress is not Progress.STUCK

    def test_since_when_is_told_by_the_last_device_that_was_mended(self) -> None:
        assert only(history(TASK, 5, 10, 10, 10)).still_days == 2
        assert only(history(TASK, 5, 10)).still_days == 0

    def test_a_task_that_never_moved_counts_from_its_making_if_that_was_seen(self) -> None:
        made = datetime.combine(TODAY - timedelta(days=20), datetime.min.time(), UTC)
        young = replace(TASK, created_at=made)
        assert only(history(young, *[0] * 21)).still_days == 20
        assert only(history(young, 0, 0)).still_days is None

    def test_one_that_has_not_moved_since_it_was_first_seen_is_stuck_once_that_is_long_enough(self) -> None:
        found = only(history(TASK, 10, 10, apart=14))
        assert (found.progress, found.still_days, found.watched_days) == (Progress.STUCK, None, 14)
        assert only(history(TASK, 10, 10, apart=13)).progress is Progress.DUE_SOON

    def test_more_devices_that_need_it_are_no_mending(self) -> None:
        grown = [
            day(2, replace(TASK, fixed=5)),
            day(1, replace(TASK, fixed=9)),
            day(0, replace(TASK, fixed=12, target=120)),
        ]
        assert only(grown).still_days == 1

    def test_the_end_is_where_the_pace_of_the_last_weeks_leads(self) -> None:
        assert only(history(TASK, 0, 25, 50, apart=5)).ends == TODAY + timedelta(days=10)
        assert only(history(TASK, 0, 100)).ends == TODAY
        assert only(history(TASK, 50, 50)).ends is None
        assert only(history(TASK, 50)).ends is None

    def test_what_was_mended_long_ago_says_nothing_of_the_pace(self) -> None:
        assert only([day(60, TASK), *history(replace(TASK, fixed=90), 90, 90)]).ends is None

    def test_a_task_without_a_device_left_is_not_stuck_but_at_its_end(self) -> None:
        mended = only(history(TASK, 100, 100, 100, apart=14))
        assert (mended.progress, mended.ends) == (Progress.DUE_SOON, TODAY)

    def test_a_task_that_is_asked_of_no_device_proves_nothing(self) -> None:
        empty = only(history(replace(TASK, target=0), 0, 0, 0, apart=14))
        assert (empty.progress, empty.ends) == (Progress.STUCK, None)

    def test_the_worst_come_first(self) -> None:
        tasks = [
            replace(TASK, id="done", completed=True),
            replace(TASK, id="later", due_at=due(90)),
            replace(TASK, id="soon", due_at=due(9)),
            replace(TASK, id="sooner", due_at=due(3)),
            replace(TASK, id="undated", due_at=None),
            replace(TASK, id="late", due_at=due(-3)),
            replace(TASK, id="later-still", due_at=due(-1)),
        ]
        found = [each.task.id for each in standings([day(0, *tasks)], Bounds())]
        assert found == ["late", "later-still", "sooner", "soon", "undated", "later", "done"]

    def test_without_a_snapshot_nothing_stands(self) -> None:
        assert standings([], Bounds()) == ()


class TestChanges:
    def test_each_task_became_one_thing(self) -> None:
        done = replace(TASK, id="done", fixed=40)
        back = replace(TASK, id="back", completed=True, fixed=100)
        before = day(
            7, done, back, replace(TASK, id="old", completed=True), replace(TASK, id="taken"), replace(TASK, id="same")
        )
        after = day(
            0,
            replace(done, completed=True, fixed=100),
            replace(back, completed=False, fixed=90),
            replace(TASK, id="same", fixed=3),
            replace(TASK, id="new", fixed=2),
        )
        found = changes(before, after)
        assert [[each.id for each in group] for group in (found.opened, found.completed, found.reopened)] == [
            ["new"], ["done"], ["back"]
        ]  # fmt: skip
        assert [[each.id for each in group] for group in (found.forgotten, found.removed)] == [["old"], ["taken"]]
        assert found.fixed == 60 + 3 + 2
        assert [(each.task.id, each.devices) for each in found.mended] == [("done", 60), ("same", 3), ("new", 2)]

    def test_exceptions_come_and_go(self) -> None:
        done = replace(TASK, id="done", completed=True)
        before = replace(day(7, TASK, replace(TASK, id="t2"), replace(TASK, id="t3")), exempt=frozenset({"t1", "t3"}))
        after = replace(
            day(0, TASK, replace(TASK, id="t2"), replace(TASK, id="t3"), replace(TASK, id="new"), done),
            exempt=frozenset({"t2", "t3", "new", "done"}),
        )
        found = changes(before, after)
        assert [each.id for each in found.exempted] == ["new", "t2"]
        assert [each.id for each in found.resumed] == ["t1"]


class TestExceptions:
    LATE = replace(TASK, due_at=due(-1), fixed=40)

    def exempt(self, *tasks: RemediationTask) -> Day:
        return replace(day(0, *tasks), exempt=frozenset({"t1"}))

    def test_an_exception_that_was_approved_ends_the_asking_whatever_the_date(self) -> None:
        assert only([self.exempt(self.LATE)]).progress is Progress.EXEMPT

    def test_what_is_done_is_done_whatever_was_approved(self) -> None:
        assert only([self.exempt(replace(self.LATE, completed=True))]).progress is Progress.DONE

    def test_the_burndown_sets_it_apart_from_the_day_on_which_it_was_known(self) -> None:
        other = replace(TASK, id="t2", fixed=90)
        told = burndown([day(1, self.LATE, other), self.exempt(self.LATE, other)])
        assert [(each.open_tasks, each.left, each.overdue, each.exempt) for each in told] == [
            (2, 70, 0, 0),
            (1, 10, 0, 1),
        ]

    def test_only_what_was_approved_last_counts_today(self) -> None:
        assert (
            only([replace(day(1, self.LATE), exempt=frozenset({"t1"})), day(0, self.LATE)]).progress is Progress.OVERDUE
        )


TASKS = st.builds(
    replace,
    st.just(TASK),
    id=st.sampled_from("abcdef"),
    completed=st.booleans(),
    target=st.integers(0, 50),
    fixed=st.integers(0, 60),
    due_at=st.none() | st.integers(-40, 40).map(due),
)
DAYS = st.lists(st.lists(TASKS, max_size=6), min_size=1, max_size=8).map(
    lambda shown: [day(len(shown) - 1 - number, *tasks) for number, tasks in enumerate(shown)]
)


@given(DAYS)
def test_the_burndown_counts_what_each_day_showed(days: list[Day]) -> None:
    for told, shown in zip(burndown(days), days, strict=True):
        waiting = [task for task in shown.tasks.values() if not task.completed]
        assert told.day == shown.day
        assert told.open_tasks == len(waiting)
        assert told.left == sum(max(0, task.target - task.fixed) for task in waiting)
        assert told.overdue <= told.open_tasks


@given(DAYS)
def test_every_task_of_the_last_day_stands_once_and_overdue_ones_as_in_the_burndown(days: list[Day]) -> None:
    found = standings(days, Bounds())
    assert sorted(each.task.id for each in found) == sorted(days[-1].tasks)
    assert sum(each.progress is Progress.OVERDUE for each in found) == burndown(days)[-1].overdue
    assert [each.progress is Progress.DONE for each in found] == [each.task.completed for each in found]


@given(DAYS)
def test_between_two_days_every_task_is_accounted_for(days: list[Day]) -> None:
    before, after = days[0], days[-1]
    found = changes(before, after)
    gone = {each.id for each in (*found.forgotten, *found.removed)}
    assert gone == before.tasks.keys() - after.tasks.keys()
    assert {each.id for each in found.opened} == after.tasks.keys() - before.tasks.keys()
    assert found.fixed >= 0
