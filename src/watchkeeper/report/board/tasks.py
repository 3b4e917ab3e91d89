"""The task board: every task and team with what became of its last periods and what comes next, and what falls due soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from watchkeeper.report.board import duties
from watchkeeper.report.board.leads import filtered, next_page
from watchkeeper.report.board.nouns import Duty, Head, Names
from watchkeeper.report.document import (
    Block,
    Document,
    Grid,
    GridRow,
    Lead,
    Link,
    Mark,
    Paragraph,
    Row,
    Section,
    Square,
    Table,
    Tone,
)
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, on_the_wall

PERIODS: Final = 8
"""Periods of a row that are shown."""
WEEKS: Final = 4
"""How far ahead the list of what falls due reaches."""


@dataclass(frozen=True, slots=True)
class Called:
    """A task, team or pack, and what people call it."""

    id: str
    name: Names


def called_in(language: str, those: Iterable[Called]) -> dict[str, str]:
    """What each is called in a language, by id; by its id where nobody says."""
    return {each.id: each.name.in_language(language, each.id) for each in those}


@dataclass(frozen=True, slots=True)
class Turn:
    """One period of a task and team. `period` is the day it stands for (raised as needed: `~` and a digest behind it); `standing` as of a
    Duty, and `closed_at` as far as it is known."""

    key: str
    period: str
    due: datetime
    zone: str
    standing: str
    number: str = ""
    url: str = ""
    closed_at: datetime | None = None

    @property
    def raised(self) -> bool:
        return "~" in self.period


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task and a team (`all`: all of them together). `pack` and `cadence` are empty where the catalogue has no such task; `past` are the
    latest periods that are over or settled, the oldest first; `next` is the first one that is not."""

    task: str
    task_name: Names
    team: str
    team_name: Names
    pack: str
    cadence: str
    past: tuple[Turn, ...]
    next: Turn | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the board was asked for; empty for everything."""

    team: str = ""
    task: str = ""
    pack: str = ""


@dataclass(frozen=True, slots=True)
class TaskBoard:
    """`catalogue_known`: whether the mappings folder could be read; where it could not, the rows are those that something is decided of.
    `after` and `coming_after` name where the next page begins (empty: there is none). `coming` is what falls due within four weeks, and
    `next_due` the first of all of it."""

    head: Head
    catalogue_known: bool
    chosen: Chosen
    teams: tuple[Called, ...]
    tasks: tuple[Called, ...]
    packs: tuple[Called, ...]
    overdue_count: int
    next_due: Duty | None
    row_count: int
    rows: tuple[TaskRow, ...]
    after: str
    coming_count: int
    coming: tuple[Duty, ...]
    coming_after: str


def tasks_document(board: TaskBoard, lang: str = "en") -> Document:
    texts = texts_in(lang)
    return Document(
        title=texts.say("board.tasks", deployment=board.head.deployment),
        sentence=_sentence(board, texts),
        sections=(_board(board, texts), _coming(board, texts)),
        mark=Mark.BAD if board.overdue_count else Mark.GOOD if board.row_count else Mark.WARN,
        listing=_listing(board, texts),
    )


def unread(texts: Texts) -> Paragraph:
    """Why ids stand where names should."""
    return Paragraph(texts.say("board.tasks.unread"), Mark.WARN)


def _sentence(board: TaskBoard, texts: Texts) -> str:
    if not board.row_count:
        return texts.say("board.tasks.none")
    count = board.overdue_count
    said = texts.count("board.tasks.overdue", count) if count else texts.say("board.tasks.none_overdue")
    first = board.next_due
    if first is None:
        return texts.say("board.tasks.said", said=said)
    return texts.say(
        "board.tasks.said_next",
        said=said,
        at=on_the_wall(first.due, first.zone, texts),
        task=duties.task_text(first.task, first.task_name, texts),
        team=duties.team_text(first.team, first.team_name, texts),
    )


# --- the board ---


def _board(board: TaskBoard, texts: Texts) -> Section:
    title = texts.say("board.tasks.rows", count=f"{board.row_count:,}")
    blocks: tuple[Block, ...] = () if board.catalogue_known else (unread(texts),)
    if not board.rows:
        return Section(title, (*blocks, Paragraph(texts.say("board.tasks.no_rows"))), anchor="board")
    grid = Grid(
        caption=texts.say("board.tasks.caption", count=PERIODS),
        naming=(texts.say("column.task"), texts.say("column.team")),
        headings=(*(f"−{back}" for back in range(PERIODS, 0, -1)), texts.say("board.tasks.next")),
        rows=tuple(_row(each, texts) for each in board.rows),
        legend=tuple((texts.say(f"board.tasks.tone.{tone.value}"), tone) for tone in Tone),
    )
    leads = next_page(board.after, texts, **_chosen(board))
    return Section(title, (*blocks, grid), anchor="board", leads=leads)


def _row(row: TaskRow, texts: Texts) -> GridRow:
    names = (
        duties.task_lead(row.task, row.team, row.task_name, texts),
        duties.team_text(row.team, row.team_name, texts),
    )
    missing = (None,) * (PERIODS - len(row.past))
    past = tuple(_square(each, texts) for each in row.past)
    return GridRow(names, (*missing, *past, None if row.next is None else _square(row.next, texts)))


def _square(turn: Turn, texts: Texts) -> Square:
    """Its sign and day, for the days of a row are its own; who points at it is told all."""
    sign, tone = duties.SIGNS[turn.standing]
    link = Link(turn.number, turn.url) if turn.number and turn.url else None
    day = turn.due.astimezone(ZoneInfo(turn.zone))
    return Square(tone, turn_text(turn, texts), f"{sign} {day:%m-%d}", link)


def turn_text(turn: Turn, texts: Texts) -> str:
    """A period in full: when it was due, how it stands, and which ticket it has."""
    at = on_the_wall(turn.due, turn.zone, texts)
    said = duties.standing_text(turn.standing, texts)
    closed = moment(turn.closed_at, texts) if turn.closed_at else ""
    parts = (texts.say("board.tasks.due", at=at), *((texts.say("board.tasks.raised"),) if turn.raised else ()))
    return texts.say("board.tasks.between").join(each for each in (*parts, said, closed, turn.number) if each)


def _listing(board: TaskBoard, texts: Texts) -> Table:
    """Every period that is shown, a row each."""
    names = ("task", "team", "key", "due_at", "end", "ticket", "url", "closed")
    rows = tuple(
        Row(
            (
                row.task,
                row.team,
                turn.key,
                on_the_wall(turn.due, turn.zone, texts),
                duties.standing_text(turn.standing, texts),
                turn.number,
                turn.url,
                moment(turn.closed_at, texts) if turn.closed_at else "",
            )
        )
        for row in board.rows
        for turn in (*row.past, *((row.next,) if row.next else ()))
    )
    return Table(tuple(texts.say(f"oversight.column.{name}") for name in names), rows)


# --- what falls due soon ---


def _coming(board: TaskBoard, texts: Texts) -> Section:
    title = texts.say("board.tasks.coming", weeks=WEEKS, count=f"{board.coming_count:,}")
    if not board.coming:
        return Section(title, (Paragraph(texts.say("board.tasks.coming.none")),), anchor="coming")
    headings = tuple(texts.say(f"column.{name}") for name in ("due", "task", "team", "state", "ticket"))
    table = Table(headings, tuple(_due(each, texts) for each in board.coming))
    onward = Lead(texts.say("board.next_page"), f"{filtered('', **_chosen(board), coming=board.coming_after)}#coming")
    return Section(title, (table,), anchor="coming", leads=(onward,) if board.coming_after else ())


def _chosen(board: TaskBoard) -> dict[str, str]:
    return {"team": board.chosen.team, "task": board.chosen.task, "pack": board.chosen.pack}


def _due(duty: Duty, texts: Texts) -> Row:
    local = duty.due.astimezone(ZoneInfo(duty.zone))
    weekday = texts.say(f"board.weekday.{local.isoweekday()}")
    served = duty.served_by.partition("/")[0]
    said = texts.say("board.tasks.served", task=served) if served else duties.standing_text(duty.standing, texts)
    cells = (
        texts.say("board.tasks.day", weekday=weekday, at=on_the_wall(duty.due, duty.zone, texts)),
        duties.task_lead(duty.task, duty.team, duty.task_name, texts),
        duties.team_text(duty.team, duty.team_name, texts),
        said,
        duties.ticket_cell(duty.number, duty.url),
    )
    return Row(cells, Mark.NONE if served else duties.standing_mark(duty.standing))
