"""What the board says that changed rules would do to a pair is what the next sync does to it, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.state.examples import SetClock
from tests.unit.web.boards import LOCAL, a_board, visiting
from tests.unit.web.test_mappings_compared import edit

from watchkeeper.web.rules import Rules

FOLLOWS = "  severity:\n    owner: "
READ_LOWER = (
    ("[1, 1], means: high, writes: [high] }", "[1, 1], means: medium }"),
    ("[1, 2], means: high }", "[1, 2], means: high, writes: [high] }"),
)
SWAPPED = (
    ("- { is: High, means: high }", "- { is: High, means: medium }"),
    ("- { is: Medium, means: medium }", "- { is: Medium, means: high }"),
)


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    mappings = Path(shutil.copytree(story.mappings_with(), tmp_path / "own"))
    return make_deployment(tmp_path, mappings=mappings)


@pytest.fixture
def client(deployment: Deployment) -> Iterator[TestClient]:
    deployment.sync()
    board = replace(a_board(LOCAL, deployment.url), rules=Rules(deployment.mappings))
    with visiting(replace(board, clock=SetClock(deployment.time.now())), peer="127.0.0.1") as visitor:
        yield visitor


def told(client: TestClient, key: str) -> tuple[set[str], dict[str, Any]]:
    """On which sides a call writes, and what, by side and raw field."""
    pair = client.get("/api/v1/test/mappings/escalation", params={"ticket": key}).json()["tried"]["pair"]
    fields = [*pair["fields"], *pair["besides"]]
    raw = ((shown["side"], each) for one in fields for shown in one["sides"] for each in shown["raw"])
    return {write["side"] for write in pair["writes"]}, {
        f"{side}.{each['name']}": each["after"] for side, each in raw if each["is_written"]
    }


@pytest.mark.parametrize(
    ("owner", "edits", "told_of"),
    [
        ("shared", (), {}),
        ("servicenow", READ_LOWER, {"sentinel.severity": "Medium"}),
        ("sentinel", SWAPPED, {"servicenow.impact": "2", "servicenow.urgency": "2"}),
    ],
)
def test_a_changed_rule_does_what_the_page_of_the_profile_said(
    deployment: Deployment,
    client: TestClient,
    owner: str,
    edits: tuple[tuple[str, str], ...],
    told_of: dict[str, str],
) -> None:
    story.escalate(deployment, severity="High", status="Active")
    story.settle(deployment)
    [(key, before)] = story.pairs(deployment).items()
    profile = deployment.mappings / "profiles" / "escalation.yaml"
    if edits:
        edit(profile, f"{FOLLOWS}shared\n    resolver: furthest", f"{FOLLOWS}{owner}")
        edit(profile, "    may_lower: false\n", "")
    for old, new in edits:
        edit(profile, old, new)
    where, what = told(client, key)
    story.import_all(deployment)  # a person opens the valve of a changed mapping
    assert what == told_of
    assert where == {name.partition(".")[0] for name in told_of}
    assert changed(before, story.pairs(deployment)[key]) == told_of


def changed(before: story.Pair, after: story.Pair) -> dict[str, Any]:
    """What of the fields that the profile keeps in step is another value now."""
    was, is_now = before.incident["properties"], after.incident["properties"]
    incident = {name: is_now[name] for name in ("title", "severity", "status") if is_now[name] != was[name]}
    names = ("short_description", "state", "impact", "urgency")
    ticket = {name: after.ticket[name] for name in names if after.ticket[name] != before.ticket[name]}
    return {f"sentinel.{name}": value for name, value in incident.items()} | {
        f"servicenow.{name}": value for name, value in ticket.items()
    }
