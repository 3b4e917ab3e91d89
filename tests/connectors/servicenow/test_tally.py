"""What the instance counts for us: whose records, by which values, and what we say where it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import responses
from tests.connectors.servicenow.instance import ORIGIN, connector, listing
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.errors import AuthFailed, Protocol
from watchkeeper.model.population import Feed, Filter
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.tally import Tally

SIGNS = ("soc/escalation/",)


@pytest.fixture
def rig() -> ServiceNowRig:
    """Two escalations of people, and two records of ours: one mirrored, one a duty."""
    rig = ServiceNowRig()
    for title in ("Phishing", "Ransom note"):
        rig.person_opens(title)
    for marker in ("soc/escalation/sentinel/1", "soc/review/all@2026-11-16"):
        rig.connector.create(rig.draft(marker, "Ours"))
    return rig


def tally(rig: ServiceNowRig, by: Sequence[str] = ("state",), signs: Sequence[str] = SIGNS) -> Tally:
    return rig.connector.tally(rig.feed(), rig.clock.now() - timedelta(days=30), by, signs)


def counts(found: Tally, name: str) -> Mapping[object, int]:
    totals: dict[object, int] = {}
    for held in found.rows:
        totals[held.fields[name]] = totals.get(held.fields[name], 0) + held.count
    return totals


def test_the_records_of_a_population_and_ours_of_its_profile_are_counted(rig: ServiceNowRig) -> None:
    assert counts(tally(rig), "state") == {"1": 3}
    assert counts(tally(rig, signs=()), "state") == {"1": 2}
    assert counts(tally(rig, signs=("soc/review/", *SIGNS)), "state") == {"1": 4}


def test_each_combination_of_values_is_counted_and_an_empty_one_is_empty(rig: ServiceNowRig) -> None:
    rig.people("edit", number="INC0010001", fields={"state": "2"})
    found = tally(rig, by=("close_code", "state"), signs=())
    assert {(held.fields["close_code"], held.fields["state"]): held.count for held in found.rows} == {
        ("", "1"): 1,
        ("", "2"): 1,
    }


def test_what_has_been_left_alone_for_longer_is_not_counted(rig: ServiceNowRig) -> None:
    rig.advance(timedelta(days=31))
    assert tally(rig).rows == ()


def test_many_signs_are_several_questions_and_no_record_is_counted_twice(rig: ServiceNowRig) -> None:
    signs = (*SIGNS, *(f"soc/duty-{number}/" for number in range(100)))
    before = rig.requests_made()
    assert counts(tally(rig, signs=signs), "state") == {"1": 3}
    assert rig.requests_made() - before > 3


def test_an_instance_that_does_not_count_for_us_says_why(rig: ServiceNowRig) -> None:
    hidden = {"table": "incident", "operation": "read", "deny": ["watchkeeper"], "condition": "number=INC0010001"}
    rig.servicenow.seed({"acl": [hidden]})
    found = tally(rig)
    assert found.rows == ()
    assert "Insufficient rights" in found.unread


@pytest.mark.parametrize("shape", ["big_number", "nan", "repeated_keys", "deep"])
def test_a_hostile_answer_is_no_count(rig: ServiceNowRig, shape: str) -> None:
    rule = {"kind": "hostile", "shape": shape, "path_prefix": "/api/now/stats/incident"}
    rig.world.faults.add(FaultRule.of_json(rule))
    with pytest.raises(Protocol):
        tally(rig)


def test_a_sign_in_that_ends_meanwhile_is_no_lack_of_rights(rig: ServiceNowRig) -> None:
    rig.fault("status", path_prefix="/api/now/stats/incident", status=401)
    with pytest.raises(AuthFailed):
        tally(rig)


@pytest.mark.parametrize("group", [None, "12", {"groupby_fields": []}, {"stats": 12, "groupby_fields": []}])
def test_a_group_of_another_shape_is_no_answer(group: object) -> None:
    feed = Feed(SERVICENOW, "incident", frozenset({"state"}), (Filter(()),))
    with responses.RequestsMock() as mocked:
        mocked.get(f"{ORIGIN}/api/now/stats/incident", **listing([group]))
        with pytest.raises(Protocol):
            connector().tally(feed, datetime(2026, 11, 1, tzinfo=UTC), ("state",), SIGNS)


def test_a_group_without_a_count_is_no_answer(rig: ServiceNowRig) -> None:
    rule = {"kind": "truncate", "shape": "error_row", "path_prefix": "/api/now/stats/incident"}
    rig.world.faults.add(FaultRule.of_json(rule))
    with pytest.raises(Protocol):
        tally(rig)
    assert json.dumps(counts(_healed(rig), "state")) == '{"1": 3}'


def _healed(rig: ServiceNowRig) -> Tally:
    rig.heal()
    return tally(rig)
