from __future__ import annotations

from collections.abc import Callable

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.request_log import RequestLog


def test_an_entry_tells_what_was_asked_and_answered(request_for: Callable[..., Request]) -> None:
    log = RequestLog()
    asked = request_for("/a", "POST", "x=1", b"12345", user_agent="tester/1")
    entry = log.arrived("servicenow", asked, FIRST_MONDAY)
    log.answered(entry, Response(201, b"123"))
    assert [each.as_json() for each in log.entries()] == [
        {
            "at": "2026-11-16T00:30:00Z",
            "system": "servicenow",
            "method": "POST",
            "path": "/a",
            "query": "x=1",
            "status": 201,
            "bytes_in": 5,
            "bytes_out": 3,
            "client": "tester/1",
            "items": [],
        }
    ]


def test_a_request_under_way_has_no_status_and_a_dropped_one_has_zero(request_for: Callable[..., Request]) -> None:
    log = RequestLog()
    entry = log.arrived("arm", request_for(), FIRST_MONDAY)
    assert log.entries()[0].status is None
    log.answered(entry, Response(200, b"lost", drop=True))
    assert (log.entries()[0].status, log.entries()[0].bytes_out) == (0, 0)


def test_entries_can_be_read_from_an_index_on(request_for: Callable[..., Request]) -> None:
    log = RequestLog()
    for number in range(5):
        log.arrived("arm", request_for(f"/{number}"), FIRST_MONDAY)
    assert [entry.path for entry in log.entries(since=3)] == ["/3", "/4"]
    assert log.entries(since=9) == []
    log.clear()
    assert log.entries() == []


def test_neither_bodies_nor_credentials_are_kept(request_for: Callable[..., Request]) -> None:
    log = RequestLog()
    log.arrived(
        "entra", request_for("/token", "POST", body=b"client_secret=hush", authorization="Bearer hush"), FIRST_MONDAY
    )
    assert "hush" not in repr(log.entries())
