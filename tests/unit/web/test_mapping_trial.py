"""A ticket tried out with a profile: a pair of the store under the rules as they are now, or a record that somebody pasted, of which
nothing stays."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_link
from tests.unit.web.boards import LOCAL, NOW, ORIGIN, SIGNED, a_board, a_store, sign_in, visiting
from tests.unit.web.test_mappings_compared import board_of, edit, folder

from watchkeeper.model.link import LinkState
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Role
from watchkeeper.web.fence import LARGEST_BODY, LARGEST_RECORD
from watchkeeper.web.pasted import LONGEST, Flaw, Pasted, pasted

__all__ = ["folder"]

KEY = f"escalation/servicenow/{1:032x}"
OWNED = f"owner-remediation/owner.dublin@~{6:010x}"
TRY = "/en/soc/mappings/escalation/try"
HOME = "http://127.0.0.1:8600"
HOSTILE = "</textarea><script>alert(1)</script> {{ 7*7 }} ::error::x ' OR 1=1 --"
TICKET: dict[str, Any] = {
    "sys_id": f"{9:032x}",
    "number": "INC0077777",
    "state": "2",
    "impact": "1",
    "urgency": "1",
    "short_description": "Phish",
    "description": "A mail",
    "category": "security",
    "assignment_group": {"link": "https://acme.service-now.com/x", "value": "f" * 32},
}
INCIDENT: dict[str, Any] = {
    "name": "AAAAAAAA-0000-0000-0000-000000000000",
    "type": "Microsoft.SecurityInsights/Incidents",
    "properties": {
        "title": "Phish",
        "severity": "High",
        "status": "Active",
        "incidentNumber": 4711,
        "labels": [{"labelName": "escalation"}],
    },
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = a_store(tmp_path_factory.mktemp("store"))
    base = {"state": "2", "impact": "1", "urgency": "2", "short_description": "Phish", "description": ""}
    theirs = {"status": "Active", "severity": "High", "title": "Phish", "description": "", "labels": ("escalation",)}
    made = {"key": KEY, "profile": "escalation", "confirmed_at": NOW - timedelta(days=2)}
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_links([a_link(number=1, base=base, **made), a_link(number=2, side="sentinel", base=theirs, **made)])  # type: ignore[arg-type]
        duty = a_link(number=5, base=base, key="a/b@2026-11-16", profile="maintenance")
        store.put_links([replace(duty, number="INC0000005")])
        mine = a_link(number=6, base=base, key=OWNED, profile="maintenance")
        store.put_links([replace(mine, number="INC0000006")])
        gone = a_link(number=7, base=base, key=f"escalation/servicenow/{7:032x}", profile="escalation")
        other = a_link(number=8, side="sentinel", key=gone.key, profile="escalation")
        store.put_links([replace(gone, number="INC0000007"), replace(other, state=LinkState.GONE)])
    return url


@dataclass
class Trier:
    client: TestClient
    origin: str = HOME

    def paste(self, record: object, path: str = TRY, **typed: str) -> Any:
        text = record if isinstance(record, str) else json.dumps(record)
        token = re.findall(r'name="csrf" value="([^"]*)"', self.client.get(path).text)[-1]
        return self.client.post(path, data={"csrf": token, "record": text, **typed}, headers={"Origin": self.origin})


@pytest.fixture(scope="module")
def anybody(url: str) -> Iterator[Trier]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", burst=1_000) as client:
        yield Trier(client)


def rows_of(page: str) -> dict[str, str]:
    """Every row of the tables, by its first cell, with the note below it."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.partition("<main")[2] or page, flags=re.S)
    told: dict[str, str] = {}
    name = ""
    for row in rows:
        text = " ".join(unescape(re.sub("<[^>]+>", " ", row)).split())
        named = re.search(r'<th scope="row"[^>]*>(.*?)</th>', row)
        if named:
            name = unescape(re.sub("<[^>]+>", "", named[1]))
            told.setdefault(name, text)
        elif name and "Rule:" in text:
            told[name] += f" {text}"
    return told


