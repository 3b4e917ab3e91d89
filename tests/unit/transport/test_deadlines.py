"""A call's time holds for everything that a call waits for, and a run's time for every call."""

from __future__ import annotations

import itertools
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import requests
from requests.exceptions import ReadTimeout
from tests.unit.transport.peer import BODY, JSON, head, served, session
from tests.unit.transport.wire import HOST, NOW, Answer, Hands, Wire, bench, timed_out

from watchkeeper.errors import Deferred, Unavailable
from watchkeeper.transport import Transport, TransportPolicy
from watchkeeper.transport.sockets import SocketAdapter, patience


class Dripping(Hands):
    """A monotonic clock on which every look takes a second."""

    def monotonic(self) -> float:
        self.seconds += 1.0
        return self.seconds


def test_a_head_that_never_ends_is_left_when_the_time_is_over() -> None:
    with served(b"HTTP/1.1 200 OK\r\nX-Filler: ", endless=itertools.repeat(b"a")) as url, pytest.raises(ReadTimeout):
        session(Dripping(NOW), total_timeout=8.0).get(url)


def test_a_status_line_that_never_ends_is_left_too() -> None:
    with served(b"HTTP/1.1 200 ", endless=itertools.repeat(b"O")) as url, pytest.raises(ReadTimeout):
        session(Dripping(NOW), total_timeout=8.0).get(url)


def test_a_body_that_drips_in_ends_with_the_total_time() -> None:
    lines = head(b"Content-Length: 1000000000")
    with served(lines, endless=itertools.repeat(b" ")) as url, pytest.raises(ReadTimeout):
        session(Dripping(NOW), total_timeout=8.0).get(url)


def test_chunks_without_end_are_left_as_well() -> None:
    lines = head(b"Transfer-Encoding: chunked")
    with served(lines, endless=itertools.repeat(b"1\r\n \r\n")) as url, pytest.raises(ReadTimeout):
        session(Dripping(NOW), total_timeout=8.0).get(url)


def test_a_silent_peer_is_waited_for_no_longer_than_the_call_may_take() -> None:
    at = bench(total_timeout=5.0, read_timeout=60.0, connect_timeout=10.0)
    at.get()
    assert at.wire.options[0]["timeout"] == (5.0, 5.0)


def test_the_time_of_the_run_bounds_connecting_and_reading() -> None:
    at = bench(run_time=timedelta(seconds=3))
    at.hands.pass_time(1.0)
    at.get()
    assert at.wire.options[0]["timeout"] == (2.0, 2.0)


def test_a_call_with_all_its_attempts_has_an_end() -> None:
    at = bench(Answer(500), attempts=1000, call_time=60.0)
    assert at.get().status_code == 500
    assert sum(at.hands.slept) < 60.0
    assert 3 < len(at.wire.sent) < 1000


def test_a_later_attempt_gets_what_the_earlier_ones_left() -> None:
    at = bench(Answer(503, headers={"Retry-After": "50"}), Answer(), call_time=60.0)
    at.get()
    assert [options["timeout"] for options in at.wire.options] == [(10.0, 60.0), (10.0, 10.0)]


class Silent(Wire):
    """A peer that lets every call wait until it gives up."""

    def __init__(self, hands: Hands) -> None:
        super().__init__([timed_out()])
        self.hands = hands

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:
        self.hands.pass_time(kwargs["timeout"][1])
        return super().send(*args, **kwargs)


def silent(hands: Hands, **policy: Any) -> requests.Session:
    return Transport(
        TransportPolicy(writes_allowed=True, **policy),
        clock=hands,
        monotonic=hands.monotonic,
        sleep=hands.sleep,
        random=Random(1),
        adapter_factory=lambda side: Silent(hands),
    ).session("servicenow")


def test_a_read_that_the_runs_end_cuts_short_is_deferred_and_not_the_remotes_fault() -> None:
    with pytest.raises(Deferred, match="servicenow: the run's time is used up before GET /"):
        silent(Hands(), run_time=timedelta(seconds=3)).get(HOST)


def test_a_read_that_times_out_while_the_run_has_time_is_the_remotes_fault() -> None:
    with pytest.raises(ReadTimeout):
        silent(Hands(), run_time=timedelta(seconds=300), attempts=1).get(HOST)


@pytest.mark.parametrize("seconds", range(1, 20))
def test_wherever_the_runs_time_ends_on_the_way_to_an_answer_it_is_deferred(seconds: int) -> None:
    """Before the call's turn, between that and its sending, or while nothing is answered."""
    with pytest.raises(Deferred, match="the run's time is used up before GET /"):
        silent(Dripping(NOW), run_time=timedelta(seconds=seconds)).get(HOST)


def test_a_write_that_the_runs_end_cuts_short_may_have_happened() -> None:
    with pytest.raises(ReadTimeout):
        silent(Hands(), run_time=timedelta(seconds=3)).post(HOST)


@pytest.mark.parametrize(("left", "patience"), [(2.0, 6.0), (1.0, 5.0)])
def test_a_write_that_is_sent_in_time_is_listened_to_a_little_longer(left: float, patience: float) -> None:
    at = bench(run_time=timedelta(seconds=3), write_grace=4.0)
    at.hands.pass_time(3.0 - left)
    at.get()
    at.post()
    assert [options["timeout"] for options in at.wire.options] == [(left, left), (patience, patience)]


def test_a_write_is_not_begun_in_that_time() -> None:
    at = bench(run_time=timedelta(seconds=3), write_grace=4.0)
    at.hands.pass_time(3.0)
    with pytest.raises(Deferred):
        at.post()
    assert at.wire.sent == []


class Oversleeping(Hands):
    """A machine that was suspended while we slept."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + 1000.0)


def test_a_call_whose_time_is_over_when_its_turn_comes_is_not_sent() -> None:
    hands, wire = Oversleeping(), Wire([Answer(429, headers={"Retry-After": "7"}), Answer()])
    transport = Transport(
        TransportPolicy(writes_allowed=True),
        clock=hands,
        monotonic=hands.monotonic,
        sleep=hands.sleep,
        random=Random(1),
        adapter_factory=lambda side: wire,
    )
    with pytest.raises(Unavailable, match="was not sent in time"):
        transport.session("servicenow").post(HOST)
    assert len(wire.sent) == 1


def test_without_a_call_around_it_a_connection_waits_as_long_as_it_is_told() -> None:
    with served(head(b"Content-Length: %d" % len(BODY)), BODY) as url, requests.Session() as bare:
        bare.trust_env = False
        bare.mount("http://", SocketAdapter(places=1))
        assert bare.get(url, timeout=10).content == BODY


def test_patience_ends_with_its_block() -> None:
    with served(head(b"Content-Length: %d" % len(BODY)), BODY) as url:
        with patience(lambda: 0.0):
            pass
        assert session(Hands()).get(url).headers["Content-Type"] in JSON.decode()
