"""What owners read agrees with what the source said, worked out anew from its own words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from tests.evidence_history import TODAY, EvidenceHistory, half_a_year
from tests.unit.portal.estates import made, text_of
from tests.unit.portal.kept_site import told_of
from tests.unit.report.pages import Page

from watchkeeper.model.sources import DEFENDER
from watchkeeper.portal.site import Site

GROUPS = {"tokyo": {"Tokyo clients"}, "dublin": {"Dublin clients"}}


@pytest.fixture(scope="module")
def history() -> EvidenceHistory:
    return half_a_year(DEFENDER, first=TODAY - timedelta(days=7))


@pytest.fixture(scope="module")
def site(history: EvidenceHistory, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return made(told_of(history, tmp_path_factory.mktemp("store")))


def of_owner(tasks: list[dict[str, Any]], owner: str) -> Iterator[dict[str, Any]]:
    for task in tasks:
        named = set(task["rbacGroupNames"])
        if named & GROUPS.get(owner, set()) or (owner == "unowned" and not named <= set.union(*GROUPS.values())):
            yield task


def is_overdue(task: dict[str, Any], day: date) -> bool:
    return task["dueOn"] is not None and date.fromisoformat(task["dueOn"][:10]) < day


OWNERS = {"tokyo": "owners/tokyo", "dublin": "owners/dublin", "unowned": "soc/unowned"}


@pytest.mark.parametrize("owner", OWNERS)
class TestAnOwner:
    def test_reads_of_every_task_that_is_left_with_its_devices(
        self, owner: str, history: EvidenceHistory, site: Site
    ) -> None:
        waiting: dict[str, list[int]] = {}
        for task in of_owner(history.raw.tasks[TODAY], owner):
            if task["status"] == "Active":
                waiting.setdefault(task["title"], []).append(task["targetDevices"] - task["fixedDevices"])
        written = text_of(site, f"{OWNERS[owner]}/remediation.csv").removeprefix("\ufeff")
        told = {
            row["Task"]: row["Devices left"] for row in csv.DictReader(io.StringIO(written)) if row["State"] != "done"
        }
        assert told == {title: str(sum(left)) for title, left in waiting.items()}
        assert told

    def test_reads_how_many_devices_were_mended_in_the_last_week(
        self, owner: str, history: EvidenceHistory, site: Site
    ) -> None:
        then = {task["id"]: task["fixedDevices"] for task in history.raw.tasks[TODAY - timedelta(days=7)]}
        now = {task["id"]: task["fixedDevices"] for task in of_owner(history.raw.tasks[TODAY], owner)}
        mended = sum(max(0, fixed - then.get(name, 0)) for name, fixed in now.items())
        said = {0: "No device was mended", 1: "1 device was mended"}.get(mended, f"{mended} devices were mended")
        assert f"{said} in the last 7 days." in text_of(site, f"{OWNERS[owner]}/index.html")

    def test_reads_what_is_overdue_first(self, owner: str, history: EvidenceHistory, site: Site) -> None:
        exempt = history.raw.exempt(TODAY)
        tasks = of_owner(history.raw.tasks[TODAY], owner)
        asked = [task for task in tasks if task["status"] == "Active" and task["productId"] not in exempt]
        late = {task["title"] for task in asked if is_overdue(task, TODAY)}
        page = Page(text_of(site, f"{OWNERS[owner]}/index.html"))
        first = [each.text for each in page.all("h3")][: len(late)]
        assert all("overdue" in heading for heading in first)
        assert len([each for each in page.all("h3") if "overdue" in each.text]) == len(late)


def test_the_soc_has_every_report(site: Site) -> None:
    reports = {name.removeprefix("soc/") for name in site.files if name.startswith("soc/") and name.count(".") == 1}
    named = ("oversight", "secure-score", "remediation", "escalations", "compliance")
    assert {f"{each}.{ending}" for each in named for ending in ("html", "csv")} < reports
