"""Addresses with places: what stood in another system's data changes nothing of the address but the place it stands in."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.model.evidence_rules import EXCEPTION, NOT_MINE

INSTANCE = "https://soc.service-now.example/"


def test_a_path_is_one_of_the_instance_and_an_address_stands_for_itself() -> None:
    assert AddressTemplate("/form?o={owner}").filled(INSTANCE, owner="a", recommendation="b") == (
        "https://soc.service-now.example/form?o=a"
    )
    assert AddressTemplate("https://forms.example/{ticket}").filled(
        INSTANCE, owner="a", recommendation="b", ticket="INC1"
    ) == ("https://forms.example/INC1")


def test_what_is_filled_in_ends_neither_a_parameter_nor_a_condition() -> None:
    hostile = "x&sysparm_query=active=true^assigned_to=admin#'\"<{owner}>"
    address = AddressTemplate("/incident.do?sys_id=-1&sysparm_query=short_description={recommendation}").filled(
        INSTANCE, owner="o", recommendation=hostile
    )
    parts = urlsplit(address)
    assert (parts.netloc, parts.path, parts.fragment) == ("soc.service-now.example", "/incident.do", "")
    assert parse_qs(parts.query) == {
        "sys_id": ["-1"],
        "sysparm_query": [f"short_description={hostile.replace('^', ' ')}"],
    }


def test_half_of_a_character_is_no_reason_to_fail() -> None:
    filled = AddressTemplate("/x?about={recommendation}").filled(INSTANCE, owner="o", recommendation="a\ud800b")
    assert filled == f"{INSTANCE.rstrip('/')}/x?about=a%3Fb"


def test_the_shipped_ones_open_a_new_incident_with_the_subject_filled_in() -> None:
    for template, word in ((NOT_MINE, "Not mine"), (EXCEPTION, "Exception")):
        address = template.filled(INSTANCE, owner="tokyo", recommendation="update/chrome", ticket="INC0010042")
        assert parse_qs(urlsplit(address).query)["sysparm_query"] == [
            f"short_description={word}: update/chrome (tokyo) INC0010042"
        ]
