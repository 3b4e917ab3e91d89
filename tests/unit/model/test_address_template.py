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


def test_the_shipped_ones_open_a_new_incident_with_the_subject_and_the_caller_filled_in() -> None:
    for template, word in ((NOT_MINE, "Not mine"), (EXCEPTION, "Exception")):
        address = template.filled(INSTANCE, owner="tokyo", recommendation="update/chrome", ticket="INC0010042")
        assert parse_qs(urlsplit(address).query)["sysparm_query"] == [
            f"short_description={word}: update/chrome (tokyo) INC0010042^caller_id=javascript:gs.getUserID()"
        ]


def test_the_shipped_ones_are_links_to_their_end_wherever_a_text_is_searched_for_addresses() -> None:
    hostile = "x) y. (z)^active=false&sysparm_view=x <b>\"'"
    for template in (NOT_MINE, EXCEPTION):
        address = template.filled(INSTANCE, owner=hostile, recommendation=hostile)
        assert not set(address) & set("()<>\"' ")
        [query] = parse_qs(urlsplit(address).query)["sysparm_query"]
        assert [each.partition("=")[0] for each in query.split("^")] == ["short_description", "caller_id"]
