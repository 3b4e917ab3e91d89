"""The pages on the mappings: rules with their places, values there and back, what tickets hold that no table knows, and a folder that
somebody broke."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from starlette.testclient import TestClient
from tests.docs.pages import ROOT
from tests.state.examples import SetClock, a_link
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting
from tests.unit.web.test_lists_as_files import rows_of

from watchkeeper.model.link import Link
from watchkeeper.model.reasons import because
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.unmapped import UNKNOWN_VALUES, SeenUnknown, UnknownDay, UnknownValue
from watchkeeper.report.board.leads import LONGEST_VALUE
from watchkeeper.report.board.mapping_held import held_count, value_of
from watchkeeper.report.document import Lead
from watchkeeper.report.texts import LANGUAGES
from watchkeeper.state.library import Library
from watchkeeper.state.opening import open_store
from watchkeeper.sync.memory import FOREIGN_PAIR
from watchkeeper.web.asked import Asked
from watchkeeper.web.reading.mappings import read_mapping
from watchkeeper.web.reading.reader import Reader
from watchkeeper.web.rules import Rules

HOSTILE = "<script>alert(1)</script>"
UNKNOWN_STATE = f"status: {because(Trouble.NOT_MAPPED, side='servicenow', name='state', value=repr('11'))}"
NO_CODE = f"status: {because(Trouble.NO_CLOSURE, side='servicenow', name='close_code', value=repr(HOSTILE))}"
LOWERED = f"severity: {because(Trouble.LOWERED, side='servicenow', value='low')}"


def key_of(number: int) -> str:
    return f"escalation/servicenow/{number:032x}"


def a_pair(number: int, *, state: str = "2", reason: str = "", days: int = 1) -> list[Link]:
    key, at = key_of(number), NOW - timedelta(days=days)
    base = {"state": state, "impact": "2", "urgency": "2"}
    theirs = {"status": "Active", "severity": "Medium"}
    made = {"key": key, "profile": "escalation", "confirmed_at": at, "reason": reason}
    return [
        a_link(number=number, base=base, **made),  # type: ignore[arg-type]
        a_link(number=number + 1000, side="sentinel", base=theirs, **made),  # type: ignore[arg-type]
    ]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three pairs in state 11, one closed with a hostile code, one lowered, two in step, one that another integration made."""
    url = a_store(tmp_path_factory.mktemp("store"))
    reasons = [*[UNKNOWN_STATE] * 3, NO_CODE, LOWERED, "", "", FOREIGN_PAIR]
    seen = [
        SeenUnknown("escalation", UnknownValue("status", "servicenow", "state", "11"), 5, (key_of(1), key_of(6))),
        SeenUnknown("escalation", UnknownValue("severity", "servicenow", "impact, urgency", "1, 9"), 1, (key_of(99),)),
        SeenUnknown("maintenance", UnknownValue("status", "servicenow", "state", "12"), 1, ("a-task/team@2026",)),
    ]
    with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
        store.put_links(link for number, why in enumerate(reasons, 1) for link in a_pair(number, reason=why))
        store.put_links([*a_pair(50, state="3", days=40)])
        store.put_links(
            replace(link, key="x", profile="other", ref=replace(link.ref, id="x")) for link in a_pair(60)[:1]
        )
        store.keep_snapshots(
            [
                Snapshot(UNKNOWN_VALUES, (NOW - timedelta(days=3)).date(), NOW, UnknownDay(tuple(seen))),
                Snapshot(UNKNOWN_VALUES, (NOW - timedelta(days=45)).date(), NOW, UnknownDay(tuple(seen[:1]))),
            ]
        )
    return url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1", burst=1_000) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def page(client: TestClient) -> str:
    answer = client.get("/en/soc/mappings/escalation")
    assert answer.status_code == 200
    return answer.text


