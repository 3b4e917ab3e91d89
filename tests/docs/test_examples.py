"""YAML and JSON in the documents is what it is shown as: mappings load, CI files have the shape that they need."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.docs.pages import ROOT, Fence, pages

from watchkeeper.catalog.evidence_file import KnownTasks, load_evidence
from watchkeeper.catalog.load import load_catalog
from watchkeeper.catalog.nudge_file import load_nudges
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import CloseFrom, LinkBack, Owner
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.settings import VARIABLES

FENCES = [fence for page in pages() for fence in page.fences]
BLOCKS = [fence for fence in FENCES if fence.info[:1] == ("yaml",)]
KINDS = {
    "file",
    "own-fields",
    "profile-change",
    "calendar",
    "waivers",
    "nudges",
    "scripts",
    "audit",
    "parents",
    "audit-result",
    "shifts",
    "github",
    "github-pull-request",
    "azure-pipelines",
    "gitlab",
    "kubernetes",
    "prometheus",
    "prometheus-scrape",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "mappings"
    shutil.copytree(ROOT / "mappings", copy)
    return copy


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_a_yaml_block_is_yaml_and_says_what_it_is(block: Fence) -> None:
    assert _yaml(block) is not None
    assert block.page.parent.name == "mappings" or block.info[1] in KINDS


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.info[1:2] == ("file",)], ids=str)
def test_a_whole_file_loads_among_the_shipped_ones(block: Fence, folder: Path) -> None:
    (folder / block.info[2]).write_text(block.body, encoding="utf-8")
    before = load_catalog(ROOT / "mappings", deployment="soc").tasks.keys()
    assert load_catalog(folder, deployment="soc").tasks.keys() - before == {
        task["id"] for task in _yaml(block)["tasks"]
    }


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.info[1:2] == ("calendar",)], ids=str)
def test_a_calendar_loads_among_the_shipped_ones(block: Fence, folder: Path) -> None:
    shipped = (folder / "calendars.yaml").read_text(encoding="utf-8")
    added = block.body.partition("calendars:\n")[2]
    (folder / "calendars.yaml").write_text(f"{shipped}\n{added}\n", encoding="utf-8")
    assert "bavaria" in load_catalog(folder, deployment="soc").calendars


def test_the_windows_of_the_audit_load_in_a_profile(folder: Path) -> None:
    (block,) = (each for each in BLOCKS if each.info[1:2] == ("audit",))
    file = folder / "profiles" / "escalation.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{block.body}\n", encoding="utf-8")
    profile, shipped = (load_profiles(where)["escalation"] for where in (folder, ROOT / "mappings"))
    assert [profile.window(severity).value for severity in ("high", "medium", "low")] == [
        "per_shift",
        "rolling_24h",
        "business_day",
    ]
    assert profile.fingerprint != shipped.fingerprint


def test_the_field_of_the_parents_loads_in_a_profile_and_is_read(folder: Path) -> None:
    (block,) = (each for each in BLOCKS if each.info[1:2] == ("parents",))
    file = folder / "profiles" / "escalation.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{block.body}\n", encoding="utf-8")
    profile, shipped = (load_profiles(where)["escalation"] for where in (folder, ROOT / "mappings"))
    assert profile.raw_fields(SERVICENOW) - shipped.raw_fields(SERVICENOW) == {"parent_incident"}
    assert profile.fingerprint != shipped.fingerprint


def test_what_the_daily_ticket_may_do_with_the_result_loads_in_its_profile(folder: Path) -> None:
    (block,) = (each for each in BLOCKS if each.info[1:2] == ("audit-result",))
    file = folder / "profiles" / "maintenance.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{block.body}\n", encoding="utf-8")
    profile, shipped = (load_profiles(where)["maintenance"] for where in (folder, ROOT / "mappings"))
    assert (profile.close_when_kept, shipped.close_when_kept) == (True, False)
    assert profile.audited_tasks == shipped.audited_tasks == ("escalation-tickets",)


def test_the_shifts_load_in_a_team(folder: Path) -> None:
    (block,) = (each for each in BLOCKS if each.info[1:2] == ("shifts",))
    shifts = "\n".join(f"    {line}" for line in block.body.splitlines())
    file = folder / "teams.yaml"
    before, marker, after = file.read_text(encoding="utf-8").partition("    enabled: true\n")
    file.write_text(f"{before}{marker}{shifts}\n{after}", encoding="utf-8")
    assert [shift.name for shift in load_catalog(folder, deployment="soc").teams["csirt"].shifts] == [
        "apac",
        "emea",
        "amer",
    ]


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.info[1:2] == ("waivers",)], ids=str)
def test_waivers_load_among_the_shipped_files(block: Fence, folder: Path) -> None:
    (folder / "waivers.yaml").write_text(block.body, encoding="utf-8")
    assert len(load_catalog(folder, deployment="soc").waivers) == len(_yaml(block)["waivers"])


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.info[1:2] == ("nudges",)], ids=str)
def test_the_rules_of_reminders_load_among_the_shipped_files(block: Fence, folder: Path) -> None:
    (folder / "nudges.yaml").write_text(block.body, encoding="utf-8")
    teams = load_catalog(folder, deployment="soc").teams
    assert len(load_nudges(folder, frozenset(teams)).channels) == len(_yaml(block)["channels"])


@pytest.mark.parametrize("block", [each for each in BLOCKS if each.info[1:2] == ("scripts",)], ids=str)
def test_scripts_lie_below_their_sources(block: Fence, folder: Path) -> None:
    (folder / "evidence.yaml").write_text(block.body, encoding="utf-8")
    tasks = KnownTasks(load_catalog(folder, deployment="soc").tasks)
    rules = load_evidence(folder, tasks).scripts
    assert [each.address for each in rules.files] == [each["url"] for each in _yaml(block)["scripts"]["files"]]


def test_the_one_way_profile_loads_and_writes_nothing_in_sentinel(folder: Path) -> None:
    (block,) = (each for each in BLOCKS if each.info[1:2] == ("profile-change",))
    file = folder / "profiles" / f"{block.info[2]}.yaml"
    merged = _merged(YAML(typ="safe").load(file.read_text(encoding="utf-8")), _yaml(block))
    for name in _yaml(block)["fields"]:
        for taken_out in ("resolver", "may_lower"):
            merged["fields"][name].pop(taken_out, None)
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump(merged, stream)
    profile = load_profiles(folder)[block.info[2]]
    assert not profile.sides[SENTINEL].creates
    assert profile.sides[SENTINEL].link_back is LinkBack.NONE
    assert profile.sides[SERVICENOW].close_from is CloseFrom.NOBODY
    assert profile.comments == ((SENTINEL, SERVICENOW),)
    carried = [rule for rule in profile.fields if SENTINEL in rule.lenses]
    assert {rule.owner for rule in carried} <= {Owner.SENTINEL, Owner.CREATE_ONCE}


def test_github_runs_with_the_least_permissions_and_one_at_a_time() -> None:
    workflow = _yaml(_the("github"))
    job = workflow["jobs"]["sync"]
    assert workflow["permissions"] == {}
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    assert _settings(job["env"]) <= set(VARIABLES.values())


@pytest.mark.parametrize(
    ("info", "file"),
    [
        (("yaml", "github"), "github.yml"),
        (("yaml", "azure-pipelines"), "azure-pipelines.yml"),
        (("yaml", "gitlab"), "gitlab.yml"),
        (("crontab",), "crontab"),
        (("yaml", "kubernetes"), "kubernetes.yaml"),
    ],
)
def test_a_schedule_is_shown_as_it_is_shipped(info: tuple[str, ...], file: str) -> None:
    (block,) = (each for each in FENCES if each.info == info)
    assert f"{block.body}\n" == (ROOT / "deploy" / "ci" / file).read_text(encoding="utf-8")


def test_a_pull_request_is_looked_at_without_any_secret_and_told_in_one_comment() -> None:
    workflow = _yaml(_the("github-pull-request"))
    job = workflow["jobs"]["meaning"]
    assert (workflow["permissions"], set(workflow["on"])) == ({}, {"pull_request"})
    assert job["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "secrets." not in str(workflow)
    runs = [step.get("run", "") for step in job["steps"]]
    assert [word for run in runs for word in ("check", "test", "diff") if f"mappings {word}" in run] == [
        "check",
        "test",
        "diff",
    ]
    told = job["steps"][-1]
    assert "head.repo.full_name == github.repository" in told["if"]
    *_, script, saved = told["run"].split()
    assert f"tee {saved} " in runs[-2]
    asked = set(re.findall(r"environ\[[\"'](\w+)[\"']\]", (ROOT / script).read_text(encoding="utf-8")))
    assert asked == {*told["env"], "GITHUB_API_URL", "GITHUB_REPOSITORY"}


def test_azure_pipelines_runs_without_code_changes() -> None:
    pipeline = _yaml(_the("azure-pipelines"))
    (schedule,) = pipeline["schedules"]
    assert schedule["always"] is True
    assert _settings(next(step["env"] for step in pipeline["steps"] if "env" in step)) <= set(VARIABLES.values())


def test_gitlab_runs_one_at_a_time_and_takes_findings_as_warnings() -> None:
    job = _yaml(_the("gitlab"))["sync"]
    assert job["resource_group"]
    assert job["allow_failure"]["exit_codes"] == [6, 75]
    assert _settings(job["variables"]) <= set(VARIABLES.values())


def test_kubernetes_forbids_overlap_and_repeats_nothing() -> None:
    job = _yaml(_the("kubernetes"))
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["startingDeadlineSeconds"] > 0
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert len(job["metadata"]["name"]) <= 52


def test_the_azure_role_is_the_one_that_is_shipped() -> None:
    (block,) = (each for each in FENCES if each.info == ("json", "role"))
    shipped = (ROOT / "deploy/permissions/azure-read-write.json").read_text(encoding="utf-8")
    assert json.loads(block.body) == json.loads(shipped)


def _the(kind: str) -> Fence:
    (block,) = (each for each in BLOCKS if each.info[1:2] == (kind,))
    return block


def _yaml(block: Fence) -> Any:
    return YAML(typ="safe").load(block.body)


def _settings(environment: Mapping[str, object]) -> set[str]:
    return {name.removesuffix("_FILE") if name not in VARIABLES.values() else name for name in environment}


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}
