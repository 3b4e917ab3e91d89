"""What CI systems get of a command beside its exit code, as their own rules read it; and what tickets cannot make of it."""

from __future__ import annotations

import html
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.acceptance.worlds import people
from tests.cli.fixtures import PLAIN, WORKERS, open_all_valves
from tests.cli.program import Ended, Program
from tests.engine import MONDAY
from tests.unit.report.ci.runners import Command, azure_commands, github_commands, github_outputs, gitlab_commands
from tests.unit.report.examples import HOSTILE
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import World, build_world

pytestmark = pytest.mark.thorough

TITLES = [text for text in HOSTILE if "\ud800" not in text] + ["EOF\nexit-code=0\n::error::x"]
AUDIT_OUTPUTS = {
    "exit-code", "escalations", "fresh", "due", "stale", "unknown", "exempt", "compliance", "run-id", "sentence",
}  # fmt: skip
RUN_OUTPUTS = {"exit-code", "changes", "written", "failed", "left", "run-id", "sentence"}


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, World]]:
    """Escalations that nobody updated for days, with titles that attackers put there."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=WORKERS) as running:
        world = running.world
        for title in TITLES:
            fields = {"title": title, "description": title, "severity": "Medium", "status": "Active"}
            people(world, "arm", "niamh.kelly", "create", fields={**fields, "labels": ["escalation"]})
        soc = Program(tmp_path_factory.mktemp("soc"), {**PLAIN, **running.environment()})
        open_all_valves(soc)
        world.clock.advance(timedelta(days=4))
        yield soc, world


@pytest.fixture
def github(attacked: tuple[Program, World], tmp_path: Path) -> Callable[..., tuple[Ended, str, str]]:
    """Run a command as a step of GitHub Actions; also the step's summary and its outputs as files."""

    def step(*arguments: object, **environment: str | None) -> tuple[Ended, str, str]:
        summary, outputs = tmp_path / "summary", tmp_path / "outputs"
        outputs.unlink(missing_ok=True)
        given = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs), "GITHUB_ACTIONS": "true"}
        ended = attacked[0].run(*arguments, **{**given, **environment})
        return ended, *(file.read_text(encoding="utf-8") if file.exists() else "" for file in (summary, outputs))

    return step


@pytest.mark.parametrize(
    ("command", "form", "outputs"),
    [
        (("plan",), "text", RUN_OUTPUTS),
        (("sync", "--task", "secure-score"), "text", RUN_OUTPUTS),
        (("audit",), "json", AUDIT_OUTPUTS),
    ],
    ids=["plan", "sync", "audit"],
)
def test_github_gets_a_summary_annotations_and_outputs_and_no_command_of_a_ticket(
    github: Callable[..., tuple[Ended, str, str]], command: tuple[str, ...], form: str, outputs: set[str]
) -> None:
    ended, summary, file = github(*command, "--format", form)
    assert ended.code == 0
    assert {each.name for each in github_commands(ended.out + ended.err)} <= {"notice", "warning", "error"}
    assert is_inert(summary)
    assert summary.startswith("# ")
    told = github_outputs(file)
    assert set(told) == outputs
    assert told["exit-code"] == "0"
    assert is_inert(file)
    if form == "json":
        assert ended.json()["exit_code"] == 0


def test_a_breach_is_an_error_beside_the_run_and_a_number_for_the_next_step(
    github: Callable[..., tuple[Ended, str, str]],
) -> None:
    ended, _, file = github("audit", "--fail-on", "stale")
    commands = github_commands(ended.out)
    assert ended.code == 6
    assert [command.name for command in commands][:1] == ["error"]
    assert "stale" in commands[0].properties["title"]
    told = github_outputs(file)
    assert (told["exit-code"], told["stale"], told["compliance"]) == ("6", str(len(TITLES)), "0")
    assert told["sentence"] in ended.out.replace("\n", " ")


def test_commands_of_one_step_share_its_summary_and_one_that_is_full_stays_as_it_is(
    github: Callable[..., tuple[Ended, str, str]], tmp_path: Path
) -> None:
    full = "x" * (1024 * 1024 - 20)
    (tmp_path / "summary").write_text(full, encoding="utf-8")
    ended, summary, _ = github("audit")
    assert (ended.code, summary) == (0, full)
    assert "the step's summary is full" in ended.err
    (tmp_path / "summary").write_text(full[:-1500], encoding="utf-8")
    _, summary, _ = github("audit")
    assert len(summary.encode()) < 1024 * 1024
    assert "left out" in summary


def test_who_asks_for_markdown_puts_it_where_it_belongs(github: Callable[..., tuple[Ended, str, str]]) -> None:
    ended, summary, _ = github("audit", "--format", "markdown")
    assert summary == ""
    assert ended.out.startswith("# ")
    assert github_commands(ended.out) == []
    assert {each.name for each in github_commands(ended.err)} <= {"warning", "notice", "error"}


def test_a_command_without_a_result_is_told_as_well(github: Callable[..., tuple[Ended, str, str]]) -> None:
    ended, summary, file = github("plan", SERVICENOW_INSTANCE=None)
    assert ended.code == 3
    (command,) = github_commands(ended.out)
    assert (command.name, command.properties["title"]) == ("error", "plan ended with 3")
    assert "SERVICENOW_INSTANCE" in command.message
    assert github_outputs(file)["exit-code"] == "3"
    assert "plan ended with 3" in summary