def listed(client: TestClient, anchor: str, of: str = "mappings/escalation") -> list[dict[str, str]]:
    answer = client.get(f"/en/soc/{of}?csv={anchor}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def lines_of(name: str) -> list[str]:
    return (ROOT / "mappings" / name).read_text(encoding="utf-8").splitlines()


class TestAProfile:
    def test_shows_each_field_with_its_way_its_translation_and_its_line(self, client: TestClient) -> None:
        rows = {row["Field"]: row for row in listed(client, "fields")}
        status = rows["status"]
        assert (status["ServiceNow (incident)"], status["Sentinel (incidents)"]) == ("state", "status")
        assert status["Translation"] == "A value table ⇄ A value table"
        assert rows["title"]["Values go"] == "set once, then left to people"
        file, line, _ = status["Rule"].rsplit(":", 2)
        assert (file, lines_of(file)[int(line) - 1].strip()) == ("profiles/escalation.yaml", "status:")
        assert "furthest" in status["Whose value counts"]

    def test_shows_what_becomes_of_each_value_there_and_back(self, client: TestClient) -> None:
        there = {row["ServiceNow: state"]: row for row in listed(client, "values-status-servicenow")}
        assert (there["2"]["Sentinel: status"], there["2"]["comes back as"]) == ("Active", "2")
        assert (there["3"]["Sentinel: status"], there["3"]["comes back as"]) == ("Active", "2")
        assert there["2"]["Mark"] != there["3"]["Mark"]
        assert there["3"]["Note"].startswith("Does not come back")
        back = listed(client, "values-status-sentinel")
        assert [row["Sentinel: status"] for row in back] == ["New", "Active", "Closed"]

    def test_leads_from_a_field_to_its_rule_in_full(self, page: str) -> None:
        assert 'href="#rule-status"' in page
        assert 'id="rule-status"' in page
        assert "When ServiceNow was closed, Sentinel gets" in page

    def test_is_led_to_from_the_rule_of_a_pair_s_field(self, client: TestClient) -> None:
        pair = client.get(f"/en/soc/link/{key_of(6)}").text
        assert re.search(r'href="/en/soc/mappings/escalation#rule-status">[^<]*escalation.yaml:\d+:\d+</a>', pair)

    def test_has_a_file_beside_every_list(self, client: TestClient, page: str) -> None:
        files = re.findall(r'href="\?csv=([^"]+)"', page)
        assert len(files) == len(set(files)) == page.count("<table")
        assert all(listed(client, file) for file in files)

    def test_is_told_in_japanese(self, client: TestClient) -> None:
        assert "見つかった未対応の値" in client.get("/ja/soc/mappings/escalation").text


class TestValuesThatNoTableKnows:
    def test_are_told_with_how_many_tickets_hold_them_and_when_they_were_seen(self, client: TestClient) -> None:
        rows = {row["Value"]: row for row in listed(client, "unknown-values")}
        assert set(rows) == {"11", "1, 9", HOSTILE}
        state = rows["11"]
        assert (state["Field"], state["System"], state["Raw field"]) == ("status", "ServiceNow", "state")
        assert (state["Tickets now"], state["Most at once"], state["Last seen"]) == ("3", "5", "2026-11-20")
        assert (rows["1, 9"]["Tickets now"], rows["1, 9"]["Most at once"]) == ("0", "1")

    def test_lead_to_the_tickets_and_those_to_their_pairs(self, page: str) -> None:
        assert '<a href="#unknown-tickets">3</a>' in page
        assert '<a href="#unknown-tickets">5</a>' in page
        assert f'href="/en/soc/link/{key_of(1)}"' in page

    def test_tell_which_tickets_hold_them_held_them_or_are_no_pair(self, client: TestClient) -> None:
        rows = {(row["Key"], row["Value"]): row["Holds it"] for row in listed(client, "unknown-tickets")}
        assert rows[key_of(1), "11"] == "now"
        assert rows[key_of(6), "11"] == "until 2026-11-20"
        assert rows[key_of(99), "1, 9"] == "on 2026-11-20; it is no pair"
        assert len(rows) == 6

    def test_of_a_ticket_that_is_no_pair_lead_nowhere(self, page: str) -> None:
        assert key_of(99) in page
        assert f"link/{key_of(99)}" not in page

    def test_stand_inert_on_the_page_and_for_programs(self, client: TestClient, page: str) -> None:
        assert HOSTILE not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert client.get("/api/v1/soc/mappings/escalation").headers["content-type"] == "application/json"

    def test_are_counted_beside_those_in_use_that_are_mapped(self, client: TestClient) -> None:
        rows = {(row["Field"], row["System"]): row for row in listed(client, "coverage")}
        status = rows["status", "ServiceNow"]
        assert (status["Mapped values"], status["Unmapped values"], status["Mapped"]) == ("1", "1", "50%")
        # Of the eight pairs of the last 30 days, four say that their status is something else than was agreed on.
        assert status["Tickets"] == "4"
        assert rows["status", "Sentinel"]["Mapped"] == "100%"


class TestTicketsThatHoldAValue:
    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_are_as_many_as_each_number_of_tickets_says(self, client: TestClient, lang: str) -> None:
        page = client.get(f"/{lang}/soc/mappings/escalation").text
        led = re.findall(r'class="number"><a href="(\?[^"#]+)#held"[^>]*>(\d+)<', page)
        counts = dict(led)  # the last of a row: before it stand values
        assert {"value" in unescape(query) for query in counts} == {True, False}
        for query, count in counts.items():
            _, *rows = rows_of(client.get(f"/{lang}/soc/mappings/escalation{unescape(query)}&csv=held").text)
            assert (len(rows), query) == (int(count), query)

    def test_lead_to_their_pairs_and_hold_what_was_asked(self, client: TestClient) -> None:
        chosen = "field=severity&side=servicenow"
        page = client.get(f"/en/soc/mappings/escalation?{chosen}").text
        rows = listed(client, f"held&{chosen}")
        assert rows
        assert all(f'href="/en/soc/link/{row["Key"]}"' in page for row in rows)
        assert {row["Ticket"] for row in rows} <= {f"INC{number:07}" for number in range(1, 9)}
        asked = quote(json.dumps(["2", "2"]))
        alike = listed(client, f"held&{chosen}&value={asked}")
        assert [row["Key"] for row in alike] == [row["Key"] for row in rows if row["Value"] == "2, 2"] != []
        told = client.get(f"/api/v1/soc/mappings/escalation?{chosen}&value={asked}").json()["seen"]["held"]
        assert [each["key"] for each in told["tickets"]] == [row["Key"] for row in alike]
        assert {tuple(each["raw"]) for each in told["tickets"]} == {("2", "2")}
        assert told["count"] == len(alike)

    def test_are_cut_where_there_are_many(self, url: str) -> None:
        library = Library.open(url, SetClock(NOW))
        assert library is not None
        asked = Asked({"profile": "escalation", "field": "severity", "side": "servicenow"}, 2)
        held = read_mapping(Reader(library, "soc", NOW, {}, asked, Rules(ROOT / "mappings"))).seen.held
        library.close()
        assert held is not None
        assert (len(held.tickets), held.count > 2) == (2, True)

    def test_are_listed_where_somebody_asks_for_them_alone(self, client: TestClient, page: str) -> None:
        assert 'id="held"' not in page
        assert client.get("/api/v1/soc/mappings/escalation").json()["seen"]["held"] is None

    @pytest.mark.parametrize(
        "value", ["1", '"1"', "[1]", "[]", "[", "{}", "NaN", "[" * 500, '["\\ud800"]', '["2", "\\udfff"]']
    )
    @pytest.mark.parametrize("place", ["/en/soc", "/api/v1/soc"])
    def test_cannot_be_asked_for_by_what_is_no_value(self, client: TestClient, place: str, value: str) -> None:
        asked = {"field": "severity", "side": "servicenow", "value": value}
        assert client.get(f"{place}/mappings/escalation", params=asked).status_code == 404

    @pytest.mark.parametrize(
        "asked",
        [
            {"field": "severity"},
            {"side": "servicenow"},
            {"value": '["2"]'},
            {"field": HOSTILE, "side": "servicenow"},
            {"field": "severity", "side": HOSTILE},
        ],
        ids=lambda asked: "-".join(asked),
    )
    def test_nor_without_a_field_and_a_side_of_the_profile(self, client: TestClient, asked: dict[str, str]) -> None:
        assert client.get("/en/soc/mappings/escalation", params=asked).status_code == 404

    def test_are_none_for_a_value_that_none_holds(self, client: TestClient) -> None:
        asked = {"field": "severity", "side": "sentinel", "value": json.dumps([HOSTILE])}
        answer = client.get("/en/soc/mappings/escalation", params=asked)
        held = answer.text.partition('id="held"')[2].partition("</section>")[0]
        assert answer.status_code == 200
        assert "(0)" in held
        assert "Nothing." in held
        assert HOSTILE not in answer.text


class TestAValueThatLostItsRow:
    """Tickets agreed on it, and no run has met it since."""

    @pytest.fixture
    def client(self, url: str, folder: Path) -> Iterator[TestClient]:
        profile = folder / "profiles" / "escalation.yaml"
        edit(profile, "{ is: Medium, means: medium }", "{ is: Middling, means: medium }")
        with visiting(replace(a_board(LOCAL, url), rules=Rules(folder)), peer="127.0.0.1") as visitor:
            yield visitor

    def test_leads_to_the_tickets_that_hold_it_marked(self, client: TestClient) -> None:
        page = client.get("/en/soc/mappings/escalation").text
        coverage = page.partition('id="coverage"')[2].partition("</section>")[0]
        assert re.search(r'href="\?field=severity&amp;side=sentinel#held"[^>]*>1<', coverage)
        rows = listed(client, "held&field=severity&side=sentinel")
        assert {(row["Value"], row["Mark"], row["Note"]) for row in rows} == {("Medium", "act", "No table knows it.")}
        alone = listed(client, f"held&field=severity&side=sentinel&value={quote(json.dumps(['Medium']))}")
        assert [row["Key"] for row in alone] == [row["Key"] for row in rows]


def test_a_value_of_many_characters_is_led_to_as_far_as_an_address_holds_it() -> None:
    for value, leads in ((("高" * 500,), True), (("高" * 513,), False)):
        cell = held_count(3, "severity", "servicenow", value)
        assert isinstance(cell, Lead) == leads
        if isinstance(cell, Lead):
            [asked] = parse_qs(urlsplit(cell.url).query)["value"]
            assert value_of(asked) == value
            assert len(asked) <= LONGEST_VALUE


def test_a_field_that_is_left_alone_says_why_in_how_many_pairs_and_leads_to_one(client: TestClient, page: str) -> None:
    rows = [(row["Field"], row["Pairs"], row["Why"]) for row in listed(client, "left-alone")]
    assert rows[0] == ("status", "3", "ServiceNow: state = '11' is not mapped")
    assert ("severity", "1", "ServiceNow lowered it to low, which this profile does not carry over") in rows
    assert len(rows) == 3
    assert f'href="/en/soc/link/{key_of(5)}"' in page


def test_a_profile_that_no_ticket_is_of_says_so(client: TestClient) -> None:
    page = client.get("/en/test/mappings/escalation").text
    assert "No run has seen one since 2026-10-24." in page
    assert "No ticket was agreed on since 2026-10-24." in page


def test_a_profile_that_is_not_enabled_is_told_all_the_same(client: TestClient) -> None:
    page = client.get("/en/soc/mappings/security-incident").text
    assert "This profile is not enabled." in page
    assert 'id="values-status-servicenow"' in page


def test_a_profile_that_there_is_not_is_no_page(client: TestClient) -> None:
    assert client.get("/en/soc/mappings/nothing").status_code == 404
    assert client.get("/api/v1/soc/mappings/..%2Fescalation").status_code == 404


class TestTheFolder:
    def test_lists_its_profiles_and_leads_to_each(self, client: TestClient) -> None:
        page = client.get("/en/soc/mappings").text
        for name in ("escalation", "maintenance", "maintenance-task", "security-incident", "catalog-task"):
            assert f'<a href="/en/soc/mappings/{name}">{name}</a>' in page
        rows = {row["Profile"]: row for row in listed(client, "profiles", "mappings")}
        assert (rows["escalation"]["Standing"], rows["security-incident"]["Standing"]) == ("in use", "not enabled")
        assert (rows["escalation"]["Unmapped values seen"], rows["maintenance"]["Unmapped values seen"]) == ("2", "1")

    @pytest.mark.parametrize(
        ("anchor", "file", "starts"),
        [
            ("profiles", "profiles/", "name:"),
            ("teams", "teams.yaml", "- id:"),
            ("calendars", "calendars.yaml", "- id:"),
            ("packs", "packs/defender-xdr.yaml", "id:"),
            ("tasks", "packs/defender-xdr.yaml", "- id:"),
        ],
    )
    def test_names_the_line_of_everything_in_it(self, client: TestClient, anchor: str, file: str, starts: str) -> None:
        rows = listed(client, anchor, "mappings")
        assert rows
        for row in rows:
            name, line, _ = row["File"].rsplit(":", 2)
            assert name.startswith(file)
            assert lines_of(name)[int(line) - 1].strip().startswith(starts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "mappings", tmp_path / "mappings"))


