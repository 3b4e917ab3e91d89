"""Pictures of values over days: what they show, and that nobody needs their colours."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.pages import Page
from tests.unit.report.test_renderers import quickly

from watchkeeper.report import html
from watchkeeper.report.document import MOST_SERIES, Document, Lines, Section, Series
from watchkeeper.report.drawing import WIDE
from watchkeeper.report.line_drawing import axis_of, described, draw_lines, mark_path
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")


def lines(*values: tuple[float | None, ...], unit: str = "", digits: int = 0, from_zero: bool = False) -> Lines:
    days = tuple(f"2026-11-{number:02}" for number in range(1, len(values[0]) + 1))
    series = tuple(Series(f"line {number}", each) for number, each in enumerate(values, 1))
    return Lines("devices", days, series, unit, digits, from_zero)


def page_of(chart: Lines) -> Page:
    return Page(html.render(Document("t", "s", (Section("t", (chart,)),)), texts=ENGLISH))


def runs(page: Page, number: int = 1) -> list[int]:
    """How many points each unbroken stretch of a line has, but for its sample in the legend."""
    drawn = [each for each in page.all("polyline") if each.attributes["class"] == f"run line-{number}"]
    return [len(each.attributes["points"].split()) for each in drawn if each.attributes["points"] != "0,7 42,7"]


class TestGaps:
    def test_a_day_without_a_value_breaks_the_line_and_is_no_zero(self) -> None:
        chart = lines((5.0, 6.0, None, 7.0, 8.0))
        assert runs(page_of(chart)) == [2, 2]
        assert axis_of(chart).floor == 5

    def test_a_value_between_two_gaps_is_a_mark(self) -> None:
        drawn = draw_lines(lines((5.0, None, 6.0, None, 7.0)))
        assert drawn.lines[0].runs == ()
        assert [mark.said[:10] for mark in drawn.lines[0].marks] == ["2026-11-01", "2026-11-03", "2026-11-05"]

    def test_days_keep_their_distance_over_a_gap(self) -> None:
        first, second, last = draw_lines(lines((1.0, 2.0, None, None, 3.0))).lines[0].marks
        assert last.x - second.x == pytest.approx(3 * (second.x - first.x), abs=0.2)

    def test_a_picture_of_nothing_is_an_axis(self) -> None:
        chart = lines((None, None))
        assert draw_lines(chart).lines[0].at is None
        assert described(chart, ENGLISH) == "line 1: no value is known."


class TestAxis:
    @pytest.mark.parametrize(
        ("values", "from_zero", "floor", "ceiling"),
        [
            ((61.03, 71.35), False, 60, 75),
            ((83.0, 97.75), False, 80, 100),
            ((480.0, 500.0), False, 480, 500),
            ((480.0, 500.0), True, 0, 600),
            ((10.0, 200.0), False, 0, 200),
            ((7.0, 7.0), False, 6, 8),
            ((0.0, 0.0), False, 0, 1),
        ],
    )
    def test_it_goes_from_a_round_floor_to_a_round_ceiling(
        self, values: tuple[float, ...], from_zero: bool, floor: float, ceiling: float
    ) -> None:
        axis = axis_of(lines(values, from_zero=from_zero))
        assert (axis.floor, axis.ceiling) == (floor, ceiling)

    @quickly
    @given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), st.sampled_from([0, 2]), st.booleans())
    def test_every_value_is_on_it_and_its_rules_are_told_apart(
        self, values: list[float], digits: int, from_zero: bool
    ) -> None:
        chart = lines(tuple(values), digits=digits, from_zero=from_zero)
        axis, drawn = axis_of(chart), draw_lines(chart)
        assert axis.floor - 1e-6 <= min(values) <= max(values) <= axis.ceiling + 1e-6
        assert axis.floor == 0 or not from_zero
        assert len({label for _, label in drawn.rules}) == len(drawn.rules) <= 7

    def test_counts_have_whole_numbers_beside_them(self) -> None:
        assert [label for _, label in draw_lines(lines((1.0, 2.0))).rules] == ["1", "2"]

    def test_a_percentage_has_its_sign(self) -> None:
        chart = lines((58.1, 58.6), unit="%", digits=2)
        assert draw_lines(chart).rules[0][1] == "58.0%"


class TestWithoutColour:
    def test_every_line_has_a_dash_and_a_mark_of_its_own(self) -> None:
        style = (html._PAGE / "style.css").read_text(encoding="utf-8")
        dashes = dict(re.findall(r"\.run\.line-(\d) \{ stroke-dasharray: ([^;]+);", style))
        assert len(set(dashes.values())) == len(dashes) == MOST_SERIES - 1
        assert "1" not in dashes
        assert len({mark_path(number, 0, 0) for number in range(1, MOST_SERIES + 1)}) == MOST_SERIES

    def test_more_lines_than_can_be_told_apart_are_refused(self) -> None:
        with pytest.raises(ValueError, match="more than 4 lines"):
            lines(*([(1.0, 2.0)] * 5))

    def test_every_series_has_a_value_for_every_day(self) -> None:
        with pytest.raises(ValueError, match="for every day"):
            Lines("x", ("a", "b"), (Series("s", (1.0,)),))

    def test_several_lines_have_their_names_at_their_ends_and_in_a_legend(self) -> None:
        page = page_of(lines((1.0, 2.0), (3.0, 4.0)))
        assert [each.text for each in page.all("text") if each.text.startswith("line")] == ["line 1", "line 2"]
        assert [each.text for each in page.all("li")] == ["line 1", "line 2"]

    def test_a_line_alone_ends_with_its_last_value(self) -> None:
        page = page_of(lines((61.0, 67.7), unit="%", digits=2))
        assert "67.70%" in [each.text for each in page.all("text")]
        assert page.all("li") == []

    @quickly
    @given(st.lists(st.floats(0, 100), min_size=2, max_size=4))
    def test_names_at_the_ends_do_not_cover_each_other_or_leave_the_picture(self, ends: list[float]) -> None:
        drawn = draw_lines(lines(*((1.0, end) for end in ends)))
        heights = [each.at for each in drawn.lines if each.at is not None]
        assert all(abs(one - other) >= 14.9 for one, other in combinations(heights, 2))
        assert all(0 <= each <= drawn.height for each in heights)

    @quickly
    @given(st.lists(st.one_of(st.none(), st.floats(0, 1e4)), min_size=1, max_size=200))
    def test_nothing_stands_outside_of_it(self, values: list[float | None]) -> None:
        drawn = draw_lines(lines(tuple(values), (*values[:-1], 3.0)))
        marks = [mark for line in drawn.lines for mark in line.marks]
        assert all(drawn.left - 1 <= mark.x <= drawn.right + 1 <= WIDE for mark in marks)
        assert all(0 <= mark.y <= drawn.height for mark in marks)
        assert len(marks) <= 2 * len(values)


class TestToldToThoseWhoDoNotSeeIt:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "line 1: 5 on 2026-11-01, 7 on 2026-11-03; lowest 4, highest 7."),
            ("ja", "line 1：2026-11-01 は 5、2026-11-03 は 7、最小 4、最大 7。"),
        ],
    )
    def test_where_it_began_and_ended_and_between_what(self, language: str, said: str) -> None:
        assert described(lines((5.0, 4.0, 7.0)), texts_in(language)) == said

    def test_it_is_in_the_picture(self) -> None:
        page = page_of(lines((5.0, 4.0, 7.0)))
        assert page.one("desc").text == "line 1: 5 on 2026-11-01, 7 on 2026-11-03; lowest 4, highest 7."
