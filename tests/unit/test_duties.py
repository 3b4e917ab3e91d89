"""What tasks and profiles can only get wrong together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from watchkeeper.errors import Config
from watchkeeper.wiring import load_duties

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MAPPINGS, tmp_path / "mappings"))


def problems(folder: Path) -> list[str]:
    with pytest.raises(Config) as caught:
        load_duties(folder, None, "soc")
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


def use_tasks(folder: Path) -> None:
    """Let one task appear as an incident task."""
    pack = folder / "packs" / "defender-xdr.yaml"
    pack.write_text(pack.read_text(encoding="utf-8").replace("{mode: incident}", "{mode: incident-task}", 1), "utf-8")


def test_the_shipped_folder_serves_every_mode(folder: Path) -> None:
    use_tasks(folder)
    assert {"maintenance", "maintenance-task"} <= set(load_duties(folder, None, "soc").profiles)


def test_a_folder_from_before_there_were_incident_tasks_goes_on_as_it_is(folder: Path) -> None:
    (folder / "profiles" / "maintenance-task.yaml").unlink()
    assert "maintenance-task" not in load_duties(folder, None, "soc").profiles


def test_a_task_whose_mode_no_profile_writes_is_told_with_its_place(folder: Path) -> None:
    (folder / "profiles" / "maintenance-task.yaml").unlink()
    use_tasks(folder)
    assert problems(folder) == ["sentinel.mode: no profile of the kind maintenance writes incident-tasks"]


@pytest.mark.parametrize(
    ("name", "shown"), [("maintenance", "2 write incidents, 1"), ("maintenance-task", "1 write incidents, 2")]
)
def test_two_profiles_for_one_collection_are_refused(folder: Path, name: str, shown: str) -> None:
    text = (folder / "profiles" / f"{name}.yaml").read_text(encoding="utf-8")
    (folder / "profiles" / "second.yaml").write_text(text.replace(f"name: {name}\n", "name: second\n"), "utf-8")
    (told,) = problems(folder)
    assert told == f": of the profiles of the kind maintenance {shown} write incident-tasks"


def test_an_audited_task_that_there_is_not_is_told(folder: Path) -> None:
    profile = folder / "profiles" / "maintenance.yaml"
    profile.write_text(f"{profile.read_text('utf-8')}\naudit_result: {{tasks: [escalation-ticket]}}\n", "utf-8")
    assert problems(folder) == ["audit_result.tasks: there is no task 'escalation-ticket'"]


def test_an_audited_task_that_is_not_by_the_day_is_told(folder: Path) -> None:
    profile = folder / "profiles" / "maintenance.yaml"
    profile.write_text(
        f"{profile.read_text('utf-8')}\naudit_result: {{tasks: [secure-score, escalation-tickets]}}\n", "utf-8"
    )
    assert problems(folder) == [
        "audit_result.tasks: 'secure-score' is weekly, and its ticket would carry the result of one day alone"
    ]
