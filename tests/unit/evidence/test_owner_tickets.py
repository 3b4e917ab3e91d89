"""What the tickets of asset owners say from one day to the next, and when nothing is left to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.evidence.owner_tickets import Past, name_of, owner_tickets
from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.evidence.remediation import Bounds, Day, standings
from watchkeeper.model.evidence import Recommendation, RemediationTask
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.owner_ticket import Fate, OwnerTicket, OwnerTickets

MONDAY = date(2026, 11, 16)
MADE = datetime(2026, 9, 1, 9, tzinfo=UTC)
FINANCE = Owner("finance", "Finance IT", "Finance IT", device_groups=("Finance",))
SERVERS = Owner("servers", "Server operations", "Server operations", device_groups=("Servers",))
OWNERSHIP = Ownership((FINANCE, SERVERS))
EDGE = name_of("finance", "update/microsoft-_-edge")


def task(
    product: str = "microsoft-_-edge",
    *groups: str,
    left: int = 5,
    due: date | None = MONDAY,
    completed_by: str = "",
    target: int = 10,
) -> RemediationTask:
    at = None if due is None else datetime.combine(due, datetime.min.time(), UTC)
    return RemediationTask(
        id=f"{product} {groups}",
        title=f"Update {product}",
        product=product,
        component="",
        groups=groups or ("Finance",),
        kind="update",
        category="software",
        priority="high",
        completed=bool(completed_by),
        target=target,
        fixed=target - left,
        created_at=MADE,
        due_at=at,
        changed_at=MADE,
        requester="",
        notes="",
        completed_by=completed_by,
        recommended_version="",
    )


def exception(id_: str = "va-_-microsoft-_-edge", *, status: str = "exception", title: str = "Edge") -> Recommendation:
    return Recommendation(
        id_, title, "edge", "microsoft", "application", "update", status, 5.0, 1.0, 3, 5, 10, False, False, (), ""
    )  # fmt: skip


def on(
    day: date,
    *tasks: RemediationTask,
    before: OwnerTickets | None = None,
    known: frozenset[str] = frozenset(),
    cap: int = 10,
    exceptions: tuple[Recommendation, ...] = (),
    ownership: Ownership = OWNERSHIP,
) -> OwnerTickets:
    told = standings([Day(day, {each.id: each for each in tasks})], Bounds())
    rules = RemediationRules(new_tickets=cap)
    return owner_tickets(day, told, ownership, exceptions, rules=rules, past=Past(before, known))


def only(found: OwnerTickets) -> OwnerTicket:
    [ticket] = found.tickets
    return ticket


@pytest.mark.parametrize(("days", "gets_one"), [(-9, True), (30, True), (31, False), (None, False)])
def test_a_ticket_is_wanted_once_it_is_due_within_thirty_days(days: int | None, gets_one: bool) -> None:
    due = None if days is None else MONDAY + timedelta(days=days)
    assert bool(on(MONDAY, task(due=due)).tickets) is gets_one


def test_it_says_whose_it_is_what_is_left_and_by_when() -> None:
    ticket = only(on(MONDAY, task(left=4)))
    assert (ticket.name, ticket.owner, ticket.group) == (EDGE, "finance", "Finance IT")
    assert (ticket.fixed, ticket.target, ticket.left, ticket.due) == (6, 10, 4, MONDAY)
    assert (ticket.fate, ticket.spell, ticket.name) == (Fate.WAITING, 1, EDGE)


def test_each_owner_of_a_task_has_a_ticket_of_its_own() -> None:
    found = on(MONDAY, task("edge", "Finance", "Servers", "Kiosks"))
    assert {each.owner for each in found.tickets} == {"finance", "servers", "unowned"}


@pytest.mark.parametrize(
    ("asked", "fate"),
    [
        (task(left=0), Fate.FIXED),
        (task(left=0, completed_by="automatic"), Fate.FIXED),
        (task(left=0, completed_by="liam@example.com"), Fate.FIXED),
        (task(left=2, completed_by="automatic"), Fate.FIXED),
        (task(left=2, completed_by="liam@example.com"), Fate.MARKED),
        (task(left=0, target=0), Fate.WAITING),
        (task(left=0, target=0, completed_by="liam@example.com"), Fate.MARKED),
    ],
)
def test_it_is_done_when_every_device_is_mended_whoever_says_so(asked: RemediationTask, fate: Fate) -> None:
    before = on(MONDAY, task())
    ticket = only(on(MONDAY + timedelta(days=1), asked, before=before))
    assert (ticket.fate, ticket.done) == (fate, fate is Fate.FIXED)


def test_of_two_requests_about_one_product_both_must_be_mended() -> None:
    before = on(MONDAY, task())
    one, other = task(left=0, completed_by="automatic"), replace(task(left=3), id="other")
    assert only(on(MONDAY, one, other, before=before)).fate is Fate.WAITING


@pytest.mark.parametrize(
    ("approved", "fate"),
    [
        (exception(), Fate.EXEMPT),
        (exception(status="Exception"), Fate.EXEMPT),
        (exception("other", title=" update Microsoft-_-Edge "), Fate.EXEMPT),
        (exception(status="active"), Fate.WAITING),
        (exception(status="partialException"), Fate.WAITING),
        (exception("va-_-microsoft-_-edge_beta"), Fate.WAITING),
        (replace(exception(), remediation="uninstall"), Fate.WAITING),
    ],
)
def test_an_exception_for_the_whole_estate_ends_what_it_is_about(approved: Recommendation, fate: Fate) -> None:
    before = on(MONDAY, task())
    assert only(on(MONDAY, task(), before=before, exceptions=(approved,))).fate is fate


@pytest.mark.parametrize(
    ("told", "fate"),
    [((), Fate.EXEMPT), ((exception("va-_-java"),), Fate.EXEMPT), ((exception(status="active"),), Fate.WAITING)],
)
def test_an_exception_ends_when_the_recommendation_is_listed_without_it(
    told: tuple[Recommendation, ...], fate: Fate
) -> None:
    excepted = on(MONDAY, task(), before=on(MONDAY, task()), exceptions=(exception(),))
    ticket = only(on(MONDAY + timedelta(days=1), task(), before=excepted, exceptions=told))
    assert (ticket.fate, ticket.spell) == (fate, 2 if fate is Fate.WAITING else 1)


def test_nothing_is_opened_for_what_is_done_or_excepted_already() -> None:
    assert on(MONDAY, task(left=0)).tickets == ()
    assert on(MONDAY, task(left=3, completed_by="liam@example.com")).tickets == ()
    assert on(MONDAY, task(), exceptions=(exception(),)).tickets == ()


def test_what_comes_back_is_another_spell_also_when_it_is_not_due() -> None:
    ended = on(MONDAY, task(left=0), before=on(MONDAY, task()))
    later = MONDAY + timedelta(days=3)
    back = only(on(later, task(due=MONDAY + timedelta(days=90)), before=ended))
    assert (back.spell, back.since, back.name) == (2, later, EDGE)
    again = only(on(later, task(), before=OwnerTickets((back,))))
    assert (again.spell, again.since) == (2, later)


def test_marking_it_as_completed_and_taking_that_back_is_no_other_spell() -> None:
    marked = on(MONDAY, task(left=5, completed_by="liam@example.com"), before=on(MONDAY, task()))
    assert only(marked).marked_by == "liam@example.com"
    assert only(on(MONDAY, task(), before=marked)).spell == 1


def test_a_task_that_is_gone_is_not_proven_done() -> None:
    gone = only(on(MONDAY + timedelta(days=1), before=on(MONDAY, task())))
    assert (gone.fate, gone.done, gone.listed) == (Fate.WITHDRAWN, False, MONDAY)
    later = on(MONDAY + timedelta(days=2), before=OwnerTickets((gone,)), known=frozenset({EDGE}))
    assert only(later).fate is Fate.WITHDRAWN
    assert on(MONDAY + timedelta(days=2), before=OwnerTickets((gone,))).tickets == ()


def test_what_was_done_stays_done_while_its_ticket_is_open_although_the_source_forgets_it() -> None:
    done = on(MONDAY, task(left=0), before=on(MONDAY, task()))
    assert only(on(MONDAY, before=done, known=frozenset({EDGE}))).fate is Fate.FIXED
    assert on(MONDAY, before=done).tickets == ()


def test_devices_that_others_own_now_leave_the_old_ticket_and_open_theirs() -> None:
    moved = Ownership((Owner("finance", "Finance IT"), replace(SERVERS, device_groups=("Finance",))))
    found = on(MONDAY, task(), before=on(MONDAY, task()), ownership=moved)
    assert {each.owner: each.fate for each in found.tickets} == {"finance": Fate.MOVED, "servers": Fate.WAITING}


def test_more_than_an_owner_gets_in_a_day_is_told_and_comes_the_day_after() -> None:
    asked = [task(f"p{number}", due=MONDAY + timedelta(days=number)) for number in range(5)]
    first = on(MONDAY, *asked, cap=2)
    assert [each.title for each in first.tickets] == ["Update p0", "Update p1"]
    assert [each.title for each in first.digest] == ["Update p2", "Update p3", "Update p4"]
    second = on(MONDAY, *asked, cap=2, before=first)
    assert (len(second.tickets), [each.title for each in second.digest]) == (4, ["Update p4"])


def test_tickets_that_are_known_to_be_open_count_for_nothing_when_all_else_is_forgotten() -> None:
    asked = [task(f"p{number}") for number in range(4)]
    known = frozenset(name_of("finance", f"update/p{number}") for number in range(3))
    found = on(MONDAY, *asked, cap=1, known=known)
    assert (len(found.tickets), found.digest) == (4, ())


_TASKS = st.builds(
    task,
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from(["Finance", "Servers", "Kiosks"]),
    left=st.integers(0, 10),
    due=st.none() | st.integers(-5, 60).map(lambda days: MONDAY + timedelta(days=days)),
    completed_by=st.sampled_from(["", "", "automatic", "liam@example.com"]),
)


@given(st.lists(st.lists(_TASKS, max_size=6), min_size=1, max_size=6), st.integers(0, 3))
def test_whatever_happens_a_name_has_one_ticket_and_none_is_told_beside_its_ticket(
    days: list[list[RemediationTask]], cap: int
) -> None:
    before, spells = None, dict[str, int]()
    for number, asked in enumerate(days):
        found = on(MONDAY + timedelta(days=number), *asked, before=before, cap=cap)
        names = [each.name for each in found.tickets]
        assert len(set(names)) == len(names)
        assert set(names).isdisjoint(name_of(each.owner, each.recommendation) for each in found.digest)
        fresh = [each for each in found.tickets if before is None or each.name not in before.by_name]
        assert all(each.fate is Fate.WAITING and each.spell == 1 for each in fresh)
        assert max((sum(each.owner == one.owner for each in fresh) for one in fresh), default=0) <= cap
        for each in found.tickets:
            assert each.spell >= spells.get(each.name, 1) or each in fresh
        spells = {each.name: each.spell for each in found.tickets}
        before = found


@given(st.lists(_TASKS, max_size=8))
def test_the_order_in_which_the_source_lists_tasks_makes_no_difference(asked: list[RemediationTask]) -> None:
    asked = list({each.id: each for each in asked}.values())
    assert on(MONDAY, *asked) == on(MONDAY, *reversed(asked))


def test_where_no_tickets_are_wanted_nothing_waits_for_one() -> None:
    tasks = [task(name) for name in ("a", "b")]
    assert [len(on(MONDAY, *tasks, cap=cap).digest) for cap in (1, 0)] == [1, 0]
    assert on(MONDAY, *tasks, cap=0).tickets == ()


def test_a_ticket_names_its_owner_s_groups_alone_and_whether_others_were_asked() -> None:
    found = on(MONDAY, task("a", "Finance", " SERVERS ", "Kiosks"), task("b", "Finance"))
    told = {(each.owner, each.recommendation): (each.device_groups, each.shared) for each in found.tickets}
    assert told == {
        ("finance", "update/a"): (("Finance",), True),
        ("servers", "update/a"): ((" SERVERS ",), True),
        ("unowned", "update/a"): (("Kiosks",), True),
        ("finance", "update/b"): (("Finance",), False),
    }
