"""One run: how it went, what it wrote field by field, what did not work, and what it set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from watchkeeper.model.run import Outcome
from watchkeeper.report.board.calls import (
    COUNTED,
    NONE_KEPT,
    CallsKept,
    call_mark,
    cells_on,
    operations_section,
    troubles_section,
)
from watchkeeper.report.board.health import run_mark
from watchkeeper.report.board.leads import filtered, key_lead, next_page, number
from watchkeeper.report.board.left_over import overtaken_table
from watchkeeper.report.board.nouns import Head, PastRun, SetAside
from watchkeeper.report.board.today import length
from watchkeeper.report.board.writes import Write, by_key, mark_of, outcome_text, said, writes_listing
from watchkeeper.report.document import Cell, Document, Lead, Link, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.plan import problem_section
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, shortened, yes_no

_COUNTED: Final = ("planned", "written", "failed", "left", "parked", "conflicts")


@dataclass(frozen=True, slots=True)
class RunDetail:
    """`counts`: how many actions were planned, what became of them, and what was left alone; empty of a run that has not ended.
    `valves` stopped it before its first write. `troubles` are the first of its writes that did not end well, `writes` those on this page
    in the order in which they were begun, and `goes_on` the sequence after which there are more (None: there are none).
    `write_log_head` is where the log stood at its end, "" where it holds nothing or the run has not ended."""

    head: Head
    run: PastRun
    mode: str
    swept: bool | None
    plan_digest: str
    write_log_head: str
    counts: Mapping[str, int]
    valves: tuple[str, ...]
    problems: tuple[str, ...]
    troubles: tuple[Write, ...]
    after: int
    writes: tuple[Write, ...]
    goes_on: int | None
    set_aside: tuple[SetAside, ...]
    calls_kept: CallsKept = NONE_KEPT


def run_document(detail: RunDetail, lang: str = "en") -> Document:
    texts = texts_in(lang)
    run = detail.run
    sections = (
        _reasons(detail, texts),
        _facts(detail, texts),
        _troubles(detail, texts),
        _calls(detail, texts),
        operations_section(detail.calls_kept, run.calls, texts),
        troubles_section(detail.calls_kept, texts),
        _writes(detail, texts),
        _set_aside(detail, texts),
    )
    return Document(
        title=texts.say("board.run", run=run.run_id, deployment=detail.head.deployment),
        sentence=_sentence(detail, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=run_mark(run),
        listing=writes_listing(detail.writes, texts),
    )


def exit_text(code: int | None, texts: Texts) -> str:
    """An exit code and what it means."""
    if code is None:
        return texts.say("history.unfinished")
    key = f"board.exit.{code}"
    return texts.say("board.exit", code=code, meaning=texts.say(key)) if texts.has(key) else str(code)


def _sentence(detail: RunDetail, texts: Texts) -> str:
    run = detail.run
    names = {"command": run.command, "run": run.run_id}
    if run.ended_at is None:
        return texts.say("board.run.unended", at=moment(run.started_at, texts), **names)
    counts = [(each.value, detail.counts.get(each.value, 0)) for each in Outcome]
    parts = [texts.count(f"run.{word}", count) for word, count in counts if count]
    if parts:
        return texts.say("run.sentence", parts=texts.join(parts), **names)
    if run.succeeded:
        return texts.say("board.run.nothing", **names)
    return texts.say("board.run.stopped", meaning=exit_text(run.exit_code, texts), **names)


def _reasons(detail: RunDetail, texts: Texts) -> Section | None:
    said_already = " ".join(detail.run.reasons)
    reasons = (*detail.run.reasons, *(each for each in detail.problems if each not in said_already))
    return problem_section(reasons, texts)


def _facts(detail: RunDetail, texts: Texts) -> Section:
    return Section(texts.say("status.facts"), (Pairs(tuple(_pairs(detail, texts))),), anchor="facts")


def _pairs(detail: RunDetail, texts: Texts) -> Iterator[tuple[str, Cell]]:
    run = detail.run
    yield texts.say("board.column.command"), Lead(run.command, filtered("runs", command=run.command))
    yield texts.say("board.column.started"), moment(run.started_at, texts)
    yield texts.say("board.run.ended"), moment(run.ended_at, texts) if run.ended_at else texts.say("history.unfinished")
    if run.ended_at is not None:
        yield texts.say("board.column.length"), length(run.seconds, texts)
    yield texts.say("board.column.exit"), exit_text(run.exit_code, texts)
    if detail.mode:
        yield texts.say("run.fact.mode"), detail.mode
    if detail.swept is not None:
        yield texts.say("run.fact.sweep"), yes_no(detail.swept, texts)
    yield from _counts(detail, texts)
    if detail.valves:
        yield texts.say("board.run.valves"), texts.join(detail.valves)
    for name, value in (("plan.digest", detail.plan_digest), ("run.fact.head", detail.write_log_head)):
        if value:
            yield texts.say(name), value


def _counts(detail: RunDetail, texts: Texts) -> Iterator[tuple[str, Cell]]:
    """Each number with the list behind it."""
    run = detail.run
    numbers = {
        "planned": (detail.counts.get("planned", 0), ""),
        "written": (run.written, "#writes"),
        "failed": (run.failed, "#troubles"),
        "left": (run.left, "#troubles"),
        "parked": (detail.counts.get("parked", 0), filtered("links", reason="yes")),
        "conflicts": (run.conflicts, "#set-aside" if detail.set_aside else filtered("overtaken")),
    }
    for name in _COUNTED:
        count, place = numbers[name]
        if detail.counts:
            yield texts.say(f"board.run.{name}"), number(count, place)


def _calls(detail: RunDetail, texts: Texts) -> Section | None:
    """Further attempts are among them; runs before they were counted have none."""
    if not detail.run.calls:
        return None
    headings = tuple(texts.say(f"board.column.{name}") for name in ("system", *COUNTED))
    rows = tuple(
        Row((texts.side(each.side), *cells_on(each, detail.calls_kept, texts)), call_mark(each))
        for each in detail.run.calls
    )
    table = Table(headings, rows, numbers=frozenset(range(1, 6)))
    return Section(texts.say("board.run.calls"), (table,), anchor="calls")


def _troubles(detail: RunDetail, texts: Texts) -> Section | None:
    """What did not work, wherever in the run it was."""
    if not detail.troubles:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "what", "number", "outcome", "message"))
    rows = tuple(
        Row(
            (
                key_lead(each.key),
                texts.say("run.action", operation=said("operation", each.operation, texts), side=texts.side(each.side)),
                Link(each.number, each.url),
                outcome_text(each.outcome, texts),
                shortened(reason_text(each.said, texts), texts),
            ),
            mark_of(each),
        )
        for each in detail.troubles
    )
    return Section(texts.say("board.run.troubles"), (Table(headings, rows),), anchor="troubles")


def _writes(detail: RunDetail, texts: Texts) -> Section:
    title = texts.say("board.run.writes")
    if not detail.writes:
        return Section(title, (Paragraph(texts.say("board.run.no_writes")),), anchor="writes")
    after = "" if detail.goes_on is None else str(detail.goes_on)
    leads = next_page(after, texts)
    first = (Lead(texts.say("board.first_page"), "?"),) if detail.after else ()
    kept = Paragraph(texts.say("board.run.rules"))
    return Section(title, (kept,), tuple(by_key(detail.writes, texts)), anchor="writes", leads=(*first, *leads))


def _set_aside(detail: RunDetail, texts: Texts) -> Section | None:
    if not detail.set_aside:
        return None
    table = overtaken_table(detail.set_aside, texts)
    return Section(texts.say("board.run.set_aside"), (table,), anchor="set-aside")