def edit(file: Path, old: str, new: str) -> None:
    """As an editor would: at a later instant, which a fast test would not see."""
    at = file.stat().st_mtime_ns + 1_000_000_000
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(file, ns=(at, at))


def test_a_value_that_got_a_row_is_no_longer_told_but_for_tickets_that_wait_for_the_next_sync(
    url: str, folder: Path
) -> None:
    profile = folder / "profiles" / "escalation.yaml"
    edit(
        profile,
        "- { is: [1, 2], means: high }",
        "- { is: [1, 2], means: high }\n          - { is: [1, 9], means: high }",
    )
    edit(
        profile,
        "- { is: 2, means: active }",
        "- { is: 2, means: active, writes: [active] }\n          - { is: 11, means: active }",
    )
    edit(profile, "          7: []\n", "          7: []\n          11: [2]\n")
    with visiting(replace(a_board(LOCAL, url), rules=Rules(folder)), peer="127.0.0.1") as client:
        rows = {row["Value"]: row for row in listed(client, "unknown-values")}
        profiles = {row["Profile"]: row for row in listed(client, "profiles", "mappings")}
    assert set(rows) == {"11", HOSTILE}
    assert rows["11"]["Note"].startswith("A row of the table knows it by now")
    assert rows[HOSTILE]["Note"] == ""
    assert profiles["escalation"]["Unmapped values seen"] == "0"


