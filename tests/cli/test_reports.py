"""Reports over a period, told from the state store when neither system can be reached."""

from __future__ import annotations

from datetime import timedelta

from tests.cli.fixtures import PLAIN, Busy
from tests.cli.program import Program, wait_until

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World


def without_systems(busy: Busy) -> Program:
    """A shell beside the same state store, without an address or an account of any system."""
    return Program(busy.soc.folder, dict(PLAIN))


def test_they_agree_with_the_audit_and_call_no_system(busy: Busy) -> None:
    audited = busy.soc.run("audit", "--json").json("audit")
    report = (
        without_systems(busy).run("report", "escalations", "--period", "2026-11", "--json").json("report-escalations")
    )
    assert report["totals"] == audited["totals"]
    assert sum(report["totals"].values()) > 0
    assert set(report["standing"]) == {verdict["key"] for verdict in audited["verdicts"]}


def test_runs_are_those_of_the_history(busy: Busy) -> None:
    offline = without_systems(busy)
    history = offline.run("history", "--json").json("history")["runs"]
    runs = offline.run("report", "run", "--period", "2026", "--json").json("report-run")["runs"]
    assert [run["run_id"] for run in runs] == [run["run_id"] for run in history] != []


def test_a_run_under_way_is_no_run_that_never_ended(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    sync = soc.start("sync")
    wait_until(world.faults.release_is_awaited, sync)
    assert soc.run("report", "run", "--json").json("report-run")["runs"] == []
    sync.kill()
    world.faults.clear()
    world.clock.advance(timedelta(minutes=11))
    assert soc.run("report", "run", "--json").json("report-run")["unended"] == 1, "nobody renews its lease"


def test_a_period_that_nobody_can_read_is_refused(busy: Busy) -> None:
    ended = busy.soc.run("report", "compliance", "--period", "lately")
    assert ended.code == 2
    assert "2026-W47" in ended.err


def test_a_deployment_without_a_memory_has_nothing_to_tell(program: Program) -> None:
    ended = program.run("report", "escalations", "--period", "2026-11")
    assert ended.code == 0
    assert ended.out.startswith("No escalation was judged from 2026-11-01 to 2026-11-30")
