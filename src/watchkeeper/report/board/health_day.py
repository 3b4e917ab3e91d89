"""One day of the sync's health: the runs that ended on it, what each asked of the systems, and what was overtaken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from watchkeeper.report.board.calls import (
    COUNTED,
    NONE_KEPT,
    CallsKept,
    call_mark,
    cells_on,
    cells_to,
    operations_section,
    troubles_section,
)
from watchkeeper.report.board.health import runs_table
from watchkeeper.report.board.health_days import HealthDay
from watchkeeper.report.board.leads import next_page, run_lead, run_page
from watchkeeper.report.board.left_over import overtaken_table
from watchkeeper.report.board.nouns import Head, PastRun, SetAside, SystemCalls
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Block, Document, Lead, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment


@dataclass(frozen=True, slots=True)
class DayHealth:
    """`of_day` is what its runs left when they ended, also of those that the store has let go of; `runs` are of the `runs_kept`, the
    latest first, and `goes_on` is the run after which there may be more, "" where there is none."""

    head: Head
    day: date
    of_day: HealthDay
    runs_kept: int
    runs: tuple[PastRun, ...]
    goes_on: str
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    calls_kept: CallsKept = NONE_KEPT


def day_document(found: DayHealth, lang: str = "en") -> Document:
    texts = texts_in(lang)
    named = {"day": found.day.isoformat()}
    ended = max(found.of_day.runs, found.runs_kept)
    sections = (
        _runs(found, texts),
        _calls(found, texts),
        operations_section(found.calls_kept, found.of_day.systems, texts),
        troubles_section(found.calls_kept, texts, runs=True),
        _run_calls(found, texts),
        _set_aside(found, texts),
    )
    return Document(
        title=texts.say("board.day", deployment=found.head.deployment, **named),
        sentence=texts.count("board.day.sentence", ended, **named),
        sections=tuple(section for section in sections if section is not None),
    )


def _runs(found: DayHealth, texts: Texts) -> Section:
    title = texts.say("board.day.runs", count=f"{found.runs_kept:,}")
    back = Lead(texts.say("board.day.all"), "sync-health#days")
    gone = found.of_day.runs - found.runs_kept
    pruned = (Paragraph(texts.say("board.day.pruned", count=f"{gone:,}")),) if gone > 0 else ()
    if not found.runs:
        return Section(title, (Paragraph(texts.say("board.day.runs.none")), *pruned), anchor="runs", leads=(back,))
    leads = (back, *next_page(found.goes_on, texts))
    return Section(title, (runs_table(found.runs, texts), *pruned), anchor="runs", leads=leads)


def _calls(found: DayHealth, texts: Texts) -> Section | None:
    """Also those of audits and collections, which are no runs of the store."""
    if not found.of_day.systems:
        return None
    rows = tuple(
        Row((texts.side(each.side), *cells_on(each, found.calls_kept, texts)), call_mark(each))
        for each in found.of_day.systems
    )
    headings = tuple(texts.say(f"board.column.{name}") for name in ("system", *COUNTED))
    return Section(
        texts.say("board.day.calls"), (Table(headings, rows, numbers=frozenset(range(1, 6))),), anchor="calls"
    )


def _run_calls(found: DayHealth, texts: Texts) -> Section | None:
    rows = tuple(_called(run, each, texts) for run in found.runs for each in run.calls)
    if not rows:
        return None
    headings = tuple(texts.say(f"board.column.{name}") for name in ("started", "run", "system", *COUNTED))
    table = Table(headings, rows, numbers=frozenset(range(3, 8)))
    return Section(texts.say("board.day.run_calls"), (table,), anchor="calls-by-run")


def _called(run: PastRun, each: SystemCalls, texts: Texts) -> Row:
    head = (moment(run.started_at, texts), run_lead(run.run_id), texts.side(each.side))
    return Row((*head, *cells_to(each, f"{run_page(run.run_id)}#calls", texts)), call_mark(each))


def _set_aside(found: DayHealth, texts: Texts) -> Section | None:
    if not found.set_aside_count:
        return None
    table: tuple[Block, ...] = (overtaken_table(found.set_aside, texts),)
    blocks = cut_blocks(table, found.set_aside_count, len(found.set_aside), texts)
    return Section(
        texts.say("board.day.set_aside", count=f"{found.set_aside_count:,}"), tuple(blocks), anchor="set-aside"
    )