# --- a pair of the store ---


@pytest.mark.parametrize("name", [KEY, "INC0000001", "inc0000001"])
def test_a_pair_is_shown_by_key_or_number_as_both_sides_last_agreed(url: str, anybody: Trier, name: str) -> None:
    number = "INC0000001"
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_links(
            [replace(link, number=number) for side, link in store.links([KEY])[KEY].items() if side == "servicenow"]
        )
    page = anybody.client.get("/en/soc/mappings/escalation", params={"ticket": name}).text
    assert "It is a pair: this is what a sync would do with these values." in page
    assert "as both sides last agreed on them, 2026-11-21 12:00 UTC" in page
    told = rows_of(page.partition('id="tried"')[2])
    assert re.search(r"state: 2.* status: Active .*the same on both sides", told["status"])
    assert re.search(r"\[profiles/escalation.yaml:\d+:3; read by rows \d+:13, \d+:13\]", told["status"])
    assert f'href="/en/soc/link/{KEY}"' in page
    assert 'href="?ticket=' in page, "the list as a file keeps what was chosen"


def test_every_address_on_the_form_is_written_from_the_site_s_root_on(anybody: Trier) -> None:
    led = re.findall(r'<a href="([^"]+)"', anybody.client.get(TRY).text)
    assert "/en/soc/mappings/escalation" in led
    assert [url for url in led if not url.startswith(("/", "#", "?", "https://"))] == []


def test_the_page_of_a_pair_leads_to_trying_it_out(anybody: Trier) -> None:
    page = anybody.client.get(f"/en/soc/link/{KEY}").text
    [place] = re.findall(r'href="(/en/soc/mappings/escalation\?ticket=[^"]+)"', page)
    assert "It is a pair" in anybody.client.get(unescape(place)).text


def test_a_changed_rule_says_what_it_would_do_to_the_ticket(url: str, folder: Path) -> None:
    profile = folder / "profiles" / "escalation.yaml"
    edit(profile, "  severity:\n    owner: shared\n    resolver: furthest", "  severity:\n    owner: servicenow")
    edit(profile, "    may_lower: false\n", "")
    edit(profile, "- { is: [1, 2], means: high }", "- { is: [1, 2], means: low }")
    with board_of(url, folder) as client:
        page = client.get("/en/soc/mappings/escalation", params={"ticket": KEY}).text
        api = client.get("/api/v1/soc/mappings/escalation", params={"ticket": KEY}).json()["tried"]
    severity = rows_of(page.partition('id="tried"')[2])["severity"]
    assert "severity: High → Low" in severity
    assert "written by row" in severity
    assert "update in Sentinel" in page
    assert api["outcome"] == "pair"
    [told] = [each for each in api["pair"]["fields"] if each["name"] == "severity"]
    assert (told["standing"], [write["side"] for write in api["pair"]["writes"]]) == ("written", ["sentinel"])


def test_what_the_store_does_not_remember_is_said(url: str, folder: Path) -> None:
    edit(
        folder / "profiles" / "escalation.yaml",
        "text: { field: description, max: 4000 }",
        "text: { field: u_story, max: 4000 }",
    )
    with board_of(url, folder) as client:
        page = client.get("/en/soc/mappings/escalation", params={"ticket": KEY}).text
    assert "ServiceNow: of u_story the store keeps no value" in page


def test_a_value_that_has_no_row_any_more_is_flagged(url: str, folder: Path) -> None:
    edit(folder / "profiles" / "escalation.yaml", "          - { is: [1, 2], means: high }\n", "")
    with board_of(url, folder) as client:
        page = client.get("/en/soc/mappings/escalation", params={"ticket": KEY}).text
    assert "1 field has a value that no table knows" in page
    assert "in no row of the table" in rows_of(page.partition('id="tried"')[2])["severity"]


