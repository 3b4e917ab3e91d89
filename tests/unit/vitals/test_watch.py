"""Who is told how a scheduled command ends, and what becomes of it when they cannot be."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.receiver import receiving

from watchkeeper.cli.console import console, new_console
from watchkeeper.cli.watch import begin_watch
from watchkeeper.settings import LogFormat

Given = Callable[..., None]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Settings of a command that begins."""

    def give(**environ: str) -> None:
        monkeypatch.setattr(os, "environ", environ)
        new_console(LogFormat.TEXT, ())

    return give


def test_where_nobody_wants_to_know_nobody_is_told(given: Given) -> None:
    given()
    watch = begin_watch("sync")
    assert watch.tellers == ()
    assert console().watch is watch
    watch.end(0, "sync ended with 0")


def test_one_who_cannot_be_told_does_not_keep_the_others_from_it(
    given: Given, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The libraries of the extra `otel` are not installed, and a file stands where metrics are to be put."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.metric_exporter", None)
    monkeypatch.delitem(sys.modules, "watchkeeper.vitals.otlp", raising=False)
    (tmp_path / "file").touch()
    given(
        WATCHKEEPER_METRICS_FOLDER=str(tmp_path / "file"),
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="http://127.0.0.1:1/v1/metrics",
    )
    begin_watch("audit").end(5, "audit ended with 5")
    folder, collector = (record.getMessage() for record in caplog.records)
    assert folder == "it could not be told how the run went"
    assert "pip install 'watchkeeper[otel]'" in collector


def test_a_failure_is_told_although_other_settings_are_invalid(given: Given, tmp_path: Path) -> None:
    given(WATCHKEEPER_METRICS_FOLDER=str(tmp_path), WATCHKEEPER_MODE="nonsense", WATCHKEEPER_DEPLOYMENT="prod")
    begin_watch("sync").end(3, "sync ended with 3")
    text = (tmp_path / "watchkeeper_prod_sync.prom").read_text(encoding="utf-8")
    assert 'watchkeeper_last_run_exit_code{command="sync",deployment="prod"} 3.0' in text
    assert "last_success" not in text


def test_a_way_whose_settings_are_invalid_is_left_out_and_the_others_tell_of_it(given: Given, tmp_path: Path) -> None:
    given(
        WATCHKEEPER_METRICS_FOLDER=str(tmp_path),
        WATCHKEEPER_SYNC_HEARTBEAT_URL="hc-ping.com/no-scheme",
        OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318",
    )
    watch = begin_watch("sync")
    watch.end(3, "sync ended with 3")
    assert len(watch.tellers) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["watchkeeper_soc_sync.prom"]


def test_the_other_commands_check_and_a_collector_that_are_wrong_keep_no_ping_back(
    given: Given, tmp_path: Path
) -> None:
    with receiving(tmp_path, tls=False) as switch:
        given(
            WATCHKEEPER_SYNC_HEARTBEAT_URL=f"{switch.url}/sync-check",
            WATCHKEEPER_AUDIT_HEARTBEAT_URL="hc-ping.com/no-scheme",
            WATCHKEEPER_DEPLOYMENT="No Name",
            OTEL_EXPORTER_OTLP_ENDPOINT="collector:4318",
        )
        begin_watch("sync").end(3, "sync ended with 3")
    assert switch.paths == ["/sync-check/start", "/sync-check/3"]


@pytest.mark.parametrize(
    ("wrong", "way"),
    [
        ("WATCHKEEPER_DEPLOYMENT", {"WATCHKEEPER_METRICS_FOLDER": "/metrics"}),
        ("WATCHKEEPER_PROXY", {"WATCHKEEPER_SYNC_HEARTBEAT_URL": "https://hc-ping.com/sync-check"}),
        ("WATCHKEEPER_PROXY", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}),
    ],
)
def test_nobody_is_told_under_another_name_or_past_the_proxy(given: Given, wrong: str, way: dict[str, str]) -> None:
    given(**way, **{wrong: "not valid"})
    assert begin_watch("sync").tellers == ()


def test_after_the_end_of_its_time_a_run_makes_haste(given: Given, tmp_path: Path) -> None:
    with receiving(tmp_path, tls=False) as switch:
        given(WATCHKEEPER_SYNC_HEARTBEAT_URL=f"{switch.url}/sync-check")
        watch = begin_watch("sync")
        switch.answers += [503, 503]
        console().stop.end_within(0)
        watch.end(75, "")
    assert switch.paths == ["/sync-check/start", "/sync-check/log"]
