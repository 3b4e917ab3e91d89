from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.model.calls import EACH_END, CallRecord, CallSum, Failure, TroubledCall, added, traffic_in
from watchkeeper.model.traffic import Traffic

NOW = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
TROUBLED = TroubledCall(NOW, "sentinel", "PUT", "incidents", 429, Failure.THROTTLED, 1)


def record(count: int, began: int = 0) -> CallRecord:
    """Of so many calls in a row that did not go well, one a second, as a run would keep it."""
    parts = (
        CallRecord(troubled=(replace(TROUBLED, at=NOW + timedelta(seconds=began + each)),)) for each in range(count)
    )
    return sum(parts, start=CallRecord())


def test_sums_of_the_same_kind_are_one() -> None:
    one = CallSum("servicenow", "GET", "incident", 1, 2, 3, 4, 5.0)
    other = CallSum("servicenow", "PATCH", "incident", 1)
    assert added([other, one, one]) == (CallSum("servicenow", "GET", "incident", 2, 4, 6, 8, 10.0), other)


def test_the_traffic_of_a_system_is_the_sum_of_its_kinds() -> None:
    sums = (
        CallSum("servicenow", "GET", "incident", 2, errors=1, waited=0.5),
        CallSum("servicenow", "GET", "task", 3, throttled=1),
        CallSum("servicenow", "TOKEN", "token", 1),
        CallSum("sentinel", "GET", "incidents", 1, retries=1),
    )
    assert traffic_in(CallRecord(sums)) == {
        "servicenow": Traffic({"GET": 5, "TOKEN": 1}, errors=1, throttled=1, waited=0.5),
        "sentinel": Traffic({"GET": 1}, retries=1),
    }


def test_the_first_and_the_last_are_kept_and_the_others_counted() -> None:
    found = record(2 * EACH_END + 30)
    seconds = [(each.at - NOW).seconds for each in found.troubled]
    assert seconds == [*range(EACH_END), *range(EACH_END + 30, 2 * EACH_END + 30)]
    assert found.left_out == 30


@given(st.lists(st.integers(0, 3 * EACH_END), max_size=4))
def test_it_is_the_same_whether_calls_are_added_one_by_one_or_run_by_run(sizes: list[int]) -> None:
    parts = [record(size, sum(sizes[:place])) for place, size in enumerate(sizes)]
    assert sum(parts, start=CallRecord()) == record(sum(sizes))


def test_among_those_of_others_they_say_whose_they_are() -> None:
    found = record(1).of("sync", "run-1").troubled[0]
    assert (found.command, found.run_id) == ("sync", "run-1")