def test_a_pair_of_which_one_record_is_gone_is_not_filled_in(anybody: Trier) -> None:
    page = anybody.client.get("/en/soc/mappings/escalation", params={"ticket": "INC0000007"}).text
    assert "which is gone" in page
    assert "update in" not in page


def test_a_ticket_that_is_to_have_no_incident_is_not_told_of_one(anybody: Trier) -> None:
    page = anybody.client.get("/en/soc/mappings/maintenance", params={"ticket": "INC0000006"}).text
    assert "It has one record, and is to have no other" in page
    assert "which does not exist yet" not in page
    assert "Values as a run last found nothing to do about them" in page
    assert f'href="/en/soc/link/{OWNED}"' in unescape(page).replace("%40", "@").replace("%7E", "~")
    assert "→" not in "".join(rows_of(page.partition('id="tried"')[2].partition("</section>")[0]).values())
    pasted_one = anybody.paste({"sys_id": f"{6:032x}", "state": "2"}, "/en/soc/mappings/maintenance/try").text
    assert "It has one record, and is to have no other" in pasted_one


def test_another_profile_s_pair_leads_there_and_an_unknown_name_says_what_to_do(anybody: Trier) -> None:
    other = anybody.client.get("/en/soc/mappings/escalation", params={"ticket": "INC0000005"}).text
    assert "INC0000005 is a pair of the profile maintenance." in other
    assert 'href="/en/soc/mappings/maintenance?ticket=INC0000005"' in other
    unknown = anybody.client.get("/en/soc/mappings/escalation", params={"ticket": HOSTILE})
    assert unknown.status_code == 200
    assert "The store knows no pair called" in unknown.text
    assert "<script>alert" not in unknown.text
    assert anybody.client.get("/ja/soc/mappings/escalation", params={"ticket": "x"}).status_code == 200


# --- a record that is pasted ---


def test_a_ticket_that_is_pasted_is_translated_field_by_field_with_its_rules(anybody: Trier) -> None:
    answer = anybody.paste({"result": TICKET})
    assert answer.status_code == 200
    told = rows_of(answer.text)
    assert "title: (none) → Phish" in told["title"]
    assert "status: (none) → Active" in told["status"]
    assert re.search(r"severity: \(none\) → High .*read by row \d+:13; written by row \d+:13", told["severity"])
    assert "Whether the population of this profile takes it cannot be told here" in answer.text
    assert "No run has looked up these groups" in answer.text


@pytest.mark.parametrize(
    "changed", [{"category": "network"}, {"correlation_display": "watchkeeper", "correlation_id": "x"}]
)
def test_a_group_that_nobody_has_looked_up_matters_only_where_the_rest_fits(
    anybody: Trier, changed: dict[str, Any]
) -> None:
    assert "The population of this profile does not take it" in anybody.paste({**TICKET, **changed}).text


def test_an_incident_as_azure_gives_it_would_be_mirrored(anybody: Trier) -> None:
    page = anybody.paste(INCIDENT).text
    assert "A sync would create the other record, as shown here." in page
    assert "create in ServiceNow" in page
    told = rows_of(page)
    assert "state: (none) → 2" in told["status"]
    assert "impact: (none) → 1; urgency: (none) → 1" in told["severity"]
    assert "Mirrored by Watchkeeper from incident 4711" in told["description"]
    assert ">JSON</a>" not in page, "a form has no data for programs"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"labels": []}, "The population of this profile does not take it"),
        ({"status": "Closed"}, "It is closed already, or its status is in no row"),
        ({"status": None}, "It is closed already, or its status is in no row"),
    ],
)
def test_one_that_no_sync_mirrors_says_so_and_is_translated_all_the_same(
    anybody: Trier, changed: dict[str, Any], said: str
) -> None:
    page = anybody.paste({**INCIDENT, "properties": {**INCIDENT["properties"], **changed}}).text
    assert said in page
    assert "create in" not in page
    assert "severity" in rows_of(page)


