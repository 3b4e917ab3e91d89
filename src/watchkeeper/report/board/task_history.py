"""The history of one task and team: every period that was decided, the newest first, and what was not there when it was closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.board import duties
from watchkeeper.report.board.leads import filtered, link_page, next_page
from watchkeeper.report.board.nouns import Head, Names
from watchkeeper.report.board.tasks import Turn, turn_text, unread
from watchkeeper.report.document import Block, Cell, Document, Lead, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.oversight import Gap
from watchkeeper.report.oversight_document import gap_text
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, on_the_wall


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A period with why it was decided so (`reason`), why it was raised (`cause`, in somebody's words), why a run closed its tickets
    (`close_reason`, empty where none of ours did or it is not known), and what evidence was not there by then."""

    turn: Turn
    reason: str
    cause: str
    close_reason: str
    lacks: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class TaskHistory:
    """`catalogue_known` and `after` as of a TaskBoard; `in_catalogue`: whether the catalogue still has this task for this team."""

    head: Head
    catalogue_known: bool
    in_catalogue: bool
    task: str
    task_name: Names
    summary: Names
    team: str
    team_name: Names
    pack: str
    cadence: str
    next: Turn | None
    turns: tuple[PastTurn, ...]
    after: str


def history_document(history: TaskHistory, lang: str = "en") -> Document:
    texts = texts_in(lang)
    return Document(
        title=texts.say("board.page.task-history"),
        sentence=texts.say(
            "board.history.sentence",
            task=duties.task_text(history.task, history.task_name, texts),
            team=duties.team_text(history.team, history.team_name, texts),
            said=turn_text(history.next, texts) if history.next else texts.say("board.history.no_next"),
        ),
        sections=(_facts(history, texts), _periods(history, texts)),
        mark=_mark(history),
    )


def _mark(history: TaskHistory) -> Mark:
    """How the latest period that was owed stands."""
    marks = (duties.standing_mark(each.turn.standing) for each in history.turns)
    return next((mark for mark in marks if mark is not Mark.NONE), Mark.NONE)


def _facts(history: TaskHistory, texts: Texts) -> Section:
    rows = tuple(_pairs(history, texts))
    notes: list[Block] = [] if history.catalogue_known else [unread(texts)]
    if history.catalogue_known and not history.in_catalogue:
        notes.append(Paragraph(texts.say("board.history.gone"), Mark.WARN))
    return Section("", (*notes, Pairs(rows)))


def _pairs(history: TaskHistory, texts: Texts) -> Iterator[tuple[str, Cell]]:
    yield texts.say("column.task"), history.task
    if summary := history.summary.in_language(texts.language, ""):
        yield texts.say("board.history.about"), summary
    if history.pack:
        yield texts.say("column.pack"), history.pack
        yield texts.say("column.cadence"), texts.cadence(history.cadence)
    team = duties.team_text(history.team, history.team_name, texts)
    yield texts.say("column.team"), Lead(team, filtered(duties.BOARD, team=history.team))


def _periods(history: TaskHistory, texts: Texts) -> Section:
    title = texts.say("board.history.periods")
    if not history.turns:
        return Section(title, (Paragraph(texts.say("board.history.none")),), anchor="periods")
    headings = tuple(
        texts.say(name)
        for name in (
            "board.history.period",
            "column.due",
            "column.state",
            "column.ticket",
            "board.history.closed",
            "board.history.by",
            "oversight.column.lacks",
        )
    )
    rows = tuple(_row(each, texts) for each in history.turns)
    table = Table(headings, rows, note_heading=texts.say("column.reason"))
    return Section(title, (table,), anchor="periods", leads=next_page(history.after, texts))


def _row(past: PastTurn, texts: Texts) -> Row:
    turn, period = past.turn, past.turn.period.partition("~")[0]
    cells = (
        Lead(period, link_page(turn.key)) if turn.number else period,
        on_the_wall(turn.due, turn.zone, texts),
        duties.standing_text(turn.standing, texts),
        duties.ticket_cell(turn.number, turn.url),
        moment(turn.closed_at, texts) if turn.closed_at else "",
        _closer(past, texts),
        texts.join([gap_text(each, texts) for each in past.lacks]),
    )
    return Row(cells, Mark.BAD if past.lacks else duties.standing_mark(turn.standing), _note(past, texts))


def _closer(past: PastTurn, texts: Texts) -> str:
    """Why a run closed it; who else did, the store does not know."""
    if past.turn.closed_at is None:
        return ""
    return reason_text(past.close_reason, texts) if past.close_reason else texts.say("board.history.elsewhere")


def _note(past: PastTurn, texts: Texts) -> str:
    """Why it was raised, and why it has no ticket of its own."""
    told = past.turn.standing in {DutyEnd.MISSED, DutyEnd.CARRIED, DutyEnd.SKIPPED}
    cause = texts.say("board.history.raised", cause=past.cause) if past.turn.raised else ""
    parts = (cause, reason_text(past.reason, texts) if told else "")
    return texts.say("board.tasks.between").join(each for each in parts if each)