class TestABrokenFolder:
    def test_says_what_is_wrong_where_what_to_do_and_that_no_run_starts(self, url: str, folder: Path) -> None:
        edit(folder / "profiles" / "escalation.yaml", "{ is: 1, means: new }", "{ is: 1, means: nue }")
        edit(folder / "teams.yaml", "zone: Asia/Tokyo", "zone: Asia/Tokio")
        with visiting(replace(a_board(LOCAL, url), rules=Rules(folder)), peer="127.0.0.1") as client:
            page = client.get("/en/soc/mappings").text
            problems = listed(client, "problems", "mappings")
            told = client.get("/api/v1/soc/mappings").json()
            profile = client.get("/en/soc/mappings/escalation").text
            other = client.get("/en/soc/mappings/maintenance").text
        assert "No run starts: " in page
        assert "exit code 3" in page
        places = [row["Where"].rsplit(":", 2)[0] for row in problems]
        assert places.count("teams.yaml") == places.count("profiles/escalation.yaml") == 1
        assert all(re.fullmatch(r".+\.yaml:\d+:\d+", row["Where"]) for row in problems)
        nue = next(row for row in problems if "nue" in row["Message"])
        assert "new" in nue["Allowed"]
        assert told["stops"] is True
        assert len(told["problems"]) == len(problems)
        assert "This profile cannot be read" in profile
        assert "No run starts, because of problems elsewhere" in other
        assert 'id="values-status-servicenow"' in other

    def test_in_a_file_that_is_not_in_use_stops_nothing(self, url: str, folder: Path) -> None:
        edit(folder / "profiles" / "security-incident.yaml", "owner: shared", "owner: everybody")
        with visiting(replace(a_board(LOCAL, url), rules=Rules(folder)), peer="127.0.0.1") as client:
            page = client.get("/en/soc/mappings").text
            rows = {row["Profile"]: row["Standing"] for row in listed(client, "profiles", "mappings")}
        assert "Runs go on; 1 problem is in files that are not in use." in page
        assert rows["security-incident"] == "has problems"

    def test_that_is_not_there_says_so(self, url: str, tmp_path: Path) -> None:
        with visiting(replace(a_board(LOCAL, url), rules=Rules(tmp_path / "none")), peer="127.0.0.1") as client:
            answer = client.get("/en/soc/mappings")
            assert client.get("/en/soc/mappings/escalation").status_code == 404
        assert answer.status_code == 200
        assert "is no folder" in answer.text


