"""Which tasks of which packs are in use, and why others are not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.engine import MAPPINGS
from tests.unit.catalog.make import catalog, schedule, task

from watchkeeper.catalog.model import Catalog, PackSource
from watchkeeper.catalog.pack_coverage import PackTask, Use, coverage_of
from watchkeeper.catalog.pack_folder import packs_off

TODAY = date(2026, 11, 30)
TITLE = {"en": "Pack", "ja": "パック"}


def a_pack(name: str, *tasks: str, enabled: bool = True) -> PackSource:
    return PackSource(name, "1", TITLE, "https://example.com", TODAY, "pack.yaml:1:1", enabled, tasks)


def a_catalog() -> Catalog:
    tasks = (
        task("daily", schedule()),
        task("raised"),
        task("weekly", schedule("FREQ=WEEKLY"), satisfied_by="daily"),
        task("orphan", schedule("FREQ=WEEKLY"), satisfied_by="asleep"),
        task("later", schedule(effective_from=date(2026, 12, 1))),
        task("today", schedule(effective_from=TODAY, until=TODAY)),
        task("ended", schedule(until=date(2026, 11, 29)), satisfied_by="daily"),
    )
    return replace(catalog(*tasks), packs={"pack": a_pack("pack", *(each.id for each in tasks))})


ASLEEP = a_pack("asleep", "asleep", "also-asleep", enabled=False)


def test_each_task_of_a_pack_is_used_in_one_way() -> None:
    pack, _ = coverage_of(a_catalog(), [ASLEEP], TODAY)
    assert pack.tasks == (
        PackTask("daily", Use.SCHEDULED),
        PackTask("raised", Use.AS_NEEDED),
        PackTask("weekly", Use.SERVED, "daily"),
        PackTask("orphan", Use.SCHEDULED),
        PackTask("later", Use.NOT_YET),
        PackTask("today", Use.SCHEDULED),
        PackTask("ended", Use.OVER),
    )


def test_packs_that_are_switched_off_come_last_and_none_of_their_tasks_is_in_use() -> None:
    packs = coverage_of(a_catalog(), [ASLEEP], TODAY)
    assert [(each.id, each.enabled) for each in packs] == [("pack", True), ("asleep", False)]
    assert packs[1].tasks == (PackTask("asleep", Use.OFF), PackTask("also-asleep", Use.OFF))


def test_every_use_can_be_asked_for() -> None:
    pack, _ = coverage_of(a_catalog(), [ASLEEP], TODAY)
    found = [each for use in Use for each in pack.having(use)]
    assert sorted(found, key=lambda each: each.id) == sorted(pack.tasks, key=lambda each: each.id)


def test_a_folder_tells_of_the_packs_that_are_switched_off_and_of_no_broken_one(tmp_path: Path) -> None:
    folder = shutil.copytree(MAPPINGS, tmp_path / "mappings")
    found = {each.id: len(each.tasks) for each in packs_off(folder)}
    assert set(found) == {"mdo-secops", "sentinel-ops"}
    assert all(found.values())
    (folder / "packs" / "mdo-secops.yaml").write_text("enabled: false\nid: [", encoding="utf-8")
    assert [each.id for each in packs_off(folder)] == ["sentinel-ops"]
