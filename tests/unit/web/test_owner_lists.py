"""The lists behind the numbers of an owner of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from tests.unit.web.boards import sign_in, visiting
from tests.unit.web.owned import CANARIES, FINANCE, WITH_OWNERS, a_board_of_owners, a_store_of_owners, as_owner
from tests.unit.web.test_lists_as_files import rows_of

from watchkeeper.report.texts import LANGUAGES
from watchkeeper.web.access import Role


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return a_store_of_owners(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    """Somebody who speaks for FINANCE."""
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board, burst=100_000) as visitor:
        as_owner(visitor, board, FINANCE)
        yield visitor


class TestMended:
    """Each of three tasks had three devices mended within a week."""

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_the_number_leads_to_the_tasks_that_it_is_the_sum_of(self, client: TestClient, lang: str) -> None:
        page = client.get(f"/{lang}/soc/owners/{FINANCE}").text
        (number,) = re.findall(r'href="#mended"[^>]*>(\d+)<', page)
        assert 'id="mended"' in page
        _, *listed = rows_of(client.get(f"/{lang}/soc/owners/{FINANCE}?csv=mended").text)
        assert (int(number), [row[2] for row in listed]) == (9, ["3", "3", "3"])

    def test_programs_get_them_too(self, client: TestClient) -> None:
        found = client.get(f"/api/v1/soc/owners/{FINANCE}").json()
        assert found["mended"]["count"] == 3
        assert sum(each["mended"] for each in found["mended"]["items"]) == found["owner"]["mended"]
        assert {each["product"] for each in found["mended"]["items"]} == {
            f"Canary-{product} of {FINANCE}" for product in ("edge", "java", "office")
        }

    def test_the_page_of_all_owners_leads_there(self, url: str) -> None:
        board = a_board_of_owners(WITH_OWNERS, url)
        with visiting(board) as client:
            sign_in(client, board, Role.VIEWER)
            page = client.get("/en/soc/owners").text
        assert all(re.search(rf'href="/en/soc/owners/{owner}[^"]*#mended"[^>]*>9<', page) for owner in CANARIES[:2])
