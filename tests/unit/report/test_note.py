"""A document as a ticket's note: short, without columns, inert."""

from __future__ import annotations

import pytest
from tests.unit.report import examples

from watchkeeper.report import note
from watchkeeper.report.document import (
    Bar,
    Bullets,
    Document,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Row,
    Section,
    Shares,
    Table,
    Tone,
)
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import texts_in

EN = texts_in("en")


def written(*blocks: object, **options: int) -> str:
    return note.render(Document("title", "Said.", (Section("Part", blocks),)), texts=EN, **options)  # type: ignore[arg-type]


def test_a_cell_that_says_nothing_is_not_told() -> None:
    table = Table(("Team", "Last exercise", "Months"), (Row(("csirt", "–", "")),))
    assert written(table).endswith("- csirt")


def test_a_row_is_a_line_with_what_its_cells_say_under_their_headings() -> None:
    table = Table(
        ("Control", "Points", "Owner"),
        (Row(("MFA", "+3", ""), Mark.GOOD, "since Monday"), Row((Link("DLP", "https://x.example"), "-1", "ava"))),
    )
    assert written(table) == "Said.\n\nPart\n- ✓ MFA; Points: +3; since Monday\n- DLP; Points: -1; Owner: ava"


def test_long_tables_say_how_much_more_there_is() -> None:
    table = Table(("N",), tuple(Row((str(number),)) for number in range(5)))
    assert written(table, rows=3).endswith("- 2\n- and 2 more, see the attached file")
    assert written(table, rows=4).endswith("- 3\n- and 1 more, see the attached file")
    assert written(table, rows=5).endswith("- 4")


def test_whatever_else_a_document_holds_is_a_line_and_pictures_are_left_out() -> None:
    bars = Shares("picture", (("part", Tone.GOOD),), (Bar("bar", (1,)),))
    blocks = (Paragraph("All well.", Mark.WARN), Bullets((Paragraph("one"),)), Pairs((("Score", "58 %"),)), bars)
    assert written(*blocks) == "Said.\n\nPart\n! All well.\n- one\n- Score: 58 %"


def test_where_much_is_told_every_table_is_cut_shorter_and_all_of_them_are_there() -> None:
    tables = [Table(("N",), tuple(Row((f"{name} {'x' * 90}",)) for _ in range(8))) for name in "abcdefgh"]
    cut = written(*tables)
    assert len(cut) <= note.MOST
    assert cut.count("- and 4 more, see the attached file") == 8
    assert all(cut.count(f"- {name} x") == 4 for name in "abcdefgh")


def test_long_lists_say_how_much_more_there_is_and_keep_some_items_where_there_is_little_room() -> None:
    items = Bullets(tuple(Paragraph(f"{number} {'x' * 60}") for number in range(20)))
    assert written(items).count("- ") == 9
    cut = written(*[items] * 10)
    assert cut.count("and 16 more, see the attached file") == 10
    assert len(cut) <= note.MOST


def test_it_is_never_longer_than_a_journal_entry_may_be_and_says_that_it_was_cut() -> None:
    cut = written(*[Paragraph("x" * 90)] * 64)
    assert len(cut) <= note.MOST
    assert cut.endswith(EN.say("note.cut"))


def test_what_comes_next_stands_at_the_end() -> None:
    document = Document("title", "Said.", next_steps=("Ask them",), next_title="Next")
    assert note.render(document, texts=EN) == "Said.\n\nNext\n- Ask them"


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    table = Table(("Control", text), (Row((text, text), note=text),))
    for line in written(table, Paragraph(text), Pairs(((text, text),))).splitlines():
        assert line == plain(line)


def test_what_a_page_folds_away_is_left_to_the_files() -> None:
    seen = Section("Seen", (Paragraph("told"),), (Section("Inner", (Paragraph("hidden"),), folded=True),))
    document = Document("t", "sentence", (seen, Section("Folded", (Paragraph("hidden"),), folded=True)))
    assert note.render(document, texts=EN) == "sentence\n\nSeen\ntold"
