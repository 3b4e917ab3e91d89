from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.examples import HOSTILE, a_report, an_audit
from tests.unit.report.pages import Page
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_renderers import DOCUMENTS, everywhere, quickly

from watchkeeper.report import html, markdown, text
from watchkeeper.report.audit import audit_document
from watchkeeper.report.document import (
    Bar,
    Document,
    Lines,
    Link,
    Mark,
    Multiples,
    Point,
    Row,
    Section,
    Series,
    Shares,
    Table,
    Tone,
    Trend,
    with_texts,
)
from watchkeeper.report.html_cells import PORTALS
from watchkeeper.report.run import run_document
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")
HOST = "example.service-now.com"
ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "ul",
        "li",
        "aside",
        "section",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "span",
        "a",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "svg",
        "defs",
        "pattern",
        "rect",
        "circle",
        "path",
        "text",
        "desc",
        "line",
        "polyline",
        "details",
        "summary",
    ]
)


def page_of(document: Document, language: str = "en") -> Page:
    return Page(html.render(document, texts=texts_in(language), hosts={HOST}))


def with_charts(text: str, counts: tuple[int, ...] = (3, 1)) -> Document:
    bars = Shares(text, ((text, Tone.GOOD), (text, Tone.BAD)), (Bar(text, counts),))
    days = (Point(text, 1.0), Point(text, None), Point(text, 0.5), Point("d", 0.25, open=True))
    lines = Lines(text, (text, "2", "3"), (Series(text, (1.0, None, 2.5)), Series(text, (None, 4.0, 3.0))), text, 1)
    small = Multiples(text, (text, "2", "3"), (Series(text, (1.0, None, 2.5)),), text, 1)
    return Document(text, text, (Section(text, (bars, Trend(text, days, 0.95, text), lines, small)),))


def links_in(page: Page) -> list[str]:
    return [each.attributes["href"] for each in page.all("a")]


def is_safe(page: Page) -> bool:
    """Only the elements of the template, no script in any form, and links that lead to known hosts or to a place of the page alone."""
    names = {each.name for each in page.elements}
    handlers = [name for each in page.elements for name in each.attributes if name.startswith("on") or name == "style"]
    fetched = [name for each in page.elements for name in each.attributes if name in {"src", "srcset", "xlink:href"}]
    places = {f"#{each.attributes['id']}" for each in page.all("section") if "id" in each.attributes}
    led = [urlsplit(url) for url in links_in(page) if url not in places]
    known = {HOST, *PORTALS}
    return (
        names <= ELEMENTS
        and not handlers
        and not fetched
        and all(to.scheme == "https" and to.hostname in known for to in led)
    )


class TestSafety:
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_hostile_text_is_inert_wherever_it_stands(self, hostile: str) -> None:
        for document in (everywhere(hostile), with_charts(hostile)):
            written = html.render(document, texts=ENGLISH, hosts={HOST})
            assert is_inert(written)
            assert is_safe(Page(written))

    @quickly
    @given(DOCUMENTS)
    def test_every_document_is_a_page_of_the_template_s_elements(self, document: Document) -> None:
        written = html.render(document, texts=ENGLISH, hosts={HOST})
        assert is_inert(written)
        assert is_safe(Page(written))

    def test_its_policy_allows_its_own_style_sheet_and_nothing_else(self) -> None:
        page = page_of(audit_document(an_audit()))
        (policy,) = [
            each.attributes["content"]
            for each in page.all("meta")
            if each.attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        digest = base64.b64encode(hashlib.sha256(page.one("style").text.encode()).digest()).decode()
        assert policy == (f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.service-now.com/nav_to.do?uri=incident.do&id=1",
            "https://portal.azure.com/#asset/Microsoft_Azure_Security_Insights/Incident/1",
            "https://security.microsoft.com/incidents/1",
        ],
    )
    def test_a_ticket_at_a_known_host_is_a_link(self, url: str) -> None:
        assert links_in(page_of(everywhere_linked(url))) == [url]

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.service-now.com/1",
            "https://example.service-now.com.evil.example/1",
            "https://evil.example/?https://portal.azure.com/",
            "https://portal.azure.com@evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "//portal.azure.com/x",
            "https://portal.azure.com/\nx",
            "",
        ],
    )
    def test_any_other_address_is_not(self, url: str) -> None:
        page = page_of(everywhere_linked(url))
        assert links_in(page) == []
        assert "INC1" in page.one("main").text


