"""The packs that ship switched off: as complete as the eight tasks, in two languages, and without effect until enabled."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import jsonschema
import pytest
from tests.unit.catalog.make import keys, utc

from watchkeeper.catalog import due, load_catalog
from watchkeeper.catalog.model import Catalog, LocalText, Task
from watchkeeper.catalog.schema import schemas
from watchkeeper.mapping.documents import load_document
from watchkeeper.model.occurrence import Decision

MAPPINGS = Path(__file__).parents[3] / "mappings"
OFF = ("mdo-secops", "sentinel-ops")
LEARN = "https://learn.microsoft.com/en-us/"


def enabling(folder: Path, *packs: str) -> Catalog:
    copy = folder / "mappings"
    shutil.copytree(MAPPINGS, copy)
    for pack in packs:
        path = copy / "packs" / f"{pack}.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("\nenabled: false\n", "\n", 1), encoding="utf-8")
    return load_catalog(copy, deployment="test")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return enabling(tmp_path_factory.mktemp("packs"), *OFF)


def texts(task: Task) -> Iterator[LocalText]:
    yield from (task.title, task.summary, *task.as_needed, *task.checklist, *task.evidence, *task.done_when)


def test_only_the_eight_tasks_are_on() -> None:
    catalog = load_catalog(MAPPINGS, deployment="test")
    assert {name: pack.enabled for name, pack in catalog.packs.items()} == {
        "defender-xdr": True,
        "mdo-secops": False,
        "sentinel-ops": False,
    }
    assert {task.pack for task in catalog.tasks.values()} == {"defender-xdr"}


@pytest.mark.parametrize(
    ("pack", "page", "written", "cadences"),
    [
        ("sentinel-ops", "azure/sentinel/ops-guide", date(2024, 8, 30), (6, 2, 2, 0)),
        ("mdo-secops", "defender-office-365/mdo-sec-ops-guide", date(2024, 1, 19), (3, 4, 3, 3)),
    ],
)
def test_each_follows_a_named_text_and_has_its_cadences(
    everything: Catalog, pack: str, page: str, written: date, cadences: tuple[int, ...]
) -> None:
    assert (everything.packs[pack].url, everything.packs[pack].date) == (f"{LEARN}{page}", written)
    found = [task.cadence for task in everything.tasks.values() if task.pack == pack]
    assert tuple(found.count(name) for name in ("daily", "weekly", "monthly", "as-needed")) == cadences


def test_every_text_is_there_in_english_and_japanese_and_no_two_are_the_same(everything: Catalog) -> None:
    for task in everything.tasks.values():
        for text in texts(task):
            assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text["ja"]), text
            assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text["en"]), text
    summaries = [task.summary[language] for task in everything.tasks.values() for language in ("en", "ja")]
    assert len(set(summaries)) == len(summaries)


def test_every_task_has_a_link_to_the_guide_it_follows(everything: Catalog) -> None:
    for task in everything.tasks.values():
        if task.pack in OFF:
            assert task.links[0][1] == everything.packs[task.pack].url


@pytest.mark.parametrize("pack", OFF)
def test_an_editor_finds_nothing_wrong_with_the_file(pack: str) -> None:
    path = MAPPINGS / "packs" / f"{pack}.yaml"
    validator = jsonschema.Draft202012Validator(
        schemas()["pack.schema.json"], format_checker=jsonschema.FormatChecker()
    )
    assert list(validator.iter_errors(load_document(path).data)) == []
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema/pack.schema.json\n")


def test_one_ticket_serves_what_two_guides_ask_for(everything: Catalog) -> None:
    rows = due(everything, utc(2026, 11, 16, 9), (), ())
    served = {row.occurrence.key: row.related for row in rows if row.decision is Decision.SKIPPED}
    assert served == {
        "mdo-incidents/monitoring@2026-11-16": ("sentinel-incidents/monitoring@2026-11-16",),
        "sentinel-content-updates/engineering-secops@2026-11-16": ("automation-scripts/engineering-secops@2026-11-16",),
    }


def test_without_the_other_guide_each_opens_its_own_ticket(tmp_path: Path) -> None:
    rows = due(enabling(tmp_path, "mdo-secops"), utc(2026, 11, 16, 9), (), ())
    assert "mdo-incidents/monitoring@2026-11-16" in keys(rows, Decision.CREATE)
