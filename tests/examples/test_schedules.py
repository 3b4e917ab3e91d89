"""Timers, crontabs and CI schedules: they are read as they are meant, and each known trap of a scheduler is avoided."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.examples.files import (
    AZURE,
    CRONTABS,
    DROP_INS,
    EXAMPLES,
    GITLAB,
    ROOT,
    SETTINGS_FILE,
    UNITS,
    WORKFLOWS,
    Job,
    documents,
    jobs,
    unit,
    values,
)

from watchkeeper.deadline import length_of_time

SCHEDULED = tuple(path for path in WORKFLOWS if "pull_request" not in path.read_text(encoding="utf-8"))
SERVICE = EXAMPLES / "systemd/watchkeeper@.service"
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
"""Of a line of cron: the least and the greatest of each field (crontab(5))."""
_PART = re.compile(r"(?:\*|(?P<first>\d+)(?:-(?P<last>\d+))?)(?:/\d+)?")
KEYS = {
    "Unit": {"Description", "Wants", "After"},
    "Timer": {"Unit", "OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
    "Service": {
        "Type", "ExecStart", "SuccessExitStatus", "TimeoutStartSec", "TimeoutStopSec", "EnvironmentFile", "Environment",
        "LoadCredential", "ReadWritePaths", "DynamicUser", "User", "StateDirectory", "StateDirectoryMode", "WorkingDirectory", "UMask",
        "CapabilityBoundingSet", "NoNewPrivileges", "LockPersonality", "MemoryDenyWriteExecute", "PrivateDevices",
        "PrivateTmp", "PrivateUsers", "ProcSubset", "ProtectClock", "ProtectControlGroups", "ProtectHome",
        "ProtectHostname", "ProtectKernelLogs", "ProtectKernelModules", "ProtectKernelTunables", "ProtectProc",
        "ProtectSystem", "RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime",
        "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallErrorNumber", "SystemCallFilter",
    },
}  # fmt: skip
"""What systemd.unit(5), .timer(5), .service(5) and .exec(5) of version 252 know, of what is used here."""


def schedules() -> Iterator[tuple[str, str]]:
    """Every line of cron, with where it stands."""
    for path in SCHEDULED:
        (workflow,) = documents(path)
        yield from ((str(path.name), each["cron"]) for each in workflow["on"]["schedule"])
    for path in AZURE:
        yield from ((str(path.name), each["cron"]) for each in documents(path)[0]["schedules"])
    for job in jobs():
        if job.system == "cron":
            yield job.path.name, " ".join(job.name.split())
    for path in (EXAMPLES / "kubernetes").glob("*.yaml"):
        yield from ((path.name, each["spec"]["schedule"]) for each in documents(path) if each["kind"] == "CronJob")


@pytest.mark.parametrize(("where", "when"), sorted(set(schedules())))
def test_a_line_of_cron_is_one_and_stays_away_from_full_hours(where: str, when: str) -> None:
    fields = when.split()
    assert len(fields) == 5
    for text, (least, most) in zip(fields, FIELDS, strict=True):
        for part in text.split(","):
            found = _PART.fullmatch(part)
            assert found, part
            numbers = [int(each) for each in found.groups() if each is not None]
            assert all(least <= number <= most for number in numbers)
    assert "0" not in fields[0].split(",")


@pytest.mark.parametrize("path", SCHEDULED, ids=lambda path: path.name)
def test_a_github_schedule_has_a_file_of_its_own_and_cuts_no_run_short(path: Path) -> None:
    (workflow,) = documents(path)
    assert set(workflow["on"]) == {"schedule", "workflow_dispatch"}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    for each in workflow["on"]["schedule"]:
        assert ZoneInfo(each.get("timezone", "UTC"))
        # By the hour of a place, a schedule means that place's hour.
        assert each["cron"].split()[1] == "*" or "timezone" in each


@pytest.mark.parametrize("path", AZURE, ids=str)
def test_an_azure_schedule_runs_without_a_change_of_code_and_does_not_pretend_to_wait(path: Path) -> None:
    """`batch` would do nothing (MicrosoftDocs/azure-devops-yaml-schema, schedules.cron: `always` runs "even if there is an
    in-progress run")."""
    (pipeline,) = documents(path)
    assert (pipeline["trigger"], pipeline["pr"]) == ("none", "none")
    for each in pipeline["schedules"]:
        assert each["always"] is True
        assert "batch" not in each


def test_an_azure_run_whose_memory_nobody_guards_ends_before_the_next_one_begins() -> None:
    (pipeline,) = documents(ROOT / "deploy/ci/azure-pipelines.yml")
    minutes = [int(each) for each in pipeline["schedules"][0]["cron"].split()[0].split(",")]
    (step,) = (each for each in pipeline["steps"] if "bash" in each)
    run_time = length_of_time(step["env"]["WATCHKEEPER_RUN_TIME"])
    assert run_time is not None
    assert run_time < timedelta(minutes=min(later - first for first, later in pairwise(minutes)))


def test_each_azure_schedule_starts_the_job_of_its_name() -> None:
    (pipeline,) = documents(EXAMPLES / "azure-pipelines.yml")
    names = {each["displayName"] for each in pipeline["schedules"]}
    assert names == {job["job"] for job in pipeline["jobs"]}
    conditions = {job["job"]: job["condition"] for job in pipeline["jobs"]}
    asked = "variables['Build.CronSchedule.DisplayName']"
    others = sorted(names - {"sync"})
    assert conditions == {
        "sync": f"not(in({asked}, {', '.join(map(repr, others))}))",
        **{name: f"eq({asked}, '{name}')" for name in others},
    }


@pytest.mark.parametrize("path", GITLAB, ids=str)
def test_gitlab_runs_one_job_at_a_time_on_schedules_alone_and_shows_a_finding_as_amber(path: Path) -> None:
    (pipeline,) = documents(path)
    for name, own in pipeline.items():
        job = {**pipeline.get(own.get("extends"), {}), **own}
        if name.startswith(".") or "watchkeeper" not in str(job.get("resource_group")):
            continue
        assert all('$CI_PIPELINE_SOURCE == "schedule"' in rule["if"] for rule in job["rules"])
        assert 75 in job["allow_failure"]["exit_codes"]
        assert ("audit" in str(job["script"])) <= (6 in job["allow_failure"]["exit_codes"])
        assert ("evidence collect" in str(job["script"])) == (4 in job["allow_failure"]["exit_codes"])


def test_gitlab_keeps_what_the_audit_says_for_people_and_for_later_jobs() -> None:
    (pipeline,) = documents(EXAMPLES / "gitlab-ci.yml")
    audit = pipeline["audit"]
    assert audit["artifacts"]["when"] == "always"
    assert audit["artifacts"]["reports"] == {
        "junit": "audit.xml",
        "dotenv": audit["variables"]["WATCHKEEPER_CI_OUTPUTS"],
    }
    assert "> audit.xml" in audit["script"][0]


@pytest.mark.parametrize("job", [job for job in jobs() if any(call[0] == "evidence" for call in job.calls())], ids=str)
def test_what_is_missing_keeps_neither_the_portal_nor_a_sync_from_coming(job: Job) -> None:
    """A source that fails (exit code 4) ends no script before the site is made, and a sync is never of the same job."""
    commands = [call[0] for call in job.calls()]
    assert commands in (["evidence"], ["evidence", "export"], ["evidence", "report", "export"])
    assert "evidence collect &&" not in job.script
    assert "set -e" not in job.script


@pytest.mark.parametrize("path", CRONTABS, ids=str)
def test_a_line_of_a_crontab_ends_where_it_seems_to(path: Path) -> None:
    """An unescaped percent sign would be its end (crontab(5))."""
    assert not re.search(r"(?<!\\)%", path.read_text(encoding="utf-8"))
    assert path.read_text(encoding="utf-8").endswith("\n")
    assert "." not in path.name


@pytest.mark.parametrize("job", [job for job in jobs() if job.system == "cron"], ids=str)
def test_cron_mails_only_what_needs_attention(job: Job) -> None:
    assert all("--quiet" in call for call in job.calls())


@pytest.mark.parametrize("path", [*UNITS, *DROP_INS], ids=lambda path: path.name)
def test_a_unit_has_sections_and_keys_that_exist(path: Path) -> None:
    for section, key, value in unit(path):
        assert key in KEYS[section]
        assert value == value.strip()


def test_a_timer_starts_an_instance_of_the_service() -> None:
    for timer in (path for path in UNITS if path.suffix == ".timer"):
        (named,) = values(timer, "Unit")
        assert named.partition("@")[::2] == ("watchkeeper", f"{timer.stem.removeprefix('watchkeeper-')}.service")
        assert values(timer, "WantedBy") == ["timers.target"]
    assert values(SERVICE, "SuccessExitStatus") == ["75"]


def test_the_evidence_s_own_service_goes_on_when_a_source_fails_and_may_write_the_site() -> None:
    (drop_in,) = DROP_INS
    first, *then = values(drop_in, "ExecStart")
    assert (first, len(then)) == ("", 2), "an empty line takes away what the template runs (systemd.service(5))"
    assert values(drop_in, "SuccessExitStatus") == ["4"]
    (written,) = values(drop_in, "ReadWritePaths")
    assert str(Path(then[1].split()[3]).parent) == written
    told = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"install .*{written}$", told, re.MULTILINE)


