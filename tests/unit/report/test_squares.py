"""Grids and strips: what they show, that nobody needs their colours, and what they are where there are no pictures."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.examples import HOSTILE
from tests.unit.report.pages import Element, Page
from tests.unit.report.squares import LEGEND, TICKET, a_grid, a_strip
from tests.unit.report.test_html import is_safe
from tests.unit.report.test_neutralise import is_inert
from tests.unit.report.test_renderers import quickly

from watchkeeper.report import html, markdown, spreadsheet, text
from watchkeeper.report.document import (
    Block,
    Document,
    Grid,
    GridRow,
    Section,
    Spot,
    Square,
    Strip,
    StripRow,
    Table,
    Tone,
)
from watchkeeper.report.drawing import WIDE
from watchkeeper.report.squares import SIGNS, as_table
from watchkeeper.report.strip_drawing import described_strip, draw_strip, spot_path
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")
HOST = "example.service-now.com"
STYLE = html.style_sheet()


def document(*blocks: Block) -> Document:
    return Document("t", "s", (Section("t", blocks),))


def page_of(*blocks: Block) -> Page:
    return Page(html.render(document(*blocks), texts=ENGLISH, hosts={HOST}))


def squares(page: Page) -> list[Element]:
    return [
        each
        for each in page.all("a", "span")
        if "square" in each.attributes.get("class", "").split() and "aria-hidden" not in each.attributes
    ]


class TestAGrid:
    def test_is_a_table_whose_rows_and_columns_are_named(self) -> None:
        page = page_of(a_grid())
        scopes = [each.attributes["scope"] for each in page.all("th")]
        assert (scopes.count("col"), scopes.count("row")) == (2 + 7, 2 * 2)
        assert page.one("caption").text == "Duties by task and week"
        assert page.one("div").attributes["tabindex"] == "0"

    def test_every_square_is_told_in_full_and_seen_as_a_sign(self) -> None:
        sign, said = squares(page_of(a_grid()))[3].children
        assert (sign.text, sign.attributes) == ("!", {"aria-hidden": "true"})
        assert (said.text, said.attributes) == ("Weekly review, week 45: late", {"class": "unseen"})

    def test_points_tell_the_same_as_voices(self) -> None:
        for square in squares(page_of(a_grid())):
            assert square.attributes["title"] == square.children[1].text

    def test_a_text_of_its_own_stands_in_the_place_of_the_sign(self) -> None:
        assert [each.children[0].text for each in squares(page_of(a_grid()))].count("97%") == 1

    def test_leads_to_tickets_and_to_our_own_places(self) -> None:
        links = [each.attributes for each in page_of(a_grid()).all("a")]
        assert [(each["href"], each.get("rel", "")) for each in links] == [
            (TICKET, "noreferrer noopener"),
            (TICKET, "noreferrer noopener"),
            ("#list", ""),
        ]

    def test_leads_nowhere_else(self) -> None:
        page = page_of(a_grid(url="https://evil.example/"))
        assert [each.attributes["href"] for each in page.all("a")] == ["#list"]
        assert len(squares(page)) == 13

    def test_nothing_to_show_is_an_empty_field(self) -> None:
        assert [each.text for each in page_of(a_grid()).all("td")].count("") == 1

    def test_without_rows_it_is_nothing(self) -> None:
        empty = Grid("c", ("Task",), ("W1",), (), LEGEND)
        assert page_of(empty).all("table") == []
        assert text.render(document(empty)) == text.render(document())
        assert "|" not in markdown.render(document(empty), texts=ENGLISH)

    @pytest.mark.parametrize("names", [(), ("a", "b")])
    def test_a_row_without_its_names_is_refused(self, names: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="every row has a name"):
            Grid("c", ("Task",), ("W1",), (GridRow(names, (None,)),), LEGEND)

    def test_a_tone_that_nobody_explains_is_refused(self) -> None:
        with pytest.raises(ValueError, match="legend"):
            Grid("c", ("Task",), ("W1",), (GridRow(("a",), (Square(Tone.BAD, "x"),)),), LEGEND[:1])


class TestWithoutColour:
    def test_every_tone_has_a_sign_an_edge_and_a_place_in_the_legend(self) -> None:
        edges = dict(re.findall(r"\.tone-(\w+) \{[^}]*border-bottom: 4px (\w+)", STYLE))
        assert set(SIGNS) == set(Tone)
        assert len(set(SIGNS.values())) == len(set(edges.values())) + 1 == len(Tone)
        legend = [each.text for each in page_of(a_grid()).all("li")]
        assert legend == [f"{SIGNS[tone]} {name}" for name, tone in LEGEND]

    def test_every_spot_has_a_shape_of_its_own_or_is_hollow(self) -> None:
        shapes = {tone: spot_path(tone, 0, 0) for tone in Tone}
        hollow = set(re.findall(r"\.spot-(\w+) \{ fill: (?:none|var\(--paper\))", STYLE))
        assert len({(shape, tone in hollow) for tone, shape in shapes.items()}) == len(Tone)


class TestWithoutPictures:
    def test_a_terminal_has_the_signs_and_what_they_mean(self) -> None:
        printed = text.render(document(a_grid()))
        assert "  Task           Team        W41  W42  W43  W44  W45  W46  W47\n" in printed
        assert "  Weekly review  monitoring  97%       ○    !    ✗    –    ?\n" in printed
        assert "  ✓ done · ○ open · ! late · ✗ missed · – exempt · ? not known\n" in printed

    def test_markdown_has_them_with_the_links(self) -> None:
        printed = markdown.render(document(a_grid()), texts=ENGLISH)
        assert f"| Weekly review | csirt | [✓](<{TICKET}>) | ✓ | ○ |" in printed
        assert "✓ done · ○ open" in printed

    def test_a_file_has_every_square_in_full(self) -> None:
        table = as_table(a_grid())
        assert table.headings == ("Task", "Team", *(f"W{week}" for week in range(41, 48)))
        assert table.rows[0].cells[2:5] == (
            "Weekly review: done",
            "Weekly review, week 47: done",
            "Weekly review, week 46: open",
        )
        assert table.rows[1].cells[2:4] == ("Weekly review: 97 of 100", "")

    def test_a_table_is_one_already(self) -> None:
        table = Table(("h",), ())
        assert as_table(table) is table

    def test_a_strip_is_a_picture_alone(self) -> None:
        assert text.render(document(a_strip())) == text.render(document())


class TestAStrip:
    def test_neighbouring_ticks_are_equally_far_apart_and_values_between_them_lie_between(self) -> None:
        chart = Strip(
            "c",
            "h",
            ((0, "0"), (10, "10"), (1000, "1000")),
            (StripRow("r", (Spot(5, "five", Tone.GOOD), Spot(505, "505", Tone.GOOD))),),
            LEGEND,
        )
        drawn = draw_strip(chart)
        zero, ten, thousand = (x for x, _, _ in drawn.ticks)
        assert ten - zero == pytest.approx(thousand - ten, abs=0.2)
        five, between = (float(spot.path[1:].split()[0]) for spot in drawn.rows[0].spots)
        assert five == pytest.approx((zero + ten) / 2, abs=0.2)
        assert between == pytest.approx((ten + thousand) / 2, abs=0.2)

    def test_equally_old_ones_do_not_cover_each_other_as_long_as_there_is_room(self) -> None:
        same = StripRow("r", tuple(Spot(7, str(number), Tone.GOOD) for number in range(5)))
        chart = Strip("c", "h", ((0, "0"), (10, "10")), (same,), LEGEND)
        assert len({spot.path for spot in draw_strip(chart).rows[0].spots}) == 5

    def test_where_there_is_none_left_the_worst_covers_the_others(self) -> None:
        spots = tuple(Spot(7, tone.value, tone) for tone in (Tone.WORST, *[Tone.GOOD] * 10))
        chart = Strip("c", "h", ((0, "0"), (10, "10")), (StripRow("r", spots),), LEGEND)
        assert draw_strip(chart).rows[0].spots[-1].said == "worst"

    @quickly
    @given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.integers(0, 40))
    def test_nothing_stands_outside_of_it(self, ages: list[float], length: int) -> None:
        row = StripRow("長" * length, tuple(Spot(age, "x", Tone.BAD) for age in ages))
        drawn = draw_strip(Strip("c", "h", ((0, "0"), (8, "8"), (99, "99")), (row, row), LEGEND, (8, "limit")))
        places = [spot.path[1:].split("m")[0].split() for each in drawn.rows for spot in each.spots]
        assert all(drawn.left <= float(x) <= drawn.right <= WIDE for x, _ in places)
        assert all(drawn.top <= float(y) <= drawn.bottom <= drawn.height for _, y in places)
        assert len(places) == 2 * len(ages)

    def test_each_spot_says_what_it_is_and_its_shape_what_state(self) -> None:
        spots = [each for each in page_of(a_strip()).all("path") if each.children]
        assert len(spots) == 32
        assert spots[-2].children[0].name == "title"
        assert {each.attributes["class"] for each in spots} == {f"spot spot-{tone.value}" for tone in Tone}

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "2 - Medium: 1 done and 1 missed. 3 - Low: nothing."),
            ("ja", "2 - Medium：done 1 件、missed 1 件。 3 - Low：該当なし。"),
        ],
    )
    def test_those_who_do_not_see_it_are_told_how_many_of_each(self, language: str, said: str) -> None:
        assert described_strip(a_strip(), texts_in(language)).endswith(said)

    def test_its_axis_says_what_is_measured(self) -> None:
        assert [each.text for each in page_of(a_strip()).all("text")].count("Hours") == 1

    def test_the_line_across_has_its_name(self) -> None:
        assert [each.text for each in page_of(a_strip()).all("text")].count("limit") == 1
        assert "limit" not in [each.text for each in page_of(a_strip(limit=False)).all("text")]

    @pytest.mark.parametrize("ticks", [(), ((0, "0"),), ((1, "1"), (0, "0")), ((1, "1"), (1, "1"))])
    def test_an_axis_of_less_than_two_places_in_order_is_refused(self, ticks: tuple[tuple[float, str], ...]) -> None:
        with pytest.raises(ValueError, match="axis"):
            Strip("c", "h", ticks, (), LEGEND)

    def test_a_tone_that_nobody_explains_is_refused(self) -> None:
        with pytest.raises(ValueError, match="legend"):
            Strip("c", "h", ((0, "0"), (1, "1")), (StripRow("r", (Spot(1, "x", Tone.BAD),)),), LEGEND[:1])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_inert_in_every_place(hostile: str) -> None:
    shown = document(a_grid(text=hostile, url=hostile), a_strip(text=hostile))
    written = html.render(shown, texts=ENGLISH, hosts={HOST})
    assert is_inert(written)
    page = Page(written.replace('href="#list"', f'href="{TICKET}"'))
    assert is_safe(page)
    assert is_inert(text.render(shown))
    assert is_inert(markdown.render(shown, texts=ENGLISH))
    listed = spreadsheet.render(Document("t", "s", listing=as_table(a_grid(text=hostile))))
    assert is_inert(listed)
