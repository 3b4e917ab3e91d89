"""The way to what is neither of the two systems."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
import requests
from tests.receiver import receiving

from watchkeeper.transport import in_time, outside_session, patient_session


def test_a_private_authority_is_trusted_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    with receiving(tmp_path) as receiver:
        assert patient_session(ca_file=str(receiver.ca_file)).get(receiver.url).status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            patient_session().get(receiver.url)


@pytest.mark.parametrize("opened", [outside_session, patient_session])
def test_the_way_is_our_proxy_and_the_environment_has_no_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: type[requests.Session]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.evil.example:3128")
    with receiving(tmp_path, tls=False) as proxy:
        opened(proxy.url).get("http://switch.invalid/x")  # type: ignore[call-arg]
        opened().get(f"{proxy.url}/direct")
    assert [each.path for each in proxy.heard] == ["http://switch.invalid/x", "/direct"]
    assert proxy.heard[0].headers["user-agent"].startswith("watchkeeper/")


def test_what_does_not_end_is_left_behind() -> None:
    gate = threading.Event()
    assert not in_time(gate.wait, 0.01)
    gate.set()
    assert in_time(gate.wait, 10)


def test_what_fails_on_its_own_thread_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("https://hc-ping.com/secret")

    assert in_time(fail, 10)
    (record,) = caplog.records
    assert (record.levelno, vars(record)["why"]) == (logging.WARNING, "ValueError")
    assert "secret" not in caplog.text
