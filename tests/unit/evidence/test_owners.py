"""Who owns what is to be mended, and what each owner gets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.owners import UNOWNED, Allotment, Owner, Ownership, Workload, recommendation_of, workloads
from watchkeeper.evidence.remediation import Bounds, Day, standings
from watchkeeper.model.evidence import RemediationTask

TODAY = date(2026, 11, 16)
MADE = datetime(2026, 9, 1, 9, tzinfo=UTC)
FINANCE = Owner("finance", "Finance IT", "Finance IT", device_groups=("Finance", "Finance servers"))
SERVERS = Owner("servers", "Server operations", "Server operations", device_groups=("Servers", "finance servers"))
OWNERSHIP = Ownership((FINANCE, SERVERS))
USUAL = Allotment()


def due(days: int | None) -> datetime | None:
    return None if days is None else datetime.combine(TODAY + timedelta(days=days), datetime.min.time(), UTC)


def task(
    name: str, *groups: str, product: str = "", days: int | None = 9, completed: bool = False, left: int = 5
) -> RemediationTask:
    return RemediationTask(
        id=name,
        title=f"Update {product or name}",
        product=product or name,
        component="",
        groups=groups,
        kind="Update",
        category="Software",
        priority="Medium",
        completed=completed,
        target=10,
        fixed=10 - left,
        created_at=MADE,
        due_at=due(days),
        changed_at=MADE,
        requester="",
        notes="",
        completed_by="",
        recommended_version="",
    )


def found(*tasks: RemediationTask, allotment: Allotment = USUAL, exempt: str = "") -> dict[str, Workload]:
    """`exempt`: the ids, of a letter each, of the tasks that an exception was approved for."""
    told = standings([Day(TODAY, {each.id: each for each in tasks}, frozenset(exempt))], Bounds())
    return {each.owner.id: each for each in workloads(told, OWNERSHIP, allotment)}


@pytest.mark.parametrize(
    ("groups", "owners"),
    [
        (("Finance",), ["finance"]),
        ((" finance ",), ["finance"]),
        (("Finance servers",), ["finance", "servers"]),
        (("Servers", "Finance"), ["servers", "finance"]),
        (("Kiosks",), ["unowned"]),
        (("Finance", "Kiosks"), ["finance", "unowned"]),
        ((), ["unowned"]),
    ],
)
def test_a_task_belongs_to_each_owner_of_its_groups(groups: tuple[str, ...], owners: list[str]) -> None:
    assert [owner.id for owner in OWNERSHIP.of(task("t", *groups))] == owners


def test_tasks_about_one_product_are_one_item_with_the_first_date_and_the_devices_of_all() -> None:
    one = task("a", "Finance", product="silverlight", days=20)
    other = task("b", "Finance", product="Silverlight ", days=3, left=7)
    ended = task("c", "Finance", product="silverlight", completed=True, left=0)
    [item] = found(one, other, ended)["finance"].ticketed
    assert (item.days_left, item.left, item.target) == (3, 12, 30)
    assert item.recommendation == recommendation_of(other) == "update/silverlight"


def test_what_an_exception_was_approved_for_is_apart_with_its_devices() -> None:
    gone = task("b", "Finance", product="silverlight", completed=True, left=2)
    load = found(task("a", "Finance", product="silverlight", days=-3), gone, task("c", "Finance"), exempt="a")[
        "finance"
    ]
    [item] = load.exempt
    assert (item.days_left, item.left, item.exempt) == (-3, 5, True)
    assert [each.recommendation for each in load.waiting] == ["update/c"]
    assert [each.recommendation for each in load.items] == ["update/c", "update/silverlight"]


def test_of_an_item_only_the_tasks_without_an_exception_are_asked_for() -> None:
    late = task("a", "Finance", product="silverlight", days=-3)
    [item] = found(late, task("b", "Finance", product="silverlight", left=7), exempt="a")["finance"].ticketed
    assert (item.days_left, item.left, item.exempt) == (9, 7, False)


def test_it_is_done_when_every_task_is() -> None:
    ended = task("a", "Finance", product="x", completed=True, left=0)
    load = found(ended)["finance"]
    assert ([item.done for item in load.done], load.waiting) == ([True], ())
    assert found(ended, task("b", "Finance", product="x"))["finance"].done == ()


@pytest.mark.parametrize(("days", "gets_one"), [(-9, True), (30, True), (31, False), (None, False)])
def test_an_item_gets_a_ticket_once_it_is_due_soon(days: int | None, gets_one: bool) -> None:
    load = found(task("a", "Finance", days=days))["finance"]
    assert (len(load.ticketed), len(load.later)) == ((1, 0) if gets_one else (0, 1))


def test_one_that_has_its_ticket_keeps_it_when_its_date_is_put_off() -> None:
    kept = Allotment(open=frozenset({("finance", "update/a")}))
    assert len(found(task("a", "Finance", days=90), allotment=kept)["finance"].ticketed) == 1


def test_an_owner_gets_so_many_new_ones_in_a_run_the_most_urgent_first_and_the_rest_together() -> None:
    tasks = [task(f"p{days}", "Finance", days=days) for days in (9, 2, 5, -1, 7)]
    load = found(*tasks, allotment=Allotment(new_tickets=2, open=frozenset({("finance", "update/p9")})))["finance"]
    assert [item.recommendation for item in load.ticketed] == ["update/p-1", "update/p2", "update/p9"]
    assert [item.recommendation for item in load.digested] == ["update/p5", "update/p7"]


def test_what_nobody_owns_comes_last_and_who_has_nothing_is_left_out() -> None:
    told = list(found(task("a", "Kiosks"), task("b", "Servers")))
    assert told == ["servers", UNOWNED.id]


TASKS = st.lists(
    st.builds(
        task,
        st.text("abc", min_size=1, max_size=2),
        st.sampled_from(["Finance", "Servers", "Finance servers", "Kiosks"]),
        product=st.sampled_from(["", "x", "y"]),
        days=st.none() | st.integers(-5, 60),
        completed=st.booleans(),
    ),
    unique_by=lambda each: each.id,
)


@given(TASKS, st.integers(0, 3))
def test_every_task_is_somewhere_at_each_of_its_owners_once(tasks: list[RemediationTask], most: int) -> None:
    loads = found(*tasks, allotment=Allotment(new_tickets=most))
    for load in loads.values():
        items = [*load.waiting, *load.done]
        theirs = sorted(standing.task.id for item in items for standing in item.standings)
        assert theirs == sorted(each.id for each in tasks if load.owner in OWNERSHIP.of(each))
        assert len(load.ticketed) <= most
    assert {owner.id for each in tasks for owner in OWNERSHIP.of(each)} == set(loads)
