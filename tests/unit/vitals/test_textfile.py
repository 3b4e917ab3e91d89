"""Metrics for node_exporter: what stands in the file, by the rules of its readers, and what outlives a run."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.report.examples import a_report, an_audit

from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.traffic import Traffic
from watchkeeper.vitals import (
    METRICS,
    Finish,
    MetricKind,
    Sample,
    samples_of_audit,
    samples_of_evidence,
    samples_of_finish,
    samples_of_run,
    samples_of_traffic,
)
from watchkeeper.vitals import samples as known
from watchkeeper.vitals.exposition import prometheus_name
from watchkeeper.vitals.textfile import LARGEST_FILE, file_name, write_metrics

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
FINISH = Finish("sync", "production", 0, NOON, 12.5, "")
CALLS = samples_of_traffic(
    {"servicenow": Traffic({"GET": 4, "TOKEN": 1}, errors=3, retries=2, throttled=2, waited=1.5)}
)


def read(folder: Path, command: str = "sync") -> dict[str, float]:
    """Series as they would be queried, without the two labels that all of them have."""
    text = (folder / file_name("production", command)).read_text(encoding="utf-8")
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert (labels.pop("deployment"), labels.pop("command")) == ("production", command)
            shown = ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
            found[f"{sample.name}{{{shown}}}" if shown else sample.name] = sample.value
    return found


def write(folder: Path, finish: Finish, *samples: Sample) -> None:
    write_metrics(folder, finish.deployment, finish.command, (*samples_of_finish(finish), *samples))


def test_a_file_says_what_each_series_is(tmp_path: Path) -> None:
    write(tmp_path, FINISH, *CALLS)
    text = (tmp_path / "watchkeeper_production_sync.prom").read_text(encoding="utf-8")
    assert text.endswith("\n")
    assert (
        "# HELP watchkeeper_calls_total Calls by side and method; TOKEN and QUERY apart.\n"
        "# TYPE watchkeeper_calls_total counter\n"
        'watchkeeper_calls_total{command="sync",deployment="production",method="GET",side="servicenow"} 4.0\n'
    ) in text
    assert "_created" not in text
    assert [path.name for path in tmp_path.iterdir()] == ["watchkeeper_production_sync.prom"]


def test_a_run_tells_when_and_how_it_ended_and_how_long_it_took(tmp_path: Path) -> None:
    write(tmp_path, FINISH)
    assert read(tmp_path) == {
        "watchkeeper_last_run_timestamp_seconds": NOON.timestamp(),
        "watchkeeper_last_success_timestamp_seconds": NOON.timestamp(),
        "watchkeeper_last_run_duration_seconds": 12.5,
        "watchkeeper_last_run_exit_code": 0,
        "watchkeeper_runs_total{exit_code=0}": 1,
    }


def test_while_runs_fail_the_last_success_stays_and_counters_go_on(tmp_path: Path) -> None:
    write(tmp_path, FINISH, *CALLS)
    for hours, code in ((1, 5), (2, 75)):
        write(tmp_path, replace(FINISH, exit_code=code, ended=NOON + timedelta(hours=hours)), *CALLS)
    found = read(tmp_path)
    assert found["watchkeeper_last_success_timestamp_seconds"] == NOON.timestamp()
    assert found["watchkeeper_last_run_timestamp_seconds"] == (NOON + timedelta(hours=2)).timestamp()
    assert [found[f"watchkeeper_runs_total{{exit_code={code}}}"] for code in (0, 5, 75)] == [1, 1, 1]
    assert found["watchkeeper_calls_total{method=GET,side=servicenow}"] == 12
    assert found["watchkeeper_call_errors_total{side=servicenow}"] == 9
    assert found["watchkeeper_retries_total{side=servicenow}"] == 6
    assert found["watchkeeper_throttled_total{side=servicenow}"] == 6
    assert found["watchkeeper_waited_seconds_total{side=servicenow}"] == 4.5


def test_what_a_run_wrote_is_counted_by_outcome_and_what_it_left_stands_as_it_is(tmp_path: Path) -> None:
    report = a_report()
    write(tmp_path, FINISH, *samples_of_run(report))
    write(tmp_path, FINISH, *samples_of_run(report))
    found = read(tmp_path)
    outcomes = re.compile(r"watchkeeper_writes_total\{operation=(\w+),outcome=(\w+),side=(\w+)\}")
    writes = {outcomes.fullmatch(name): value for name, value in found.items() if "writes_total" in name}
    assert sum(writes.values()) == 2 * len(report.results) > 0
    assert None not in writes
    assert found["watchkeeper_left_alone"] == len(report.parked)
    assert {name for name in found if "closed_valves" in name} == {
        f"watchkeeper_closed_valves{{valve={valve.name}}}" for valve in report.valves if not valve.opened
    }


def test_an_audit_tells_verdicts_and_compliance_of_each_team(tmp_path: Path) -> None:
    audit = an_audit()
    write(tmp_path, replace(FINISH, command="audit"), *samples_of_audit(audit))
    found = read(tmp_path, "audit")
    counted = {name: value for name, value in found.items() if "escalations" in name}
    assert sum(counted.values()) == len(audit.verdicts)
    assert found["watchkeeper_compliance_ratio{team=(all)}"] == audit.compliance


def test_a_collection_tells_how_many_pieces_of_each_duty_ended_how(tmp_path: Path) -> None:
    pieces = tuple(Piece("graph/x", found) for found in (Found.COLLECTED, Found.MISSING, Found.MISSING))
    samples = samples_of_evidence([Gathering("secure-score", FINISH.ended, pieces)])
    write(tmp_path, replace(FINISH, command="evidence"), *samples)
    found = read(tmp_path, "evidence")
    assert {name: value for name, value in found.items() if "evidence" in name} == {
        f"watchkeeper_evidence_pieces{{found={outcome},task=secure-score}}": count
        for outcome, count in (("collected", 1), ("empty", 0), ("missing", 2), ("not-asked", 0))
    }


def test_groups_that_no_team_has_are_one_series_however_many_there_are(tmp_path: Path) -> None:
    audit = an_audit()
    strange = tuple(replace(each, group=f"Group {number}") for number, each in enumerate(audit.verdicts))
    teams = {sample.labels["team"] for sample in samples_of_audit(replace(audit, verdicts=strange))}
    assert teams == {"(all)", "(other)"}


def test_an_audit_and_a_sync_keep_files_of_their_own(tmp_path: Path) -> None:
    write(tmp_path, FINISH)
    before = read(tmp_path)
    write(tmp_path, replace(FINISH, command="audit", exit_code=6))
    assert read(tmp_path) == before
    assert read(tmp_path, "audit")["watchkeeper_last_success_timestamp_seconds"] == NOON.timestamp()


def test_names_follow_prometheus_rules() -> None:
    for metric in METRICS:
        name = prometheus_name(metric)
        assert re.fullmatch(r"watchkeeper(_[a-z]+)+", name)
        assert name.endswith("_total") == (metric.kind is MetricKind.COUNTER)
        assert ("seconds" in name) == (metric.unit == "seconds")
        assert metric.help.endswith(".")
    assert len({prometheus_name(metric) for metric in METRICS}) == len(METRICS)


def test_a_label_cannot_end_its_quotes_or_its_line(tmp_path: Path) -> None:
    hostile = 'a"} 1\nwatchkeeper_last_run_exit_code 0\n# \\'
    write(tmp_path, replace(FINISH, exit_code=3), Sample(known.CLOSED_VALVES, 1, {"valve": hostile}))
    found = read(tmp_path)
    assert found[f"watchkeeper_closed_valves{{valve={hostile}}}"] == 1
    assert found["watchkeeper_last_run_exit_code"] == 3


@pytest.mark.parametrize(
    "damaged",
    [
        b"\xff\xfe",
        b"watchkeeper_runs_total{exit_code=\n",
        b"# TYPE x counter\nx_total many\n",
        b"x" * (LARGEST_FILE + 1),
    ],
)
def test_after_a_damaged_file_counters_start_again(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / file_name("production", "sync")).write_bytes(damaged)
    write(tmp_path, FINISH)
    assert read(tmp_path)["watchkeeper_runs_total{exit_code=0}"] == 1


def test_series_of_another_version_are_dropped(tmp_path: Path) -> None:
    (tmp_path / file_name("production", "sync")).write_text("# TYPE old_total counter\nold_total 7\n")
    write(tmp_path, FINISH)
    assert "old_total" not in (tmp_path / file_name("production", "sync")).read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are POSIX")
def test_node_exporter_may_read_it_whatever_the_umask_of_the_service(tmp_path: Path) -> None:
    former = os.umask(0o077)
    try:
        write(tmp_path, FINISH)
    finally:
        os.umask(former)
    assert stat.S_IMODE((tmp_path / file_name("production", "sync")).stat().st_mode) == 0o644


def test_what_a_killed_run_left_beside_it_is_taken_away_and_nothing_else(tmp_path: Path) -> None:
    mine, others = file_name("production", "sync"), file_name("production", "audit")
    old, young, foreign, plain = (
        tmp_path / name for name in (f".{mine}.a", f".{mine}.b", f".{others}.a", "notes.prom")
    )
    for path in (old, young, foreign, plain):
        path.write_text("half", encoding="utf-8")
    for path in (old, foreign, plain):
        os.utime(path, (0, 0))
    write(tmp_path, FINISH)
    assert {path.name for path in tmp_path.iterdir()} == {mine, young.name, foreign.name, plain.name}


def test_a_write_that_breaks_off_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, FINISH)
    before = read(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, replace(FINISH, exit_code=5))
    assert read(tmp_path) == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_is_not_there_is_an_error_for_the_caller(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        write(tmp_path / "nowhere", FINISH)
