"""A file that says at its beginning that it is off costs a run nothing; a check reads it all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.engine import MAPPINGS

from watchkeeper.catalog.load import load_catalog
from watchkeeper.errors import Config
from watchkeeper.mapping.files import every_file, files_in_use
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.yaml_reader import says_off
from watchkeeper.wiring import load_duties

BROKEN = "\ntasks: [{id: Not An Id}]\nunknown: true\n"


@pytest.mark.parametrize(
    "text",
    [
        "enabled: false",
        "# why\n\nid: one\nenabled: false  # for now\ntitle: {en: one}",
        "{enabled: false, id: one}",
        "id: one\n'enabled': false\ntasks: [",
    ],
)
def test_what_stands_before_the_first_list_or_mapping_is_seen(text: str) -> None:
    assert says_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id: one",
        "enabled: true\nenabled: false",
        "enabled: 'false'",
        "enabled: no",
        "title: {enabled: false}",
        "title: {en: one}\nenabled: false",
        "- enabled\n- false",
        "enabled",
        "enabled: *off",
        "? [enabled]\n: false",
        "title: |\n  enabled: false\nid: one",
        "id: 'open\nenabled: false",
        "id: \x01\nenabled: false",
    ],
)
def test_anything_else_is_read(text: str) -> None:
    assert not says_off(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "mappings"
    shutil.copytree(MAPPINGS, copy)
    return copy


@pytest.mark.parametrize("kind", ["packs", "profiles"])
def test_the_shipped_files_that_are_off_are_left_out(folder: Path, kind: str) -> None:
    left_out = set(every_file(folder / kind)) - set(files_in_use(folder / kind))
    assert {path.stem for path in left_out} == {
        "packs": {"mdo-secops", "sentinel-ops"},
        "profiles": {"catalog-task", "security-incident"},
    }[kind]


def test_what_is_in_use_is_the_same(folder: Path) -> None:
    used = load_catalog(folder, deployment="test", files=files_in_use)
    assert used.tasks == load_catalog(folder, deployment="test").tasks
    assert load_profiles(folder, files=files_in_use).keys() == load_profiles(folder).keys()


@pytest.mark.parametrize("kind", ["packs", "profiles"])
def test_what_is_wrong_in_one_that_is_off_stops_only_a_check(folder: Path, kind: str) -> None:
    (folder / kind / "later.yaml").write_text("id: later\nenabled: false" + BROKEN, encoding="utf-8")
    assert load_duties(folder, None, "test", files_in_use).profiles
    with pytest.raises(Config) as stopped:
        load_duties(folder, None, "test")
    assert {problem.place.split(":")[0] for problem in stopped.value.problems} == {
        (folder / kind / "later.yaml").as_posix()
    }


@pytest.mark.parametrize("kind", ["packs", "profiles"])
def test_one_that_cannot_be_read_is_told(folder: Path, kind: str) -> None:
    (folder / kind / "later.yaml").write_bytes(b"enabled: false\nid: \xff")
    with pytest.raises(Config, match="UTF-8"):
        load_duties(folder, None, "test", files_in_use)


def test_a_task_may_be_served_by_one_of_a_pack_that_is_off(folder: Path) -> None:
    pack = folder / "packs" / "defender-xdr.yaml"
    text = pack.read_text(encoding="utf-8").replace(
        "cadence: weekly", "satisfied_by: sentinel-incidents\n    cadence: weekly", 1
    )
    pack.write_text(text, encoding="utf-8")
    assert "satisfied_by: sentinel-incidents" in text
    assert load_catalog(folder, deployment="test", files=files_in_use).tasks
    assert load_catalog(folder, deployment="test").tasks
