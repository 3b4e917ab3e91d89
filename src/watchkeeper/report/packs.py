"""Packs of tasks: which there are, what was switched, and how an installed copy differs from the shipped one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from watchkeeper.catalog.pack_changes import ChangeKind, PackChange
from watchkeeper.report.document import Bullets, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.texts import Texts, texts_in


@dataclass(frozen=True, slots=True)
class PackView:
    """A pack as it is listed. `state` is enabled, disabled or not-installed; `shipped` the version that comes with the
    program, empty for a pack of one's own; `file` where the installed copy is, empty for none."""

    id: str
    title: Mapping[str, str]
    state: str
    tasks: int
    version: str
    shipped: str
    url: str
    date: date
    file: str


_MARKS = {"enabled": Mark.GOOD, "disabled": Mark.NONE, "not-installed": Mark.NONE}


def packs_document(packs: Sequence[PackView], lang: str = "en") -> Document:
    """Every pack that is installed or could be, and whether its tasks count."""
    texts = texts_in(lang)
    names = ("pack", "title", "state", "tasks", "version", "source")
    rows = tuple(
        Row(
            (
                pack.id,
                pack.title[texts.language],
                texts.say(f"pack.{pack.state}"),
                f"{pack.tasks:,}",
                pack.version,
                f"{pack.url} ({pack.date})",
            ),
            _MARKS[pack.state],
        )
        for pack in packs
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({3}))
    on = sum(pack.state == "enabled" for pack in packs)
    sentence = texts.say("packs.sentence", on=f"{on:,}", count=f"{len(packs):,}")
    return Document(texts.say("packs.title"), sentence, (Section("", (table,)),) if rows else ())


def packs_json(packs: Sequence[PackView]) -> Json:
    listed = [
        {
            "id": pack.id,
            "title": dict(pack.title),
            "state": pack.state,
            "tasks": pack.tasks,
            "version": pack.version,
            "shipped": pack.shipped,
            "url": pack.url,
            "date": pack.date.isoformat(),
            "file": pack.file,
        }
        for pack in packs
    ]
    return payload("packs list", 0, (), packs=listed)


def switched_document(pack: str, file: str, lang: str = "en", *, enabled: bool, changed: bool) -> Document:
    texts = texts_in(lang)
    word = ("enabled" if enabled else "disabled") + ("" if changed else ".already")
    return Document(
        title=texts.say("packs.title"),
        sentence=texts.say(f"packs.sentence.{word}", pack=pack, file=file),
        next_steps=(texts.say("packs.next.check"),) if changed else (),
        next_title=texts.say("next.title"),
    )


def switched_json(pack: str, file: str, *, enabled: bool, changed: bool) -> Json:
    command = "packs enable" if enabled else "packs disable"
    return payload(command, 0, (), pack=pack, file=file, enabled=enabled, changed=changed)


def differences_document(
    found: Mapping[str, Sequence[PackChange]], own: Sequence[str], lang: str = "en", *, same_folder: bool
) -> Document:
    """How installed packs differ from those shipped, by pack. `own` are packs that are not shipped."""
    texts = texts_in(lang)
    sections = [Section(pack, (_differences(rows, texts),)) for pack, rows in found.items() if rows]
    remarks = [texts.say("packs.diff.own", pack=pack) for pack in own]
    if same_folder:
        remarks.append(texts.say("packs.diff.same-folder"))
    if remarks:
        sections.append(Section("", (Bullets(tuple(map(Paragraph, remarks))),)))
    sentence = texts.count("packs.diff", sum(map(len, found.values()))) if any(found.values()) else ""
    return Document(texts.say("packs.diff.title"), sentence or texts.say("packs.diff.none"), tuple(sections))


def differences_json(found: Mapping[str, Sequence[PackChange]], own: Sequence[str]) -> Json:
    listed = [
        {
            "id": pack,
            "changes": [
                {
                    "kind": row.kind.value,
                    "task": row.task,
                    "field": row.field,
                    "installed": list(row.installed),
                    "shipped": list(row.shipped),
                }
                for row in rows
            ],
        }
        for pack, rows in found.items()
    ]
    return payload("packs diff", 0, (), packs=listed, own=list(own))


def _differences(rows: Sequence[PackChange], texts: Texts) -> Table:
    names = ("task", "field", "installed", "shipped")
    return Table(tuple(texts.say(f"column.{name}") for name in names), tuple(_difference(row, texts) for row in rows))


def _difference(row: PackChange, texts: Texts) -> Row:
    task = row.task or texts.say("packs.diff.pack")
    match row.kind:
        case ChangeKind.ONLY_INSTALLED:
            return Row((task, "", texts.say("packs.diff.there"), texts.say("packs.diff.missing")), Mark.ADD)
        case ChangeKind.ONLY_SHIPPED:
            return Row((task, "", texts.say("packs.diff.missing"), texts.say("packs.diff.there")), Mark.CLOSE)
        case ChangeKind.CHANGED:
            nothing = texts.say("packs.diff.nothing")
            installed, shipped = ("; ".join(each) or nothing for each in (row.installed, row.shipped))
            return Row((task, row.field, installed, shipped), Mark.CHANGE)
