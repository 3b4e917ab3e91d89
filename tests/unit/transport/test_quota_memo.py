"""Each run is a process of its own: what one has learned by a refusal, the next one keeps to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.transport.wire import NOW, Hands

from watchkeeper.transport import Quota, TransportPolicy
from watchkeeper.transport.calls import Call, Kind
from watchkeeper.transport.pacing import Pacer
from watchkeeper.transport.quota_memo import levels_of, memo_of

PUT = Call("sentinel", "PUT", "management.azure.com", "/incidents/1", Kind.WRITE)
QUOTA = Quota("PUT", "incidents", 3, 30.0)
POLICY = TransportPolicy(quotas=(QUOTA,))


def later(memo: str, hours: float = 0.0, seconds: float = 0.0) -> Pacer:
    pacer = Pacer(POLICY, Hands().monotonic)
    now = NOW + timedelta(hours=hours, seconds=seconds)
    pacer.go_on(levels_of(memo, POLICY.quotas), now)
    return pacer


def memo_of_a_run_that_was_refused() -> str:
    pacer = Pacer(POLICY, Hands().monotonic)
    pacer.wait_needed(PUT)
    pacer.throttled(PUT)
    return memo_of(pacer.levels(NOW))


def test_without_a_refusal_there_is_nothing_to_tell() -> None:
    pacer = Pacer(POLICY, Hands().monotonic)
    pacer.wait_needed(PUT)
    assert memo_of(pacer.levels(NOW)) == ""
    assert later("").wait_needed(PUT) == 0.0


def test_the_next_run_waits_as_the_same_run_would() -> None:
    memo = memo_of_a_run_that_was_refused()
    assert later(memo, seconds=4).wait_needed(PUT) == pytest.approx(6.0)
    after_a_while = later(memo, seconds=25)
    assert [after_a_while.wait_needed(PUT) for _ in range(3)] == pytest.approx([0.0, 0.0, 5.0])


def test_what_was_left_counts_also_in_a_run_that_was_not_refused() -> None:
    second = later(memo_of_a_run_that_was_refused(), seconds=30)
    assert [second.wait_needed(PUT) for _ in range(3)] == [0.0, 0.0, 0.0]
    memo = memo_of(second.levels(NOW + timedelta(seconds=30)))
    assert later(memo, seconds=30).wait_needed(PUT) == pytest.approx(10.0)


def test_a_run_that_makes_no_call_passes_on_what_it_was_told() -> None:
    memo = memo_of_a_run_that_was_refused()
    assert memo_of(later(memo, seconds=5).levels(NOW + timedelta(seconds=5))) == memo


def test_a_day_after_the_last_refusal_the_quota_is_met_anew() -> None:
    second = later(memo_of_a_run_that_was_refused(), hours=24)
    assert [second.wait_needed(PUT) for _ in range(5)] == [0.0] * 5
    assert memo_of(second.levels(NOW + timedelta(hours=24))) == ""


def test_other_hosts_calls_do_not_fill_it_up() -> None:
    pacer = Pacer(POLICY, Hands().monotonic)
    pacer.throttled(PUT)
    second = later(memo_of(pacer.levels(NOW)))
    second.wait_needed(replace(PUT, host="login.microsoftonline.com"))
    assert json.loads(memo_of(second.levels(NOW)))["PUT incidents"][0] == 0.0


@pytest.mark.parametrize("memo", ["{", "[]", '{"PUT incidents": 3}', '{"PUT incidents": [1, "then", "now"]}', "3"])
def test_a_memo_that_cannot_be_read_is_none(memo: str) -> None:
    assert levels_of(memo, POLICY.quotas) == {}
