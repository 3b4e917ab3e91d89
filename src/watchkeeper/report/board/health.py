"""The board's page on the sync itself: when it last worked, how long it took, what it wrote, and what stood in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchkeeper.report.board.nouns import DAYS_BACK, Head, PastRun, SetAside, Success
from watchkeeper.report.board.today import length, set_aside_section
from watchkeeper.report.document import Cell, Document, Lead, Lines, Mark, Pairs, Paragraph, Row, Section, Series, Table
from watchkeeper.report.reasons import problem_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

_GOOD: Final = frozenset({"done", "adopted"})
_FEWEST_TO_DRAW: Final = 3


@dataclass(frozen=True, slots=True)
class Writes:
    """How many writes ended in one way."""

    side: str
    operation: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A system's limit that refused a call within a day, and when it last did."""

    limit: str
    calls: int
    seconds: float
    refused_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that holds the lease. `expired`: it should have ended or renewed it by now."""

    run_id: str
    command: str
    holder: str
    host: str
    since: datetime
    expires_at: datetime
    expired: bool


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """`median_seconds` and `p95_seconds` are of the latest syncs that ended; None where there is none. `unanswered`: writes that were
    begun and never answered, which the next run looks into. `writes` are those of the last days (DAYS_BACK)."""

    head: Head
    successes: tuple[Success, ...]
    runs: tuple[PastRun, ...]
    median_seconds: float | None
    p95_seconds: float | None
    writes: tuple[Writes, ...]
    refusals: tuple[Refusal, ...]
    waiting_count: int
    unanswered: int
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    holder: Holder | None


def health_document(health: SyncHealth, lang: str = "en") -> Document:
    """Numbers lead to the lists behind them, on this page or the one beside it."""
    texts = texts_in(lang)
    sections = (
        _successes(health, texts),
        _facts(health, texts),
        _runs(health, texts),
        _lengths(health, texts),
        _writes(health, texts),
        _refusals(health, texts),
        set_aside_section(health.set_aside, health.set_aside_count, texts),
    )
    return Document(
        title=texts.say("board.health", deployment=health.head.deployment),
        sentence=_sentence(health, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=_mark(health),
    )


def _mark(health: SyncHealth) -> Mark:
    if any(each.overdue for each in health.successes):
        return Mark.BAD
    latest = _latest(health)
    return Mark.WARN if latest is None else _run_mark(latest)


def _latest(health: SyncHealth) -> PastRun | None:
    return next((run for run in health.runs if run.ended_at is not None), None)


def _sentence(health: SyncHealth, texts: Texts) -> str:
    late = [each for each in health.successes if each.overdue]
    if late:
        said = [
            texts.say("status.late", command=each.command, limit=length(each.limit_seconds, texts)) for each in late
        ]
        return texts.say("board.health.late", late=texts.join(said))
    latest = _latest(health)
    if latest is None:
        return texts.say("board.health.never")
    how = "fine" if latest.succeeded else "later" if latest.may_follow else "failed"
    return texts.say(f"board.health.{how}", command=latest.command, at=moment(latest.ended_at, texts))


def _successes(health: SyncHealth, texts: Texts) -> Section:
    headings = tuple(texts.say(f"board.column.{name}") for name in ("command", "success", "age", "limit", "run"))
    table = Table(headings, tuple(_success(each, texts) for each in health.successes))
    blocks = (table,) if any(each.limit_seconds for each in health.successes) else (table, _no_limit(texts))
    return Section(texts.say("board.successes"), blocks, anchor="successes")


def _no_limit(texts: Texts) -> Paragraph:
    return Paragraph(texts.say("board.successes.no_limit"))


def _success(each: Success, texts: Texts) -> Row:
    limit = texts.say("board.no_limit") if each.limit_seconds is None else length(each.limit_seconds, texts)
    past = "" if each.age_seconds is None else length(each.age_seconds, texts)
    known = each.limit_seconds is not None
    mark = Mark.BAD if each.overdue else Mark.GOOD if known else Mark.NONE
    return Row((each.command, moment(each.at, texts), past, limit, each.run_id), mark)


def _facts(health: SyncHealth, texts: Texts) -> Section:
    rows: tuple[tuple[str, Cell], ...] = (
        (texts.say("board.fact.median"), Lead(length(health.median_seconds, texts), "#runs")),
        (texts.say("board.fact.p95"), Lead(length(health.p95_seconds, texts), "#runs")),
        (texts.say("board.fact.waiting"), _lead(health.waiting_count, "today#waiting")),
        (texts.say("board.fact.unanswered"), f"{health.unanswered:,}"),
        (texts.say("board.fact.set_aside", days=DAYS_BACK), _lead(health.set_aside_count, "#set-aside")),
        (texts.say("board.fact.lease"), _lease(health, texts)),
    )
    return Section(texts.say("status.facts"), (Pairs(rows),), anchor="facts")


def _lead(count: int, place: str) -> Cell:
    """Where there is nothing there is no list either."""
    return Lead(f"{count:,}", place) if count else "0"


def _lease(health: SyncHealth, texts: Texts) -> str:
    held = health.holder
    if held is None:
        return texts.say("board.lease.free")
    return texts.say(
        "board.lease.expired" if held.expired else "board.lease.held",
        command=held.command,
        run=held.run_id,
        holder=held.holder,
        host=held.host,
        at=moment(held.since, texts),
        until=moment(held.expires_at, texts),
    )


def _runs(health: SyncHealth, texts: Texts) -> Section:
    if not health.runs:
        return Section(texts.say("status.runs"), (Paragraph(texts.say("history.sentence.none")),), anchor="runs")
    names = ("started", "command", "run", "length", "exit", "written", "failed", "left", "conflicts")
    headings = tuple(texts.say(f"board.column.{name}") for name in names)
    rows = tuple(_run(run, texts) for run in health.runs)
    table = Table(headings, rows, numbers=frozenset({3, 5, 6, 7, 8}), note_heading=texts.say("column.reason"))
    return Section(texts.say("status.runs"), (table,), anchor="runs")


def _run(run: PastRun, texts: Texts) -> Row:
    cells = (
        moment(run.started_at, texts),
        run.command,
        run.run_id,
        length(run.seconds, texts) if run.ended_at else "",
        texts.say("history.unfinished") if run.exit_code is None else str(run.exit_code),
        *(f"{count:,}" for count in (run.written, run.failed, run.left, run.conflicts)),
    )
    return Row(
        cells, _run_mark(run), texts.say("reasons.between").join(problem_text(each, texts) for each in run.reasons)
    )


def _run_mark(run: PastRun) -> Mark:
    return Mark.GOOD if run.succeeded else Mark.WARN if run.may_follow else Mark.BAD


def _lengths(health: SyncHealth, texts: Texts) -> Section | None:
    """How long syncs took, oldest first: a picture of numbers that the table of runs has."""
    ended = [run for run in reversed(health.runs) if run.command == "sync" and run.seconds is not None]
    if len(ended) < _FEWEST_TO_DRAW:
        return None
    days = tuple(moment(run.started_at, texts)[5:16] for run in ended)
    values = tuple(run.seconds for run in ended)
    title = texts.say("board.lengths")
    chart = Lines(title, days, (Series(title, values),), unit=texts.say("board.unit.seconds"), from_zero=True)
    return Section("", (chart,))


def _writes(health: SyncHealth, texts: Texts) -> Section:
    title = texts.say("board.writes", days=DAYS_BACK)
    if not health.writes:
        return Section(title, (Paragraph(texts.say("board.writes.none")),), anchor="writes")
    headings = tuple(texts.say(f"column.{name}") for name in ("side", "operation", "outcome", "count"))
    rows = tuple(
        Row(
            (
                texts.side(each.side),
                _named("operation", each.operation, texts),
                _named("outcome", each.outcome, texts),
                f"{each.count:,}",
            ),
            Mark.GOOD if each.outcome in _GOOD else Mark.WARN,
        )
        for each in health.writes
    )
    return Section(title, (Table(headings, rows, numbers=frozenset({3})),), anchor="writes")


def _named(family: str, word: str, texts: Texts) -> str:
    key = f"{family}.{word}"
    return texts.say(key) if texts.has(key) else word


def _refusals(health: SyncHealth, texts: Texts) -> Section:
    title = texts.say("board.refusals")
    if not health.refusals:
        return Section(title, (Paragraph(texts.say("board.refusals.none")),), anchor="refusals")
    headings = tuple(texts.say(f"board.column.{name}") for name in ("limit_of", "allowed", "refused"))
    rows = tuple(
        Row(
            (
                each.limit,
                texts.say("board.allowed", calls=f"{each.calls:,}", seconds=f"{each.seconds:.0f}"),
                moment(each.refused_at, texts),
            ),
            Mark.WARN,
        )
        for each in health.refusals
    )
    return Section(title, (Table(headings, rows),), anchor="refusals")
