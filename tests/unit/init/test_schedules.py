"""The file for a schedule: one of `deploy/ci`, with what was answered in it, and never a secret."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from watchkeeper.cli.init.ci_files import TEMPLATES, schedule, secrets_of
from watchkeeper.cli.init.questions import Ci
from watchkeeper.errors import Config

GUID = "11111111-2222-3333-4444-555555555555"
ANSWERED = {
    "SERVICENOW_INSTANCE": "acme",
    "SERVICENOW_CLIENT_ID": "yes",
    "SERVICENOW_CA_FILE": "/home/me/ca.pem",
    "WATCHKEEPER_AZURE_CREDENTIAL": "client-secret",
    "AZURE_TENANT_ID": "contoso.onmicrosoft.com",
    "AZURE_CLIENT_ID": GUID,
    "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us",
    "SENTINEL_SUBSCRIPTION_ID": GUID,
    "SENTINEL_RESOURCE_GROUP": "rg-soc (west)",
    "SENTINEL_WORKSPACE_NAME": "law-soc",
    "WATCHKEEPER_MODE": "observe",
}
OF_THE_JOB = {"WATCHKEEPER_MODE", "WATCHKEEPER_AZURE_CREDENTIAL", "SERVICENOW_CA_FILE"}
EXPECTED = {name: value for name, value in ANSWERED.items() if name not in OF_THE_JOB}
WITH_USER = {
    "SERVICENOW_USERNAME": "svc.watch",
    **{name: value for name, value in ANSWERED.items() if "CLIENT_ID" not in name},
}


def written(ci: Ci, folder: Path, settings: Mapping[str, str] = ANSWERED) -> str:
    ((path, text),) = schedule(ci, folder, settings).items()
    assert path == TEMPLATES[ci][1]
    return text


def documents(text: str) -> list[Any]:
    return list(YAML(typ="safe").load_all(text))


def environment(ci: Ci, text: str) -> Mapping[str, str]:
    """What the job is given."""
    (*before, last) = documents(text)
    match ci:
        case Ci.GITHUB:
            return dict(last["jobs"]["sync"]["env"])
        case Ci.AZURE:
            return dict(next(step["env"] for step in last["steps"] if "env" in step))
        case Ci.GITLAB:
            return dict(last["sync"]["variables"])
        case _:
            container = last["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
            return {**before[0]["data"], **{each["name"]: each["value"] for each in container["env"]}}


JOBS = (Ci.GITHUB, Ci.AZURE, Ci.GITLAB, Ci.KUBERNETES)


@pytest.mark.parametrize("ci", JOBS)
def test_a_job_has_what_was_answered_and_only_observes(tmp_path: Path, ci: Ci) -> None:
    given = environment(ci, written(ci, tmp_path))
    assert {name: given.get(name) for name in EXPECTED} == EXPECTED
    assert given["WATCHKEEPER_MODE"] == "observe"
    assert given["WATCHKEEPER_AZURE_CREDENTIAL"] != "client-secret"
    assert "SERVICENOW_CA_FILE" not in given


@pytest.mark.parametrize("ci", JOBS)
def test_what_was_not_answered_is_left_to_the_variables_of_what_runs_the_job(tmp_path: Path, ci: Ci) -> None:
    text = written(ci, tmp_path / "watchkeeper", {})
    shipped = (Path(__file__).parents[3] / "deploy" / "ci" / TEMPLATES[ci][0]).read_text(encoding="utf-8")
    kept = [line for line in shipped.splitlines() if "dev run" not in line and line not in text.splitlines()]
    assert kept == []


@pytest.mark.parametrize("ci", JOBS)
def test_a_user_stands_where_there_is_no_oauth_client(tmp_path: Path, ci: Ci) -> None:
    text = written(ci, tmp_path, WITH_USER)
    assert environment(ci, text)["SERVICENOW_USERNAME"] == "svc.watch"
    assert "SERVICENOW_CLIENT" not in text
    assert ("SERVICENOW_PASSWORD" in text) is (ci is not Ci.GITLAB)


@pytest.mark.parametrize("ci", [Ci.GITHUB, Ci.AZURE, Ci.GITLAB])
def test_outside_of_a_checkout_the_program_comes_from_a_submodule(tmp_path: Path, ci: Ci) -> None:
    text = written(ci, tmp_path)
    assert "./watchkeeper/dev run sync" in text
    assert " ./dev run" not in text
    assert "submodules: true" in text or "GIT_SUBMODULE_STRATEGY: recursive" in text


@pytest.mark.parametrize("ci", [Ci.GITHUB, Ci.AZURE, Ci.GITLAB, Ci.CRON])
def test_in_a_checkout_the_program_is_the_folder_s_own(tmp_path: Path, ci: Ci) -> None:
    (tmp_path / "src" / "watchkeeper").mkdir(parents=True)
    (tmp_path / "dev").touch()
    text = written(ci, tmp_path)
    assert " ./dev run sync" in text
    assert "submodule" not in text.lower()


def test_cron_calls_this_program_in_the_folder_with_its_settings(tmp_path: Path) -> None:
    folder = tmp_path / "100% ours"
    lines = written(Ci.CRON, folder).splitlines()
    for line, verb in zip(lines, ("sync", "audit"), strict=True):
        command = line.split(maxsplit=5)[5].replace(r"\%", "%")
        assert shlex.split(command)[:2] == ["cd", str(folder)]
        assert "&& set -a && . ./.env && set +a &&" in command
        assert shlex.split(command)[-3:] == [str(Path(sys.executable).with_name("watchkeeper")), verb, "--quiet"]
        assert "%" not in line.replace(r"\%", "")


def test_a_path_that_would_be_two_lines_of_a_crontab_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Config, match="line break"):
        schedule(Ci.CRON, tmp_path / "a\nb", {})


def test_without_a_schedule_there_is_no_file(tmp_path: Path) -> None:
    assert schedule(Ci.NONE, tmp_path, ANSWERED) == {}


@pytest.mark.parametrize("ci", Ci)
def test_only_what_signs_in_to_servicenow_needs_a_secret_store(ci: Ci) -> None:
    needed = secrets_of(ci, ["SERVICENOW_CLIENT_SECRET", "AZURE_CLIENT_SECRET"])
    assert needed == (() if ci in {Ci.NONE, Ci.CRON} else ("SERVICENOW_CLIENT_SECRET",))