def test_one_from_before_the_first_day_waits_for_a_backfill(url: str, folder: Path) -> None:
    edit(folder / "teams.yaml", "  # go_live: 2026-12-01", "  go_live: 2026-11-16")
    with board_of(url, folder) as client:
        for created, said in (
            ("2026-11-14T09:00:00Z", "it is not mirrored without `sync --backfill`"),
            ("2026-11-17T09:00:00Z", "A sync would create the other record"),
        ):
            told = {**INCIDENT, "properties": {**INCIDENT["properties"], "createdTimeUtc": created}}
            assert said in Trier(client).paste(told).text


def test_a_value_that_no_table_knows_is_flagged(anybody: Trier) -> None:
    page = anybody.paste({**TICKET, "state": "11"}).text
    assert "1 field has a value that no table knows" in page
    assert "ServiceNow: state = '11' is not mapped" in rows_of(page)["status"]


def test_a_record_that_is_linked_is_tried_against_its_pair(anybody: Trier) -> None:
    page = anybody.paste({"sys_id": f"{1:032x}", "state": "3", "impact": "1", "urgency": "2"}).text
    assert "It is a pair" in page
    page = anybody.paste({"sys_id": f"{1:032x}", "state": "1", "impact": "1", "urgency": "2"}).text
    assert "status: Active → New" in rows_of(page)["status"]
    assert "The profile reads description, short_description as well" in page


def test_a_record_of_another_table_says_so_and_of_a_duty_s_profile_what_is_shown(anybody: Trier) -> None:
    assert "of the table sn_si_incident" in anybody.paste({**TICKET, "sys_class_name": "sn_si_incident"}).text
    duty = anybody.paste(TICKET, "/en/soc/mappings/maintenance/try").text
    assert "tickets of this profile are opened from the catalogue" in duty
    assert "create in" not in duty


