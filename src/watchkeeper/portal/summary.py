"""What `export site` tells of its work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.portal.owner_page import left_of
from watchkeeper.portal.site import Site
from watchkeeper.portal.tasks import Heading, OwnerTasks
from watchkeeper.portal.told import Told
from watchkeeper.report.document import Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment


@dataclass(frozen=True, slots=True)
class Exported:
    """`replaced`: whether the folder held something else before."""

    folder: Path
    told: Told
    site: Site
    replaced: bool


def exported_document(exported: Exported, language: str = "en") -> Document:
    texts, told = texts_in(language), exported.told
    said = {
        "folder": str(exported.folder),
        "owners": texts.count("export.owners", len(told.ownership.owners)),
        "files": f"{len(exported.site.files):,}",
    }
    sentence = texts.say("export.replaced", **said) if exported.replaced else texts.say("export.same", **said)
    warnings = tuple(Paragraph(each, Mark.WARN) for each in _warnings(told, texts))
    return Document(
        title=texts.say("export.title"),
        sentence=sentence,
        sections=(Section("", (*warnings, _owners(exported, texts))),),
        mark=Mark.WARN if warnings else Mark.GOOD,
    )


def exported_json(exported: Exported) -> Json:
    told = exported.told
    return payload(
        "export site",
        0,
        [],
        folder=str(exported.folder),
        replaced=exported.replaced,
        files=len(exported.site.files),
        as_of=told.as_of,
        old=told.is_old,
        owners=[_owner_json(tasks, folder) for tasks, folder in exported.site.owners],
    )


def _warnings(told: Told, texts: Texts) -> Iterator[str]:
    if told.as_of is None:
        yield texts.say("export.never")
    elif told.is_old:
        yield texts.say("export.old", at=moment(told.as_of, texts))


def _owners(exported: Exported, texts: Texts) -> Table:
    headings = (
        texts.say("portal.column.owner"),
        texts.say("export.folder"),
        texts.say("portal.column.overdue"),
        texts.say("portal.column.open"),
        texts.say("portal.column.left"),
    )
    rows = (_row(exported.told, tasks, folder, texts) for tasks, folder in exported.site.owners)
    return Table(headings, tuple(rows), numbers=frozenset({2, 3, 4}))


def _row(told: Told, tasks: OwnerTasks, folder: str, texts: Texts) -> Row:
    name = told.name_of(tasks.owner, texts.language) or texts.say("portal.unowned")
    overdue = len(tasks.under(Heading.OVERDUE))
    return Row((name, folder, f"{overdue:,}", f"{len(tasks.waiting):,}", f"{left_of(tasks):,}"))


def _owner_json(tasks: OwnerTasks, folder: str) -> Json:
    return {
        "id": tasks.owner.id,
        "folder": folder,
        "overdue": len(tasks.under(Heading.OVERDUE)),
        "open": len(tasks.waiting),
        "devices_left": left_of(tasks),
    }