def everywhere_linked(url: str) -> Document:
    return Document("T", "s", (Section("t", (Table(("h",), (Row((Link("INC1", url),)),)),)),))


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", ["audit", "run"])
class TestReading:
    def document(self, kind: str, language: str) -> Document:
        return audit_document(an_audit(), language) if kind == "audit" else run_document(a_report(), language)

    def test_it_says_its_language_and_its_title(self, kind: str, language: str) -> None:
        document = self.document(kind, language)
        page = page_of(document, language)
        assert page.one("html").attributes["lang"] == language
        assert page.one("title").text == page.one("h1").text == document.title
        assert document.sentence in page.one("main").text

    def test_headings_go_down_one_level_at_a_time(self, kind: str, language: str) -> None:
        levels = [int(each.name[1]) for each in page_of(self.document(kind, language), language).all(*HEADINGS)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(below - above <= 1 for above, below in pairwise(levels))

    def test_every_table_has_a_caption_and_every_heading_of_one_its_scope(self, kind: str, language: str) -> None:
        page = page_of(self.document(kind, language), language)
        tables = page.all("table")
        assert tables
        assert [each.children[0].name for each in tables] == ["caption"] * len(tables)
        assert all(each.text.strip() for each in page.all("caption"))
        assert {each.attributes.get("scope") for each in page.all("th")} == {"col", "row"}
        assert all(each.attributes.get("aria-label") for each in page.all("div"))

    def test_every_sign_is_said_in_a_word_as_well(self, kind: str, language: str) -> None:
        page = page_of(self.document(kind, language), language)
        marks = [each for each in page.all("span") if each.attributes.get("class", "").startswith("mark ")]
        assert marks
        for mark in marks:
            sign, word = mark.children
            assert sign.attributes == {"aria-hidden": "true"}
            assert sign.text in set(Mark)
            assert word.text in {texts_in(language).say(f"mark.{each.name.lower()}") for each in Mark if each.value}


HEADINGS = tuple(f"h{level}" for level in range(1, 7))


class TestCharts:
    def test_a_bar_has_a_part_for_every_number_but_none_for_zero(self) -> None:
        page = page_of(with_charts("t", (3, 0)))
        assert [
            each.attributes["class"] for each in page.all("rect") if "piece" in each.attributes.get("class", "")
        ] == ["piece fill-good"]

    def test_every_part_has_a_pattern_that_no_other_has(self) -> None:
        page = html.render(with_charts("x"), texts=ENGLISH)
        fills = dict(re.findall(r"\.fill-(\w+) \{ fill: ([^;]+);", page))
        assert set(fills) == set(Tone)
        patterned = [tone for tone, fill in fills.items() if fill == f"url(#pattern-{tone})"]
        assert set(Tone) - set(patterned) == {Tone.GOOD}
        drawn = re.findall(r'<pattern id="pattern-(\w+)".*?</rect>(.+?)</pattern>', page)
        assert {name for name, _ in drawn} == set(patterned)
        assert len({shape for _, shape in drawn}) == len(drawn)

    def test_parts_are_as_long_as_their_numbers(self) -> None:
        page = page_of(with_charts("t", (3, 1)))
        good, bad = (
            float(each.attributes["width"]) for each in page.all("rect") if "piece" in each.attributes.get("class", "")
        )
        assert good == pytest.approx(3 * bad, abs=0.2)

    def test_a_line_is_broken_where_a_day_has_no_share_and_an_open_day_is_hollow(self) -> None:
        page = page_of(with_charts("t"))
        runs = [each for each in page.all("polyline") if each.attributes["class"] == "run"]
        assert [len(each.attributes["points"].split()) for each in runs] == [1, 2]
        circles = [each for each in page.all("circle") if not each.within("li")]
        dots = [each.attributes["class"] for each in circles if "dot" in each.attributes["class"].split()]
        assert dots == ["dot", "dot", "dot dot-open"]

    @quickly
    @given(st.lists(st.integers(0, 10_000), min_size=2, max_size=2), st.integers(0, 40))
    def test_nothing_stands_outside_the_picture(self, counts: list[int], length: int) -> None:
        document = with_charts("長" * length or "t", (counts[0], counts[1]))
        for each in page_of(document).all("rect"):
            if "piece" in each.attributes.get("class", ""):
                assert 0 <= float(each.attributes["x"]) + float(each.attributes["width"]) <= 720

    def test_without_pictures_nothing_is_missing(self) -> None:
        numbers = Table(("Team", "fresh"), (Row(("csirt", "3")),))
        document = with_charts("t")
        with_table = Document("t", "t", (Section("t", (*document.sections[0].blocks, numbers)),))
        bare = Document("t", "t", (Section("t", (numbers,)),))
        assert text.render(with_table) == text.render(bare)
        assert re.sub("\n+", "\n", markdown.render(with_table, texts=ENGLISH)) == re.sub(
            "\n+", "\n", markdown.render(bare, texts=ENGLISH)
        )


def test_texts_are_changed_everywhere_and_nothing_else_is() -> None:
    for document in (everywhere("a"), with_charts("a")):
        assert with_texts(document, lambda text: text.replace("a", "b")) == with_texts(
            document, lambda text: "b" if text == "a" else text
        )
        assert "a" not in repr(with_texts(document, str.upper)).replace("=", " ").split("'")
