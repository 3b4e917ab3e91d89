"""The host of scripts answers as static web hosts do."""

from __future__ import annotations

import gzip
from hashlib import sha256
from typing import Any

import pytest

from watchkeeper.emulators.clock import WorldClock
from watchkeeper.emulators.evidence import Scripts
from watchkeeper.emulators.exchange import Request, Response

SCRIPT = "/approved/scripts/collect-triage.ps1"


@pytest.fixture
def host() -> Scripts:
    return Scripts(WorldClock(frozen=True), quotas=True)


def get(host: Scripts, path: str = SCRIPT, method: str = "GET", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return host.handle(Request(method, "scripts.emulator", path, "", named))


def seed(host: Scripts, **command: Any) -> None:
    host.seed({"system": "scripts", **command})


def test_a_file_says_what_it_is_and_when_it_changed(host: Scripts) -> None:
    answer = get(host)
    assert answer.status == 200
    assert answer.headers["ETag"] == f'"{sha256(answer.body).hexdigest()}"'
    assert answer.headers["Last-Modified"].endswith(" GMT")
    assert b"\r\n" in answer.body


def test_its_head_comes_without_a_body(host: Scripts) -> None:
    assert (get(host, method="HEAD").body, get(host, method="HEAD").headers) == (b"", get(host).headers)


def test_it_is_packed_where_that_is_taken_and_otherwise_only_when_told_to(host: Scripts) -> None:
    plain = get(host).body
    assert gzip.decompress(get(host, accept_encoding="gzip, br").body) == plain
    assert get(host, accept_encoding="identity").body == plain
    seed(host, options={"gzip": "always"})
    assert get(host, accept_encoding="identity").headers["Content-Encoding"] == "gzip"


def test_what_is_not_there_is_404_and_nothing_is_written(host: Scripts) -> None:
    assert (get(host, "/approved").status, get(host, "/approved/gone.ps1").body) == (404, b"404: Not Found")
    assert get(host, method="PUT").status == 405


def test_the_latest_address_leads_to_where_the_file_is(host: Scripts) -> None:
    answer = get(host, "/approved/latest/collect-triage.ps1")
    assert (answer.status, answer.headers["Location"]) == (302, "../scripts/collect-triage.ps1")


def test_calls_beyond_the_limit_are_429_with_the_seconds_to_wait(host: Scripts) -> None:
    seed(host, options={"calls_a_minute": 2})
    answers = [get(host) for _ in range(3)]
    assert [each.status for each in answers] == [200, 200, 429]
    assert answers[2].headers["Retry-After"] == "60"


def test_seeds_put_files_there_and_a_reset_takes_them_away(host: Scripts) -> None:
    seed(host, add={"files": [{"path": "/approved/new.csv", "text": "a,b\n"}]}, options={"padding": 3})
    assert get(host, "/approved/new.csv").body == b"a,b\n\n\n\n"
    host.reset()
    assert get(host, "/approved/new.csv").status == 404
    assert not get(host).body.endswith(b"\n\n")
