from __future__ import annotations

import signal
import threading

import pytest

from watchkeeper.clock import ThreadWorkers
from watchkeeper.errors import Interrupted
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
