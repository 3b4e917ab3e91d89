"""An owner's page and its forms in a real browser: by keyboard, without scripts, on a telephone, in both languages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest
from tests.browser.looking import Looking
from tests.receiver import authority
from tests.unit.web.boards import Ticking
from tests.unit.web.owned import BEHIND_PROXY, FINANCE, a_board_of_owners, a_store_of_owners, ref_of

from watchkeeper.web.app import application
from watchkeeper.web.server import server_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANA = {"X-Forwarded-User": "ana@corp.example", "X-Forwarded-Groups": "Group of canary-finance"}
PAGE = f"/en/soc/owners/{FINANCE}"
FORM = f"{PAGE}/ask/exception/{ref_of(FINANCE, FINANCE)}"
Look = Callable[..., Looking]


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board behind a proxy, which here is the browser itself: it says who asks."""
    folder = tmp_path_factory.mktemp("board")
    url, files = a_store_of_owners(folder), (folder / "board.pem", folder / "board.key")
    certificate = authority().issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(files[0]))
    certificate.private_key_pem.write_to_path(str(files[1]))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        setup = replace(BEHIND_PROXY, origin=address, peers=(ip_network("127.0.0.1/32"),), tls=files)
        serving = a_board_of_owners(setup, url)
        app = application(serving, Ticking())
        app.requests.burst = 10_000
        server = server_of(app, setup)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()
            serving.memory.close()


@pytest.fixture
def look(chromium: Browser, board: str) -> Iterator[Look]:
    opened: list[Looking] = []

    def at(path: str, **context: object) -> Looking:
        known = {"extra_http_headers": ANA, "ignore_https_errors": True}
        opened.append(Looking.at(chromium, board, path, **known, **context))
        return opened[-1]

    yield at
    for each in opened:
        each.page.context.close()
    assert [said for each in opened for said in each.complaints] == []


@pytest.mark.parametrize("path", [PAGE, FORM, PAGE.replace("/en/", "/ja/"), FORM.replace("/en/", "/ja/")])
class TestAPageOfAnOwner:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_lets_everybody_use_it_and_breaks_no_policy(self, look: Look, path: str, scheme: str) -> None:
        assert look(path, color_scheme=scheme).violations() == []

    @pytest.mark.parametrize("width", [320, 640])
    def test_fits_a_phone_and_a_window_at_twice_the_size(self, look: Look, path: str, width: int) -> None:
        assert look(path, viewport={"width": width, "height": 900}).wider_than_the_window() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_by_keyboard_alone_a_request_is_sent_corrected_and_confirmed(look: Look, scripts: bool) -> None:
    form = f"{PAGE}/ask/not-mine/{ref_of(FINANCE, FINANCE, 'java' if scripts else 'office')}"
    looking = look(form, java_script_enabled=scripts)
    page, reason = looking.page, looking.page.get_by_label("Why")
    reason.focus()
    page.keyboard.type("   ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Write why.").wait_for()
    assert reason.get_attribute("aria-invalid") == "true"
    assert "reason-flaw" in str(reason.get_attribute("aria-describedby"))
    if scripts:
        assert looking.violations() == []
    looking.complaints.clear()  # of the answer 422
    reason.focus()
    page.keyboard.type("They moved to Payments")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("The next sync opens the ticket.").wait_for()
    assert page.url.endswith(form)
    page.get_by_role("link", name="Back to the list").click()
    assert page.get_by_role("link", name="Asked, ticket follows").count() >= 1
