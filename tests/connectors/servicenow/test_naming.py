from __future__ import annotations

import pytest
from tests.contract.servicenow_connector.rig import ServiceNowRig

from watchkeeper_servicenow.naming import meant

ID = "0123456789abcdef0123456789abcdef"
ORIGIN = "https://acme.service-now.com"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("INC0010001", "number", "INC0010001"),
        (" inc0010001 ", "number", "INC0010001"),
        (ID, "sys_id", ID),
        (ID.upper(), "sys_id", ID),
        (f"{ORIGIN}/nav_to.do?uri=incident.do%3Fsys_id%3D{ID}", "sys_id", ID),
        (f"{ORIGIN}/nav_to.do?uri=incident.do?sys_id={ID}", "sys_id", ID),
        (f"{ORIGIN}/incident.do?sys_id={ID}&sysparm_view=ess", "sys_id", ID),
        (f"{ORIGIN}/incident.do?sysparm_view=ess&sys_id={ID}", "sys_id", ID),
        (f"{ORIGIN}:443/now/nav/ui/classic/params/target/incident.do%3Fsys_id%3D{ID}", "sys_id", ID),
        (f"{ORIGIN}/now/nav/ui/classic/params/target/incident.do%253Fsys_id%253D{ID}", "sys_id", ID),
        (f"{ORIGIN}/now/sow/record/incident/{ID}", "sys_id", ID),
        (f"{ORIGIN}/incident.do?sysparm_query=number=INC0010001", "number", "INC0010001"),
    ],
)
def test_a_ticket_is_meant_by_number_id_or_address(name: str, field: str, value: str) -> None:
    assert meant(name, "incident", "acme.service-now.com") == (field, value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        f"https://other.service-now.com/incident.do?sys_id={ID}",
        f"http://acme.service-now.com/incident.do?sys_id={ID}",
        f"https://acme.service-now.com@evil.example/incident.do?sys_id={ID}",
        f"{ORIGIN}/change_request.do?sys_id={ID}",
        f"{ORIGIN}/incident.do?sys_id={ID}0",
        f"{ORIGIN}/incident_list.do",
        "https://[",
    ],
)
def test_other_addresses_mean_no_ticket_of_ours(name: str) -> None:
    assert meant(name, "incident", "acme.service-now.com") is None


def test_a_ticket_is_looked_up_as_a_person_names_it() -> None:
    rig = ServiceNowRig()
    ref = rig.person_opens("Suspicious sign-in")
    rig.person_opens("Another one")
    (record,) = rig.connector.look_up("incident", ref.id, frozenset({"short_description"}))
    assert record.ref == ref
    for name in (record.number, record.number.lower(), record.url):
        assert [found.ref for found in rig.connector.look_up("incident", name, frozenset())] == [ref]
    assert rig.connector.look_up("incident", "INC9999999", frozenset()) == ()
    assert rig.connector.look_up("incident", "INC1^NQactive=true", frozenset()) == ()


def test_a_page_of_another_instance_is_no_ticket_and_costs_no_call() -> None:
    rig = ServiceNowRig()
    ref = rig.person_opens("Suspicious sign-in")
    elsewhere = f"https://other.service-now.com/nav_to.do?uri=incident.do?sys_id={ref.id}"
    assert rig.connector.look_up("incident", elsewhere, frozenset()) == ()
    assert rig.requests_made() == 0
