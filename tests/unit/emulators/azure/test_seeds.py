from __future__ import annotations

import re
from typing import Any

import pytest
from tests.unit.emulators.azure.conftest import Tenant


def seeded(tenant: Tenant, **command: Any) -> list[dict[str, Any]]:
    made = tenant.arm_system.seed({"system": "sentinel", **command})["incidents"]
    return [tenant.arm("GET", f"/{item['name']}")["properties"] for item in made]


def test_an_incident_from_an_alert_has_its_rule_and_alert(tenant: Tenant) -> None:
    (incident,) = seeded(tenant)
    assert incident["providerName"] == "Azure Sentinel"
    assert incident["additionalData"]["alertsCount"] == 1
    assert len(incident["relatedAnalyticRuleIds"]) == 1
    assert incident["firstActivityTimeUtc"] < incident["lastActivityTimeUtc"]
    assert tenant.arm_system.records()[0]["history"][0]["kind"] == "system"


def test_an_incident_from_defender_has_no_description_and_an_id_there(tenant: Tenant) -> None:
    (incident,) = seeded(tenant, provider="xdr")
    assert incident["providerName"] == "Microsoft XDR"
    assert incident["providerIncidentId"] != str(incident["incidentNumber"])
    assert incident["additionalData"]["providerIncidentUrl"].startswith("https://security.microsoft.com/incident2/")
    assert "description" not in incident
    assert "owner" not in incident
    assert incident["labels"][0]["labelType"] == "AutoAssigned"


def test_an_incident_made_by_hand_has_an_author_and_no_alert(tenant: Tenant) -> None:
    (incident,) = seeded(tenant, provider="manual", owner="ava.nguyen")
    assert incident["additionalData"]["alertsCount"] == 0
    assert tenant.arm_system.records()[0]["history"][0]["who"] == "ava.nguyen@soc.example"


def test_a_crowd_is_made_at_once_with_what_was_asked_for(tenant: Tenant) -> None:
    crowd = seeded(tenant, count=20, labels=["escalation"], severity="High", status="Active", title_prefix="Bench")
    assert [incident["incidentNumber"] for incident in crowd] == list(range(1, 21))
    assert {incident["severity"] for incident in crowd} == {"High"}
    assert crowd[4]["title"].startswith("Bench 5: ")
    assert all({"labelName": "escalation", "labelType": "User"} in incident["labels"] for incident in crowd)


def test_the_same_seeds_give_the_same_records() -> None:
    def made() -> list[dict[str, Any]]:
        tenant = Tenant()
        return seeded(tenant, count=5) + seeded(tenant, count=5, provider="xdr")

    assert made() == made()


def test_a_seed_can_be_backdated(tenant: Tenant) -> None:
    (incident,) = seeded(tenant, at="2026-11-10T03:00:00Z")
    assert incident["createdTimeUtc"] == incident["lastModifiedTimeUtc"] == "2026-11-10T03:00:00Z"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ({"colour": "red"}, "unknown in a Sentinel seed: colour"),
        ({"count": -1}, "count must be"),
        ({"count": "many"}, "count must be"),
        ({"provider": "fax"}, "'fax' is none of alert, xdr, manual"),
        ({"severity": "Extreme"}, "'Extreme' is none of High"),
        ({"owner": "nobody"}, "nobody is called 'nobody'; there is"),
        ({"name": "x", "count": 2}, "named x already"),
        ({"at": "Monday"}, "ISO instant"),
    ],
)
def test_a_bad_seed_says_why(tenant: Tenant, command: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        tenant.arm_system.seed(command)
