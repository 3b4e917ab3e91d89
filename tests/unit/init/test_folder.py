"""All of the files or none, also when the process ends in the middle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from watchkeeper.cli.init.folder import (
    STAGING,
    FileState,
    PlannedFile,
    put,
    recover,
    refuse_what_is_in_the_way,
    standings,
)
from watchkeeper.errors import Config, Problem
from watchkeeper.stop import Stop

FILES = (
    PlannedFile(".gitignore", ".env\n/build/\n", extends=True),
    PlannedFile("mappings/teams.yaml", "new teams\n"),
    PlannedFile("ci/sync.yml", "job\n"),
    PlannedFile(".env", "NAME=x\n", private=True),
)


def contents(folder: Path) -> Mapping[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def fine(_: Path) -> None:
    """Nothing is wrong with the files."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with something of its owner's."""
    for path, text in {".gitignore": "/build/\n", "mappings/teams.yaml": "old\n", "mappings/own.yaml": "own\n"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_what_is_in_the_way_is_named_and_what_can_be_extended_is_not(folder: Path) -> None:
    found = standings(folder, FILES, force=False)
    assert [each.state for each in found] == [FileState.EXTENDED, FileState.IN_THE_WAY, FileState.NEW, FileState.NEW]
    with pytest.raises(Config) as refused:
        refuse_what_is_in_the_way(folder, found)
    assert [problem.place for problem in refused.value.problems] == [str(folder / "mappings/teams.yaml")]
    assert standings(folder, FILES, force=True)[1].state is FileState.REPLACED


def test_the_files_are_looked_at_among_those_that_are_there_before_any_is_put(folder: Path) -> None:
    seen: dict[str, str] = {}
    put(folder, standings(folder, FILES, force=True), lambda made: seen.update(contents(made)), Stop())
    assert seen == {**{file.path: file.content for file in FILES}, "mappings/own.yaml": "own\n"}
    assert contents(folder) == seen
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_what_does_not_load_is_not_written(folder: Path) -> None:
    before = contents(folder)

    def wrong(_: Path) -> None:
        raise Config([Problem("teams.yaml", "", "is wrong")])

    with pytest.raises(Config, match="is wrong"):
        put(folder, standings(folder, FILES, force=True), wrong, Stop())
    assert contents(folder) == before
    with pytest.raises(Config, match="is wrong"):
        put(folder / "made" / "for it", standings(folder / "made" / "for it", FILES, force=True), wrong, Stop())
    assert not (folder / "made" / "for it").exists()


def test_when_a_file_cannot_be_put_into_place_those_before_it_are_taken_back(folder: Path) -> None:
    (folder / "ci").write_text("no folder")
    before = contents(folder)
    with pytest.raises(Config, match="cannot be written"):
        put(folder, standings(folder, FILES, force=True), fine, Stop())
    assert contents(folder) == before


@pytest.mark.parametrize("moved", range(len(FILES) + 1))
def test_a_run_that_was_killed_between_two_files_is_taken_back_by_the_next_one(folder: Path, moved: int) -> None:
    before = contents(folder)
    staging = folder / STAGING
    for file in FILES:
        for part in ("new", "old"):
            (staging / part / file.path).parent.mkdir(parents=True, exist_ok=True)
        (staging / "new" / file.path).write_text(file.content)
        if file.path in before:
            (staging / "old" / file.path).write_text(before[file.path])
    (staging / "journal").write_text(json.dumps([[file.path, file.path in before] for file in FILES]))
    for file in FILES[:moved]:
        (folder / file.path).parent.mkdir(exist_ok=True)
        (staging / "new" / file.path).replace(folder / file.path)
    recover(folder)
    assert contents(folder) == before
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "mappings"]


@pytest.mark.parametrize(
    "journal", ["", "[[", "7", '[["a"]]', '{"a": 1}', '[["../outside", false], ["up/outside", false]]']
)
def test_a_journal_that_is_not_ours_takes_nothing_away(tmp_path: Path, journal: str) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "ours"
    (folder / STAGING).mkdir(parents=True)
    (folder / "up").symlink_to(tmp_path)
    outside.write_text("kept")
    (folder / STAGING / "journal").write_text(journal)
    recover(folder)
    assert outside.read_text() == "kept"
    assert not (folder / STAGING).exists()