def test_secrets_reach_the_service_as_credentials_and_its_state_is_its_own() -> None:
    handed = {each.partition(":")[0] for each in values(SERVICE, "LoadCredential")}
    environment = dict(each.split("=", 1) for each in values(SERVICE, "Environment"))
    used = {value.removeprefix("%d/") for value in environment.values() if value.startswith("%d/")}
    assert handed == used
    assert values(SERVICE, "ProtectSystem") == ["strict"]
    (folder,) = values(SERVICE, "StateDirectory")
    assert environment["WATCHKEEPER_STATE_URL"].startswith(f"sqlite:///%S/{folder}/")
    # Instances of a template with a dynamic user each would not share what one of them has written (systemd.exec(5)).
    assert (values(SERVICE, "DynamicUser"), len(values(SERVICE, "User"))) == (["yes"], 1)


def test_what_the_service_reads_is_put_there_by_the_steps_for_one_machine() -> None:
    told = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("## One machine")[2].partition("\n## ")[0]
    lines = [line for path in (SERVICE, SETTINGS_FILE) for line in path.read_text(encoding="utf-8").splitlines()]
    read = "\n".join(line for line in lines if not line.startswith("#"))
    names = set(re.findall(r"/etc/watchkeeper/([\w.-]*\w)", read))
    assert {"mappings", "settings.env"} <= names
    assert [name for name in names if not re.search(rf"{name}\b.* /etc/watchkeeper/$", told, re.MULTILINE)] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is a part of systemd")
def test_systemd_takes_the_units_and_finds_the_service_well_shut(tmp_path: Path) -> None:
    for path in (*UNITS, *DROP_INS):
        text = path.read_text(encoding="utf-8").replace("/opt/watchkeeper/bin/watchkeeper", "/bin/true")
        copy = tmp_path / path.relative_to(SERVICE.parent)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    verbs = ("sync", "audit", "evidence")
    named = [tmp_path / path.name.replace("@.", f"@{verb}.") for path in UNITS for verb in verbs]
    ended = _systemd("verify", "--man=no", *sorted({*named}), path=tmp_path)
    assert (ended.returncode, _about_ours(ended.stderr)) == (0, [])
    rated = _systemd(
        "security", "--offline=true", "--threshold=20", tmp_path / "watchkeeper@sync.service", path=tmp_path
    )
    assert rated.returncode == 0, rated.stdout


def _systemd(*arguments: object, path: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, arguments)]
    around = {"SYSTEMD_UNIT_PATH": f"{path}:", "PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "SYSTEMD_PAGER": "cat"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=around)


def _about_ours(text: str) -> list[str]:
    return [line for line in text.splitlines() if "watchkeeper" in line]
