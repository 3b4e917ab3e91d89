"""What the examples offer in comments: it is all that a dead-man switch needs there, and stands when its sign is taken away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.examples.files import EXAMPLES, SETTINGS_FILE, Job, documents, jobs, unit, values
from tests.examples.test_schedules import KEYS, SERVICE

from watchkeeper.settings import FILE_VARIABLES, HEARTBEATS, VARIABLES

_OFFER = re.compile(
    r"(?m)^( *)# ?((?:Environment=|LoadCredential=|ReadWritePaths=|SupplementaryGroups=|[A-Z_]+(?:=|: )).*)$"
)
_NAME = re.compile(r"\bWATCHKEEPER_[A-Z_]+")
CONFIG = EXAMPLES / "kubernetes/watchkeeper.yaml"
SCHEDULED = [job for job in jobs() if not job.is_starter and HEARTBEATS.keys() & {call[0] for call in job.calls()}]
AROUND = {"kubernetes": CONFIG, "cron": SETTINGS_FILE, "systemd": SETTINGS_FILE}
"""By system: where the settings of all its jobs are."""


def taken_up(path: Path, folder: Path) -> Path:
    """The file with everything that it offers."""
    text, count = _OFFER.subn(r"\1\2", path.read_text(encoding="utf-8"))
    assert count
    copy = folder / path.name
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.parametrize("job", SCHEDULED, ids=str)
def test_whoever_fills_in_a_schedule_meets_the_setting_of_its_dead_man_switch(job: Job) -> None:
    files = [job.path, *(AROUND[job.system] for _ in range(job.system in AROUND))]
    named = {name.removesuffix("_FILE") for file in files for name in _NAME.findall(file.read_text(encoding="utf-8"))}
    assert {HEARTBEATS[call[0]] for call in job.calls() if call[0] in HEARTBEATS} <= named


@pytest.mark.parametrize(
    "path", [file for file in sorted(EXAMPLES.rglob("*")) if file.is_file()], ids=lambda path: path.name
)
def test_a_setting_that_a_file_speaks_of_exists(path: Path) -> None:
    assert set(_NAME.findall(path.read_text(encoding="utf-8"))) <= {*VARIABLES.values(), *FILE_VARIABLES}


def test_azure_gives_each_step_its_own(tmp_path: Path) -> None:
    (pipeline,) = documents(taken_up(EXAMPLES / "azure-pipelines.yml", tmp_path))
    for job in pipeline["jobs"]:
        environment = next(step["env"] for step in job["steps"] if "bash" in step)
        (name,) = HEARTBEATS.values() & environment.keys()
        assert (name, environment[name]) == (HEARTBEATS[job["job"]], f"$({name})")


def test_a_pod_finds_the_addresses_beside_its_other_secrets(tmp_path: Path) -> None:
    found = {each["kind"]: each for each in documents(taken_up(CONFIG, tmp_path))}
    settings = found["ConfigMap"]["data"]
    assert {f"{name}_FILE" for name in HEARTBEATS.values()} <= settings.keys()
    assert {str(Path(value).parent) for name, value in settings.items() if name.endswith("_FILE")} == {"/secrets"}


def test_the_service_is_handed_the_addresses_and_may_write_into_the_folder_of_its_settings(tmp_path: Path) -> None:
    service = taken_up(SERVICE, tmp_path)
    known = KEYS["Service"] | {"ReadWritePaths", "SupplementaryGroups"}
    assert {key for section, key, _ in unit(service) if section == "Service"} <= known
    environment = dict(each.split("=", 1) for each in values(service, "Environment"))
    assert {f"{name}_FILE" for name in HEARTBEATS.values()} <= environment.keys()
    handed = {each.partition(":")[0] for each in values(service, "LoadCredential")}
    assert handed == {value.removeprefix("%d/") for value in environment.values() if value.startswith("%d/")}
    settings = taken_up(SETTINGS_FILE, tmp_path).read_text(encoding="utf-8").splitlines()
    (folder,) = (line.partition("=")[2] for line in settings if line.startswith("WATCHKEEPER_METRICS_FOLDER="))
    assert values(service, "ReadWritePaths") == [folder]
