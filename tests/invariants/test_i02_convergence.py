"""I2: when people and faults stop, within three runs every mapped field agrees, or is parked with a named reason."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from tests.effort import thoroughly
from tests.engine import Deployment, make_deployment
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.errors import WatchkeeperError

KINDS = ("status", "drop_before", "drop_after", "timeout_after", "html200", "truncate")
RUNS = 3


@pytest.fixture
@done_once
def deployment(tmp_path: Path) -> Deployment:
    deployment = make_deployment(tmp_path)
    for title in ("Phishing wave", "Impossible travel"):
        story.escalate(deployment, title=title)
    story.escalated_ticket(deployment)
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    return deployment


def somebody_works(deployment: Deployment, chance: Random) -> None:
    """One deed, of those that a person may do at this moment."""
    row = chance.choice(story.tickets(deployment))
    item = chance.choice(story.incidents(deployment))
    number = item["properties"]["incidentNumber"]
    try:
        match chance.randrange(7):
            case 0:
                story.in_servicenow(deployment, "ava.nguyen", "resolve", row["number"])
            case 1:
                fields = {"impact": chance.choice("123"), "urgency": chance.choice("123")}
                story.in_servicenow(deployment, "haruto.sato", "edit", row["number"], fields=fields)
            case 2:
                story.in_servicenow(
                    deployment, "haruto.sato", "edit", row["number"], fields={"state": chance.choice("12")}
                )
            case 3:
                story.in_servicenow(deployment, "keiko.tanaka", "note", row["number"], text=f"note {chance.random()}")
            case 4:
                story.in_sentinel(deployment, "keiko.tanaka", "close", number)
            case 5:
                values = {"severity": chance.choice(["High", "Medium", "Low"]), "status": "Active"}
                story.in_sentinel(deployment, "liam.byrne", "edit", number, fields=values)
            case _:
                story.in_sentinel(deployment, "liam.byrne", "comment", number, text=f"comment {chance.random()}")
    except ValueError:
        return  # a closed ticket refuses edits, as it would in the form


def something_breaks(deployment: Deployment, chance: Random) -> None:
    system, method = chance.choice([("servicenow", "PATCH"), ("servicenow", "GET"), ("arm", "PUT"), ("arm", "GET")])
    story.fault(
        deployment, chance.choice(KINDS), system, method, after=chance.randrange(3), times=chance.randrange(1, 4)
    )


@pytest.mark.parametrize("seed", [0, *thoroughly(1, 2, 3), *story.also_slowly(*range(4, 200))])
def test_people_and_faults_for_a_while_then_peace(deployment: Deployment, seed: int) -> None:
    chance = Random(seed)
    for _ in range(4):
        for _ in range(chance.randrange(4)):
            somebody_works(deployment, chance)
            story.later(deployment, minutes=2)
        something_breaks(deployment, chance)
        with suppress(WatchkeeperError):  # an outage may end a run; the next one has to cope
            deployment.sync()
        story.heal(deployment)
        story.later(deployment, minutes=20)
    told = {row.key: row for _ in range(RUNS) for row in story.settle(deployment, runs=1).parked}
    with deployment.store() as store:
        told |= {link.key: link for sides in store.links().values() for link in sides.values() if link.reason}
    apart = {key for key, pair in story.pairs(deployment).items() if not pair.agrees}
    assert apart <= set(told), {key: (story.pairs(deployment)[key]) for key in apart - set(told)}
    assert not story.idle_writes(deployment)
    assert set(story.keys_in_servicenow(deployment).values()) == {1}
    for pair in story.pairs(deployment).values():
        _every_comment_once(pair)


def _every_comment_once(pair: story.Pair) -> None:
    """Each human text stands exactly once on each side, where the profile mirrors comments."""
    if "watchkeeper" in story.labels(pair.incident) and "soc-maintenance" in story.labels(pair.incident):
        return
    on_ticket = [text for _, text in story.notes(pair.ticket)]
    on_incident = story.comments(pair.incident)
    said = [text for who, text in story.notes(pair.ticket) if who != story.OURS]
    said += [text for text in on_incident if "watchkeeper:v1:" not in text]
    for text in said:
        assert sum(text in each for each in on_ticket) == 1, text
        assert sum(text in each for each in on_incident) == 1, text
