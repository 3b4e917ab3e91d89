"""What those see of a scheduled command who have to notice when it fails or stays away."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from tests.acceptance.worlds import people
from tests.cli.fixtures import PLAIN, WORKERS, open_all_valves
from tests.cli.program import Ended, Program, wait_until
from tests.engine import MONDAY
from tests.receiver import Receiver, receiving
from tests.unit.report.ci.runners import github_commands, github_outputs

from watchkeeper.clock import FixedClock
from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world
from watchkeeper.model.sync_day import SYNC_DAYS, SyncDay
from watchkeeper.model.traffic import Traffic
from watchkeeper.state.opening import open_store

pytestmark = pytest.mark.thorough

SYNC, AUDIT = "5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278", "0d338dcc-a054-11ec-b909-0242ac120002"
EVIDENCE = "7e1c2a44-0d0f-4a0e-9d55-1f0c8c1f6a10"
TITLE = "Payroll share open to everyone"
LATER = FaultRule("status", system="arm", method="GET", status=429, retry_after=3600)
"""Sentinel asks to come back in an hour."""


@pytest.fixture(scope="module")
def stale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, World]]:
    """A deployment with an escalation that nobody updated for days."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as running:
        world = running.world
        fields = {"title": TITLE, "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        people(world, "arm", "niamh.kelly", "create", fields=fields)
        soc = Program(tmp_path_factory.mktemp("soc"), {**PLAIN, **running.environment()})
        open_all_valves(soc)
        world.clock.advance(timedelta(days=4))
        yield soc, world


@pytest.fixture
def switch(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as receiver:
        yield receiver


@pytest.fixture
def watched(stale: tuple[Program, World], switch: Receiver, tmp_path: Path) -> Program:
    """The same deployment with a dead-man switch, a folder for metrics and a collector."""
    soc, world = stale
    world.faults.clear()
    (tmp_path / "metrics").mkdir()
    settings = {
        "WATCHKEEPER_SYNC_HEARTBEAT_URL": f"{switch.url}/{SYNC}",
        "WATCHKEEPER_AUDIT_HEARTBEAT_URL": f"{switch.url}/{AUDIT}",
        "WATCHKEEPER_EVIDENCE_HEARTBEAT_URL": f"{switch.url}/{EVIDENCE}",
        "WATCHKEEPER_HEARTBEAT_CA_FILE": str(switch.ca_file),
        "WATCHKEEPER_METRICS_FOLDER": str(tmp_path / "metrics"),
    }
    return Program(soc.folder, {**soc.environment, **settings}, started=soc.started + 1000)


def metrics(tmp_path: Path, command: str) -> dict[str, float]:
    text = (tmp_path / "metrics" / f"watchkeeper_soc_{command}.prom").read_text(encoding="utf-8")
    series = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    extra = {"command", "deployment"}
    return {
        ",".join(
            [each.name, *(f"{name}={value}" for name, value in sorted(each.labels.items()) if name not in extra)]
        ): (each.value)
        for each in series
    }


def secrets_told(ended: Ended) -> list[str]:
    return [secret for secret in (SYNC, AUDIT, EVIDENCE) if secret in ended.out + ended.err]


def test_a_sync_that_goes_well_pings_begin_and_success_and_leaves_its_numbers(
    watched: Program, switch: Receiver, tmp_path: Path
) -> None:
    ended = watched.run("sync", "-vv")
    assert ended.code == 0, ended.err
    assert switch.paths == [f"/{SYNC}/start", f"/{SYNC}"]
    assert len({each.path.partition("?")[2] for each in switch.heard}) == 1
    sentence, more = switch.heard[1].text.splitlines()
    assert sentence in ended.out.replace("\n", " ")
    assert more == "sync of soc, exit code 0"
    assert secrets_told(ended) == []
    told = metrics(tmp_path, "sync")
    assert told["watchkeeper_runs_total,exit_code=0"] == 1
    assert told["watchkeeper_last_success_timestamp_seconds"] == told["watchkeeper_last_run_timestamp_seconds"]
    assert told["watchkeeper_calls_total,method=GET,side=servicenow"] > 0


def test_an_audit_that_finds_a_breach_has_done_its_work(watched: Program, switch: Receiver, tmp_path: Path) -> None:
    ended = watched.run("audit", "--fail-on", "stale")
    assert ended.code == 6
    assert switch.paths == [f"/{AUDIT}/start", f"/{AUDIT}"]
    assert TITLE not in switch.heard[1].text
    told = metrics(tmp_path, "audit")
    assert told["watchkeeper_last_run_exit_code"] == 6
    assert told["watchkeeper_compliance_ratio,team=(all)"] == 0
    assert (
        sum(value for name, value in told.items() if "escalations" in name and "verdict=very-stale" in name)
        + sum(value for name, value in told.items() if "escalations" in name and "verdict=stale" in name)
        == 1
    )
    assert not (tmp_path / "metrics" / "watchkeeper_soc_sync.prom").exists()


def test_what_an_audit_asked_is_added_to_the_sums_of_its_day_also_where_it_fails(
    stale: tuple[Program, World], watched: Program
) -> None:
    _, world = stale
    before = summed(watched)["sentinel"]
    world.faults.add(LATER)
    try:
        assert watched.run("audit", WATCHKEEPER_RUN_TIME="2m").code not in {0, 6}
    finally:
        world.faults.clear()
    after = summed(watched)["sentinel"]
    assert after.total > before.total
    assert after.throttled == before.throttled + 1
    assert watched.run("audit", "--authors").code == 0
    assert summed(watched)["sentinel"] == after


def summed(program: Program) -> Mapping[str, Traffic]:
    """What the state store says of everything that was asked."""
    url = f"sqlite:///{program.folder / 'watchkeeper.db'}"
    with open_store(url, "soc", FixedClock(MONDAY), migrate=False) as store:
        days = store.snapshots(SYNC_DAYS, MONDAY.date(), MONDAY.date() + timedelta(days=30))
        return sum((day.document for day in days), start=SyncDay()).traffic


def test_evidence_that_is_missing_is_a_failure_and_told_beside_the_run_until_it_is_there(
    watched: Program, stale: tuple[Program, World], switch: Receiver, tmp_path: Path
) -> None:
    _, world = stale
    world.faults.add(FaultRule("status", system="graph", method="GET", status=403))
    told = {"GITHUB_ACTIONS": "true", "GITHUB_OUTPUT": str(tmp_path / "outputs")}
    ended = watched.run("evidence", "collect", **told)
    assert ended.code == 4, ended.err
    assert switch.paths == [f"/{EVIDENCE}/start", f"/{EVIDENCE}/4"]
    warnings = [each for each in github_commands(ended.out) if each.name == "warning"]
    outputs = github_outputs((tmp_path / "outputs").read_text(encoding="utf-8"))
    assert (outputs["exit-code"], outputs["missing"]) == ("4", str(len(warnings)))
    assert "secure-score: evidence is missing" in [each.properties["title"] for each in warnings]
    before = metrics(tmp_path, "evidence")
    assert before["watchkeeper_evidence_pieces,found=missing,task=secure-score"] > 0

    world.faults.clear()
    assert watched.run("audit").code == 0, "a duty is about the audits"
    switch.clear()
    assert watched.run("evidence", "collect").code == 0
    assert switch.paths == [f"/{EVIDENCE}/start", f"/{EVIDENCE}"]
    assert metrics(tmp_path, "evidence")["watchkeeper_evidence_pieces,found=missing,task=secure-score"] == 0
    world.clock.advance(timedelta(hours=27))
    late = watched.run("status", "--max-age", "evidence=26h", "--json").json("status")
    assert late["reasons"] == ["no evidence succeeded within 1 d 2 h"]
    assert late["successes"][2]["age_seconds"] >= 27 * 3600


@pytest.mark.parametrize(
    ("change", "code", "ping"),
    [
        ({"SERVICENOW_INSTANCE": None}, 3, "3"),
        ({"AZURE_CLIENT_SECRET": "wrong-secret"}, 5, "5"),
        ({}, 75, "log"),
    ],
    ids=["settings", "sign-in", "put-off"],
)
def test_red_is_a_failure_with_its_code_and_amber_is_neither(
    watched: Program,
    stale: tuple[Program, World],
    switch: Receiver,
    tmp_path: Path,
    change: dict[str, str | None],
    code: int,
    ping: str,
) -> None:
    assert watched.run("sync").code == 0
    good = metrics(tmp_path, "sync")
    switch.clear()
    if code == 75:
        stale[1].faults.add(LATER)
    assert watched.run("sync", **change).code == code
    assert switch.paths == [f"/{SYNC}/start", f"/{SYNC}/{ping}"]
    assert f"exit code {code}" in switch.heard[1].text
    told = metrics(tmp_path, "sync")
    success, run = "watchkeeper_last_success_timestamp_seconds", "watchkeeper_last_run_timestamp_seconds"
    assert told[success] == good[success] < told[run]
    assert told[f"watchkeeper_runs_total,exit_code={code}"] == 1


def test_a_command_without_a_result_says_how_it_ended_in_the_readers_language(
    watched: Program, switch: Receiver
) -> None:
    watched.run("sync", "--lang", "ja", SERVICENOW_INSTANCE=None)
    assert switch.heard[1].text.splitlines()[0] == "sync は終了コード 3 で終わりました"


def test_a_run_that_is_killed_never_says_that_it_went_well(
    watched: Program, stale: tuple[Program, World], switch: Receiver, tmp_path: Path
) -> None:
    faults = stale[1].faults
    faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    sync = watched.start("sync")
    wait_until(faults.release_is_awaited, sync)
    sync.kill()
    faults.clear()
    assert switch.paths == [f"/{SYNC}/start"]
    assert not (tmp_path / "metrics" / "watchkeeper_soc_sync.prom").exists()
    assert watched.run("sync").code == 0


def test_one_that_is_asked_to_stop_is_put_off(watched: Program, stale: tuple[Program, World], switch: Receiver) -> None:
    faults = stale[1].faults
    faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    switch.answers += [200, 503]
    sync = watched.start("sync")
    wait_until(faults.release_is_awaited, sync)
    sync.signal(signal.SIGTERM)
    wait_until(lambda: "stopping" in sync.err)
    faults.clear()
    assert sync.wait().code == 143
    assert switch.paths == [f"/{SYNC}/start", f"/{SYNC}/log"]


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("audit", "--authors"),
        ("audit", "--as-of", "2026-11-17T12:00Z"),
        ("status",),
        ("evidence", "collect", "--task", "escalation-tickets"),
    ],
    ids=" ".join,
)
def test_who_only_looks_pings_nobody(
    watched: Program, switch: Receiver, tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert watched.run(*command).code == 0
    assert switch.heard == []
    assert list((tmp_path / "metrics").iterdir()) == []


def test_who_cannot_be_told_changes_no_result(watched: Program, switch: Receiver, tmp_path: Path) -> None:
    switch.answers += [404, 404]
    ended = watched.run("sync", "--json", WATCHKEEPER_METRICS_FOLDER=f"{tmp_path}/no/folder")
    assert ended.code == 0
    assert ended.json("run")["exit_code"] == 0
    assert ended.err.count("a heartbeat did not arrive") == 2
    assert "it could not be told how the run went" in ended.err
    assert secrets_told(ended) == []


def test_an_address_that_is_none_is_refused_and_not_shown(watched: Program, switch: Receiver) -> None:
    ended = watched.run("sync", WATCHKEEPER_SYNC_HEARTBEAT_URL=f"http://hc-ping.com/{SYNC}")
    assert ended.code == 3
    assert "WATCHKEEPER_SYNC_HEARTBEAT_URL" in ended.err
    assert secrets_told(ended) == []
    assert switch.heard == []


def test_a_collector_gets_spans_and_metrics_where_it_is_named(watched: Program, tmp_path: Path) -> None:
    with receiving(tmp_path, tls=False) as collector:
        ended = watched.run("sync", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        assert ended.code == 0, ended.err
        spans, numbers = sorted(collector.heard, key=lambda each: each.path, reverse=True)
        assert (spans.path, numbers.path) == ("/v1/traces", "/v1/metrics")
        names = [
            span.name
            for resource in ExportTraceServiceRequest.FromString(spans.body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        assert names.count("watchkeeper sync") == 1
        assert {"GET", "POST"} <= set(names)
        (scope,) = ExportMetricsServiceRequest.FromString(numbers.body).resource_metrics[0].scope_metrics
        assert {"watchkeeper.runs", "watchkeeper.calls", "watchkeeper.last_run_duration"} <= {
            metric.name for metric in scope.metrics
        }
        assert TITLE.encode() not in spans.body + numbers.body
        collector.clear()
        watched.run("sync", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, OTEL_METRICS_EXPORTER="none")
        assert set(collector.paths) == {"/v1/traces"}


class TestStatus:
    def test_it_tells_the_last_success_of_both_and_ends_with_6_when_one_is_too_old(
        self, stale: tuple[Program, World]
    ) -> None:
        soc, world = stale
        world.faults.clear()
        assert soc.run("sync").code == 0
        assert soc.run("audit").code == 0
        world.clock.advance(timedelta(hours=3))
        assert "(3 h 0 min ago" in soc.run("status").out
        assert soc.run("status", "--max-age", "4h").code == 0
        late = soc.run("status", "--max-age", "sync=2h", "--max-age", "4d", "--json")
        payload = late.json("status")
        assert (late.code, payload["reasons"]) == (6, ["no sync succeeded within 2 h 0 min"])
        assert [(each["command"], each["overdue"]) for each in payload["successes"][:2]] == [
            ("sync", True),
            ("audit", False),
        ]
        assert "期限切れ" in soc.run("status", "--max-age", "2h", "--lang", "ja", "--quiet").out

    def test_a_run_that_fails_leaves_the_last_success_as_it_was(self, stale: tuple[Program, World]) -> None:
        soc, world = stale
        assert soc.run("sync").code == 0
        before = soc.run("status", "--json").json("status")["successes"]
        world.clock.advance(timedelta(minutes=10))
        world.faults.add(LATER)
        assert soc.run("sync").code == 75
        world.faults.clear()
        after = soc.run("status", "--json").json("status")["successes"]
        assert [each["at"] for each in after] == [each["at"] for each in before]

    def test_without_a_store_everything_that_is_asked_about_is_overdue(self, program: Program) -> None:
        assert program.run("status").code == 0
        ended = program.run("status", "--max-age", "audit=1d")
        assert (ended.code, "no audit succeeded within 1 d 0 h" in ended.out.replace("\n", " ")) == (6, True)

    @pytest.mark.parametrize("wrong", ["2", "plan=2h", "sync=", "1.5h", "sync=2h,audit=1d"])
    def test_what_is_no_age_is_a_wrong_argument(self, program: Program, wrong: str) -> None:
        ended = program.run("status", "--max-age", wrong)
        assert ended.code == 2
        assert "sync=2h or audit=2h" in ended.err


def test_nothing_is_loaded_for_those_whom_nobody_named() -> None:
    """The libraries for metrics and collectors would make every command start later."""
    code = (
        "import sys, watchkeeper.cli.running, watchkeeper.cli.sync, watchkeeper.cli.audit, watchkeeper.cli.watch;"
        "print([name for name in ('prometheus_client', 'opentelemetry') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