def test_it_can_be_switched_off(github: Callable[..., tuple[Ended, str, str]]) -> None:
    ended, summary, file = github("audit", WATCHKEEPER_CI="off")
    assert (github_commands(ended.out + ended.err), summary, file) == ([], "", "")


def test_what_cannot_be_told_changes_no_exit_code(
    github: Callable[..., tuple[Ended, str, str]], tmp_path: Path
) -> None:
    ended, _, _ = github("audit", GITHUB_STEP_SUMMARY=f"{tmp_path}/no/file", GITHUB_OUTPUT=f"{tmp_path}/no/other")
    assert ended.code == 0
    lines = [line for line in ended.err.splitlines() if "the CI system could not be told" in line]
    assert ["what=summary" in line for line in lines] == [True, False]
    assert "what=outputs" in lines[1]


@pytest.mark.parametrize("command", [("plan",), ("audit", "--json")])
def test_azure_pipelines_gets_a_summary_issues_and_variables_and_no_command_of_a_ticket(
    attacked: tuple[Program, World], tmp_path: Path, command: tuple[str, ...]
) -> None:
    ended = attacked[0].run(*command, TF_BUILD="True", AGENT_TEMPDIRECTORY=str(tmp_path))
    commands = azure_commands(ended.out + ended.err)
    assert {each.name for each in commands} <= {"task.logissue", "task.uploadsummary", "task.setvariable"}
    assert github_commands(ended.out + ended.err) == []
    (summary,) = (Path(each.message) for each in commands if each.name == "task.uploadsummary")
    assert is_inert(summary.read_text(encoding="utf-8"))
    assert summary.parent == tmp_path
    told = {each.properties["variable"]: each.message for each in commands if each.name == "task.setvariable"}
    expected = AUDIT_OUTPUTS if command[0] == "audit" else RUN_OUTPUTS
    assert told.keys() == {f"watchkeeper_{name.replace('-', '_')}" for name in expected}


def test_gitlab_gets_the_log_alone(attacked: tuple[Program, World]) -> None:
    ended = attacked[0].run("audit", GITLAB_CI="true")
    assert ended.code == 0
    assert _none_of(ended) == []


@pytest.mark.parametrize("system", ["GITLAB_CI", "JENKINS"])
def test_outputs_go_to_a_file_of_lines_whatever_runs_the_command(attacked: tuple[Program, World], system: str) -> None:
    """As GitLab reads a dotenv report: NAME=VALUE, without quotes, at most 20 lines and 5 KiB."""
    soc, _ = attacked
    ended = soc.run("audit", "--fail-on", "stale", WATCHKEEPER_CI_OUTPUTS="outputs.env", **{system: "true"})
    assert (ended.code, _none_of(ended)) == (6, [])
    text = (soc.folder / "outputs.env").read_text(encoding="utf-8")
    assert len(text.encode()) < 5 * 1024
    told = dict(line.split("=", 1) for line in text.splitlines())
    assert told.keys() == {f"watchkeeper_{name.replace('-', '_')}" for name in AUDIT_OUTPUTS}
    assert (told["watchkeeper_exit_code"], told["watchkeeper_stale"]) == ("6", str(len(TITLES)))
    assert is_inert(text)
    assert soc.run("status", **told).code == 0, "a later job has these as variables"
    failed = soc.run("plan", WATCHKEEPER_CI_OUTPUTS="outputs.env", SERVICENOW_INSTANCE=None)
    assert failed.code == 3
    assert "watchkeeper_exit_code=3\n" in (soc.folder / "outputs.env").read_text(encoding="utf-8")


def test_outputs_that_cannot_be_written_change_no_exit_code(attacked: tuple[Program, World], tmp_path: Path) -> None:
    ended = attacked[0].run("audit", WATCHKEEPER_CI_OUTPUTS=f"{tmp_path}/no/outputs.env")
    assert ended.code == 0
    assert "the CI system could not be told" in ended.err


def test_a_plan_is_saved_as_a_comment_that_can_be_found_again(attacked: tuple[Program, World]) -> None:
    soc, _ = attacked
    assert soc.run("plan", "--comment-file", "comment.md").code == 0
    file = soc.folder / "comment.md"
    body = file.read_text(encoding="utf-8")
    assert body.startswith("<!-- watchkeeper plan soc -->\n# ")
    assert is_inert(body)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_plan_that_could_not_be_made_is_a_comment_as_well(attacked: tuple[Program, World]) -> None:
    """Else that of the last push would stay and be taken for this one's."""
    soc, _ = attacked
    wrong: tuple[dict[str, str | None], ...] = (
        {"SERVICENOW_INSTANCE": None},
        {"WATCHKEEPER_MAPPINGS": "::error::owned"},
    )
    for changed in wrong:
        (soc.folder / "comment.md").unlink(missing_ok=True)
        failed = soc.run("plan", "--comment-file", "comment.md", WATCHKEEPER_DEPLOYMENT="night-shift", **changed)
        body = (soc.folder / "comment.md").read_text(encoding="utf-8")
        assert failed.code == 3
        assert body.startswith("<!-- watchkeeper plan night-shift -->\n# plan ended with 3\n")
        assert next(iter(changed)) in html.unescape(body)
        assert is_inert(body)
    ended = soc.run("plan", "--comment-file", "no/comment.md", SERVICENOW_INSTANCE=None)
    assert ended.code == 3
    assert "the comment could not be written" in ended.err


def _none_of(ended: Ended) -> list[Command]:
    log = ended.out + ended.err
    return [*github_commands(log), *azure_commands(log), *gitlab_commands(log)]
