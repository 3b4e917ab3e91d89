"""What holds for every note of a duty, whatever was found."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.report.briefings.findings import FINDINGS
from tests.unit.report.examples import HOSTILE
from tests.unit.report.pages import Page
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.report import html, markdown, note, spreadsheet, text
from watchkeeper.report.document import Document
from watchkeeper.report.texts import LANGUAGES, texts_in
from watchkeeper.state.codec import from_json, to_json, to_row

CASES = [(task, language) for task in FINDINGS for language in LANGUAGES]
EXPECTED = Path(__file__).parents[3] / "cases" / "briefings"


def document(task: str, language: str, count: int = 3, said: str = "") -> Document:
    make, write = FINDINGS[task]
    return write(make(count, said), language)


def noted(task: str, language: str, count: int = 3, said: str = "") -> str:
    return note.render(document(task, language, count, said), texts=texts_in(language))


@pytest.mark.parametrize(("task", "language"), CASES)
def test_it_reads_as_it_was_looked_at(task: str, language: str) -> None:
    expected = (EXPECTED / f"{task}.{language}.txt").read_text(encoding="utf-8")
    assert noted(task, language) == expected


@pytest.mark.parametrize("count", [0, 1, 14, 200])
@pytest.mark.parametrize(("task", "language"), CASES)
def test_it_is_no_longer_than_a_note_however_much_there_is(task: str, language: str, count: int) -> None:
    said = "".join(HOSTILE) + "長い名前" * 100 if count == 14 else ""
    note_text = noted(task, language, count, said)
    assert 0 < len(note_text) <= note.MOST
    assert texts_in(language).say("note.cut") not in note_text


@pytest.mark.parametrize(("task", "language"), CASES)
def test_what_is_cut_says_how_much_there_is_and_the_listing_has_all_of_it(task: str, language: str) -> None:
    more = {"en": "more, see the attached file", "ja": "件（添付ファイルを参照）"}[language]
    assert more in noted(task, language, 200)
    assert more not in noted(task, language, 1)
    listing = document(task, language, 200).listed()
    assert listing is not None
    assert len(listing.rows) >= 200


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("task", FINDINGS)
def test_text_by_others_is_inert_in_every_form(task: str, hostile: str) -> None:
    found = document(task, "en", 3, hostile)
    page = html.render(found, texts=texts_in("en"))
    for written in (text.render(found), spreadsheet.render(found), markdown.render(found, texts=texts_in("en")), page):
        assert is_inert(written)
        assert "\x1b" not in written
    assert Page(page).all("script", "img") == []


@pytest.mark.parametrize("count", [0, 3])
@pytest.mark.parametrize("task", FINDINGS)
def test_a_finding_comes_back_from_the_store_as_it_was(task: str, count: int) -> None:
    found = FINDINGS[task][0](count, "")
    assert from_json(type(found), to_json(found)) == found
    assert from_json(type(found), to_row(found)) == found
