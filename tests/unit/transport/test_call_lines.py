"""The log of calls: one line per exchange, with what an operator needs and nothing that people wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from tests.unit.transport.wire import HOST, Answer, Bench, bench, lost

from watchkeeper.cli.log import start_log
from watchkeeper.settings import LogFormat
from watchkeeper.transport import Redactor

LOGGER = "watchkeeper.transport.adapter"
QUERY = "sysparm_query=short_descriptionLIKEleak"


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("watchkeeper")
    handlers, level = root.handlers[:], ours.level
    yield
    root.handlers[:] = handlers
    ours.setLevel(level)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    own = {"side", "host", "call", "status", "ms", "bytes", "attempt", "error", "after", "seconds"}
    return [
        {"event": each.getMessage(), **{k: v for k, v in vars(each).items() if k in own}} for each in caplog.records
    ]


def test_an_exchange_is_one_line_with_what_went_where_and_how(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    bench().get(f"/api/now/table/incident?{QUERY}")
    assert told(caplog) == [
        {
            "event": "answered",
            "side": "servicenow",
            "host": "acme.service-now.com",
            "call": "GET /api/now/table/incident",
            "status": 200,
            "ms": 0,
            "bytes": 14,
            "attempt": 1,
        }
    ]


def test_a_read_is_a_detail_and_a_write_is_a_step(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    at = bench()
    at.get()
    at.post()
    assert [record.levelname for record in caplog.records] == ["DEBUG", "INFO"]


def test_a_lost_answer_has_a_line_too_without_the_address_that_its_error_quotes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    bench(lost(), Answer(503), Answer()).get(f"/api/now/table/incident?{QUERY}")
    lines = told(caplog)
    assert [line["event"] for line in lines] == [
        "no answer",
        "waiting to try again",
        "answered",
        "waiting to try again",
        "answered",
    ]
    assert [line["attempt"] for line in lines if "attempt" in line] == [1, 2, 3]
    assert lines[0]["error"] == "ConnectionError"
    assert [line["after"] for line in lines if "after" in line] == ["ConnectionError", "503"]


def secrets_and_texts(at: Bench) -> None:
    session = at.session()
    session.get(f"{HOST}/api/now/table/incident?{QUERY}&token=s3cr3t-in-the-query")
    headers = {"Authorization": "Bearer s3cr3t-in-the-header"}
    session.post(f"{HOST}/api/now/table/incident", json={"short_description": "s3cr3t"}, headers=headers)
    session.post(f"{HOST}/oauth_token.do", data={"client_secret": "s3cr3t-in-the-form"})


@pytest.mark.parametrize("form", LogFormat)
def test_neither_secrets_nor_what_people_wrote_are_in_the_log(
    form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    start_log(form, 2, Redactor())
    secrets_and_texts(bench(Answer(body=b'{"result": [{"short_description": "s3cr3t too"}]}')))
    log = capsys.readouterr().err
    assert len(log.splitlines()) == 3
    assert "s3cr3t" not in log
    assert "leak" not in log


@pytest.mark.parametrize("form", LogFormat)
def test_an_address_cannot_forge_a_line_or_a_command(form: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    start_log(form, 2, Redactor())
    bench().get("/api/now/%0A::error::owned%0D%0Awatchkeeper:%20forged%1b[2J%e2%80%a8x")
    (line,) = capsys.readouterr().err.splitlines()
    assert "\x1b" not in line
    assert not line.startswith("::")
    if form is LogFormat.JSON:
        assert json.loads(line)["event"] == "answered"
