"""What the data asks for, as occurrences of the duties."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from tests.unit.catalog.make import catalog, schedule, task, utc

from watchkeeper.catalog import load_catalog
from watchkeeper.catalog.model import Catalog, FanOut
from watchkeeper.catalog.raising import raised_by
from watchkeeper.evidence.triggers import Trigger

NOW = utc(2026, 11, 20, 16)
TRIGGER = Trigger("review", "all", {"en": "A fall", "ja": "低下"}, "fall/1", date(2026, 11, 18))
MAPPINGS = Path(__file__).parents[3] / "mappings"


@pytest.fixture(scope="module")
def shipped() -> Catalog:
    return load_catalog(MAPPINGS, deployment="soc")


def house(*, go_live: date | None = None) -> Catalog:
    each = task("review", schedule("FREQ=WEEKLY;BYDAY=MO"), teams=("tokyo", "dublin"))
    shared = task("exercise", None, teams=("tokyo", "dublin"), fan_out=FanOut.SINGLE)
    return catalog(each, shared, task("report", schedule(), as_needed=()), go_live=go_live)


def keys(found: Catalog, *triggers: Trigger) -> list[str]:
    return [each.key.partition("~")[0] for each in raised_by(found, triggers, NOW)]


def test_every_team_that_has_the_duty_gets_an_occurrence_of_the_fact_s_day() -> None:
    assert sorted(keys(house(), TRIGGER)) == ["review/dublin@2026-11-18", "review/tokyo@2026-11-18"]


def test_a_trigger_for_one_team_is_for_that_one() -> None:
    assert keys(house(), replace(TRIGGER, team="dublin")) == ["review/dublin@2026-11-18"]
    assert keys(house(), replace(TRIGGER, team="osaka")) == []


def test_a_duty_that_teams_share_is_raised_once() -> None:
    assert keys(house(), replace(TRIGGER, task="exercise")) == ["exercise/all@2026-11-18"]


def test_the_reason_is_in_the_language_of_the_ticket() -> None:
    plain = house()
    tokyo = replace(plain.teams["tokyo"], language="ja")
    spoken = replace(plain, teams={**plain.teams, "tokyo": tokyo})
    assert {each.team: each.reason for each in raised_by(spoken, [TRIGGER], NOW)} == {
        "tokyo": "低下",
        "dublin": "A fall",
    }
    (shared,) = raised_by(spoken, [replace(TRIGGER, task="exercise")], NOW)
    assert shared.reason == "A fall"


@pytest.mark.parametrize("name", ["report", "of-a-pack-that-is-off"])
def test_a_task_that_nothing_raises_here_is_left_alone(name: str) -> None:
    assert keys(house(), replace(TRIGGER, task=name)) == []


def test_nothing_is_raised_before_go_live() -> None:
    assert keys(house(go_live=date(2026, 11, 21)), TRIGGER) == []
    assert len(keys(house(go_live=date(2026, 11, 20)), TRIGGER)) == 2


@pytest.mark.parametrize(
    "name",
    ["service-administration", "anti-phishing-dlp", "automation-scripts", "portal-licences", "tabletop-exercise"],
)
def test_each_task_that_data_can_ask_for_can_be_raised_as_it_ships(shipped: Catalog, name: str) -> None:
    assert len(raised_by(shipped, [replace(TRIGGER, task=name)], NOW)) == 1