def test_what_is_pasted_is_inert_comes_back_to_the_form_and_stays_nowhere(
    url: str, anybody: Trier, caplog: pytest.LogCaptureFixture
) -> None:
    def held() -> bytes:
        return b"".join(each.read_bytes() for each in sorted(Path(url.removeprefix("sqlite:///")).parent.iterdir()))

    before = held()
    with caplog.at_level(logging.DEBUG):
        answer = anybody.paste({**TICKET, "short_description": HOSTILE, "description": "pasted-secret"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "49" not in rows_of(answer.text)["title"]
    assert "pasted-secret" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "pasted-secret" not in caplog.text
    assert held() == before
    assert "pasted-secret" not in anybody.client.get(TRY).text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1,\n "b": }', "Expecting value (line 2, column 7)"),
        ("   ", "Paste a record first."),
        ("[" * 15_000, "This is not JSON"),
        ('{"a": NaN}', "This is not JSON"),
        ('{"a": 1}', "This is neither a ServiceNow record"),
        ('{"result": {"result": {"sys_id": "x"}}}', "This is neither"),
        ('{"result": []}', "There is no record in this answer."),
        ('{"value": [{"properties": {}}, {"properties": {}}]}', "These are several records"),
        ("1", "This is neither"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(anybody: Trier, text: str, said: str) -> None:
    answer = anybody.paste(text)
    assert (answer.status_code, said in unescape(answer.text)) == (422, True)
    assert 'aria-invalid="true"' in answer.text
    assert anybody.paste(text, "/ja/soc/mappings/escalation/try").status_code == 422


@pytest.mark.parametrize(
    "record",
    [
        {"sys_id": None, "state": ["x"], "impact": {"value": {"value": {}}}},
        {"sys_id": "\ud800\0", "number": 10**18, "state": 2, "short_description": True},
        {"properties": {}},
        {"properties": {"labels": "x", "owner": [], "severity": 5, "status": None, "title": {}}, "name": 7},
    ],
)
def test_a_record_of_odd_values_breaks_nothing(anybody: Trier, record: dict[str, Any]) -> None:
    assert anybody.paste(record).status_code == 200


def test_numbers_too_long_for_integers_and_answers_in_lists_are_read() -> None:
    assert isinstance(pasted('{"sys_id": "x", "state": ' + "9" * 10_000 + "}"), Pasted)
    assert pasted('{"value": [{"properties": {"title": "x"}}]}') == Pasted("sentinel", {"properties": {"title": "x"}})
    assert isinstance(pasted('\ufeff{"sys_id": "x"}'), Pasted), "a file's first sign, copied along"
    assert pasted("\ufeff") == Flaw("empty")
    assert pasted("x" * (LONGEST + 1)) == Flaw("long")


@pytest.mark.parametrize("sign", ["'", "漢", "\N{FIRE}", '"'])
def test_what_is_read_at_all_is_read_whatever_it_is_written_in(anybody: Trier, sign: str) -> None:
    def of(count: int) -> str:
        return json.dumps({"sys_id": "x", "description": sign * count}, ensure_ascii=False)

    room = (LONGEST - len(of(0))) // (len(of(1)) - len(of(0)))
    assert anybody.paste(of(room)).status_code == 200
    answer = anybody.paste(of(room + 1))
    assert (answer.status_code, "This is longer than 20,000 characters" in answer.text) == (422, True)
    assert of(room + 1) in unescape(answer.text), "what was pasted is there to be shortened"


def test_an_end_of_a_line_counts_once_though_browsers_send_it_as_two_characters(anybody: Trier) -> None:
    text = json.dumps({"sys_id": "x", "description": "x"}) + "\n" * 15_000
    assert anybody.paste(text.replace("\n", "\r\n")).status_code == 200


# --- the fence ---


def test_a_form_from_elsewhere_or_without_its_token_is_refused(anybody: Trier) -> None:
    form = {"record": json.dumps(TICKET)}
    assert anybody.client.post(TRY, data={**form, "csrf": "x"}, headers={"Origin": HOME}).status_code == 403
    assert anybody.client.post(TRY, data=form).status_code == 403
    assert Trier(anybody.client, "https://elsewhere.example").paste(TICKET).status_code == 403


def test_more_fits_there_than_elsewhere_and_not_any_amount(anybody: Trier) -> None:
    assert anybody.paste({**TICKET, "description": '"' * (LARGEST_BODY // 4)}).status_code == 200
    assert anybody.paste("x" * (LARGEST_RECORD + 1)).status_code == 413
    elsewhere = anybody.client.post("/portal", data={"x": "y" * LARGEST_BODY}, headers={"Origin": HOME})
    assert elsewhere.status_code == 413
    beside = anybody.client.post(f"{TRY}/x", data={"x": "y" * LARGEST_BODY}, headers={"Origin": HOME})
    assert beside.status_code == 413


def test_who_may_see_the_mappings_may_try_and_an_owner_of_devices_may_not(url: str) -> None:
    board = a_board(SIGNED, url)
    with visiting(board, burst=1_000) as client:
        for role, status in ((Role.VIEWER, 200), (Role.ADMIN, 200), (Role.OWNER, 403)):
            csrf = sign_in(client, board, role)
            form = {"csrf": csrf, "record": json.dumps(TICKET)}
            assert client.post(TRY, data=form, headers={"Origin": ORIGIN}).status_code == status, role
            assert client.get(TRY).status_code == status


def test_there_is_no_form_for_a_profile_that_there_is_not_or_that_cannot_be_read(url: str, folder: Path) -> None:
    edit(folder / "profiles" / "escalation.yaml", "{ is: 1, means: new }", "{ is: 1, means: nue }")
    with board_of(url, folder) as client:
        assert client.get(TRY).status_code == 404
        assert client.get("/en/soc/mappings/nothing/try").status_code == 404
        assert client.get("/en/soc/mappings/maintenance/try").status_code == 200
        assert "Try a ticket out" not in client.get("/en/soc/mappings/escalation").text
        page = client.get("/en/soc/mappings/maintenance?ticket=INC0000005").text
    assert "Nothing can be tried out until the problems of the mappings are mended." in page
