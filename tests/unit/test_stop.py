from __future__ import annotations

import signal
import threading
from datetime import datetime, timedelta

import pytest

from watchkeeper.clock import ThreadWorkers
from watchkeeper.errors import Deferred, Interrupted
from watchkeeper.model.exit_code import ExitCode, exit_code_of
from watchkeeper.stop import Stop, Stopped


def test_a_signal_ends_what_has_nothing_to_bring_to_an_end() -> None:
    with pytest.raises(Stopped) as stopped:
        Stop().ask(signal.SIGTERM)
    assert stopped.value.number == signal.SIGTERM


def test_where_it_is_put_off_a_first_signal_is_heeded_by_whoever_looks() -> None:
    stop = Stop()
    with stop.put_off():
        stop.check()
        stop.ask(signal.SIGTERM)
        with pytest.raises(Interrupted, match=r"^SIGTERM asked this run to stop; the next run goes on from here$"):
            stop.check()


def test_a_second_signal_does_not_wait() -> None:
    stop = Stop()
    with stop.put_off():
        stop.ask(signal.SIGINT)
        with pytest.raises(Stopped):
            stop.ask(signal.SIGTERM)


def test_within_what_puts_it_off_a_part_can_be_interrupted_all_the_same() -> None:
    stop = Stop()
    with stop.put_off():
        with stop.at_once(), pytest.raises(Stopped):
            stop.ask(signal.SIGTERM)
        with pytest.raises(Stopped), stop.at_once():
            raise AssertionError("the signal came before")


def test_after_what_put_it_off_a_signal_interrupts_again() -> None:
    stop = Stop()
    with stop.put_off():
        pass
    with pytest.raises(Stopped):
        stop.ask(signal.SIGINT)


def test_a_sleeper_wakes_up() -> None:
    stop = Stop()
    with stop.put_off():
        stop.ask(signal.SIGTERM)
    with pytest.raises(Interrupted):
        stop.sleep(3600)


def test_a_sleep_that_nobody_interrupts_ends_in_time() -> None:
    Stop().sleep(0.001)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_exit_code_is_the_one_that_shells_give(number: signal.Signals, code: int) -> None:
    assert exit_code_of(Interrupted("", signal=number)) is ExitCode(code)


def test_an_overdue_stop_ends_the_draining_and_leaves_what_hangs_to_its_thread() -> None:
    stop, begun, finish = Stop(patience=0), threading.Event(), threading.Event()
    done: list[str] = []
    with stop.put_off(), ThreadWorkers({"first": 1, "hung": 1}, stop=stop) as workers:

        def asked(_: None) -> None:
            begun.wait(10)
            stop.ask(signal.SIGTERM)

        def hung() -> str:
            begun.set()
            return str(finish.wait(10))

        workers.submit("hung", hung, done.append)
        workers.submit("hung", lambda: "never begun", done.append)
        workers.submit("first", lambda: None, asked)
        with pytest.raises(Interrupted):
            workers.drain()
    finish.set()
    assert done == []


def test_a_stop_that_is_not_overdue_hears_out_what_is_under_way() -> None:
    stop = Stop()
    done: list[str] = []
    with stop.put_off(), ThreadWorkers({"a": 1}, stop=stop) as workers:
        workers.submit("a", lambda: "under way", done.append)
        stop.ask(signal.SIGTERM)
        workers.drain()
    assert done == ["under way"]


class Hand:
    """A monotonic clock that somebody moves."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_end_of_the_time_interrupts_nothing_and_is_heeded_by_whoever_looks() -> None:
    hand = Hand()
    stop = Stop(monotonic=hand)
    stop.end_within(60)
    hand.seconds += 59
    stop.check()
    assert (stop.is_asked, stop.seconds_left) == (False, 1.0)
    hand.seconds += 1
    with stop.put_off(), stop.at_once():
        assert stop.is_asked
        with pytest.raises(Deferred, match=r"^the run's time is used up; the next run goes on from here$"):
            stop.check()


def test_of_several_ends_the_first_one_holds() -> None:
    stop = Stop(monotonic=Hand())
    for seconds in (60, 20, 40):
        stop.end_within(seconds)
    assert stop.seconds_left == 20


def test_the_time_runs_from_the_beginning_and_not_from_when_its_length_is_known() -> None:
    """Settings are read first, mappings checked, a dead-man switch pinged: whoever set the time waits for that, too."""
    hand = Hand()
    stop = Stop(monotonic=hand)
    hand.seconds += 15
    stop.end_within(60)
    assert stop.seconds_left == 45
    stop.end_within(10)
    assert stop.is_asked


def test_what_is_under_way_at_the_end_of_the_time_has_the_same_patience_as_at_a_signal() -> None:
    hand = Hand()
    stop = Stop(patience=5, monotonic=hand)
    stop.end_within(60)
    hand.seconds += 64
    assert not stop.is_overdue
    hand.seconds += 1
    assert stop.is_overdue


def test_an_end_at_an_instant_is_counted_from_now_and_has_to_come() -> None:
    now = datetime.fromisoformat("2026-11-16T09:00:00+09:00")
    hand = Hand()
    stop = Stop(monotonic=hand)
    assert stop.time_left is None
    with pytest.raises(Deferred, match=r"the deadline 2026-11-16T09:00:00\+09:00 has passed already"):
        stop.end_at(now, now)
    hand.seconds += 15
    stop.end_at(now + timedelta(minutes=1), now)
    assert stop.time_left == timedelta(minutes=1)


def test_without_a_signal_or_an_end_nothing_is_ever_overdue() -> None:
    assert not Stop(patience=0).is_overdue


def test_a_signal_is_told_before_the_end_of_the_time() -> None:
    stop = Stop()
    stop.end_within(0)
    with stop.put_off():
        stop.ask(signal.SIGTERM)
        with pytest.raises(Interrupted):
            stop.check()


def test_a_sleeper_does_not_sleep_past_the_end() -> None:
    stop = Stop()
    stop.end_within(0.01)
    with pytest.raises(Deferred):
        stop.sleep(3600)
