from __future__ import annotations

import pytest

from watchkeeper.report.attention import is_well, points_at_something, worth_attention
from watchkeeper.report.document import Bullets, Document, Mark, Pairs, Paragraph, Row, Section, Table


def table(*marks: Mark) -> Table:
    return Table(("mark",), tuple(Row((mark.value,), mark) for mark in marks))


def document(*sections: Section, mark: Mark = Mark.NONE) -> Document:
    return Document("title", "sentence", sections, mark, ("do this",), "next")


WELL = [mark for mark in Mark if mark not in (Mark.WARN, Mark.BAD)]


@pytest.mark.parametrize("mark", [Mark.WARN, Mark.BAD])
def test_what_is_marked_stays_with_the_headings_that_lead_to_it(mark: Mark) -> None:
    inner = Section("inner", (Paragraph("a fact"), table(Mark.GOOD, mark), Pairs((("a", "b"),))))
    outer = Section("outer", (Bullets((Paragraph("fine"), Paragraph("not fine", mark))), table(*WELL)), (inner,))
    assert worth_attention(document(outer, Section("all fine", (table(*WELL), Paragraph("fine"))))) == document(
        Section("outer", (Bullets((Paragraph("not fine", mark),)),), (Section("inner", (table(mark),)),))
    )


@pytest.mark.parametrize("mark", [Mark.WARN, Mark.BAD])
def test_a_section_that_is_marked_stays_whole(mark: Mark) -> None:
    marked = Section(
        "marked", (Pairs((("a", "b"),)), Paragraph("a fact")), (Section("inner", (table(Mark.GOOD),)),), mark
    )
    assert worth_attention(document(Section("", (Paragraph("x"),)), marked)) == document(marked)


def test_where_nothing_is_marked_nothing_is_hidden() -> None:
    whole = document(Section("facts", (Paragraph("a fact"),)), mark=Mark.BAD)
    assert worth_attention(whole) == whole


@pytest.mark.parametrize("mark", Mark)
def test_a_report_is_well_where_neither_it_nor_a_part_of_it_is_marked(mark: Mark) -> None:
    fine = mark in WELL
    assert is_well(document(mark=mark)) is fine
    assert is_well(document(Section("", (Paragraph("", mark),)))) is fine
    assert is_well(document(Section("", (), (Section("", (table(mark),)),)))) is fine
    assert points_at_something(document(mark=mark)) is False
