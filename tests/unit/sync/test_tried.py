"""What the board says of a record that somebody shows it is what a sync then does with it, in an emulated world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.unit.sync.make import link

from watchkeeper.connections import given_record
from watchkeeper.mapping.templates import TemplateComposer
from watchkeeper.model.preview import PreviewedPair
from watchkeeper.model.record import SENTINEL, SERVICENOW, Side
from watchkeeper.sync.openings import first_moment
from watchkeeper.sync.references import with_groups
from watchkeeper.sync.rehearse import OnPaper, Rehearsal
from watchkeeper.sync.tried import NUMBER_TO_COME, Fate, Specimen, Words, try_out

FOREIGN_WORDS = {"description", "assignment_group"}
"""What has addresses of the systems in it, and what a run looks up."""


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return make_deployment(tmp_path, mappings=story.mappings_with())


def tried(deployment: Deployment, side: Side, shown: Mapping[str, Any], **changes: Any) -> tuple[Fate, PreviewedPair]:
    with deployment.store() as store:
        systems = with_groups(deployment._systems(store))
    profile = systems.profiles["escalation"]
    record = given_record(side, shown, profile.sides[side].table)
    record = replace(record, url=OnPaper(side).url_of(record.ref))
    desk = Rehearsal(systems.catalog, {profile.name: profile}, TemplateComposer(), profile.name)
    return try_out(Specimen(f"escalation/{side}/{record.ref.id}", profile, {side: record}, **changes), desk, Words())


def to_be_written(pair: PreviewedPair, side: Side) -> dict[str, Any]:
    told = (
        raw for each in (*pair.fields, *pair.besides) for shown in each.sides if shown.side == side for raw in shown.raw
    )
    return {raw.name: raw.after for raw in told if raw.is_written}


@pytest.mark.parametrize(
    "fields",
    [
        {"severity": "High", "status": "New"},
        {"severity": "Informational", "status": "Active", "title": "標的型メール", "description": "<b>a</b>"},
        {"severity": "Low", "status": "Active", "title": "x" * 300},
    ],
)
def test_a_ticket_is_created_as_it_was_told_of_the_incident(deployment: Deployment, fields: dict[str, Any]) -> None:
    deployment.sync()
    number = story.escalate(deployment, **fields)
    fate, pair = tried(deployment, SENTINEL, story.incident(deployment, number))
    story.settle(deployment, runs=1)
    ticket = story.mirror_of(deployment, number)
    told = to_be_written(pair, SERVICENOW)
    assert fate is Fate.MIRRORED
    assert {"state", "impact", "urgency", "short_description", "category"} <= told.keys()
    assert {name: ticket[name] for name in told.keys() - FOREIGN_WORDS} == {
        name: value for name, value in told.items() if name not in FOREIGN_WORDS
    }


def test_an_incident_is_created_as_it_was_told_of_the_ticket(deployment: Deployment) -> None:
    deployment.sync()
    number = story.escalated_ticket(deployment)
    shown = next(row for row in story.tickets(deployment) if row["number"] == number)
    fate, pair = tried(deployment, SERVICENOW, shown)
    story.settle(deployment, runs=1)
    [incident] = [each.incident for each in story.pairs(deployment).values() if each.ticket["number"] == number]
    told = to_be_written(pair, SENTINEL)
    assert fate is Fate.MIRRORED
    assert {name: told[name] for name in ("title", "severity", "status")} == {
        name: incident["properties"][name] for name in ("title", "severity", "status")
    }
    assert {label.replace(NUMBER_TO_COME, number) for label in told["labels"]} <= set(story.labels(incident))


def test_what_no_sync_lets_in_says_so_and_writes_nothing(deployment: Deployment) -> None:
    deployment.sync()
    number = story.escalate(deployment)
    shown = story.incident(deployment, number)
    hidden = {**shown, "properties": {**shown["properties"], "status": None}}
    assert tried(deployment, SENTINEL, hidden)[0] is Fate.CLOSED, "nobody knows that it is open"
    created = datetime.fromisoformat(shown["properties"]["createdTimeUtc"])
    fate, pair = tried(deployment, SENTINEL, shown, since=created + timedelta(seconds=1))
    assert (fate, pair.writes) == (Fate.EARLY, ())
    assert to_be_written(pair, SERVICENOW), "it is translated all the same"
    assert tried(deployment, SENTINEL, shown, since=created)[0] is Fate.MIRRORED
    linked = {SENTINEL: link(SENTINEL, {}, of="escalation")}
    later = created + timedelta(seconds=1)
    assert tried(deployment, SENTINEL, shown, since=later, links=linked)[0] is Fate.MIRRORED, "a run has taken it in"
    del shown["properties"]["createdTimeUtc"]
    assert tried(deployment, SENTINEL, shown, since=later)[0] is Fate.MIRRORED, "it does not say"


def test_a_ticket_says_when_it_was_created_or_counts_as_new() -> None:
    row = {"sys_id": "x", "sys_created_on": {"display_value": "16.11.2026", "value": "2026-11-16 00:30:00"}}
    assert given_record(SERVICENOW, row, "incident").created_at == datetime(2026, 11, 16, 0, 30, tzinfo=UTC)
    for odd in ("", "16.11.2026", "2026-13-45 00:00:00", None, ["x"]):
        assert given_record(SERVICENOW, {"sys_created_on": odd}, "incident").created_at.year == 9999


@pytest.mark.parametrize(
    ("home", "own", "first"),
    [
        (None, None, None),
        (date(2026, 11, 1), None, date(2026, 11, 1)),
        (date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 9)),
        (date(2026, 11, 9), date(2026, 11, 1), date(2026, 11, 9)),
    ],
)
def test_a_first_import_begins_with_the_later_go_live_day(
    deployment: Deployment, home: date | None, own: date | None, first: date | None
) -> None:
    with deployment.store() as store:
        systems = deployment._systems(store)
    house = replace(systems.catalog.deployment, go_live=home)
    found = first_moment(house, replace(systems.profiles["escalation"], go_live=own))
    assert (found.astimezone(house.zone).date() if found else None) == first
