"""`mappings diff` as its user meets it: folders and git revisions, what is touched, exit codes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.acceptance.worlds import MAPPINGS, mark, writes
from tests.cli.fixtures import Busy
from tests.cli.program import Program
from tests.cli.test_bad_mappings import change

pytestmark = pytest.mark.thorough

ESCALATION = "profiles/escalation.yaml"


def git(folder: Path, *arguments: str) -> None:
    named = ("-c", "user.name=Admin", "-c", "user.email=admin@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *named, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(program: Program) -> Path:
    """The shipped folder as somebody's own, committed; the shell is in the repository."""
    folder = Path(shutil.copytree(MAPPINGS, program.folder / "mappings"))
    git(program.folder, "init", "--initial-branch=main")
    git(program.folder, "add", "mappings")
    git(program.folder, "commit", "-m", "As shipped")
    return folder


def test_a_revision_is_compared_with_the_work_tree_which_stays_as_it_is(program: Program, repository: Path) -> None:
    change(repository / ESCALATION, "close_from: soc-teams", "close_from: anyone")
    before = (repository / ESCALATION).read_bytes()
    ended = program.run("mappings", "diff", "main")
    assert (ended.code, ended.err) == (0, "")
    assert "One thing means something else in mappings than in main; 1 of them to look at first" in " ".join(
        ended.out.split()
    )
    assert "sides.servicenow.close_from: soc-teams → anyone" in ended.out
    assert f"mappings/{ESCALATION}:29:5" in ended.out
    assert (repository / ESCALATION).read_bytes() == before


@pytest.mark.parametrize("named", ["HEAD~1", "HEAD~1:mappings", "first"])
def test_two_revisions_are_compared_by_any_name_that_git_knows(program: Program, repository: Path, named: str) -> None:
    git(program.folder, "tag", "first")
    change(repository / ESCALATION, "gone: report", "gone: close-other")
    git(program.folder, "commit", "-am", "Close the other one")
    shutil.rmtree(repository / "profiles")
    payload = program.run("mappings", "diff", named, "HEAD:mappings", "--json").json("mappings-diff")
    assert [each["meaning"] for each in payload["differences"]] == ["gone: report → close-other"]
    assert payload["differences"][0]["place"].startswith(f"HEAD:mappings/{ESCALATION}:")


def test_a_link_in_a_revision_leads_nowhere(program: Program, repository: Path) -> None:
    secret = program.folder / "elsewhere.yaml"
    secret.write_text("version: 1\ncreates: { floor: 1 }\n", encoding="utf-8")
    (repository / "valves.yaml").unlink()
    (repository / "valves.yaml").symlink_to(secret)
    git(program.folder, "commit", "-am", "Lead out of the repository")
    payload = program.run("mappings", "diff", "HEAD~1", "HEAD", "--json").json("mappings-diff")
    assert "creates" not in str(payload["differences"])


def test_changes_end_with_8_only_where_that_was_asked_for(program: Program, repository: Path) -> None:
    assert program.run("mappings", "diff", "main", "--detailed-exitcode").code == 0
    change(repository / ESCALATION, "gone: report", "gone: recreate")
    assert program.run("mappings", "diff", "main", "--detailed-exitcode").code == 8
    shown = program.run("mappings", "diff", "main", "--format", "markdown")
    assert shown.code == 0
    # By this mark a job finds the comment of the last push.
    assert shown.out.startswith("<!-- watchkeeper mappings diff -->\n# ")


def test_a_version_that_does_not_load_is_named_and_ends_with_3(program: Program, repository: Path) -> None:
    change(repository / ESCALATION, "gone: report", "gone: repot")
    git(program.folder, "commit", "-am", "A slip")
    ended = program.run("mappings", "diff", "main", MAPPINGS)
    assert (ended.code, ended.out) == (3, "")
    assert f"main:{ESCALATION}:" in ended.err
    assert "did you mean report?" in ended.err


@pytest.mark.parametrize("named", ["nowhere", "--output=/tmp/x", "-h:x", "main:nowhere", ":mappings"])
def test_what_is_neither_a_folder_nor_a_revision_is_refused(program: Program, repository: Path, named: str) -> None:
    ended = program.run("mappings", "diff", "--", named)
    assert ended.code == 3
    assert "neither a folder nor a git revision" in ended.err
    assert repository.is_dir()


def test_open_tickets_are_counted_from_the_memory_and_live_by_two_plans(busy: Busy) -> None:
    folder = Path(shutil.copytree(MAPPINGS, busy.soc.folder / "changed"))
    change(
        folder / ESCALATION,
        "    servicenow: { text: { field: short_description, max: 160 } }",
        "    servicenow: { text: { field: short_description, max: 100 } }",
    )
    change(folder / ESCALATION, "{ is: [1, 1], means: high, writes: [high] }", "{ is: [1, 1], means: high }")
    change(folder / ESCALATION, "{ is: [1, 2], means: high }", "{ is: [1, 2], means: high, writes: [high] }")
    before = mark(busy.world)
    ended = busy.soc.run("mappings", "diff", MAPPINGS, folder, "--live", "--json")
    payload = ended.json("mappings-diff")
    assert payload["touched"] == 1
    assert [each["touched"] for each in payload["differences"]] == [[busy.key], [busy.key]]
    assert payload["live"] == []
    assert writes(busy.world, before) == []
    told = busy.soc.run("mappings", "diff", MAPPINGS, folder).out
    assert "1 open ticket is touched" in " ".join(told.split())