class TestToday:
    def test_lists_the_values_of_the_last_week_that_no_table_knows_and_leads_to_their_profile(
        self, client: TestClient
    ) -> None:
        data = client.get("/api/v1/soc/today").json()
        assert data["unknown_count"] == len(data["unknown"]) == 3
        assert data["unknown"][0] == {
            "profile": "escalation",
            "field": "status",
            "side": "servicenow",
            "name": "state",
            "value": "11",
            "most": 5,
            "last": (NOW - timedelta(days=3)).date().isoformat(),
        }
        page = client.get("/en/soc/today").text
        assert "3 values are in no table" in page
        assert 'href="#unknown-values"' in page
        assert 'href="/en/soc/mappings/escalation#unknown-values"' in page
        assert 'id="unknown-values"' in client.get("/en/soc/mappings/escalation").text
        assert [row["Value"] for row in listed(client, "unknown-values", "today")] == ["11", "1, 9", "12"]

    def test_does_not_list_what_a_table_knows_by_now(self, url: str, tmp_path: Path) -> None:
        shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
        file = tmp_path / "mappings" / "profiles" / "escalation.yaml"
        written = file.read_text(encoding="utf-8")
        for line, more in (
            ("          - { is: 8, means: cancelled }\n", "          - { is: 11, means: cancelled, writes: [] }\n"),
            ("          8: []\n", "          11: []\n"),
        ):
            assert line in written
            written = written.replace(
                line, (line if "[]" in line else line.replace(" }", ", writes: [cancelled] }")) + more
            )
        file.write_text(written, encoding="utf-8")
        with visiting(a_board(LOCAL, url, rules=Rules(tmp_path / "mappings")), peer="127.0.0.1") as visitor:
            values = [each["value"] for each in visitor.get("/api/v1/soc/today").json()["unknown"]]
        assert "11" not in values
        assert values

    def test_says_nothing_of_them_where_the_mappings_cannot_be_read(self, url: str, tmp_path: Path) -> None:
        with visiting(a_board(LOCAL, url, rules=Rules(tmp_path)), peer="127.0.0.1") as visitor:
            assert visitor.get("/api/v1/soc/today").json()["unknown"] == []
