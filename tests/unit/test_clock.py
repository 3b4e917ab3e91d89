from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests
import responses

from watchkeeper.clock import (
    FixedClock,
    SystemClock,
    ThreadWorkers,
    emulator_clock,
    random_id,
    system_monotonic,
    system_sleep,
)
from watchkeeper.errors import AuthFailed, Config, Protocol, Unavailable
from watchkeeper.ports import Workers

MONDAY = datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
URL = "https://localhost:8443"
ENDPOINT = f"{URL}/_emulator/clock"


class Ticks:
    """A monotonic clock that goes on by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


# --- clocks, ids ---


def test_the_system_s_clock_gives_aware_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_fixed_clock_stands_still() -> None:
    clock = FixedClock(MONDAY)
    assert clock.now() == clock.now() == MONDAY


def test_a_ticking_clock_goes_on_from_its_instant() -> None:
    ticks = Ticks()
    clock = FixedClock(MONDAY, ticking=ticks)
    ticks.seconds += 90
    assert clock.now() == MONDAY + timedelta(seconds=90)


def test_a_clock_refuses_a_time_without_a_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 11, 16))  # noqa: DTZ001


def test_the_monotonic_clock_never_steps_back_and_sleeping_takes_time() -> None:
    before = system_monotonic()
    system_sleep(0.0)
    assert system_monotonic() >= before


def test_ids_are_fresh_and_32_hex_digits() -> None:
    ids = {random_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in ids)


# --- the emulated world's clock ---


@responses.activate
def test_the_emulator_is_asked_once_with_the_token_and_then_ticks() -> None:
    responses.get(ENDPOINT, json={"now": "2026-11-16T00:30:00Z", "frozen": False})
    ticks = Ticks()
    clock = emulator_clock(f"{URL}/", "t0ken", monotonic=ticks)
    ticks.seconds += 60
    assert clock.now() == MONDAY + timedelta(minutes=1)
    assert len(responses.calls) == 1
    assert responses.calls[0].request.headers["Authorization"] == "Bearer t0ken"


@responses.activate
def test_a_frozen_world_s_clock_stands_still() -> None:
    responses.get(ENDPOINT, json={"now": "2026-11-16T00:30:00Z", "frozen": True})
    ticks = Ticks()
    clock = emulator_clock(URL, "t", monotonic=ticks)
    ticks.seconds += 60
    assert clock.now() == MONDAY


def test_no_token_is_sent_to_another_machine() -> None:
    with responses.RequestsMock() as nothing, pytest.raises(Config, match="WATCHKEEPER_EMULATOR_URL"):
        emulator_clock("https://emulator.example", "t", monotonic=Ticks())
    assert len(nothing.calls) == 0


@responses.activate
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 401, "json": {}}, AuthFailed),
        ({"status": 500, "body": "oops"}, Protocol),
        ({"status": 302, "headers": {"Location": "https://evil.example"}}, Protocol),
        ({"status": 200, "body": "<html>"}, Protocol),
        ({"status": 200, "json": []}, Protocol),
        ({"status": 200, "json": {"frozen": False}}, Protocol),
        ({"status": 200, "json": {"now": "soon"}}, Protocol),
        ({"status": 200, "json": {"now": "2026-11-16T00:30:00"}}, Protocol),
        ({"body": requests.ConnectionError("refused")}, Unavailable),
    ],
    ids=["refused", "broken", "redirect", "html", "list", "no time", "not a time", "no zone", "nobody there"],
)
def test_an_answer_that_is_no_time_is_an_error_and_never_a_clock(
    answer: dict[str, object], expected: type[Exception]
) -> None:
    responses.get(ENDPOINT, **answer)
    with pytest.raises(expected):
        emulator_clock(URL, "t", monotonic=Ticks())


# --- workers ---


def work(value: int) -> Callable[[], int]:
    return lambda: value


def test_workers_fit_the_port() -> None:
    with ThreadWorkers({"a": 1}) as workers:
        port: Workers = workers
        port.drain()


def test_everything_submitted_is_done_on_the_thread_that_drains() -> None:
    done: list[tuple[int, int]] = []
    with ThreadWorkers({"a": 4, "b": 2}) as workers:
        for number in range(50):
            workers.submit("ab"[number % 2], work(number), lambda result: done.append((result, threading.get_ident())))
        assert done == []
        workers.drain()
    assert sorted(result for result, _ in done) == list(range(50))
    assert {thread for _, thread in done} == {threading.get_ident()}


def test_what_a_done_callback_submits_is_drained_as_well() -> None:
    seen: list[int] = []
    with ThreadWorkers({"a": 1}) as workers:

        def on(result: int) -> None:
            seen.append(result)
            if result:
                workers.submit("a", work(result - 1), on)

        workers.submit("a", work(3), on)
        workers.drain()
    assert seen == [3, 2, 1, 0]


def test_a_side_never_has_more_calls_at_once_than_it_bears() -> None:
    lock, now, most = threading.Lock(), [0], [0]
    both_in = threading.Barrier(2, timeout=10)

    def call() -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        both_in.wait()
        with lock:
            now[0] -= 1

    with ThreadWorkers({"a": 2}) as workers:
        for _ in range(8):
            workers.submit("a", call, lambda _: None)
        workers.drain()
    assert most == [2]


def test_one_side_s_full_pool_does_not_hold_up_the_other() -> None:
    blocked = threading.Event()
    order: list[str] = []
    with ThreadWorkers({"slow": 1, "quick": 1}) as workers:
        workers.submit("slow", lambda: blocked.wait(10), lambda _: order.append("slow"))

        def quick_done(_: None) -> None:
            order.append("quick")
            blocked.set()

        workers.submit("quick", lambda: None, quick_done)
        workers.drain()
    assert order == ["quick", "slow"]


def test_interrupted_it_drops_what_has_not_begun_and_hears_out_what_has() -> None:
    begun, finish = threading.Event(), threading.Event()
    done: list[str] = []
    with ThreadWorkers({"first": 1, "busy": 1}) as workers:

        def interrupted(_: None) -> None:
            begun.wait(10)
            finish.set()
            raise KeyboardInterrupt

        def busy() -> str:
            begun.set()
            finish.wait(10)
            return "under way"

        workers.submit("busy", busy, done.append)
        workers.submit("busy", lambda: "never begun", done.append)
        workers.submit("first", lambda: None, interrupted)
        with pytest.raises(KeyboardInterrupt):
            workers.drain()
        assert done in (["under way"], ["under way", "never begun"])
        workers.drain()
        assert len(done) <= 2


def test_while_stopping_nothing_new_begins() -> None:
    finish = threading.Event()
    done: list[str] = []
    with ThreadWorkers({"first": 1, "busy": 1}) as workers:

        def again(result: str) -> None:
            done.append(result)
            workers.submit("busy", lambda: "too late", done.append)

        def interrupted(_: None) -> None:
            finish.set()
            raise KeyboardInterrupt

        workers.submit("first", lambda: None, interrupted)
        workers.submit("busy", lambda: str(finish.wait(10)), again)
        with pytest.raises(KeyboardInterrupt):
            workers.drain()
    assert done == ["True"]


def test_a_callback_s_error_comes_out_of_drain_after_the_rest_was_heard() -> None:
    done: list[int] = []

    def broken(_: int) -> None:
        raise RuntimeError("the store is full")

    finish = threading.Event()
    with ThreadWorkers({"a": 1, "b": 1}) as workers:
        workers.submit("a", lambda: finish.set() or 1, broken)
        workers.submit("b", lambda: int(finish.wait(10)), done.append)
        with pytest.raises(RuntimeError, match="the store is full"):
            workers.drain()
    assert done == [1]


def test_what_does_not_end_in_time_is_abandoned_and_not_waited_for() -> None:
    begun, finish = threading.Event(), threading.Event()
    done: list[str] = []
    with ThreadWorkers({"first": 1, "hung": 1}, patience=0) as workers:

        def interrupted(_: None) -> None:
            begun.wait(10)
            raise KeyboardInterrupt

        def hung() -> str:
            begun.set()
            return str(finish.wait(10))

        workers.submit("hung", hung, done.append)
        workers.submit("first", lambda: None, interrupted)
        with pytest.raises(KeyboardInterrupt):
            workers.drain()
    finish.set()
    assert done == []
