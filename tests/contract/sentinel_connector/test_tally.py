"""What the workspace's history counts for us: whose incidents, by which values, and what we say where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from tests.contract.sentinel_connector.rig import SentinelRig

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.model.population import Feed, Filter
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, RawValue
from watchkeeper.model.tally import Tally

SIGNS = ("soc/escalation/",)


@pytest.fixture
def rig() -> SentinelRig:
    """Two escalations of people, and two incidents of ours: one mirrored, one a duty."""
    rig = SentinelRig()
    rig.connector.identity()
    for title in ("Phishing", "Ransom note"):
        rig.person_opens(title)
    for marker in ("soc/escalation/servicenow/1", "soc/review/all@2026-11-16"):
        rig.connector.create(rig.draft(marker, "Ours"))
    rig.advance(timedelta(minutes=10))
    return rig


def tally(rig: SentinelRig, by: Sequence[str] = ("status",), signs: Sequence[str] = SIGNS) -> Tally:
    return rig.connector.tally(rig.feed(), rig.clock.now() - timedelta(days=30), by, signs)


def counts(found: Tally, name: str) -> dict[RawValue, int]:
    return {held.fields[name]: held.count for held in found.rows}


def test_the_incidents_of_a_population_and_ours_of_its_profile_are_counted_once_as_they_are_now(
    rig: SentinelRig,
) -> None:
    ref = rig.person_opens("Closed again")
    rig.connector.close(ref, rig.closing, rig.connector.get([ref], frozenset())[ref].revision)  # type: ignore[union-attr]
    rig.advance(timedelta(minutes=10))
    assert counts(tally(rig), "status") == {"New": 3, "Closed": 1}
    assert counts(tally(rig, signs=()), "status") == {"New": 2, "Closed": 1}


def test_labels_are_counted_as_a_set(rig: SentinelRig) -> None:
    assert counts(tally(rig, by=("labels",), signs=()), "labels") == {("escalation",): 2}


def test_what_has_been_left_alone_for_longer_is_not_counted(rig: SentinelRig) -> None:
    rig.advance(timedelta(days=31))
    assert tally(rig).rows == ()


def test_the_history_tells_no_texts_and_no_tasks(rig: SentinelRig) -> None:
    since = rig.clock.now() - timedelta(days=30)
    tasks = Feed(SENTINEL, INCIDENT_TASKS, frozenset({"status"}), (Filter(()),))
    assert "title" in tally(rig, by=("title",)).unread
    assert INCIDENT_TASKS in rig.connector.tally(tasks, since, ("status",), ()).unread


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 403}, {"kind": "drop_before"}])
def test_a_history_that_does_not_answer_says_why(rig: SentinelRig, fault: dict[str, object]) -> None:
    rig.world.faults.add(FaultRule.of_json({**fault, "system": "loganalytics"}))
    found = tally(rig)
    assert found.rows == ()
    assert found.unread


def test_a_partial_answer_is_no_count(rig: SentinelRig) -> None:
    rig.world.systems["loganalytics"].seed({"next": ["partial"]})
    assert "partial" in tally(rig).unread
