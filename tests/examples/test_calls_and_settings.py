"""What an example runs is a command of ours with options that exist, and what it sets are all the settings that it needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.examples.files import ACTION, Job, documents, jobs, settings_file
from tests.unit.report.examples import a_report, an_audit

from watchkeeper.cli.commands import COMMANDS, application
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.report.ci.outputs import outputs_of_audit, outputs_of_evidence, outputs_of_run
from watchkeeper.report.document import Document
from watchkeeper.settings import FILE_VARIABLES, VARIABLES, load_settings

JOBS = list(jobs())
CALLS = [(job, call) for job in JOBS for call in job.calls()]
CALLING = [job for job in JOBS if next(job.calls(), None)]
GUID = "11111111-2222-3333-4444-555555555555"
ENTERED = {
    "AZURE_TENANT_ID": GUID,
    "AZURE_CLIENT_ID": GUID,
    "AZURE_SERVICE_CONNECTION_ID": GUID,
    "SENTINEL_SUBSCRIPTION_ID": GUID,
    "SENTINEL_RESOURCE_GROUP": "rg-soc",
    "SENTINEL_WORKSPACE_NAME": "law-soc",
    "SERVICENOW_INSTANCE": "example",
    "SERVICENOW_CLIENT_ID": "client",
}
"""What people enter where a system keeps its variables."""
SECRETS = {
    "SERVICENOW_CLIENT_SECRET": "secret",
    "SYSTEM_ACCESSTOKEN": "token",
    "WATCHKEEPER_STATE_URL": "postgresql://watchkeeper:secret@db.example/watchkeeper",
    "WATCHKEEPER_SYNC_HEARTBEAT_URL": f"https://hc-ping.com/{GUID}",
    "WATCHKEEPER_AUDIT_HEARTBEAT_URL": f"https://hc-ping.com/{GUID}",
    "WATCHKEEPER_EVIDENCE_HEARTBEAT_URL": f"https://hc-ping.com/{GUID}",
}
FOR_EVERY_JOB = {
    "github": {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://token.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "token"},
    "azure": ENTERED,
    "gitlab": ENTERED | SECRETS,
    "kubernetes": {"AZURE_TENANT_ID": GUID, "AZURE_CLIENT_ID": GUID, "AZURE_FEDERATED_TOKEN_FILE": "/token"},
    "cron": ENTERED
    | SECRETS
    | {"AZURE_CLIENT_SECRET": "secret"}
    | dict(line.split("=", 1) for line in settings_file() if line.partition("=")[0].endswith("_ENDPOINT")),
    "systemd": {},
}
"""What a job has without naming it: GitHub's runner gives its own alone; a secret of Azure Pipelines must be named; the webhook
of Azure Workload Identity tells a pod who it is; a line of cron reads the settings' file."""
PATHS = {"AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH", "WATCHKEEPER_MAPPINGS", *FILE_VARIABLES}
OTHERS = {"PATH", "SHELL", "MAILTO", "GH_TOKEN"}
"""What cron and the `gh` of GitHub read."""
OURS = re.compile(r"WATCHKEEPER_|SERVICENOW_|SENTINEL_|AZURE_|SYSTEM_|ACTIONS_|GRAPH_|DEFENDER_")
RUN = {"sync", "audit", "plan", "doctor", "db prune", "evidence collect", "export site", "report oversight"}
FROM_THE_STORE = {"export", "report"}
"""Commands that call no system."""


@cache
def _application() -> Any:
    return typer.main.get_command(application(COMMANDS))


def parsed(words: Sequence[str]) -> str:
    """The command that our own parser finds in these words, having understood all of them."""
    command, rest, name = _application(), list(words), ""
    while hasattr(command, "commands"):
        first, command, rest = command.resolve_command(command.make_context(name, [], resilient_parsing=True), rest)
        name = f"{name} {first}".strip()
    command.make_context(name, rest)
    return name


def test_every_file_calls_the_program() -> None:
    assert {job.path for job in JOBS} == {job.path for job in CALLING}
    assert {parsed(call) for _, call in CALLS} == RUN


@pytest.mark.parametrize(("job", "call"), CALLS, ids=[f"{job}: {' '.join(call)}" for job, call in CALLS])
def test_a_call_is_understood_by_our_own_parser(job: Job, call: list[str]) -> None:
    assert parsed(call) in RUN


def test_a_call_with_an_option_that_does_not_exist_is_not() -> None:
    with pytest.raises(Exception, match="No such option"):
        parsed(["audit", "--fail-upon", "stale"])


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_its_variables_are_settings_of_ours_or_used_by_the_script_itself(job: Job) -> None:
    known = {*VARIABLES.values(), *FILE_VARIABLES}
    for name in job.environment:
        assert name in known or (not OURS.match(name) and (name in OTHERS or re.search(rf"\${{?{name}\b", job.script)))


@pytest.mark.parametrize("job", [job for job in CALLING if not job.is_starter], ids=str)
def test_its_settings_are_complete_and_only_observe(job: Job, tmp_path: Path) -> None:
    commands = {call[0] for call in job.calls()}
    needs = () if commands <= FROM_THE_STORE else (SERVICENOW, SENTINEL)
    settings = load_settings(_at_work(job, tmp_path), needs=needs)
    assert ("evidence" not in commands) or len(settings.evidence_endpoints()) == 2
    assert settings.mode == "observe"
    assert settings.azure_credential is not None
    remembers = settings.state_url.get_secret_value().startswith(("postgresql:", "sqlite:////"))
    assert remembers or "plan" in next(job.calls())


@pytest.mark.parametrize("job", JOBS, ids=str)
def test_no_secret_stands_in_a_file(job: Job) -> None:
    for name in SECRETS.keys() & job.environment.keys():
        value = job.environment[name]
        assert "$" in value or value.startswith("sqlite:///")


def test_the_action_hands_on_every_output_of_its_commands() -> None:
    (action,) = documents(ACTION)
    document = Document("", "")
    told = {
        *outputs_of_run(a_report(), document, 0),
        *outputs_of_audit(an_audit(), document, 0),
        *outputs_of_evidence((), (), document, 0),
    }
    assert {name: each["value"] for name, each in action["outputs"].items()} == {
        name: f"${{{{ steps.run.outputs.{name} }}}}" for name in told
    }


def _at_work(job: Job, folder: Path) -> dict[str, str]:
    """Its settings with everything filled in, and files where they name some."""
    named = {name.removesuffix("_FILE") for name in job.environment}
    around = {name: value for name, value in FOR_EVERY_JOB[job.system].items() if name not in named}
    own = {name: value for name, value in job.environment.items() if OURS.match(name)}
    own = {name: value.replace("%S", "/var/lib") for name, value in own.items()}
    return {
        name: str(_file(folder, name)) if name in PATHS else {**ENTERED, **SECRETS}[name] if "$" in value else value
        for name, value in (around | own).items()
    }


def _file(folder: Path, name: str) -> Path:
    file = folder / name
    if name == "WATCHKEEPER_MAPPINGS":
        file.mkdir()
    else:
        file.write_text(SECRETS.get(name.removesuffix("_FILE"), "content"), encoding="utf-8")
        file.chmod(0o600)
    return file
