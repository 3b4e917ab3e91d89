from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.examples import HOSTILE, a_verdict, an_audit
from tests.unit.report.test_neutralise import PIECES, is_inert
from tests.unit.report.test_renderers import quickly

from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import spreadsheet
from watchkeeper.report.audit import audit_document, authors_document
from watchkeeper.report.document import Document, Later, Link, Row, Table, with_texts

LIVE = tuple("=+-@\t\r＝＋－＠")
"""What a cell begins with that a spreadsheet calculates."""


def cells_of(written: str) -> list[list[str]]:
    """As RFC 4180 has it: lines end in CRLF, and a line break elsewhere would be inside quotes."""
    assert written.startswith("\ufeff")
    assert written.endswith("\r\n")
    return list(csv.reader(io.StringIO(written.removeprefix("\ufeff"), newline=""), strict=True))


def listing(*rows: tuple[str, ...]) -> Document:
    table = Table(tuple(f"h{number}" for number in range(len(rows[0]))), tuple(Row(row) for row in rows))
    return Document("T", "s", listing=table)


@quickly
@given(st.lists(st.tuples(PIECES, PIECES, PIECES), min_size=1, max_size=4))
def test_every_line_has_every_cell_and_none_is_a_formula_or_a_command(rows: list[tuple[str, str, str]]) -> None:
    written = spreadsheet.render(listing(*rows))
    read = cells_of(written)
    assert [len(line) for line in read] == [3] * (len(rows) + 1)
    assert not [cell for line in read for cell in line if cell.lstrip().startswith(LIVE)]
    assert is_inert(written)
    assert written.count("\n") == written.count("\r\n") == len(rows) + 1


@quickly
@given(st.lists(PIECES, min_size=1, max_size=4))
def test_where_semicolons_part_cells_and_quotes_do_not_hold_them_none_is_a_formula_either(row: list[str]) -> None:
    for line in spreadsheet.render(listing(tuple(row))).splitlines():
        begun_by_semicolons = line.replace('"', "").split(";")[1:]
        assert not [part for part in begun_by_semicolons if part.lstrip().startswith(LIVE)]


@pytest.mark.parametrize("cell", ["-1", "-0.5", "12", "x", "=1", "-1+1", "-1\n=1", "−1", "１"])
def test_in_a_column_of_numbers_only_a_number_is_one(cell: str) -> None:
    table = Table(("n", "w"), (Row((cell, cell)),), numbers=frozenset({0}))
    _, [number, word] = cells_of(spreadsheet.render(Document("T", "s", listing=table)))
    assert number == (cell if cell in {"-1", "-0.5", "12"} else word)
    assert not word.startswith(LIVE)


@pytest.mark.parametrize("formula", ["x;=cmd|' /C calc'!A0;", "x; +1", 'x;"=1', "x;\t=1", "x;＝1", "a;b;@SUM(1)"])
def test_a_semicolon_begins_no_formula(formula: str) -> None:
    _, line = spreadsheet.render(listing((formula,))).splitlines()
    assert not [part for part in line.split(";")[1:] if part.lstrip(' "').startswith(LIVE)]


def test_a_text_that_no_cell_holds_is_cut() -> None:
    ((_), (cell, after)) = cells_of(spreadsheet.render(listing(("x" * 1_000_000, "after"))))
    assert (len(cell), cell[-1], after) == (16_000, "…", "after")


@pytest.mark.parametrize(
    "formula",
    [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "  =1+1",
        "＝1+1",
        '=HYPERLINK("https://evil.example")',
        '","=1+1',
    ],
)
def test_a_formula_stays_a_text_in_the_cell_that_it_was_written_to(formula: str) -> None:
    (_, (first, second)) = cells_of(spreadsheet.render(listing((formula, "after"))))
    assert not first.lstrip().startswith(LIVE)
    assert second == "after"


@pytest.mark.parametrize("text", ["plain", 'say "no"', "a, b; c", "監視チーム", "5", "a=b", "https://x.example/?a=b"])
def test_any_other_text_is_the_same_when_it_is_read(text: str) -> None:
    assert cells_of(spreadsheet.render(listing((text,))))[1] == [text]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_audit_has_a_row_per_ticket_with_verdict_reason_and_address(language: str) -> None:
    report = an_audit()
    headings, *rows = cells_of(spreadsheet.render(audit_document(report, language)))
    assert len(rows) == len(report.verdicts)
    assert len(set(headings)) == len(headings)
    first = dict(zip(headings, rows[0], strict=True))
    verdict = report.verdicts[0]
    assert verdict.urls[0] in first.values()
    assert "2026-11-20T09:00:00+00:00" in first.values()
    assert {"en": "fresh", "ja": "更新済み"}[language] in first.values()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_tickets_are_rows_like_any_other(hostile: str) -> None:
    verdict = a_verdict(
        VerdictKind.STALE, title=hostile, assignee=hostile, severity=hostile, group=hostile, key=hostile
    )
    written = spreadsheet.render(audit_document(an_audit(verdicts=(verdict,))))
    assert is_inert(written)
    assert len(cells_of(written)) == 2


def test_who_wrote_is_a_listing_as_well() -> None:
    headings, *rows = cells_of(spreadsheet.render(authors_document(an_audit())))
    assert headings == ["Account", "System", "Class", "Reason", "Confirmed", "Count"]
    assert len(rows) == 2


def test_a_link_is_its_text() -> None:
    document = Document("T", "s", listing=Table(("h",), (Row((Link("INC1", "https://x.example"),)),)))
    assert cells_of(spreadsheet.render(document))[1] == ["INC1"]


def test_an_audit_that_found_nothing_has_its_headings() -> None:
    report = replace(an_audit(verdicts=()), as_of=datetime(2026, 11, 23, tzinfo=UTC))
    assert len(cells_of(spreadsheet.render(audit_document(report)))) == 1


def test_a_list_that_is_left_for_later_is_made_when_it_is_written_and_hides_what_has_to_be_hidden() -> None:
    made: list[Table] = []

    def make() -> Table:
        made.append(Table(("name",), (Row(("a secret",)),)))
        return made[-1]

    document = with_texts(Document("", "", listing=Later(make)), lambda text: text.replace("secret", "***"))
    assert made == []
    assert cells_of(spreadsheet.render(document)) == [["name"], ["a ***"]]
    assert len(made) == 1
