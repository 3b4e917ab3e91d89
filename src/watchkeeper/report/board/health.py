"""The board's page on the sync itself: when it last worked, how long it took, what it wrote, and what stood in its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchkeeper.report.board.health_days import (
    FEWEST_TO_DRAW,
    CallsOver,
    HealthDay,
    Waits,
    calls_section,
    days_section,
    waits_section,
    way,
)
from watchkeeper.report.board.leads import filtered, key_lead, number, run_lead, run_page
from watchkeeper.report.board.nouns import DAYS_BACK, Head, PastRun, SetAside, Standing, Success
from watchkeeper.report.board.today import cut_blocks, length, set_aside_section
from watchkeeper.report.board.writes import WRITTEN, said
from watchkeeper.report.document import Cell, Document, Lead, Lines, Mark, Pairs, Paragraph, Row, Section, Series, Table
from watchkeeper.report.reasons import problem_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment

_STANDING_MARKS: Final = {
    Standing.UNTOLD: Mark.NONE,
    Standing.NEW: Mark.WARN,
    Standing.UP: Mark.GOOD,
    Standing.LATE: Mark.WARN,
    Standing.DOWN: Mark.BAD,
}


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
class Unanswered:
    """A write that was begun and never answered, so that nobody knows whether it happened: the next run looks."""

    key: str
    side: str
    operation: str
    since: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """`median_seconds` and `p95_seconds` are of the latest syncs that ended; None where there is none. `writes` and `set_aside` are those
    of the last days (DAYS_BACK). `calls` are those over the last 7 and 30 days, and `waits` of the `days` (UTC), of which the oldest
    comes first. `unanswered`: how many writes were begun and never answered."""

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
    calls: tuple[CallsOver, ...] = ()
    waits: tuple[Waits, ...] = ()
    days: tuple[HealthDay, ...] = ()
    unanswered_writes: tuple[Unanswered, ...] = ()
    waiting_since: datetime | None = None


def health_document(health: SyncHealth, lang: str = "en") -> Document:
    """Numbers lead to the lists behind them, on this page or the one beside it."""
    texts = texts_in(lang)
    sections = (
        _successes(health, texts),
        _facts(health, texts),
        _runs(health, texts),
        _lengths(health, texts),
        days_section(health.days, texts),
        calls_section(health.calls, health.days, texts),
        _refusals(health, texts),
        waits_section(health.waits, health.days, texts),
        _writes(health, texts),
        _unanswered(health, texts),
        set_aside_section(health.set_aside, health.set_aside_count, texts),
    )
    return Document(
        title=texts.say("board.health", deployment=health.head.deployment),
        sentence=_sentence(health, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=_mark(health),
    )


def _mark(health: SyncHealth) -> Mark:
    if any(each.standing is Standing.DOWN for each in health.successes):
        return Mark.BAD
    latest = _latest(health)
    mark = Mark.WARN if latest is None else run_mark(latest)
    return Mark.WARN if mark is Mark.GOOD and any(each.overdue for each in health.successes) else mark


def _latest(health: SyncHealth) -> PastRun | None:
    return next((run for run in health.runs if run.ended_at is not None), None)


def _sentence(health: SyncHealth, texts: Texts) -> str:
    late = [each for each in health.successes if each.overdue]
    if late:
        told = [
            texts.say("status.late", command=each.command, limit=length(each.limit_seconds, texts)) for each in late
        ]
        return texts.say("board.health.late", late=texts.join(told))
    latest = _latest(health)
    if latest is None:
        return texts.say("board.health.never")
    how = "fine" if latest.succeeded else "later" if latest.may_follow else "failed"
    return texts.say(f"board.health.{how}", command=latest.command, at=moment(latest.ended_at, texts))


def _successes(health: SyncHealth, texts: Texts) -> Section:
    headings = tuple(
        texts.say(f"board.column.{name}") for name in ("command", "standing", "success", "age", "limit", "run")
    )
    table = Table(headings, tuple(_success(each, texts) for each in health.successes))
    told = any(each.limit_seconds for each in health.successes)
    note = Paragraph(texts.say("board.successes.words" if told else "board.successes.no_limit"))
    return Section(texts.say("board.successes"), (table, note), anchor="successes")


def _success(each: Success, texts: Texts) -> Row:
    limit = texts.say("board.no_limit") if each.limit_seconds is None else length(each.limit_seconds, texts)
    past = "" if each.age_seconds is None else length(each.age_seconds, texts)
    standing = texts.say(f"board.success.{each.standing}") if each.standing else ""
    run = run_lead(each.run_id) if each.remembered else each.run_id
    cells = (each.command, standing, moment(each.at, texts), past, limit, run)
    return Row(cells, _STANDING_MARKS[each.standing])


def _facts(health: SyncHealth, texts: Texts) -> Section:
    rows: tuple[tuple[str, Cell], ...] = (
        (texts.say("board.fact.median"), Lead(length(health.median_seconds, texts), "#runs")),
        (texts.say("board.fact.p95"), Lead(length(health.p95_seconds, texts), "#runs")),
        *(
            (texts.say("board.fact.waits", way=way(each, texts)), Lead(length(each.p95_seconds, texts), "#waits"))
            for each in health.waits
        ),
        *(
            (texts.say("board.fact.troubles", days=span.days), number(_troubles(span), "#calls"))
            for span in health.calls
        ),
        (texts.say("board.fact.waiting"), number(health.waiting_count, "today#waiting")),
        *(
            ((texts.say("board.fact.waiting_since"), Lead(moment(health.waiting_since, texts), "today#waiting")),)
            if health.waiting_since
            else ()
        ),
        (texts.say("board.fact.unanswered"), number(health.unanswered, "#unanswered")),
        (texts.say("board.fact.set_aside", days=DAYS_BACK), number(health.set_aside_count, "#set-aside")),
        (texts.say("board.fact.lease"), _lease(health, texts)),
    )
    return Section(texts.say("status.facts"), (Pairs(rows),), anchor="facts")


def _troubles(span: CallsOver) -> int:
    return sum(each.errors + each.throttled for each in span.systems)


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
    every = (Lead(texts.say("board.all_of_them"), "runs"),)
    return Section(texts.say("status.runs"), (runs_table(health.runs, texts),), anchor="runs", leads=every)


def runs_table(runs: Sequence[PastRun], texts: Texts) -> Table:
    names = ("started", "command", "run", "length", "exit", "written", "failed", "left", "conflicts")
    headings = tuple(texts.say(f"board.column.{name}") for name in names)
    rows = tuple(_run(run, texts) for run in runs)
    return Table(headings, rows, numbers=frozenset({3, 5, 6, 7, 8}), note_heading=texts.say("column.reason"))


def _run(run: PastRun, texts: Texts) -> Row:
    cells: tuple[Cell, ...] = (
        moment(run.started_at, texts),
        run.command,
        run_lead(run.run_id),
        length(run.seconds, texts) if run.ended_at else "",
        texts.say("history.unfinished") if run.exit_code is None else str(run.exit_code),
        *(
            number(count, f"{run_page(run.run_id)}#{anchor}")
            for count, anchor in (
                (run.written, "writes"),
                (run.failed, "troubles"),
                (run.left, "troubles"),
                (run.conflicts, "set-aside"),
            )
        ),
    )
    return Row(
        cells, run_mark(run), texts.say("reasons.between").join(problem_text(each, texts) for each in run.reasons)
    )


def run_mark(run: PastRun) -> Mark:
    return Mark.GOOD if run.succeeded else Mark.WARN if run.may_follow else Mark.BAD


def _lengths(health: SyncHealth, texts: Texts) -> Section | None:
    """How long syncs took, oldest first: a picture of numbers that the table of runs has."""
    ended = [run for run in reversed(health.runs) if run.command == "sync" and run.seconds is not None]
    if len(ended) < FEWEST_TO_DRAW:
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
                said("operation", each.operation, texts),
                said("outcome", each.outcome, texts),
                Lead(f"{each.count:,}", filtered("writes", **_chosen(each))),
            ),
            Mark.GOOD if each.outcome in WRITTEN else Mark.WARN,
        )
        for each in health.writes
    )
    return Section(title, (Table(headings, rows, numbers=frozenset({3})),), anchor="writes")


def _unanswered(health: SyncHealth, texts: Texts) -> Section | None:
    if not health.unanswered:
        return None
    headings = tuple(texts.say(f"board.column.{name}") for name in ("since", "key", "system", "operation", "run"))
    rows = tuple(
        Row(
            (
                moment(each.since, texts),
                key_lead(each.key),
                texts.side(each.side),
                said("operation", each.operation, texts),
                run_lead(each.run_id),
            ),
            Mark.WARN,
        )
        for each in health.unanswered_writes
    )
    blocks = cut_blocks((Table(headings, rows),), health.unanswered, len(rows), texts)
    title = texts.say("board.unanswered", count=f"{health.unanswered:,}")
    return Section(title, (*blocks, Paragraph(texts.say("board.unanswered.note"))), anchor="unanswered")


def _chosen(writes: Writes) -> Mapping[str, str]:
    return {"side": writes.side, "operation": writes.operation, "outcome": writes.outcome}


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
