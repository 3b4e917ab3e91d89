"""I10: memory holds only values confirmed by an answer or a later read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path)
    story.escalate(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def believed(deployment: Deployment) -> dict[tuple[str, str], dict[str, Any]]:
    with deployment.store() as store:
        links = store.links()
    return {(key, side): dict(link.base) for key, sides in links.items() for side, link in sides.items()}


def held(deployment: Deployment) -> dict[tuple[str, str], dict[str, Any]]:
    """What both systems hold of the fields that the memory knows, spelled as there."""
    found, remembered = {}, believed(deployment)
    for key, pair in story.pairs(deployment).items():
        row, properties = pair.ticket, pair.incident["properties"]
        sides = {"servicenow": row, "sentinel": {**properties, "labels": tuple(sorted(story.labels(pair.incident)))}}
        for side, fields in sides.items():
            owner = properties.get("owner", {}).get("userPrincipalName") or ""
            found[key, side] = {
                name: owner if name == "owner.userPrincipalName" else fields.get(name, "")
                for name in remembered[key, side]
            }
    return found


def agreed_fields(deployment: Deployment) -> None:
    there = held(deployment)
    for where, base in believed(deployment).items():
        assert {name: value or "" for name, value in base.items() if name in {"state", "status", "severity"}} == {
            name: value for name, value in there[where].items() if name in {"state", "status", "severity"}
        }, where


def test_after_a_sync_it_is_what_the_systems_hold(deployment: Deployment) -> None:
    assert believed(deployment)
    agreed_fields(deployment)


@pytest.mark.parametrize(
    "kind", ["drop_after", *story.also_slowly("drop_before", "timeout_before", "timeout_after", "status")]
)
def test_a_write_without_a_good_answer_is_not_remembered_as_made(deployment: Deployment, kind: Any) -> None:
    before = believed(deployment)
    story.in_servicenow(deployment, "ava.nguyen", "edit", "INC0010001", fields={"impact": "1", "urgency": "1"})
    story.fault(deployment, kind, "arm", "PUT", times=None, status=500)
    # It is read once to decide; what became of the write cannot be read.
    story.fault(deployment, "status", "arm", "GET", regex=r"incidents/[0-9a-f-]{36}$", times=None, status=500, after=1)
    deployment.sync()
    assert all(rule["struck"] for rule in deployment.world.faults.as_json())
    assert believed(deployment) == before
    story.heal(deployment)
    story.settle(deployment, runs=2)
    agreed_fields(deployment)


def test_a_field_that_the_side_did_not_take_is_remembered_as_it_is_there_and_not_sent_again(tmp_path: Path) -> None:
    """A business rule puts the urgency back: reported once, and then left."""
    deployment = make_deployment(tmp_path)
    deployment.sync()
    story.later(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "High"})
    system: Any = deployment.world.systems["servicenow"]
    handle = system.handle

    class Stubborn:
        def __getattr__(self, name: str) -> Any:
            return getattr(system, name)

        def handle(self, request: Any) -> Any:
            if request.method == "PATCH":
                body = request.body.replace(b'"urgency": "1"', b'"urgency": "3"').replace(
                    b'"impact": "1"', b'"impact": "3"'
                )
                body = body.replace(b'"urgency":"1"', b'"urgency":"3"').replace(b'"impact":"1"', b'"impact":"3"')
                request = type(request)(
                    request.method, request.host, request.path, request.raw_query, request.headers, body
                )
            return handle(request)

    deployment.world.systems = {**deployment.world.systems, "servicenow": Stubborn()}
    report = deployment.sync()
    [result] = report.results
    assert set(result.refused) == {"impact", "urgency"}
    assert story.ticket(deployment, "INC0010001")["urgency"] == "3"
    assert not story.idle_writes(deployment)
    assert not story.idle_writes(deployment)
    story.in_sentinel(deployment, "keiko.tanaka", "edit", 1, fields={"severity": "Medium"})
    assert story.idle_writes(deployment), "a new edit is carried over again"
