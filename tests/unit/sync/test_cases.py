"""What is believed of a record: stale rows, unreadable rows, records that are not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, Watch, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.sync.cases import of_no_concern
from watchkeeper.sync.systems import Systems


@pytest.fixture
@done_once
def pair(tmp_path: Path) -> Deployment:
    """One duty on both sides."""
    deployment = make_deployment(tmp_path, mappings=story.mappings_with("secure-score"))
    deployment.sync()
    story.settle(deployment, runs=1)
    return deployment


@contextmanager
def altering(deployment: Deployment, name: str, alter: Callable[[Any, Any], Any]) -> Iterator[None]:
    """Alter the answers (a JSON body) of one system on their way out; `alter` gets the request and the body."""
    inner: Any = deployment.world.systems[name]

    class Altered:
        def __getattr__(self, attribute: str) -> Any:
            return getattr(inner, attribute)

        def handle(self, request: Any) -> Any:
            answer = inner.handle(request)
            if request.method != "GET" or answer.status != 200:
                return answer
            return type(answer).of_json(200, alter(request, json.loads(answer.body)), answer.headers)

    systems = deployment.world.systems
    deployment.world.systems = {**systems, name: Altered()}
    try:
        yield
    finally:
        deployment.world.systems = systems


def stale_rows(deployment: Deployment, *, by_id_too: bool) -> Callable[[Any, Any], Any]:
    """From now on ServiceNow shows the ticket as it is at this moment, in listings and, if `by_id_too`, everywhere."""
    old = story.ticket(deployment, "INC0010001")

    def alter(request: Any, body: Any) -> Any:
        listing = "sys_id%3D" not in request.raw_query
        if not request.path.endswith("/table/incident") or not (listing or by_id_too):
            return body
        return {"result": [{name: old.get(name, value) for name, value in row.items()} for row in body["result"]]}

    return alter


class TestStale:
    """A replica lags behind: it shows the ticket as it was before our last look, when somebody has just closed it."""

    def close_and_sync(self, pair: Deployment) -> None:
        story.in_servicenow(pair, "keiko.tanaka", "edit", "INC0010001", fields={"state": "2"})
        pair.sync()
        assert story.status(story.incident(pair, 1)) == "active"

    def test_a_row_older_than_what_we_have_seen_is_read_again_by_id(self, pair: Deployment) -> None:
        alter = stale_rows(pair, by_id_too=False)
        self.close_and_sync(pair)
        with altering(pair, "servicenow", alter):
            watch = Watch.of(pair.world)
            report = pair.sync(full=True)
            assert not watch.writes()
        assert report.exit_code == 0
        assert not report.parked

    def test_an_older_copy_even_by_id_is_not_believed(self, pair: Deployment) -> None:
        alter = stale_rows(pair, by_id_too=True)
        self.close_and_sync(pair)
        with altering(pair, "servicenow", alter):
            watch = Watch.of(pair.world)
            report = pair.sync(full=True)
            assert not watch.writes()
            assert ["older revision" in row.reason for row in report.parked] == [True]
        assert story.status(story.incident(pair, 1)) == "active"
        assert not story.idle_writes(pair)
        story.in_servicenow(pair, "keiko.tanaka", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"})
        story.settle(pair, runs=1)
        assert story.incident(pair, 1)["properties"]["severity"] == "High"

    def test_an_incident_that_moved_right_after_our_write_is_read_by_id_before_it_is_believed(
        self, pair: Deployment
    ) -> None:
        old = next(item for item in pair.world.systems["arm"].records())
        self.close_and_sync(pair)
        shown = {name: value for name, value in old.items() if name not in {"comments", "tasks", "history", "deleted"}}

        def alter(request: Any, body: Any) -> Any:
            return {"value": [shown]} if request.path.endswith("/incidents") else body

        with altering(pair, "arm", alter):
            watch = Watch.of(pair.world)
            pair.sync(full=True)
            assert not watch.writes()
        assert story.state(story.ticket(pair, "INC0010001")) == "active"


class TestUnreadableRow:
    def test_a_linked_row_that_cannot_be_read_is_looked_at_again_and_not_forgotten(self, pair: Deployment) -> None:
        story.in_servicenow(pair, "keiko.tanaka", "edit", "INC0010001", fields={"state": "2"})

        def alter(request: Any, body: Any) -> Any:
            if not request.path.endswith("/table/incident") or "sys_id%3D" in request.raw_query:
                return body
            return {"result": [{**row, "sys_mod_count": "many"} for row in body["result"]]}

        with altering(pair, "servicenow", alter):
            report = pair.sync()
        assert any("could not be read" in row.reason for row in report.parked)
        assert story.status(story.incident(pair, 1)) == "active", "its record was read by id"


class TestNoConcern:
    def test_a_closed_or_early_escalation_without_a_counterpart(self, deployment: Deployment, systems: Systems) -> None:
        number = story.escalate(deployment)
        story.escalate(deployment, status="Closed", classification="Undetermined")
        profile = systems.profiles["escalation"]
        refs = {item["properties"]["incidentNumber"]: item["name"].lower() for item in story.incidents(deployment)}
        records = {
            int(record.number): record
            for found in (
                systems.connectors["sentinel"].look_up("incidents", str(each), systems.fields("sentinel", "incidents"))
                for each in refs
            )
            for record in found
        }
        key = f"escalation/sentinel/{refs[number]}"
        assert not of_no_concern(profile, key, [records[number]], None)
        assert of_no_concern(profile, key, [records[number]], deployment.world.clock.now().replace(year=2027))
        assert of_no_concern(profile, f"escalation/sentinel/{refs[number + 1]}", [records[number + 1]], None)
        assert not of_no_concern(profile, key, list(records.values()), None), "a pair is always of concern"
        assert not of_no_concern(systems.maintenance, "secure-score/monitoring@2026-11-16", [records[number + 1]], None)
