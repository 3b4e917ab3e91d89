"""What pages of the board have for browsers that run scripts, and that nothing else of ours has any."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.report.examples import HOSTILE
from tests.unit.report.pages import Page
from tests.unit.report.test_html import with_charts
from tests.unit.report.test_neutralise import is_inert
from tests.unit.web.boards import LOCAL, SIGNED, Ticking, a_board, a_store, after_a_bad_day, sign_in, visiting

from watchkeeper.portal.site import POLICY as PORTAL
from watchkeeper.report import html
from watchkeeper.report.document import Document, Lead, Lines, Link, Section, Series
from watchkeeper.report.html_cells import Cells
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import LANGUAGES, texts_in
from watchkeeper.web.access import Role
from watchkeeper.web.assets import asset_named, scripts, style
from watchkeeper.web.identity import REFRESH
from watchkeeper.web.in_place import IN_PLACE, stays
from watchkeeper.web.sessions import IDLE
from watchkeeper.web.zooming import FEWEST, zoomable

ENGLISH = texts_in("en")
VENDOR = Path(html.__file__).parents[1] / "web" / "assets" / "vendor"
PATH = "/en/soc/secure-score"


def lines(name: str, days: int = FEWEST) -> Lines:
    values = tuple(None if number == 1 else number / 2 for number in range(days))
    return Lines(name, tuple(f"{name} {number}" for number in range(days)), (Series(name, values),), "%", 1)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    url = after_a_bad_day(a_store(tmp_path_factory.mktemp("scripts")))
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as visitor:
        yield visitor


class TestFilesOfOthers:
    def test_are_as_their_authors_published_them(self) -> None:
        told = (VENDOR / "SOURCES.txt").read_text(encoding="utf-8")
        written = {name: digest for digest, name in re.findall(r"^([0-9a-f]{64})  (\S+)$", told, re.MULTILINE)}
        found = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in VENDOR.iterdir()}
        assert {name: digest for name, digest in found.items() if name != "SOURCES.txt"} == written

    def test_are_named_with_version_licence_and_source(self) -> None:
        told = (VENDOR / "SOURCES.txt").read_text(encoding="utf-8")
        assert re.findall(
            r"^(\S+) (\d+\.\d+\.\d+), (.+), https://registry\.npmjs\.org/\S+\.tgz$", told, re.MULTILINE
        ) == [
            ("htmx", "4.0.1", "Zero-Clause BSD"),
            ("uPlot", "1.6.32", "MIT"),
        ]

    def test_are_the_versions_that_are_named(self) -> None:
        htmx, uplot, _ = scripts()
        assert b'"4.0.1"' in htmx.content
        assert b"uPlot (v1.6.32)" in uplot.content


class TestNames:
    def test_change_with_what_is_in_them(self) -> None:
        for each in (style(), *scripts()):
            assert each.name.rpartition("-")[2].partition(".")[0] == hashlib.sha256(each.content).hexdigest()[:12]
            assert asset_named(each.name) is each

    @pytest.mark.parametrize("name", ["board.js", "", "../board.js", "board-000000000000.js"])
    def test_that_nobody_was_told_are_nothing(self, client: TestClient, name: str) -> None:
        assert asset_named(name) is None
        assert client.get(f"/assets/{name}").status_code == 404


class TestAPage:
    def test_says_how_htmx_is_to_behave_before_it_begins(self, client: TestClient) -> None:
        head = client.get("/en/soc/today").text.partition("</head>")[0]
        assert head.index('content="includeIndicatorCSS:false extensions:no-eval"') < head.index("<script")
        loaded = re.findall(r'<script src="/assets/(\w+)-[0-9a-f]{12}\.js" defer></script>', head)
        assert loaded == ["htmx", "uplot", "board"]

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_can_be_kept_up_to_date_where_that_helps(self, client: TestClient, lang: str) -> None:
        kept = {
            name: '<p id="fresh"' in client.get(f"/{lang}/soc/{name}").text
            for name in ("today", "sync-health", "secure-score")
        }
        assert kept == {"today": True, "sync-health": True, "secure-score": False}

    def test_does_without_scripts_what_it_does_with_them(self, client: TestClient) -> None:
        form = client.get(PATH).text.partition('<form class="choices"')[2].partition(">")[0]
        assert form == ' method="get" action="?" hx-boost="swap:innerMorph"'


@pytest.mark.parametrize(
    ("link", "stays_here"),
    [
        (Lead("more", "?after=x"), True),
        (Lead("more", f"{PATH}?after=x#late"), True),
        (Lead("file", "?period=90d&csv=late"), False),
        (Lead("list", "#late"), False),
        (Lead("other", "/en/soc/today?team=x"), False),
        (Lead("same", PATH), False),
        (Link("theirs", "?after=x"), False),
        (Link("theirs", f"https://example.service-now.com{PATH}?a=b"), False),
    ],
)
def test_only_links_of_ours_to_the_same_page_change_it_in_place(link: Link, stays_here: bool) -> None:
    cells = Cells({"example.service-now.com"}, in_place=lambda url: IN_PLACE if stays(url, PATH) else "")
    assert cells.boosted(link) == (IN_PLACE if stays_here else "")
    assert (" hx-boost=" in cells.cell(link)) is stays_here


class TestTheDataOfAPicture:
    def test_are_its_days_and_values_with_gaps(self) -> None:
        told = json.loads(zoomable(lines("devices"), ENGLISH))
        assert told["days"][:2] == ["devices 0", "devices 1"]
        assert told["series"] == [["devices", [0.0, None, *(number / 2 for number in range(2, FEWEST))]]]
        assert (told["unit"], told["digits"], told["zero"]) == ("%", 1, False)

    @pytest.mark.parametrize(("lang", "closer"), [("en", "Look closer"), ("ja", "拡大")])
    def test_name_what_can_be_done_with_it(self, lang: str, closer: str) -> None:
        assert json.loads(zoomable(lines("devices"), texts_in(lang)))["words"]["in"] == closer

    def test_are_left_out_where_there_is_nothing_to_look_closer_at(self) -> None:
        assert zoomable(lines("devices", FEWEST - 1), ENGLISH) == ""

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_are_inert_whatever_the_names_are(self, hostile: str) -> None:
        told = zoomable(lines(hostile), ENGLISH)
        assert json.loads(told)["series"][0][0] == plain(hostile)
        document = Document("t", "s", (Section("t", (lines(hostile),)),))
        template = html.environment().get_template("page.html")
        written = html.written(
            template,
            ENGLISH,
            (),
            document=document,
            policy="",
            style="",
            zooming=lambda chart: zoomable(chart, ENGLISH),
        )
        (figure,) = Page(written).all("figure")
        assert figure.attributes == {"data-lines": told}
        assert is_inert(written)


class TestElsewhere:
    def test_reports_as_files_have_no_scripts_and_no_data_for_them(self) -> None:
        written = html.render(with_charts("t"), texts=ENGLISH) + html.render(
            Document("t", "s", (Section("t", (lines("devices"),)),)), texts=ENGLISH
        )
        assert "<script" not in written
        assert "data-lines" not in written
        assert "hx-" not in written

    def test_their_policies_and_the_portals_allow_none(self) -> None:
        for policy in (html.policy(), PORTAL):
            assert "script-src" not in policy
            assert "default-src 'none'" in policy


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(tmp_path: Path) -> None:
    clock = Ticking()
    board = a_board(SIGNED, a_store(tmp_path), clock)
    with visiting(board) as client:
        sign_in(client, board, Role.VIEWER)
        for _ in range(3):
            clock.at += IDLE / 2 - 1
            answered = client.get("/en/soc/today", headers={REFRESH: "yes"}).status_code
        assert answered == 303
