"""Where pages of the board lead, whatever the names are that others gave."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from watchkeeper.report.board.leads import filtered, link_page, mapping_page, owner_page, run_page

NAMES = ("plain", "a b/c?d=e&f#g%h", "東京", "<script>", "..")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_as_it_is(name: str) -> None:
    for page in (run_page, mapping_page, owner_page):
        place = page(name)
        assert unquote(place.partition("/")[2]) == name
        assert place.count("/") == 1
        assert not set("?#<> ") & set(place)
    assert unquote(link_page(name).partition("/")[2]) == name
    assert parse_qs(urlsplit(filtered("list", name=name)).query) == {"name": [name]}


def test_what_no_address_can_spell_leads_nowhere_and_keeps_no_page_from_being_made() -> None:
    for page in (run_page, mapping_page, owner_page, link_page, lambda name: filtered("list", name=name)):
        assert page("a\ud800b").endswith("a%3Fb")


def test_what_is_not_chosen_is_left_out() -> None:
    assert filtered("list", name="", other="") == "list"
    assert filtered("", name="") == "?", "this page, with nothing chosen"
    assert filtered("", name="x") == "?name=x"
