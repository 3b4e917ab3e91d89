"""Rows of a table as they are written, mark by mark and cell by cell."""

from __future__ import annotations

from markupsafe import Markup

from watchkeeper.report.document import Lead, Link, Mark, Row, Table
from watchkeeper.report.html_cells import Cells

CELLS = Cells(
    frozenset({"example.service-now.com"}),
    rooted=lambda url: url if url.startswith("?") else f"/en/soc/{url}",
    in_place=lambda url: "swap" if url.startswith(("?", "/en/soc/today?")) else "",
)


def signed(mark: Mark) -> Markup:
    return Markup(f"<b>{mark.name}</b>")


def test_every_row_of_a_table_with_marks_has_its_own_or_none_and_a_note_a_line_below() -> None:
    rows = (
        Row(("INC1", "2026-11-16 09:00 UTC", "12"), Mark.BAD, note="why <i>"),
        Row(("a longer name", Link("INC2", "https://example.service-now.com/x?a=1&b=2"), "–")),
    )
    table = Table(("ticket", "at", "days"), rows, numbers=frozenset({2}), note_heading="reason")
    assert CELLS.rows(table, signed).splitlines() == [
        (
            '<tr class="noted"><td><b>BAD</b></td><th scope="row" class="short">INC1</th>'
            '<td class="when">2026-11-16 09:00 UTC</td><td class="number">12</td></tr>'
        ),
        '<tr class="note"><td></td><td colspan="3"><span class="unseen">reason: </span>why &lt;i&gt;</td></tr>',
        (
            '<tr><td><b>NONE</b></td><th scope="row">a longer name</th>'
            '<td><a href="https://example.service-now.com/x?a=1&amp;b=2" rel="noreferrer noopener">INC2</a></td>'
            '<td class="number">–</td></tr>'
        ),
    ]


def test_a_table_without_marks_has_no_column_for_them() -> None:
    table = Table(("ticket",), (Row(("INC1",), note="why"),), numbers=frozenset({0}))
    assert CELLS.rows(table, None).splitlines() == [
        '<tr class="noted"><th scope="row" class="number">INC1</th></tr>',
        '<tr class="note"><td colspan="1">why</td></tr>',
    ]


def test_an_address_of_the_same_site_is_written_from_its_root_on_and_is_in_place_where_it_leads_back() -> None:
    assert CELLS.cell(Lead("all", "today?team=x")) == '<a href="/en/soc/today?team=x" hx-boost="swap">all</a>'
    assert CELLS.cell(Lead("more", "?after=x")) == '<a href="?after=x" hx-boost="swap">more</a>'
    assert CELLS.cell(Lead("runs", "runs")) == '<a href="/en/soc/runs">runs</a>'
    assert CELLS.boosted(Lead("all", "today?team=x")) == "swap"
    assert CELLS.boosted(Link("all", "?after=x")) == ""


def test_a_link_that_may_not_lead_anywhere_is_its_text() -> None:
    assert CELLS.cell(Link("<b>", "https://elsewhere.example/x")) == "&lt;b&gt;"
    assert CELLS.cell(Link("x", "javascript:alert(1)")) == "x"
