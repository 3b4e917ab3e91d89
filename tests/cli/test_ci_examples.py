"""The examples for GitHub, Azure Pipelines and GitLab, step by step as their runners do it, against the emulators: each signs in
as it would there, and the memory of those that are for every day is in a database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.acceptance.worlds import mark, people, tickets, writes
from tests.cli.fixtures import PLAIN, open_all_valves
from tests.cli.program import Program, wait_until
from tests.cli.steps import Step, Workspace
from tests.examples.files import ROOT, documents
from tests.examples.github_api import HEAD, NUMBER, REPOSITORY, TOKEN, pull_request
from tests.unit.report.ci.runners import azure_commands, github_commands
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.options import SignIn
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World

REFUSED = FaultRule("status", system="graph", method="GET", status=403)
"""Microsoft Graph refuses: a source of evidence fails."""
SET_BY_THE_ACTION = frozenset({"GITHUB_TOKEN", "PULL_REQUEST", "HEAD"})
HOSTILE = "x\n::error::owned\r##vso[task.complete result=Failed]owned"
pytestmark = [
    pytest.mark.skipif(shutil.which("bash") is None, reason="steps are written for bash"),
    pytest.mark.thorough,
]


def read(path: str) -> Any:
    (document,) = documents(ROOT / path)
    return document


@pytest.fixture
def workspace(tmp_path: Path, running: RunningWorld) -> Workspace:
    """Signed in by a secret."""
    return Workspace.fresh(tmp_path / "work", {**PLAIN, **running.environment()})


def contexts(environment: Mapping[str, str]) -> dict[str, str]:
    """What people have entered as variables and secrets."""
    return {f"{kind}.{name}": value for kind in ("vars", "secrets") for name, value in environment.items()}


def as_there(running: RunningWorld, way: SignIn, **secrets: str) -> tuple[dict[str, str], dict[str, str]]:
    """What a runner of the emulated world gives to every step, and what people entered."""
    given = running.environment(way)
    entered = {name: value for name, value in given.items() if name.startswith(("SENTINEL_", "SERVICENOW_", "AZURE_"))}
    return {**PLAIN, **given}, {**entered, **secrets}


def evidence_of(running: RunningWorld) -> dict[str, str]:
    """Where the emulated world has the sources that the examples name in the public cloud."""
    return {name: running.environment()[name] for name in ("GRAPH_ENDPOINT", "DEFENDER_ENDPOINT")}


def a_push_of(repository: str) -> dict[str, str]:
    """What GitHub tells of a push to a pull request whose branch is in that repository."""
    return {
        "github.repository": REPOSITORY,
        "github.token": TOKEN,
        "github.event.pull_request.number": str(NUMBER),
        "github.event.pull_request.head.sha": HEAD,
        "github.event.pull_request.head.repo.full_name": repository,
    }


@pytest.fixture
def soc(soc: Program, postgres_url: str) -> Program:
    """Somebody at a desk, with the same memory."""
    return Program(soc.folder, {**soc.environment, "WATCHKEEPER_STATE_URL": postgres_url})


def with_a_stale_escalation(soc: Program, world: World) -> None:
    fields = {"title": HOSTILE, "severity": "Medium", "status": "Active", "labels": ["escalation"]}
    people(world, "arm", "niamh.kelly", "create", fields=fields)
    open_all_valves(soc)
    world.clock.advance(timedelta(days=4))


class TestGitHub:
    def test_the_starter_observes_and_tells_what_it_would_write(
        self, workspace: Workspace, running: RunningWorld
    ) -> None:
        job = read("deploy/ci/github.yml")["jobs"]["sync"]
        # The emulated Entra ID of this test takes a secret where a runner of GitHub's would bring its own token.
        kept = {name: value for name, value in job["env"].items() if name != "WATCHKEEPER_AZURE_CREDENTIAL"}
        made, synced = workspace.github_job({**job, "env": kept}, contexts(workspace.environment))
        assert made.code == 0
        assert (synced.code, synced.outputs["exit-code"], synced.outputs["changes"]) == (0, "0", "14")
        assert synced.summary.startswith("# ")
        assert [each.name for each in github_commands(synced.log)] == ["notice"]
        assert writes(running.world) == []

    def test_the_action_runs_a_command_with_its_arguments_and_gives_its_outputs(
        self, workspace: Workspace, running: RunningWorld
    ) -> None:
        synced = workspace.action({"command": "sync", "arguments": "--task\nsecure-score\n"})
        assert (synced.code, synced.outputs["written"]) == (0, "2")
        assert len(tickets(running.world)) == 1
        detailed = workspace.action({"arguments": "--detailed-exitcode", "amber": "75 8"})
        assert (detailed.code, detailed.outputs["exit-code"], detailed.outputs["changes"]) == (0, "8", "12")
        checked = workspace.action({"command": "doctor"})
        assert (checked.code, checked.outputs) == (0, {"exit-code": "0"})

        hostile = '"; touch owned; echo "$(touch owned)`touch owned`'
        for wrong in ({"command": hostile}, {"arguments": f"--task\n{hostile}"}):
            assert workspace.action(wrong).code == 2
        assert not (workspace.folder / "owned").exists()

    @pytest.fixture
    def at_github(self, running: RunningWorld, postgres_url: str, tmp_path: Path) -> Iterator[Any]:
        """Run the job of an example on a runner that nobody has used before, signed in by the runner's own token."""
        given, entered = as_there(running, SignIn.GITHUB_OIDC, WATCHKEEPER_STATE_URL=postgres_url)
        numbers = iter(range(100))

        def run(
            path: str, event: Mapping[str, str] = MappingProxyType({}), **changed: str
        ) -> tuple[list[Step], Workspace]:
            (job,) = read(path)["jobs"].values()
            fresh = Workspace.fresh(tmp_path / f"runner-{next(numbers)}", given)
            known = {**contexts(entered), **event}
            return list(fresh.github_job({**job, "env": {**job["env"], **changed}}, known)), fresh

        return run

    def test_the_scheduled_sync_observes_writes_when_it_may_and_has_its_memory_elsewhere(
        self, at_github: Any, soc: Program, world: World
    ) -> None:
        (observed, said), _ = at_github("examples/github-sync.yml")
        assert (observed.code, observed.outputs["exit-code"], observed.outputs["changes"]) == (0, "0", "14")
        assert said.log == "exit code 0: 0 written, 0 failed\n"
        assert writes(world) == []

        (synced, said), used = at_github("examples/github-sync.yml", WATCHKEEPER_MODE="maintenance")
        assert (synced.code, said.log) == (0, "exit code 0: 14 written, 0 failed\n")
        assert synced.outputs["run-id"] in synced.log
        assert synced.outputs["sentence"] in synced.summary.replace("\n", " ")
        assert list(used.folder.glob("*.db*")) == []
        assert soc.run("status", "--json").json("status")["linked"] == 7

    def test_a_run_that_cannot_be_now_is_green_and_says_so(self, at_github: Any, soc: Program, world: World) -> None:
        world.faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
        holder = soc.start("sync")
        wait_until(world.faults.release_is_awaited, holder)
        (later, said), _ = at_github("examples/github-sync.yml", WATCHKEEPER_MODE="maintenance")
        world.faults.clear()
        assert holder.wait().code in {0, 7}
        assert (later.code, later.outputs["exit-code"]) == (0, "75")
        assert [each.name for each in github_commands(later.log)] == ["warning"]
        assert said.log == "exit code 75: 0 written, 0 failed\n"

    @pytest.mark.slow
    def test_a_run_that_fails_is_red_and_the_steps_after_it_know(self, at_github: Any) -> None:
        (failed, said), _ = at_github("examples/github-sync.yml", SENTINEL_WORKSPACE_NAME="nope")
        assert (failed.code, failed.outputs["exit-code"]) == (3, "3")
        assert said.log == "exit code 3: 0 written, 0 failed\n"

    def test_the_scheduled_audit_is_amber_and_tells_a_number(self, at_github: Any, soc: Program, world: World) -> None:
        with_a_stale_escalation(soc, world)
        seen = mark(world)
        (audited, told), _ = at_github("examples/github-audit.yml")
        assert (audited.code, audited.outputs["exit-code"], audited.outputs["stale"]) == (0, "6", "1")
        assert next(each.name for each in github_commands(audited.log)) == "error"
        assert told.log == f"1 stale: {audited.outputs['sentence']}\n"
        assert github_commands(told.log) == []
        assert writes(world, seen) == []

        world.clock.advance(timedelta(minutes=1))
        people(
            world, "arm", "keiko.tanaka", "comment", incident=1, text="The mailbox was cleaned, the user called back."
        )
        quiet, _ = at_github("examples/github-audit.yml")
        assert [step.outputs["exit-code"] for step in quiet] == ["0"]

    @pytest.mark.slow
    def test_evidence_that_is_missing_is_amber_and_the_portal_and_the_report_come_all_the_same(
        self, at_github: Any, running: RunningWorld, soc: Program
    ) -> None:
        running.world.faults.add(REFUSED)
        (collected, said, report, portal), used = at_github("examples/github-evidence.yml", **evidence_of(running))
        assert (collected.code, collected.outputs["exit-code"]) == (0, "4")
        missing = int(collected.outputs["missing"])
        assert [each.name for each in github_commands(collected.log)].count("warning") == missing > 0
        assert said.log == f"evidence is missing for {missing}: {collected.outputs['sentence']}\n"
        assert (report.code, report.summary.startswith("# ")) == (0, True)
        assert portal.code == 0
        assert (used.folder / "portal/soc/index.html").exists()
        assert writes(running.world) == []
        running.world.faults.clear()
        assert soc.run("audit").code == 0
        steps, _ = at_github("examples/github-evidence.yml", **evidence_of(running))
        assert [(each.code, each.outputs.get("exit-code")) for each in steps] == [(0, "0"), (0, None), (0, None)]

    def test_a_pull_request_has_one_comment_that_says_what_its_last_push_would_do(
        self, at_github: Any, world: World, tmp_path: Path
    ) -> None:
        fields = {"title": HOSTILE, "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        people(world, "arm", "niamh.kelly", "create", fields=fields)
        path = "examples/github-plan.yml"
        with pull_request(tmp_path) as github:
            around = {name: value for name, value in github.environment().items() if name not in SET_BY_THE_ACTION}
            (planned,), _ = at_github(path, a_push_of(REPOSITORY), **around)
            assert (planned.code, planned.outputs["exit-code"], planned.outputs["changes"]) == (7, "7", "16")
            assert planned.outputs["left"] == "0"
            (written,) = github.comments
            assert written["body"].startswith("<!-- watchkeeper plan soc -->\n# ")
            assert is_inert(written["body"])
            assert planned.log.endswith("watchkeeper: the comment was written\n")

            github.calls.clear()
            assert at_github(path, a_push_of("somebody-else/duties"), **around)[0] == []
            assert github.calls == []


class TestAzurePipelines:
    def job(
        self, running: RunningWorld, postgres_url: str, folder: Path, name: str, step_name: str = ""
    ) -> tuple[Step, Path]:
        """One step of a job of the example, that of the job's name or another one, signed in by a service connection; also its own
        temporary folder."""
        pipeline = read("examples/azure-pipelines.yml")
        given, entered = as_there(running, SignIn.AZURE_PIPELINES, WATCHKEEPER_STATE_URL=postgres_url)
        step_name = step_name or name
        temporary = folder / f"{step_name}-temporary"
        temporary.mkdir()
        variables = {each["name"]: each["value"] for each in pipeline["variables"] if "name" in each}
        (job,) = (each for each in pipeline["jobs"] if each["job"] == name)
        (step,) = (each for each in job["steps"] if each.get("name") == step_name)
        secret = {
            macro: _macro(value, {**entered, "System.AccessToken": given["SYSTEM_ACCESSTOKEN"]})
            for macro, value in step["env"].items()
        }
        workspace = Workspace.fresh(folder / step_name, {**given, **variables})
        agent = {"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": str(temporary)}
        return workspace.shell(step["bash"], "bash", "--noprofile", "--norc", **agent, **secret), temporary

    @pytest.mark.slow
    def test_the_sync_observes(self, running: RunningWorld, postgres_url: str, tmp_path: Path) -> None:
        synced, _ = self.job(running, postgres_url, tmp_path, "sync")
        told = {
            each.properties["variable"]: each.message
            for each in azure_commands(synced.log)
            if each.name == "task.setvariable"
        }
        assert (synced.code, told["watchkeeper_exit_code"], told["watchkeeper_changes"]) == (0, "0", "14")
        assert writes(running.world) == []

    def test_the_audit_is_amber_with_its_results_as_tests(
        self, running: RunningWorld, postgres_url: str, tmp_path: Path, soc: Program
    ) -> None:
        with_a_stale_escalation(soc, running.world)
        audited, temporary = self.job(running, postgres_url, tmp_path, "audit")
        assert audited.code == 0
        commands = azure_commands(audited.log)
        assert [each.properties for each in commands if each.name == "task.complete"] == [
            {"result": "SucceededWithIssues"}
        ]
        suites = ElementTree.parse(temporary / "audit.xml").getroot()
        assert sum(int(suite.get("failures", 0)) for suite in suites.iter("testsuite")) == 1

    @pytest.mark.slow
    def test_evidence_that_is_missing_is_amber_and_the_portal_comes_all_the_same(
        self, running: RunningWorld, postgres_url: str, tmp_path: Path
    ) -> None:
        running.world.faults.add(REFUSED)
        collected, _ = self.job(running, postgres_url, tmp_path, "evidence")
        commands = azure_commands(collected.log)
        assert collected.code == 0
        assert [each.properties for each in commands if each.name == "task.complete"] == [
            {"result": "SucceededWithIssues"}
        ]
        assert {each.properties["type"] for each in commands if each.name == "task.logissue"} == {"warning"}
        told, _ = self.job(running, postgres_url, tmp_path, "evidence", "portal")
        assert told.code == 0
        assert {each.name for each in (tmp_path / "portal/told").iterdir()} == {"oversight.html", "portal"}


class TestGitLab:
    def job(
        self, running: RunningWorld, postgres_url: str, folder: Path, name: str, **changed: str
    ) -> tuple[Step, Path, Mapping[str, Any]]:
        """One job of the example, signed in by the pipeline's own token."""
        pipeline = read("examples/gitlab-ci.yml")
        given, entered = as_there(running, SignIn.WORKLOAD_IDENTITY, WATCHKEEPER_STATE_URL=postgres_url)
        token = Path(given.pop("AZURE_FEDERATED_TOKEN_FILE")).read_text(encoding="utf-8")
        shared, own = pipeline[".watchkeeper"], pipeline[name]
        variables = {
            **shared["variables"],
            **own.get("variables", {}),
            "AZURE_FEDERATED_TOKEN_FILE": str(folder / "token"),
            **changed,
        }
        workspace = Workspace.fresh(folder / name, {**given, **entered, **variables, "AZURE_ID_TOKEN": token})
        script = "\n".join([*shared["before_script"], *own["script"]])
        return workspace.shell(script, "bash", "-eo", "pipefail", GITLAB_CI="true"), workspace.folder, own

    def test_the_audit_may_fail_and_leaves_its_reports(
        self, running: RunningWorld, postgres_url: str, tmp_path: Path, soc: Program
    ) -> None:
        with_a_stale_escalation(soc, running.world)
        audited, folder, job = self.job(running, postgres_url, tmp_path, "audit")
        assert audited.code == 6
        assert audited.code in job["allow_failure"]["exit_codes"]
        assert (tmp_path / "token").stat().st_mode & 0o777 == 0o600
        reports = job["artifacts"]["reports"]
        suites = ElementTree.parse(folder / reports["junit"]).getroot()
        assert sum(int(suite.get("failures", 0)) for suite in suites.iter("testsuite")) == 1
        lines = (folder / reports["dotenv"]).read_text(encoding="utf-8").splitlines()
        told = Workspace.fresh(tmp_path / "told", {**PLAIN, **dict(line.split("=", 1) for line in lines)})
        (script,) = read("examples/gitlab-ci.yml")["told"]["script"]
        assert told.shell(script, "sh").log == "1 stale, 0 not to be judged\n"

    @pytest.mark.slow
    def test_evidence_that_is_missing_may_fail_and_leaves_the_portal(
        self, running: RunningWorld, postgres_url: str, tmp_path: Path
    ) -> None:
        running.world.faults.add(REFUSED)
        collected, folder, job = self.job(running, postgres_url, tmp_path, "evidence", **evidence_of(running))
        assert collected.code == 4
        assert collected.code in job["allow_failure"]["exit_codes"]
        assert all((folder / path).exists() for path in job["artifacts"]["paths"])


def _macro(value: str, variables: Mapping[str, str]) -> str:
    """`$(NAME)` as Azure Pipelines replaces it before a step begins."""
    return variables[value.removeprefix("$(").removesuffix(")")]
