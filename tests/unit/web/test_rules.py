"""The board reads the mappings folder again when somebody has changed it, and lives on when they broke it."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.docs.pages import ROOT
from tests.unit.web.boards import NOW, a_store, library_of

from watchkeeper.errors import Config
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.rules import Rules
from watchkeeper.wiring import Duties


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "mappings", tmp_path / "mappings"))


def changed(file: Path, old: str, new: str) -> None:
    """As an editor would: at a later instant, which a fast test would not see."""
    at = file.stat().st_mtime_ns + 1_000_000_000
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    os.utime(file, ns=(at, at))


def test_they_are_read_once_until_a_file_changes(folder: Path) -> None:
    rules = Rules(folder)
    before = rules.of("soc")
    assert isinstance(before, Duties)
    assert rules.of("soc") is before
    changed(folder / "owners.yaml", "name: Dublin workplace", "name: Dublin offices")
    after = rules.of("soc")
    assert isinstance(after, Duties)
    assert after is not before


def test_a_broken_file_is_told_with_its_place_until_it_is_mended(folder: Path, tmp_path: Path) -> None:
    rules, file = Rules(folder), folder / "teams.yaml"
    sound = file.read_text(encoding="utf-8")
    changed(file, "id: soc-oversight", "id: SOC oversight")
    broken = rules.of("soc")
    assert isinstance(broken, Config)
    assert "teams.yaml:" in str(broken.problems[0].place)
    library = library_of(a_store(tmp_path))
    assert Reader(library, "soc", NOW, {}, rules=rules).mappings is None
    library.close()
    changed(file, "id: SOC oversight", "id: soc-oversight")
    assert file.read_text(encoding="utf-8") == sound
    assert isinstance(rules.of("soc"), Duties)


def test_packs_that_are_switched_off_are_read_once_until_a_file_changes(folder: Path) -> None:
    rules = Rules(folder)
    before = rules.packs_off()
    assert rules.packs_off() is before
    changed(folder / "packs" / "mdo-secops.yaml", "enabled: false", "enabled: true")
    assert {each.id for each in before} - {each.id for each in rules.packs_off()} == {"mdo-secops"}


def test_where_there_is_no_folder_nothing_is_known(tmp_path: Path) -> None:
    assert isinstance(Rules(tmp_path / "none").of("soc"), Config)
    assert Rules(tmp_path / "none").packs_off() == ()


def test_a_page_has_one_answer_and_the_next_request_another(folder: Path, tmp_path: Path) -> None:
    library = library_of(a_store(tmp_path))
    reader = Reader(library, "soc", NOW, {}, rules=Rules(folder))
    before = reader.mappings
    changed(folder / "owners.yaml", "name: Dublin workplace", "name: Dublin offices")
    assert reader.mappings is before
    assert replace(reader).mappings is not before
    library.close()
