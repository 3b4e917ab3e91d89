"""How mappings stand beside those that Watchkeeper ships, and beside those of the latest sync."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watchkeeper.model.difference import Difference, Shift, Subject
from watchkeeper.report.board.leads import mapping_page
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Block, Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.mapping_diff import meaning, subject_of
from watchkeeper.report.texts import Texts

SHIPPED: Final = "shipped"


class Beside(StrEnum):
    """How mappings stand beside the shipped ones."""

    SHIPPED = "shipped"
    """They are these."""
    SAME = "same"
    DIFFERS = "differs"
    OWN = "own"
    """There is no shipped profile of that name."""
    UNREAD = "unread"
    """They cannot be read, because of their problems."""


class SinceSync(StrEnum):
    """How a profile stands beside what the latest sync of all profiles worked with."""

    SAME = "same"
    CHANGED = "changed"
    NEVER = "never"
    """None has worked with it yet."""


@dataclass(frozen=True, slots=True)
class Differing:
    """One thing that means something else: see watchkeeper.model.difference.Difference. `place` begins with `shipped:` where only the
    shipped folder has it."""

    subject: Subject
    name: str
    path: str
    shift: Shift
    args: Mapping[str, str]
    place: str
    dangerous: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """`version`: of Watchkeeper, whose mappings these are compared with. `whole`: whether teams, calendars, tasks and valves were, too."""

    standing: Beside
    version: str
    whole: bool
    count: int
    differences: tuple[Differing, ...]


def profile_section(compared: Compared, since: SinceSync, texts: Texts, *, enabled: bool) -> Section:
    blocks = list(_blocks(compared, "profile", texts))
    if enabled and compared.standing is not Beside.UNREAD:
        mark = {SinceSync.SAME: Mark.GOOD, SinceSync.CHANGED: Mark.WARN, SinceSync.NEVER: Mark.NONE}[since]
        blocks.append(Paragraph(texts.say(f"board.mapping.since.{since}"), mark))
    return Section(texts.say("board.mapping.shipped"), tuple(blocks), anchor=SHIPPED)


def folder_section(compared: Compared, texts: Texts) -> Section:
    blocks = list(_blocks(compared, "folder", texts))
    if not compared.whole:
        blocks.append(Paragraph(texts.say("board.mappings.shipped.profiles_only"), Mark.WARN))
    return Section(texts.say("board.mapping.shipped"), tuple(blocks), anchor=SHIPPED)


def _blocks(compared: Compared, of: str, texts: Texts) -> Iterator[Block]:
    if compared.standing is not Beside.DIFFERS:
        mark = Mark.GOOD if compared.standing is Beside.SAME else Mark.NONE
        yield Paragraph(texts.say(f"board.mapping.beside.{of}.{compared.standing}", version=compared.version), mark)
        return
    named = of == "folder"
    names = (*(("subject",) if named else ()), "differs")
    headings = tuple(texts.say(f"board.mapping.column.{name}") for name in names)
    rows = tuple(_row(each, texts, named=named) for each in compared.differences)
    table = Table(headings, rows, note_heading=texts.say("board.mapping.column.file"))
    said = texts.count("board.mapping.beside.differs", compared.count, version=compared.version)
    yield Paragraph(said)
    yield from cut_blocks((table,), compared.count, len(rows), texts)


def _row(each: Differing, texts: Texts, *, named: bool) -> Row:
    told = Difference(each.subject, each.name, each.path, each.shift, each.args)
    name = subject_of(told, texts)
    there = each.subject is Subject.PROFILE and each.shift is not Shift.PROFILE_REMOVED
    subject: Cell = Lead(name, f"{mapping_page(each.name)}#{SHIPPED}") if there else name
    cells: tuple[Cell, ...] = (*((subject,) if named else ()), meaning(told, texts))
    return Row(cells, Mark.WARN if each.dangerous else Mark.CHANGE, each.place)
