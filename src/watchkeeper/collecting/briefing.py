"""A duty's document as its ticket gets it: a short note in every language, and the whole of it as files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from watchkeeper.model.gathering import BriefedFile
from watchkeeper.report import html, note, spreadsheet
from watchkeeper.report.document import Document
from watchkeeper.report.texts import LANGUAGES, texts_in


def notes_of(document: Callable[[str], Document]) -> Mapping[str, str]:
    """The words for the ticket, by language."""
    return {language: note.render(document(language), texts=texts_in(language)) for language in LANGUAGES}


def files_of(task: str, document: Callable[[str], Document], hosts: Collection[str]) -> tuple[BriefedFile, ...]:
    """The document as a page (with its pictures) and, where it lists something, as a table for spreadsheets. Links lead to `hosts`
    alone."""
    documents = {language: document(language) for language in LANGUAGES}
    pages = {name: html.render(each, texts=texts_in(name), hosts=hosts) for name, each in documents.items()}
    tables = {name: spreadsheet.render(each) for name, each in documents.items() if each.listing is not None}
    listed = (BriefedFile(task, "csv", "text/csv", tables),) if tables else ()
    return (BriefedFile(task, "html", "text/html", pages), *listed)
