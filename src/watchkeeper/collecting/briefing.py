"""A duty's document as its ticket gets it: a short note in every language, and the whole of it as files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from watchkeeper.model.gathering import BriefedFile, Piece
from watchkeeper.report import html, note, spreadsheet
from watchkeeper.report.document import Document
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import LANGUAGES, texts_in

_NAMED: Final = 12
_SUBJECT: Final = 60


def notes_of(document: Callable[[str], Document], missing: Sequence[Piece] = ()) -> Mapping[str, str]:
    """The words for the ticket, by language, with the names of what is missing; why it is so is told to those who collect."""
    return {language: _note(document(language), missing, language) for language in LANGUAGES}


def _note(document: Document, missing: Sequence[Piece], language: str) -> str:
    texts = texts_in(language)
    if not missing:
        return note.render(document, texts=texts)
    subjects = ", ".join(plain(piece.subject[:_SUBJECT]) for piece in missing[:_NAMED])
    lacking = texts.say("note.missing", subjects=subjects)
    return f"{note.render(document, texts=texts, most=note.MOST - len(lacking) - 2)}\n\n{lacking}"


def files_of(task: str, document: Callable[[str], Document], hosts: Collection[str]) -> tuple[BriefedFile, ...]:
    """The document as a page (with its pictures) and, where it lists something, as a table for spreadsheets. Links lead to `hosts`
    alone."""
    documents = {language: document(language) for language in LANGUAGES}
    pages = {name: html.render(each, texts=texts_in(name), hosts=hosts) for name, each in documents.items()}
    tables = {name: spreadsheet.render(each) for name, each in documents.items() if each.listing is not None}
    listed = (BriefedFile(task, "csv", "text/csv", tables),) if tables else ()
    return (BriefedFile(task, "html", "text/html", pages), *listed)
