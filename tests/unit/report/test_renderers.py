from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tests.effort import tried
from tests.unit.report.examples import HOSTILE
from tests.unit.report.test_neutralise import PIECES, is_inert

from watchkeeper.report import markdown, text
from watchkeeper.report.document import Block, Bullets, Document, Link, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.texts import texts_in
from watchkeeper.report.width import width

MARKS = st.sampled_from(Mark)
CELLS = st.one_of(PIECES, st.builds(Link, PIECES, st.one_of(st.just("https://example.com/1"), PIECES)))
PARAGRAPHS = st.builds(Paragraph, PIECES, MARKS)
TABLES = st.integers(1, 5).flatmap(
    lambda columns: st.builds(
        Table,
        st.tuples(*[PIECES] * columns),
        st.lists(st.builds(Row, st.tuples(*[CELLS] * columns), MARKS, PIECES), max_size=3).map(tuple),
        st.frozensets(st.integers(0, columns - 1)),
        PIECES,
    )
)
BLOCKS: st.SearchStrategy[Block] = st.one_of(
    PARAGRAPHS,
    st.builds(Bullets, st.lists(PARAGRAPHS, max_size=2).map(tuple)),
    st.builds(Pairs, st.lists(st.tuples(PIECES, CELLS), max_size=2).map(tuple)),
    TABLES,
)
BLOCK_LISTS = st.lists(BLOCKS, max_size=2).map(tuple)
SECTIONS = st.builds(
    Section, PIECES, BLOCK_LISTS, st.lists(st.builds(Section, PIECES, BLOCK_LISTS), max_size=1).map(tuple)
)
DOCUMENTS = st.builds(
    Document,
    PIECES,
    PIECES,
    st.lists(SECTIONS, max_size=2).map(tuple),
    MARKS,
    st.lists(PIECES, max_size=2).map(tuple),
    PIECES,
)
ENGLISH = texts_in("en")
quickly = tried(60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def everywhere(hostile: str) -> Document:
    """A document with one text in every place."""
    table = Table((hostile,) * 2, (Row((hostile, Link(hostile, hostile)), Mark.BAD, hostile),), note_heading=hostile)
    blocks: tuple[Block, ...] = (
        Paragraph(hostile),
        Bullets((Paragraph(hostile, Mark.WARN),)),
        Pairs(((hostile, hostile),)),
        table,
    )
    return Document(hostile, hostile, (Section(hostile, blocks, (Section(hostile),)),), Mark.BAD, (hostile,), hostile)


class TestText:
    @quickly
    @given(DOCUMENTS)
    def test_no_line_is_wider_than_asked_and_none_is_a_command(self, document: Document) -> None:
        printed = text.render(document)
        assert is_inert(printed)
        assert max(width(line) for line in printed.split("\n")) <= 101
        assert "\x1b" not in printed

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_hostile_text_is_inert_wherever_it_stands(self, hostile: str) -> None:
        printed = text.render(everywhere(hostile))
        assert is_inert(printed)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800]", printed)

    def test_colour_is_used_only_when_asked_and_says_nothing_more(self) -> None:
        document = everywhere("text")
        coloured = text.render(document, colour=True)
        assert "\x1b[31m" in coloured
        assert re.sub(r"\x1b\[\d+m", "", coloured) == text.render(document)

    def test_columns_stand_under_each_other_in_japanese_too(self) -> None:
        table = Table(("チーム", "件数"), (Row(("監視", "1")), Row(("csirt", "12"))), numbers=frozenset({1}))
        printed = text.render(Document("", "表", (Section("", (table,)),)))
        assert printed == "表\n\n  チーム  件数\n  監視       1\n  csirt     12\n"

    def test_signs_have_a_column_of_their_own_and_notes_a_line(self) -> None:
        rows = (Row(("one",), Mark.ADD), Row(("two",), note="because"))
        printed = text.render(Document("", "s", (Section("t", (Table(("h",), rows),)),)))
        assert printed == "s\n\nt\n    h\n  + one\n    two\n      because\n"

    def test_a_wide_cell_is_wrapped_and_not_cut(self) -> None:
        words = " ".join(f"word{number}" for number in range(60))
        printed = text.render(Document("", "s", (Section("", (Table(("h", "i"), (Row(("key", words)),)),)),)))
        assert all(f"word{number}" in printed for number in range(60))
        assert all(width(line) <= 100 for line in printed.splitlines())

    def test_what_to_do_next_ends_the_report(self) -> None:
        printed = text.render(Document("", "s", next_steps=("do this",), next_title="Next"))
        assert printed == "s\n\nNext\n  • do this\n"


class TestMarkdown:
    @quickly
    @given(DOCUMENTS)
    def test_no_line_is_a_command_and_every_table_row_has_its_cells(self, document: Document) -> None:
        printed = markdown.render(document, texts=ENGLISH)
        assert is_inert(printed)
        rows = [line for line in printed.split("\n") if line.startswith("| ")]
        for above, below in pairwise(rows):
            if "---" in below:
                assert above.count("|") == below.count("|")

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_hostile_text_is_inert_wherever_it_stands(self, hostile: str) -> None:
        printed = markdown.render(everywhere(hostile), texts=ENGLISH)
        assert is_inert(printed)
        assert "<img" not in printed
        assert "](javascript" not in printed
        assert not re.search(r"@\w", printed)

    def test_our_own_links_lead_to_the_record(self) -> None:
        cell = Link("INC1 | x", "https://example.com/a?b=c")
        printed = markdown.render(Document("T", "s", (Section("", (Table(("h",), (Row((cell,)),)),)),)), texts=ENGLISH)
        assert "| [INC1 &#124; x](<https://example.com/a?b=c>) |" in printed

    def test_a_document_reads_as_headings_tables_and_steps(self) -> None:
        table = Table(("Key", "Days"), (Row(("a", "1"), Mark.BAD, "late"),), frozenset({1}), "Why")
        document = Document("Title", "One thing.", (Section("Part", (table,)),), Mark.NONE, ("go on",), "Next")
        assert html.unescape(markdown.render(document, texts=ENGLISH)) == (
            "# Title\n\n**One thing.**\n\n## Part\n\n"
            "|  | Key | Days | Why |\n| --- | --- | ---: | --- |\n| ✗ | a | 1 | late |\n\n## Next\n\n- go on\n"
        )

    @pytest.mark.parametrize("limit", [400, 1_000, 10_000])
    @pytest.mark.parametrize("language", ["en", "ja"])
    def test_a_report_above_the_limit_says_how_much_is_left_out(self, limit: int, language: str) -> None:
        rows = tuple(Row((f"キー {number}",)) for number in range(2_000))
        document = Document("T", "s", (Section("t", (Table(("h",), rows),)),))
        printed = markdown.render(document, texts=texts_in(language), limit=limit)
        assert len(printed.encode()) <= limit
        kept = printed.count("キー")
        (left_out,) = re.findall(r"([\d,]+)", printed.splitlines()[-1])
        assert kept + int(left_out.replace(",", "")) == 2_000

    def test_a_report_of_the_size_of_the_limit_is_whole(self) -> None:
        document = Document("T", "s" * 1_000)
        whole = markdown.render(document, texts=ENGLISH)
        assert markdown.render(document, texts=ENGLISH, limit=len(whole.encode())) == whole
