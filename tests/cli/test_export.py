"""The intranet portal, written by the command from the state store alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.fixtures import PLAIN
from tests.cli.program import Program, wait_until
from tests.docs.pages import ROOT
from tests.engine import MONDAY
from tests.unit.portal.estates import task

from watchkeeper.clock import FixedClock
from watchkeeper.emulators.server import RunningWorld
from watchkeeper.emulators.world import build_world
from watchkeeper.evidence.kept import REMEDIATION, RemediationDay
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.state.opening import open_store

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def emulators() -> Iterator[RunningWorld]:
    """For their clock alone."""
    with RunningWorld(build_world(MONDAY, frozen=True), workers=1) as running:
        yield running


@pytest.fixture
def soc(emulators: RunningWorld, tmp_path: Path) -> Program:
    settings = emulators.environment()
    return Program(tmp_path, {**PLAIN, **settings, "WATCHKEEPER_STATE_URL": f"sqlite:///{tmp_path / 'soc.db'}"})


def remember(soc: Program, read_at: datetime) -> None:
    """What a day's collecting would have stored."""
    deployment = soc.environment.get("WATCHKEEPER_DEPLOYMENT", "soc")
    clock = FixedClock(read_at, ticking=lambda: 0.0)
    store = open_store(soc.environment["WATCHKEEPER_STATE_URL"], deployment, clock, migrate=True)
    waiting = (task("a", "Tokyo clients", component="<Edge>", due=-9), task("b", "Kiosks"))
    store.keep_snapshots([Snapshot(REMEDIATION, read_at.date(), read_at, RemediationDay(waiting))])
    store.close()


def test_it_writes_the_site_and_tells_what_is_in_it(soc: Program, emulators: RunningWorld) -> None:
    remember(soc, MONDAY)
    told = soc.run("export", "site", "portal", "--json").json("export-site")
    assert (told["replaced"], told["old"]) == (True, False)
    assert [(each["id"], each["folder"], each["overdue"], each["open"]) for each in told["owners"]] == [
        ("tokyo-workplace", "owners/tokyo-workplace", 1, 1),
        ("dublin-workplace", "owners/dublin-workplace", 0, 0),
        ("unowned", "soc/unowned", 0, 1),
    ]
    page = soc.folder / "portal" / "owners" / "tokyo-workplace" / "index.en.html"
    assert "Update &lt;Edge&gt; on 12 of your 40 devices, 9 days overdue" in page.read_text(encoding="utf-8")
    assert f"{soc.environment['SERVICENOW_INSTANCE']}/incident.do?sys_id=-1" in page.read_text(encoding="utf-8")
    reports = {"oversight", "secure-score", "remediation", "escalations", "compliance"}
    assert reports < {each.stem for each in (soc.folder / "portal" / "soc").glob("*.html")}
    assert sum(each.is_file() for each in (soc.folder / "portal").rglob("*")) == told["files"] + 1
    assert not soc.run("export", "site", "portal", "--json").json("export-site")["replaced"]
    assert emulators.world.log.entries() == [], "it calls no system"


def test_killed_while_it_writes_it_leaves_the_old_site_and_the_next_run_the_new_one(soc: Program) -> None:
    remember(soc, MONDAY - timedelta(days=1))
    soc.run("export", "site", "portal")
    remember(soc, MONDAY)
    under_way = soc.start("export", "site", "portal")
    new = soc.folder / ".portal.watchkeeper-new"
    wait_until(lambda: new.exists() or under_way.process.exitcode is not None)
    with suppress(ProcessLookupError):  # it may be through by then; each point of the swap is in tests/unit/portal
        under_way.kill()
    page = soc.folder / "portal" / "index.html"
    assert "Data as of 2026-11-1" in page.read_text(encoding="utf-8")
    assert soc.run("export", "site", "portal").code == 0
    assert "Data as of 2026-11-16" in page.read_text(encoding="utf-8")
    assert sorted(each.name for each in soc.folder.iterdir() if "portal" in each.name) == ["portal"]


def test_old_data_and_none_at_all_are_said_so(soc: Program) -> None:
    ended = soc.run("export", "site", "portal")
    assert (ended.code, "No remediation was ever read" in ended.out) == (0, True)
    remember(soc, MONDAY - timedelta(days=3))
    ended = soc.run("export", "site", "portal", "--quiet", "--lang", "ja")
    assert (ended.code, "データは 2026-11-13" in ended.out) == (0, True)


@pytest.mark.parametrize("taken", ["mappings/portal", "mappings", "."])
def test_it_writes_nothing_where_the_mappings_are(soc: Program, taken: str) -> None:
    shutil.copytree(ROOT / "mappings", soc.folder / "mappings")
    ended = soc.run("export", "site", taken)
    assert (ended.code, "would mix the site with the mappings" in ended.err) == (3, True)
    assert not (soc.folder / "mappings" / "portal").exists()


def test_it_replaces_nothing_that_it_did_not_write(soc: Program) -> None:
    (soc.folder / "www").mkdir()
    (soc.folder / "www" / "payroll.xlsx").write_text("x", encoding="utf-8")
    ended = soc.run("export", "site", "www")
    assert ended.code == 3
    assert "www: holds other files, which would be lost; allowed: an empty folder" in ended.err
