"""Calls to the systems as the board's pages show them: sums, what they asked for, and those that did not go well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from watchkeeper.report.board.leads import number, run_lead
from watchkeeper.report.board.nouns import SystemCalls
from watchkeeper.report.board.today import length
from watchkeeper.report.document import Block, Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts

COUNTED: Final = ("calls", "errors", "retries", "throttled", "waited")
OPERATIONS: Final = "operations"
TROUBLES: Final = "call-troubles"
"""What the two lists are called on their page."""


@dataclass(frozen=True, slots=True)
class OperationCalls:
    """What a system was asked of one kind, and how it answered: see watchkeeper.model.traffic.Traffic. `operation`: a table of ServiceNow, or
    a word for what was asked for."""

    side: str
    operation: str
    method: str
    calls: int
    errors: int
    retries: int
    throttled: int
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class CallTrouble:
    """A call that did not go well: see watchkeeper.model.calls.TroubledCall. `waited_seconds`: how long it then waited for its next
    attempt."""

    at: datetime
    side: str
    operation: str
    method: str
    status: int | None
    failure: str
    attempt: int
    waited_seconds: float
    reference: str
    command: str = ""
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class CallsKept:
    """What is kept of calls besides their sums; empty of runs and days before it was. Of `troubles` there are the first and the last, with
    `left_out` others between them."""

    operations: tuple[OperationCalls, ...] = ()
    troubles: tuple[CallTrouble, ...] = ()
    left_out: int = 0


NONE_KEPT: Final = CallsKept()
Counted: TypeAlias = SystemCalls | OperationCalls


def counts_of(each: Counted) -> tuple[int, ...]:
    return each.calls, each.errors, each.retries, each.throttled


def call_mark(each: Counted) -> Mark:
    return Mark.WARN if each.errors or each.throttled else Mark.GOOD


def cells_to(each: Counted, place: str, texts: Texts, troubles: str | None = None) -> tuple[Cell, ...]:
    """The numbers, in the order of COUNTED, with the list behind them; `troubles`: behind errors and throttled answers, where that is
    another one."""
    behind = place if troubles is None else troubles
    places = (place, behind, place, behind)
    counts = (number(count, leads) for count, leads in zip(counts_of(each), places, strict=True))
    waited = length(each.waited_seconds, texts)
    return (*counts, Lead(waited, place) if each.waited_seconds and place else waited)


def cells_on(each: Counted, kept: CallsKept, texts: Texts) -> tuple[Cell, ...]:
    """The same where the lists are on this page, as far as they have something of the system."""
    asked = any(one.side == each.side for one in kept.operations)
    failed = any(one.side == each.side for one in kept.troubles)
    return cells_to(each, f"#{OPERATIONS}" if asked else "", texts, f"#{TROUBLES}" if failed else "")


def operations_section(kept: CallsKept, systems: Sequence[SystemCalls], texts: Texts) -> Section | None:
    """What the systems were asked for; `systems` are the sums, which may have more."""
    if not kept.operations:
        return None
    headings = tuple(texts.say(f"board.column.{name}") for name in ("system", "asked", "method", *COUNTED))
    rows = tuple(_operation(each, kept, texts) for each in kept.operations)
    table = Table(headings, rows, numbers=frozenset(range(3, 8)))
    lacking = sum(each.calls for each in systems) - sum(each.calls for each in kept.operations)
    more = (Paragraph(texts.say("board.operations.lacking", count=f"{lacking:,}")),) if lacking > 0 else ()
    return Section(texts.say("board.operations"), (table, *more), anchor=OPERATIONS)


def _operation(each: OperationCalls, kept: CallsKept, texts: Texts) -> Row:
    same = (each.side, each.operation, each.method)
    failed = any((one.side, one.operation, one.method) == same for one in kept.troubles)
    numbers = cells_to(each, "", texts, f"#{TROUBLES}" if failed else "")
    return Row((texts.side(each.side), asked_text(each.operation, texts), each.method, *numbers), call_mark(each))


def asked_text(operation: str, texts: Texts) -> str:
    """What was asked for in words; a table of ServiceNow is called what it is called there."""
    key = f"board.asked.{operation}"
    return texts.say(key) if texts.has(key) else operation


def troubles_section(kept: CallsKept, texts: Texts, *, runs: bool = False) -> Section | None:
    """`runs`: they are of several commands, and say of which."""
    if not kept.troubles:
        return None
    count = len(kept.troubles) + kept.left_out
    names = ("at", "system", "asked", "method", "answer", "failure", "attempt", "then_waited", "reference")
    whose = ("command", "run") if runs else ()
    headings = tuple(texts.say(f"board.column.{name}") for name in (*names, *whose))
    rows = tuple(_trouble(each, texts, runs) for each in kept.troubles)
    blocks: list[Block] = [Table(headings, rows, numbers=frozenset({6, 7}))]
    if kept.left_out:
        half = len(kept.troubles) // 2
        blocks.append(Paragraph(texts.say("board.call_troubles.cut", half=half, count=f"{kept.left_out:,}")))
    blocks.append(Paragraph(texts.say("board.call_troubles.note")))
    return Section(texts.say("board.call_troubles", count=f"{count:,}"), tuple(blocks), anchor=TROUBLES)


def _trouble(each: CallTrouble, texts: Texts, runs: bool) -> Row:
    whose = (each.command, run_lead(each.run_id)) if runs else ()
    cells: tuple[Cell, ...] = (
        each.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        texts.side(each.side),
        asked_text(each.operation, texts),
        each.method,
        "" if each.status is None else str(each.status),
        texts.say(f"board.failure.{each.failure}"),
        str(each.attempt),
        length(each.waited_seconds, texts) if each.waited_seconds else "",
        each.reference,
        *whose,
    )
    return Row(cells)
