"""Pings of a dead-man switch: which ones a run sends, and what becomes of those that do not arrive."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.receiver import Receiver, receiving
from tests.unit.transport.peer import served
from tests.unit.transport.wire import Hands

from watchkeeper.transport import Secret, patient_session
from watchkeeper.vitals import Finish, Heartbeat
from watchkeeper.vitals.heartbeat import LARGEST_BODY, ping_address

UUID = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278"
RUN = "0123456789abcdef0123456789abcdef"
RID = "rid=01234567-89ab-cdef-0123-456789abcdef"


def finish(code: int, sentence: str = "3 writes done.") -> Finish:
    return Finish("sync", "production", code, datetime(2026, 11, 23, 9, 0, tzinfo=UTC), 12.5, sentence)


class Patient:
    """A heartbeat whose waits between tries are only counted."""

    def __init__(self, url: str, ca_file: Path | None = None, proxy: str | None = None) -> None:
        self.hands = Hands()
        session = patient_session(proxy, None if ca_file is None else str(ca_file))
        self.hurried = False
        hands = self.hands
        self.heartbeat = Heartbeat(Secret(url), session, RUN, hands.monotonic, hands.sleep, lambda: self.hurried)


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def heartbeat(switch: Receiver) -> Heartbeat:
    return Patient(f"{switch.url}/{UUID}", switch.ca_file).heartbeat


@pytest.mark.parametrize(
    ("address", "signal", "pinged"),
    [
        (f"https://hc-ping.com/{UUID}", "", f"https://hc-ping.com/{UUID}?{RID}"),
        (f"https://hc-ping.com/{UUID}", "start", f"https://hc-ping.com/{UUID}/start?{RID}"),
        (f"https://hc-ping.com/{UUID}/", "7", f"https://hc-ping.com/{UUID}/7?{RID}"),
        ("https://hc-ping.com/key/soc-sync?create=1", "log", f"https://hc-ping.com/key/soc-sync/log?create=1&{RID}"),
        ("https://monitor.example:8443/ping/x", "", f"https://monitor.example:8443/ping/x?{RID}"),
    ],
)
def test_a_signal_stands_behind_the_path_and_the_run_in_the_query(address: str, signal: str, pinged: str) -> None:
    assert ping_address(address, signal, RUN) == pinged


@pytest.mark.parametrize(
    ("codes", "path"),
    [
        ((0, 6, 8), f"/{UUID}"),
        ((75, 130, 141, 143), f"/{UUID}/log"),
        *(((code,), f"/{UUID}/{code}") for code in (1, 2, 3, 4, 5, 7, 9)),
    ],
)
def test_green_and_a_breach_found_are_success_red_is_failure_amber_is_neither(
    switch: Receiver, heartbeat: Heartbeat, codes: tuple[int, ...], path: str
) -> None:
    for code in codes:
        heartbeat.ended(finish(code))
    assert switch.paths == [path] * len(codes)


def test_a_run_says_when_it_begins_and_how_it_ended_in_one_sentence(switch: Receiver, heartbeat: Heartbeat) -> None:
    heartbeat.begun()
    heartbeat.ended(finish(4))
    began, ended = switch.heard
    assert (began.method, began.path, began.body) == ("POST", f"/{UUID}/start?{RID}", b"")
    assert (ended.path, ended.text) == (
        f"/{UUID}/4?{RID}",
        "3 writes done.\nsync of production, exit code 4\n",
    )
    assert ended.headers["content-type"] == "text/plain; charset=utf-8"
    assert ended.headers["user-agent"].startswith("watchkeeper/")


def test_a_sentence_is_cut_where_the_switch_would_cut_it_between_two_characters(
    switch: Receiver, heartbeat: Heartbeat
) -> None:
    heartbeat.ended(finish(0, "終" * LARGEST_BODY))
    (heard,) = switch.heard
    assert LARGEST_BODY - 3 < len(heard.body) <= LARGEST_BODY
    assert set(heard.text) == {"終"}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_ping_that_may_arrive_the_next_time_is_tried_again(
    switch: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    switch.answers += [status, status]
    patient = Patient(f"{switch.url}/{UUID}", switch.ca_file)
    patient.heartbeat.ended(finish(0))
    assert switch.paths == [f"/{UUID}"] * 3
    assert patient.hands.slept == [0.5, 1.0]
    assert caplog.records == []


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (302, 1), (500, 3)])
def test_one_that_never_arrives_is_a_line_in_the_log_and_no_error(
    switch: Receiver, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture, status: int, tries: int
) -> None:
    switch.answers += [status] * 3
    heartbeat.ended(finish(7))
    assert switch.paths == [f"/{UUID}/7"] * tries
    (record,) = caplog.records
    assert (record.levelno, record.getMessage()) == (logging.WARNING, "a heartbeat did not arrive")
    assert (vars(record)["ping"], vars(record)["why"]) == ("7", str(status))


@pytest.mark.parametrize(
    ("says", "why", "tries"), [(b"OK (not found)", "not found", 1), (b"OK (rate limited)\n", "rate limited", 3)]
)
def test_an_ok_that_is_none_is_a_ping_that_did_not_arrive(
    switch: Receiver, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture, says: bytes, why: str, tries: int
) -> None:
    """What a check with a mistyped UUID answers: nobody would ever notice its silence."""
    switch.says = says
    heartbeat.ended(finish(0))
    assert len(switch.heard) == tries
    assert [vars(record)["why"] for record in caplog.records] == [why]


@pytest.mark.parametrize("says", [b"", b"OK (duplicate)", b"thanks " * 1000, b"\xff\xfe"])
def test_any_other_answer_is_one(
    switch: Receiver, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture, says: bytes
) -> None:
    switch.says = says
    heartbeat.ended(finish(0))
    assert (len(switch.heard), caplog.records) == (1, [])


def test_work_does_not_wait_for_a_switch_that_is_down(switch: Receiver, heartbeat: Heartbeat) -> None:
    switch.answers += [503]
    heartbeat.begun()
    assert switch.paths == [f"/{UUID}/start"]


@pytest.mark.parametrize("code", [0, 4, 75, 130])
def test_who_was_asked_to_stop_or_is_out_of_time_does_not_try_again(switch: Receiver, code: int) -> None:
    switch.answers += [503]
    patient = Patient(f"{switch.url}/{UUID}", switch.ca_file)
    patient.hurried = True
    patient.heartbeat.ended(finish(code))
    assert (len(switch.heard), patient.hands.slept) == (1, [])


def test_a_ping_has_its_time_however_long_a_name_server_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing ends the search for an address; and a host may have several, each of which may swallow what is sent there."""
    found = threading.Event()

    def silent(*_: object, **__: object) -> list[object]:
        found.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    monkeypatch.setattr("watchkeeper.vitals.heartbeat.PING_SECONDS", 0.05)
    patient = Patient(f"https://switch.invalid/{UUID}")
    patient.heartbeat.begun()
    patient.heartbeat.ended(finish(0))
    found.set()
    assert [(vars(record)["ping"], vars(record)["why"]) for record in caplog.records] == [
        ("start", "no answer in time"),
        ("success", "no answer in time"),
    ]
    assert patient.hands.slept == [0.5, 1.0]


