"""Who is told how a scheduled command ends, and what becomes of it when they cannot be."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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


def test_settings_that_say_who_is_told_and_are_invalid_tell_nobody(given: Given, tmp_path: Path) -> None:
    given(WATCHKEEPER_METRICS_FOLDER=str(tmp_path), WATCHKEEPER_SYNC_HEARTBEAT_URL="hc-ping.com/no-scheme")
    watch = begin_watch("sync")
    assert watch.tellers == ()
