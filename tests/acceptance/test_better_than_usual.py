"""What integrations with a Table API usually get wrong, one test for each mistake: a whole run does the better thing.

Here are the mistakes about states, closing and what a run asks for; those about questions, sessions and repeated writes are in
`tests/connectors/servicenow/test_better_than_usual.py`.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.acceptance.test_other_tables import at_rest, in_sentinel, incident, mappings_with, settled, started, system
from tests.engine import MAPPINGS, Deployment, Watch, make_deployment
from tests.kept_worlds import done_once

from watchkeeper.emulators.servicenow.cast import sys_id
from watchkeeper.mapping.load import load_profiles
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.ticket import Unmapped

pytestmark = pytest.mark.thorough

VERDICT = {"classification": "TruePositive", "classificationReason": "SuspiciousActivity"}
SYNC_FIELDS = 60
"""More fields than this is no list of what a sync needs; an incident has over eighty."""


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, Profile]:
    mappings_with(tmp_path / "all", "security-incident")
    task = tmp_path / "all" / "profiles" / "catalog-task.yaml"
    task.write_text(task.read_text(encoding="utf-8").replace("enabled: false", "enabled: true"), encoding="utf-8")
    return dict(load_profiles(tmp_path / "all"))


@pytest.fixture
@done_once
def soc(tmp_path: Path) -> Deployment:
    shutil.copytree(MAPPINGS, tmp_path / "mappings")
    return started(make_deployment(tmp_path, mappings=tmp_path / "mappings"), "escalation")


def ticket(deployment: Deployment) -> dict[str, Any]:
    rows = system(deployment, "servicenow").records()
    return next(row for row in rows if "/escalation/" in row["correlation_id"])


def person(deployment: Deployment, who: str, do: str, **command: Any) -> None:
    system(deployment, "servicenow").people({"who": who, "do": do, "number": ticket(deployment)["number"], **command})


def test_mistake_10_there_is_no_one_state_map_for_all_tables(profiles: dict[str, Profile]) -> None:
    meant = {
        profile.sides[SERVICENOW].table: [
            profile.field("status").lenses[SERVICENOW].get({"state": state}) for state in "37"
        ]
        for profile in profiles.values()
    }
    assert meant == {
        "incident": ["on-hold", "closed"],
        "sn_si_incident": ["closed", "cancelled"],
        "sc_task": ["closed", "cancelled"],
    }


def test_mistake_10_a_state_that_no_map_knows_is_held_and_reported(soc: Deployment) -> None:
    assert all(
        isinstance(profile.field("status").lenses[SERVICENOW].get({"state": "42"}), Unmapped)
        for profile in load_profiles(soc.mappings).values()
    )
    choice = {"name": "incident", "element": "state", "value": "42", "label": "Awaiting vendor", "language": "en"}
    system(soc, "servicenow").seed({"rows": [{"table": "sys_choice", "fields": choice}]})
    person(soc, "keiko.tanaka", "edit", fields={"state": "42"})
    watch = Watch.of(soc.world)
    report = settled(soc)
    assert watch.writes() == []
    assert any("42" in row.reason for row in report.parked)
    assert ticket(soc)["state"] == "42"


def test_mistake_10_a_close_code_of_our_own_making_is_never_sent(soc: Deployment) -> None:
    """Hard-coded close codes: the profile's is looked up on the instance, which may have dropped it from its list."""
    rows = [
        {
            "table": "sys_choice",
            "sys_id": sys_id("sys_choice", f"incident.close_code.Solution provided{language}"),
            "fields": {"inactive": "true"},
        }
        for language in ("", ".ja")
    ]
    system(soc, "servicenow").seed({"rows": rows})
    soc.world.clock.advance(timedelta(days=1))
    soc.sync()
    in_sentinel(soc, "close", fields=VERDICT)
    watch = Watch.of(soc.world)
    report = settled(soc)
    assert watch.writes() == []
    assert any("close_code 'Solution provided' is no choice of incident" in row.reason for row in report.parked)


def test_mistake_14_a_run_asks_for_named_fields_raw_values_and_pages_of_a_thousand(soc: Deployment) -> None:
    """Not all fields, not display values, not ten thousand rows."""
    soc.sync(full=True)
    reads = [
        parse_qs(entry.query)
        for entry in soc.world.log.entries()
        if entry.system == "servicenow" and entry.method == "GET" and "/table/" in entry.path
    ]
    assert len(reads) > 3
    for asked in reads:
        assert 0 < len(asked["sysparm_fields"][0].split(",")) <= SYNC_FIELDS
        assert asked["sysparm_display_value"] == ["false"]
        assert asked["sysparm_exclude_reference_link"] == ["true"]
        assert int(asked["sysparm_limit"][0]) <= 1000


def test_mistake_15_a_close_is_one_write_of_state_code_and_notes(soc: Deployment) -> None:
    """Not a plain field write, which the instance refuses or, worse, takes without a reason."""
    in_sentinel(soc, "close", text="Contained.", fields=VERDICT)
    watch = Watch.of(soc.world)
    settled(soc)
    assert [(name, method) for name, method, _ in watch.writes()] == [("servicenow", "PATCH")]
    row = ticket(soc)
    assert (row["state"], row["close_code"]) == ("6", "Solution provided")
    assert "Contained." in row["close_notes"]
    at_rest(soc)


def test_mistake_15_a_closed_ticket_is_never_written_again(soc: Deployment) -> None:
    """Closed is final for an integration: a reopened incident is reported, and the ticket's clock is left alone."""
    in_sentinel(soc, "close", fields=VERDICT)
    settled(soc)
    person(soc, "aoife.murphy", "close", text="Confirmed.")
    settled(soc)
    closed = ticket(soc)
    in_sentinel(soc, "reopen")
    watch = Watch.of(soc.world)
    report = settled(soc)
    assert [name for name, _, _ in watch.writes() if name == "servicenow"] == []
    assert any("may become nothing else" in row.reason for row in report.parked)
    assert ticket(soc)["sys_updated_on"] == closed["sys_updated_on"]
    assert incident(soc)["status"] == "Active"
