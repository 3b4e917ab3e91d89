"""The year of duties as a calendar file, read back by a library and held against the catalogue."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from watchkeeper.catalog import Window, expand, load_catalog
from watchkeeper.catalog.model import Catalog
from watchkeeper.catalog.year import planned
from watchkeeper.errors import Rejected
from watchkeeper.report.text import render
from watchkeeper.report.year import year_document, year_ics

MAPPINGS = Path(__file__).parents[3] / "mappings"
NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    copy = tmp_path_factory.mktemp("year") / "mappings"
    shutil.copytree(MAPPINGS, copy)
    path = copy / "packs" / "sentinel-ops.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("enabled: false\n", "", 1), encoding="utf-8")
    return load_catalog(copy, deployment="soc")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_calendar_file_holds_each_ticket_of_the_year_at_its_due_time(catalog: Catalog, lang: str) -> None:
    read = Calendar.from_ical(year_ics(catalog, planned(catalog, NOW, 12), NOW, lang))
    events = {str(event["UID"]): event for event in read.walk("VEVENT")}
    due = expand(catalog, Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 11, 1, tzinfo=UTC)))
    expected = {f"soc/{each.key}": each for each in due if each.task != "sentinel-content-updates"}
    assert {uid: event["DTSTART"].dt.astimezone(UTC) for uid, event in events.items()} == {
        uid: each.due for uid, each in expected.items()
    }
    for uid, each in expected.items():
        assert events[uid]["DTSTART"].params["TZID"] == each.zone
        assert str(events[uid]["SUMMARY"]).startswith(catalog.tasks[each.task].title[lang])
        assert str(events[uid]["DESCRIPTION"]) == catalog.tasks[each.task].summary[lang]
    assert {str(zone["TZID"]) for zone in read.walk("VTIMEZONE")} == {each.zone for each in expected.values()}


def test_what_moved_and_what_is_served_is_said(catalog: Catalog) -> None:
    shown = " ".join(render(year_document(catalog, planned(catalog, NOW, 12, "monitoring"))).split())
    assert "moved from 2026-11-23" in shown  # 勤労感謝の日
    assert "2027-10" in shown
    assert "2027-11" not in shown
    served = " ".join(render(year_document(catalog, planned(catalog, NOW, 1, "engineering-secops"))).split())
    assert "automation-scripts" in served


def test_a_team_sees_what_it_owes_alone_and_with_all(catalog: Catalog) -> None:
    assert {each.occurrence.team for each in planned(catalog, NOW, 1, "csirt")} == {"all"}
    with pytest.raises(Rejected, match="there is no team 'csirtt'"):
        planned(catalog, NOW, 1, "csirtt")
