"""What an owner's page is about: its own tasks, and what became of them in the last week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.portal.estates import AT, FINANCE, TODAY, advice, days_of, task, told

from watchkeeper.evidence.owners import Ownership
from watchkeeper.evidence.remediation import Day
from watchkeeper.portal.tasks import Heading, OwnerTasks, tasks_by_owner
from watchkeeper.portal.told import Told


def finance(known: Told) -> OwnerTasks:
    return next(each for each in tasks_by_owner(known) if each.owner is FINANCE)


def test_every_owner_is_there_and_what_nobody_owns_only_where_there_is_any() -> None:
    assert [each.owner.id for each in tasks_by_owner(told(task("a")))] == ["finance", "tokyo"]
    known = told(task("a"), task("b", "Kiosks"))
    assert [each.owner.id for each in tasks_by_owner(known)] == ["finance", "tokyo", "unowned"]


def test_without_owners_everything_is_unowned() -> None:
    [found] = tasks_by_owner(told(task("a"), ownership=Ownership(())))
    assert (found.owner.id, len(found.works)) == ("unowned", 1)


@pytest.mark.parametrize(
    ("due", "more", "heading"),
    [
        (-9, {}, Heading.OVERDUE),
        (0, {"fixed": 30}, Heading.SOON),
        (30, {"fixed": 30}, Heading.SOON),
        (9, {"created_at": AT - timedelta(days=20)}, Heading.STUCK),
        (31, {"fixed": 30}, Heading.LATER),
        (None, {"fixed": 30}, Heading.LATER),
        (-9, {"completed": True, "fixed": 40}, Heading.DONE),
    ],
)
def test_an_item_stands_under_one_heading(due: int | None, more: dict[str, object], heading: Heading) -> None:
    one = task("a", due=due, **more)
    began = Day(TODAY - timedelta(days=20), {"a": one})
    known = told(one, days=(began, *days_of(one, before={"a": 28} if "fixed" in more else None)))
    assert [each.heading for each in finance(known).works] == [heading]


def test_what_was_mended_in_a_week_is_counted_by_item_and_by_owner() -> None:
    tasks = (task("a", fixed=28), task("b", product="x", fixed=5), task("c", "Tokyo clients", fixed=40))
    found = finance(told(*tasks, days=days_of(*tasks, before={"a": 20, "b": 5, "c": 0})))
    assert found.mended == 8
    assert {each.item.standings[0].task.id: each.mended for each in found.works} == {"a": 8, "b": 0}


def test_without_a_day_of_a_week_ago_nothing_is_said_about_the_week() -> None:
    one = task("a")
    recent = (Day(TODAY - timedelta(days=6), {"a": one}), Day(TODAY, {"a": one}))
    found = finance(told(one, days=recent))
    assert (found.mended, found.works[0].mended) == (None, None)


def test_a_lost_day_is_bridged_by_the_last_one_before_it() -> None:
    one = task("a", fixed=28)
    days = tuple(Day(TODAY - timedelta(days=back), {"a": replace(one, fixed=28 - back)}) for back in (20, 9, 3, 0))
    assert finance(told(one, days=days)).mended == 9


def test_the_weeks_are_the_owner_s_own_and_end_with_the_latest_day() -> None:
    one, other = task("a", target=40, fixed=28), task("b", "Tokyo clients", target=500, fixed=0)
    days = tuple(Day(TODAY - timedelta(days=back), {"a": one, "b": other}) for back in range(99, -1, -1))
    weeks = finance(told(one, other, days=days)).weeks
    assert [each.day for each in weeks] == [TODAY - timedelta(days=7 * back) for back in range(7, -1, -1)]
    assert {each.left for each in weeks} == {12}


def test_of_the_groups_that_were_asked_an_owner_knows_its_own_alone() -> None:
    [work] = finance(told(task("a", "Tokyo clients", "finance ", "Kiosks"))).works
    assert (work.groups, work.shared) == (("finance ",), True)
    [work] = finance(told(task("a", "Finance servers", "Finance"))).works
    assert (work.groups, work.shared) == (("Finance servers", "Finance"), False)


def test_what_an_exception_was_approved_for_is_not_asked_of_anybody() -> None:
    exception = advice(status="exception")
    [work] = (found := finance(told(task("a", due=-9), recommendations=(exception,)))).works
    assert (work.heading, found.waiting) == (Heading.EXEMPT, ())
    done = finance(told(task("a", completed=True, fixed=40), recommendations=(exception,)))
    assert done.works[0].heading is Heading.DONE


def test_an_exception_for_something_else_releases_nobody() -> None:
    others = (
        advice(status="exception", id="va-_-x-_-y", title="x"),
        advice(status="exception", remediation="uninstall"),
    )
    [work] = finance(told(task("a", due=-9), recommendations=others)).works
    assert (work.heading, work.advice) == (Heading.OVERDUE, None)


@pytest.mark.parametrize(
    "known",
    [advice(), advice(id="va-_-other-_-x", title=" update microsoft edge ")],
    ids=["by the product", "by the title"],
)
def test_a_recommendation_belongs_to_the_tasks_about_its_product_or_of_its_title(known: object) -> None:
    [work] = finance(told(task("a"), recommendations=(known,))).works
    assert work.advice == known


def test_a_recommendation_about_something_else_is_nobody_s() -> None:
    [work] = finance(told(task("a", product=""), recommendations=(advice(id="va-_-", title="x"),))).works
    assert work.advice is None


def test_data_are_old_after_two_days() -> None:
    assert not told(task("a"), now=AT + timedelta(days=2)).is_old
    assert told(task("a"), now=AT + timedelta(days=2, seconds=1)).is_old
    assert not told(as_of=None, days=()).is_old


def test_nothing_was_ever_read() -> None:
    assert [each.works for each in tasks_by_owner(told(days=(), as_of=None))] == [(), ()]