def test_nobody_at_home_a_stranger_and_an_answer_that_drips_in_are_lost_pings(
    tmp_path: Path, switch: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    Patient(f"http://127.0.0.1:{port}/{UUID}").heartbeat.begun()
    Patient(f"{switch.url}/{UUID}").heartbeat.begun()
    dripping = Patient("")
    with served(b"HTTP/1.1 200 OK\r\n", endless=itertools.repeat(b"X: y\r\n")) as url:
        ticking = itertools.count(step=1.0)
        session = dripping.heartbeat.session
        drops = Heartbeat(
            Secret(url + UUID), session, RUN, lambda: float(next(ticking)), dripping.hands.sleep, lambda: False
        )
        drops.begun()
    assert [vars(record)["ping"] for record in caplog.records] == ["start"] * 3
    assert [vars(record)["why"] for record in caplog.records][:2] == ["ConnectionError", "SSLError"]
    assert switch.heard == []
    assert UUID not in caplog.text


def test_the_way_there_is_our_proxy_and_no_one_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.evil.example:3128")
    with receiving(tmp_path, tls=False) as proxy:
        Patient(f"http://switch.invalid/{UUID}", proxy=proxy.url).heartbeat.begun()
    assert proxy.heard[0].path == f"http://switch.invalid/{UUID}/start?{RID}"
