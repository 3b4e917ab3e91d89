from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.catalog.make import catalog, keys, schedule, task, utc

from watchkeeper.catalog.decisions import due
from watchkeeper.catalog.model import Catalog, CatchUp, FanOut, Overlap, Roll
from watchkeeper.catalog.occurrences import expand
from watchkeeper.catalog.recurrence import Window
from watchkeeper.model.occurrence import Decided, Decision

ALL = ("tokyo", "dublin", "seattle")
WEEKLY = schedule("FREQ=WEEKLY;BYDAY=MO,TH", roll=Roll.FOLLOWING)
START = utc(2026, 4, 20)


@st.composite
def houses(draw: st.DrawFn) -> Catalog:
    catch_up, overlap = draw(st.sampled_from(CatchUp)), draw(st.sampled_from(Overlap))
    if overlap is Overlap.FORBID and catch_up is CatchUp.ALL:
        catch_up = CatchUp.LATEST
    changes = {"catch_up": catch_up, "overlap": overlap, "deadline": timedelta(days=draw(st.integers(0, 6)))}
    return catalog(
        task("daily", schedule(roll=Roll.SKIP), teams=ALL, **changes),
        task("weekly", WEEKLY, teams=ALL, lead=timedelta(days=2), **changes),
        task("shared", schedule(), teams=ALL, fan_out=FanOut.SINGLE, lead=timedelta(hours=41), **changes),
    )


runs = st.lists(
    st.tuples(st.timedeltas(timedelta(minutes=5), timedelta(days=9)), st.randoms()), min_size=1, max_size=12
)
"""Pauses between runs (a scheduler that is late, or down), and a die with which people close tickets."""


def history(house: Catalog, polls: list[tuple[timedelta, object]]) -> tuple[list[Decided], datetime]:
    """What is decided over the runs, while people close some of the open tickets in between."""
    rows: list[Decided] = []
    known: set[str] = set()
    open_keys: set[str] = set()
    now = START
    for pause, die in polls:
        found = due(house, now, known, open_keys)
        rows += found
        known.update(keys(found))
        open_keys.update(keys(found, Decision.CREATE))
        open_keys -= {key for key in sorted(open_keys) if die.random() < 0.5}  # type: ignore[attr-defined]
        now += pause
    found = due(house, now, known, open_keys)
    return [*rows, *found], now


@tried(60)
@given(houses(), runs)
def test_each_occurrence_is_decided_exactly_once_and_none_is_forgotten(
    house: Catalog, polls: list[tuple[timedelta, object]]
) -> None:
    rows, now = history(house, polls)
    decided = Counter(keys(rows))
    assert set(decided.values()) <= {1}
    remembered = {row.occurrence.key.rpartition("@")[0] for row in rows if row.decided_at == START}
    for one in expand(house, Window(START, now)):
        # Its time is over: nothing waits for ever, whatever is still open.
        assert decided[one.key] == 1 or one.key.rpartition("@")[0] not in remembered, one.key


@tried(60)
@given(houses(), runs)
def test_a_forbidding_task_never_opens_a_ticket_while_an_overdue_one_is_open(
    house: Catalog, polls: list[tuple[timedelta, object]]
) -> None:
    known: set[str] = set()
    due_of = {
        one.key: one.due for one in expand(house, Window(START - timedelta(days=90), START + timedelta(days=200)))
    }
    open_keys: set[str] = set()
    now = START
    for pause, die in polls:
        found = due(house, now, known, open_keys)
        for row in found:
            task_of = house.tasks[row.occurrence.task]
            pair = row.occurrence.key.rpartition("@")[0]
            overdue = {key for key in open_keys if key.startswith(f"{pair}@") and due_of[key] < now}
            assert not (task_of.overlap is Overlap.FORBID and row.decision is Decision.CREATE and overdue)
        known.update(keys(found))
        open_keys.update(keys(found, Decision.CREATE))
        open_keys -= {key for key in sorted(open_keys) if die.random() < 0.3}  # type: ignore[attr-defined]
        now += pause


@tried(60)
@given(houses(), runs)
def test_lines_go_to_tickets_that_are_open_or_being_opened(
    house: Catalog, polls: list[tuple[timedelta, object]]
) -> None:
    rows, _ = history(house, polls)
    created = set(keys(rows, Decision.CREATE))
    for row in rows:
        assert row.reason
        assert set(row.related) <= created
        assert row.occurrence.key not in row.related


@tried(40)
@given(houses(), st.timedeltas(timedelta(), timedelta(days=30)), st.randoms())
def test_the_order_of_known_and_open_keys_does_not_matter(house: Catalog, pause: timedelta, die: object) -> None:
    first = keys(due(house, START, (), ()))
    shuffled = list(first)
    die.shuffle(shuffled)  # type: ignore[attr-defined]
    now = START + pause
    assert due(house, now, first, first) == due(house, now, set(shuffled), tuple(shuffled))
