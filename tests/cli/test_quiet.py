"""`--quiet` prints problems alone: nothing where all is well, else what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import people
from tests.cli.fixtures import PLAIN, WORKERS
from tests.cli.program import Program
from tests.engine import MONDAY

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world

pytestmark = pytest.mark.thorough

WELL = (
    "plan",
    "sync",
    "audit",
    "status",
    "history",
    "history verify",
    "report escalations",
    "report run --period 2026-11",
    "report compliance",
    "tasks list",
    "tasks due",
    "mappings check",
    "mappings explain status",
    "packs list",
    "db check",
    "db upgrade",
    "db prune --keep 40 --confirm",
)
TROUBLED: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    "plan": (7, ("first-import", "--open-valve"), ("Mailbox rule",)),
    "sync": (7, ("first-import", "--open-valve"), ("Reachable",)),
    "audit": (0, ("very stale (1)", "Mailbox rule", "Update the stale tickets"), ("Teams and days", "Deployment")),
    "audit --fail-on stale": (6, ("very stale (1)",), ("Deployment",)),
    "status": (0, ("7 keys are linked",), ("Lineage", "the beginning")),
    "history": (0, ("The latest",), ()),
    "report run --period 2026-11": (0, ("What went wrong", "first-import"), ()),
    "report escalations": (0, ("very stale (1)",), ("Deployment",)),
    "report compliance --period 7d": (0, ("By team",), ("Deployment",)),
    "doctor": (0, ("Rights beyond need",), ()),
    "mappings check broken": (3, ("defender-xdr.yaml",), ("profiles (",)),
}
"""By command: the exit code, what is said, and what is left out of it."""


@pytest.fixture(scope="module")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program]]:
    """Two deployments: one on its first day, when all is well; and one with an escalation that waits behind a valve and that
    nobody has touched for three days."""
    with (
        RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as calm,
        RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as troubled,
    ):
        well, ill = (
            Program(tmp_path_factory.mktemp(name), {**PLAIN, **each.environment()})
            for name, each in (("well", calm), ("ill", troubled))
        )
        assert (well.run("sync").code, ill.run("sync").code) == (0, 0)
        fields = {"title": "Mailbox rule", "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        people(troubled.world, "arm", "niamh.kelly", "create", fields=fields)
        troubled.world.clock.advance(timedelta(days=3))
        assert (ill.run("sync").code, ill.run("audit").code) == (7, 0)
        broken = ill.folder / "broken" / "packs"
        broken.mkdir(parents=True)
        Path(broken / "defender-xdr.yaml").write_text("tasks: [\n", encoding="utf-8")
        yield well, ill


@pytest.mark.parametrize("command", WELL)
def test_where_all_is_well_nothing_is_said(deployments: tuple[Program, Program], command: str) -> None:
    ended = deployments[0].run(*command.split(), "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("command", TROUBLED)
def test_of_problems_nothing_else_is_said(deployments: tuple[Program, Program], command: str) -> None:
    code, said, unsaid = TROUBLED[command]
    ended = deployments[1].run(*command.split(), "--quiet")
    words = " ".join(ended.out.split())
    assert (ended.code, ended.err) == (code, "")
    assert [each for each in said if each not in words] == []
    assert [each for each in unsaid if each in words] == []
    assert [line for line in ended.out.splitlines() if line.lstrip().startswith("✓")] == []


def test_what_another_program_reads_is_whole(deployments: tuple[Program, Program]) -> None:
    ended = deployments[0].run("status", "--quiet", "--json")
    assert ended.json("status")["exit_code"] == 0


def test_a_command_that_cannot_do_its_work_says_why(deployments: tuple[Program, Program]) -> None:
    ended = deployments[0].run("plan", "--quiet", "--mappings", "/nowhere")
    assert (ended.code, ended.out) == (3, "")
    assert "/nowhere" in ended.err


def test_it_is_said_that_the_mode_kept_a_sync_from_writing(deployments: tuple[Program, Program]) -> None:
    ended = deployments[1].run("sync", "--quiet", "--profile", "maintenance", WATCHKEEPER_MODE="observe")
    assert (ended.code, ended.out) == (0, "")
    assert "WATCHKEEPER_MODE" in ended.err
