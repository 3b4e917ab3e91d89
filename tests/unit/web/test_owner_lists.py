"""The lists behind the numbers of an owner of devices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock
from tests.unit.web.boards import NOW, sign_in, visiting
from tests.unit.web.owned import (
    CANARIES,
    FINANCE,
    PLANT,
    TASKS,
    WITH_OWNERS,
    a_board_of_owners,
    a_store_of_owners,
    as_owner,
    payments,
    ref_of,
)
from tests.unit.web.test_lists_as_files import rows_of

from watchkeeper.evidence.devices import bounded
from watchkeeper.evidence.kept import DEVICES, devices_of, name_of_task
from watchkeeper.model.evidence import ExposedDevice, Listing, SetAside
from watchkeeper.model.owner_book import UNOWNED_ID
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.task_devices import DeviceList, DeviceLists, NotRead
from watchkeeper.report import html
from watchkeeper.report.board.devices import COMPLETED, NEVER_ASKED
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.board.owner_mended import MendedItems
from watchkeeper.report.board.owners import STATES, WAITING, OwnedItems, OwnerLine, OwnerPage, owner_document
from watchkeeper.report.texts import LANGUAGES, texts_in
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Role


def a_device(name: str, group: str) -> ExposedDevice:
    return ExposedDevice(f"id-of-{name}", name, "Windows11", group)


GROUPS_OF_DEVICES = ("Canary-finance-group", "Canary-payments-group", "Canary-plant-group")


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


def inside_of(page: str, anchor: str) -> str:
    """What a section of a page encloses, and nothing that follows it."""
    _, rest = re.split(rf'<section id="{anchor}"[^>]*>', page)
    depth = 1
    for tag in re.finditer(r"<(/?)section\b", rest):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return rest[: tag.start()]
    raise AssertionError(f"{anchor} does not end")


class TestOpen:
    """Whatever waits, however urgent, is what the numbers of open tasks and of devices left count."""

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_the_numbers_lead_to_every_list_that_they_count(self, client: TestClient, lang: str) -> None:
        page = client.get(f"/{lang}/soc/owners/{FINANCE}").text
        open_, left = map(int, re.findall(r'href="#open"[^>]*>(\d+)<', page))
        inside = inside_of(page, "open")
        lists = [each for each in WAITING if f'<section id="{each}">' in page]
        assert len(lists) > 1
        assert [each for each in WAITING if f'<section id="{each}">' in inside] == lists
        rows = [
            row for each in lists for row in rows_of(client.get(f"/{lang}/soc/owners/{FINANCE}?csv={each}").text)[1:]
        ]
        assert (len(rows), sum(int(row[1]) for row in rows)) == (open_, left)

    def test_the_page_of_all_owners_leads_there(self, url: str) -> None:
        board = a_board_of_owners(WITH_OWNERS, url)
        with visiting(board) as client:
            sign_in(client, board, Role.VIEWER)
            page = client.get("/en/soc/owners").text
        assert all(len(re.findall(rf'href="/en/soc/owners/{owner}#open"', page)) == 2 for owner in CANARIES[:2])

    def test_where_nothing_waits_there_is_no_such_place(self) -> None:
        page = a_page_with()
        assert 'id="numbers"' in page
        assert "#open" not in page
        assert 'id="open"' not in page

    def test_what_nobody_has_to_do_any_more_is_listed_behind_it(self) -> None:
        page = a_page_with(*STATES)
        inside = inside_of(page, "open")
        assert [each for each in STATES if f'id="{each}"' in page] == list(STATES)
        assert [each for each in STATES if f'id="{each}"' in inside] == list(WAITING)
        assert '<section id="open" aria-label="Tasks open">' in page


def a_page_with(*states: str) -> str:
    """The page of an owner who has lists of these states, of one entry each that is not shown."""
    owner = OwnerLine(FINANCE, {}, "", overdue=0, due_soon=0, open=0, left=0, mended=0)
    items = tuple(OwnedItems(state, int(state in states), ()) for state in STATES)
    head = Head("soc", NOW, NOW, "run")
    found = OwnerPage(head, owner, NOW, old=False, may_ask=False, items=items, weeks=(), mended=MendedItems(0, ()))
    return html.render(owner_document(found), texts=texts_in("en"))


class TestDevices:
    """Each task lists a device of its owner, and one of every other owner's."""

    PLACE = f"owners/{FINANCE}/devices/{ref_of(FINANCE, FINANCE)}"

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_every_number_of_devices_left_leads_to_devices_of_one_s_own(self, client: TestClient, lang: str) -> None:
        page = client.get(f"/{lang}/soc/owners/{FINANCE}").text
        leads = re.findall(rf'href="(/{lang}/soc/owners/{FINANCE}/devices/[0-9a-f]+)"[^>]*>(\d+)<', page)
        assert len(leads) == 3
        for place, number in leads:
            answer = client.get(place)
            assert answer.status_code == 200
            assert f">{number}<" in answer.text
            _, *listed = rows_of(client.get(f"{place}?csv=devices").text)
            assert [row[0] for row in listed] == ["canary-finance-group-pc"]

    def test_what_the_task_counts_and_what_was_listed_are_both_told(self, client: TestClient) -> None:
        found = client.get(f"/api/v1/soc/{self.PLACE}").json()
        (task,) = found["tasks"]
        assert (found["left"], found["listed"]) == (task["left"], 1)
        assert (task["left"], task["listed"], task["kept"], task["not_read"]) == (12, 1, 1, "")
        assert task["groups"] == [{"name": "Canary-finance-group", "listed": 1, "owners": [FINANCE]}]
        page = client.get(f"/en/soc/{self.PLACE}").text
        assert "Left by the tasks&#39; own count: 12 devices. Listed in the owner&#39;s device groups: 1." in page
        assert "it may be longer or shorter" in page

    @pytest.mark.parametrize("lang", LANGUAGES)
    @pytest.mark.parametrize("why", [*NotRead, NEVER_ASKED])
    def test_a_list_that_is_old_or_missing_says_why(self, tmp_path: Path, lang: str, why: str) -> None:
        url = a_store_of_owners(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            lists = (DeviceList(f"{FINANCE}-edge", None, NotRead(why)),) if why != NEVER_ASKED else ()
            store.keep_snapshots([Snapshot(DEVICES, NOW.date(), NOW, DeviceLists(lists))])
        board = a_board_of_owners(WITH_OWNERS, url)
        with visiting(board) as client:
            as_owner(client, board, FINANCE)
            page = client.get(f"/{lang}/soc/{self.PLACE}")
            found = client.get(f"/api/v1/soc/{self.PLACE}").json()
        assert page.status_code == 200
        assert escape(texts_in(lang).say(f"devices.not_read.{why}")) in page.text
        assert 'id="devices"' not in page.text
        assert (found["tasks"][0]["listed_at"], found["tasks"][0]["not_read"]) == (None, why)

    def test_a_long_list_is_cut_and_says_so_and_its_file_has_more(self, tmp_path: Path) -> None:
        url = a_store_of_owners(tmp_path)
        task = f"{FINANCE}-edge"
        many = tuple(ExposedDevice(f"id-{each}", f"pc-{each:04}", "", "canary-FINANCE-group ") for each in range(1_500))
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            kept = bounded(task, Listing(many, NOW, (SetAside("row 9", "has no id"),)))
            lists = DeviceLists((DeviceList(task, NOW, None),))
            store.keep_snapshots(
                [Snapshot(DEVICES, NOW.date(), NOW, lists), Snapshot(devices_of(task), NOW.date(), NOW, kept)]
            )
        board = a_board_of_owners(WITH_OWNERS, url)
        with visiting(board) as client:
            as_owner(client, board, FINANCE)
            page, file = (client.get(f"/en/soc/{self.PLACE}{more}").text for more in ("", "?csv=devices"))
        assert "Devices (1,500)" in page
        assert "1,000 of the 1,500 devices that were listed are kept" in page
        assert "The first 100 of 1,000." in page
        assert "1 entry of the list could not be read" in page
        assert (page.count(">pc-"), len(rows_of(file)) - 1) == (100, 1_000)

    def test_who_watches_sees_all_of_a_task_with_the_owners_of_each_group(self, url: str) -> None:
        board = a_board_of_owners(WITH_OWNERS, url)
        place = f"remediation/{name_of_task(f'{FINANCE}-edge')}"
        with visiting(board) as client:
            sign_in(client, board, Role.VIEWER)
            page = client.get(f"/en/soc/{place}")
            found = client.get(f"/api/v1/soc/{place}").json()["task"]
            as_owner(client, board, FINANCE)
            refused = client.get(f"/en/soc/{place}")
        assert (page.status_code, refused.status_code) == (200, 403)
        assert (found["listed"], sorted(each["group"] for each in found["devices"])) == (3, list(GROUPS_OF_DEVICES))
        assert {owner for each in found["groups"] for owner in each["owners"]} == {FINANCE, PLANT, payments()}
        assert f'href="/en/soc/owners/{FINANCE}">Canary-finance-name</a>' in page.text
        assert f'href="/en/soc/owners/{PLANT}">Canary-plant-name</a>' in page.text

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_a_task_that_is_completed_has_no_list_and_says_why(self, tmp_path: Path, lang: str) -> None:
        url = a_store_of_owners(tmp_path, [replace(TASKS[0], completed=True), *TASKS[1:]])
        board, place = a_board_of_owners(WITH_OWNERS, url), f"remediation/{name_of_task(TASKS[0].id)}"
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            known = store.latest_snapshot(DEVICES, NOW.date())
            assert known is not None
            lists = DeviceLists(tuple(each for each in known.document.lists if each.task != TASKS[0].id))
            store.keep_snapshots([Snapshot(DEVICES, NOW.date(), NOW, lists)])
        with visiting(board) as client:
            sign_in(client, board, Role.VIEWER)
            page, found = client.get(f"/{lang}/soc/{place}"), client.get(f"/api/v1/soc/{place}").json()["task"]
        assert (page.status_code, found["listed_at"], found["not_read"]) == (200, None, COMPLETED)
        assert escape(texts_in(lang).say("devices.not_read.completed")) in page.text
        assert texts_in(lang).say("devices.none.completed") in page.text

    @pytest.mark.parametrize(("owner", "own"), [(FINANCE, "for-finance"), (PLANT, "for-plant")])
    def test_of_what_several_owners_are_asked_for_each_sees_its_own(self, tmp_path: Path, owner: str, own: str) -> None:
        """However the groups are spelled; a device in nobody's group is in neither list."""
        task = replace(TASKS[0], groups=("Canary-finance-group", "CANARY-PLANT-GROUP"))
        url = a_store_of_owners(tmp_path, [task])
        groups = {"for-finance": "CANARY-finance-GROUP", "for-plant": " canary-plant-group ", "for-nobody": ""}
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            kept = bounded(task.id, Listing(tuple(a_device(name, group) for name, group in groups.items()), NOW))
            store.keep_snapshots([Snapshot(devices_of(task.id), NOW.date(), NOW, kept)])
        board, place = a_board_of_owners(WITH_OWNERS, url), f"soc/owners/{owner}/devices/{ref_of(owner, FINANCE)}"
        with visiting(board) as client:
            as_owner(client, board, owner)
            page, found = client.get(f"/en/{place}").text, client.get(f"/api/v1/{place}")
            _, *file = rows_of(client.get(f"/ja/{place}?csv=devices").text)
        assert {name for name in groups if name in page} == {own}
        assert {name for name in groups if name in found.text} == {own}
        assert [row[0] for row in file] == [own]
        assert (found.json()["shared"], found.json()["listed"]) == (True, 1)
        assert "of all owners together" in page

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_what_nobody_is_asked_for_lists_no_owner_s_devices_and_says_so(self, tmp_path: Path, lang: str) -> None:
        """A task without any device group: whoever watches sees all of its devices on the task's own page."""
        task = replace(TASKS[0], groups=())
        url = a_store_of_owners(tmp_path, [task])
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            rows = (a_device("theirs", "Canary-finance-group "), a_device("nobody-s", "UnassignedGroup"))
            kept = bounded(task.id, Listing(rows, NOW))
            store.keep_snapshots([Snapshot(devices_of(task.id), NOW.date(), NOW, kept)])
        board, place = a_board_of_owners(WITH_OWNERS, url), f"owners/{UNOWNED_ID}/devices/{ref_of(UNOWNED_ID, FINANCE)}"
        with visiting(board) as client:
            sign_in(client, board, Role.VIEWER)
            page = client.get(f"/{lang}/soc/{place}").text
            whole = client.get(f"/api/v1/soc/remediation/{name_of_task(task.id)}").json()["task"]
            as_owner(client, board, FINANCE)
            hidden = client.get(f"/{lang}/soc/{place}")
        assert texts_in(lang).say(
            "devices.owner.unowned", left="12", listed="1" if lang == "en" else "1 台"
        ) in unescape(page)
        assert ("nobody-s" in page, "theirs" in page) == (True, False)
        assert [each["name"] for each in whole["devices"]] == ["theirs", "nobody-s"]
        assert hidden.status_code == 404


def test_from_remediation_every_number_of_devices_left_leads_to_a_list(url: str) -> None:
    board = a_board_of_owners(WITH_OWNERS, url)
    with visiting(board, burst=1_000) as client:
        sign_in(client, board, Role.VIEWER)
        page = client.get("/en/soc/remediation").text
        earlier = client.get("/en/soc/remediation?period=last-month").text
        tasks = set(re.findall(r'href="(/en/soc/remediation/[0-9a-f]+)"', page))
        assert len(tasks) == 9
        assert {client.get(each).status_code for each in tasks} == {200}
    totals = page.partition('id="totals"')[2].partition("</table>")[0]
    assert len(re.findall(r'href="#[a-z-]+"[^>]*>\d+</a>', totals)) == 2 * 3
    owners = page.partition('id="owners"')[2]
    assert re.search(rf'href="/en/soc/owners/{FINANCE}"[^>]*>36<', owners)
    assert not re.findall(r'href="/en/soc/(remediation|owners)/', earlier)
