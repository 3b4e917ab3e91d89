"""The board's first page: one sentence, what needs a human, and what each team has to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from watchkeeper.report.board import duties
from watchkeeper.report.board.leads import filtered, run_page, unknown_values
from watchkeeper.report.board.left_over import overtaken_table, waiting_table
from watchkeeper.report.board.nouns import (
    BEHIND,
    ESCALATIONS,
    Duty,
    Head,
    PastRun,
    SetAside,
    Success,
    TeamStale,
    UnknownHere,
    Waiting,
)
from watchkeeper.report.board.tasks import unread
from watchkeeper.report.document import Block, Document, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.freshness import age
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import on_the_wall, shown

HEALTH: Final = "sync-health"
"""The page beside this one, where some of the lists are."""
LISTS: Final = {
    "halted": "#halted",
    "overdue": f"{HEALTH}#successes",
    "failed": f"{HEALTH}#runs",
    "late": "#late",
    "stale": "#stale",
    "waiting": "#waiting",
    "unknown": "#unknown-values",
    "set_aside": "#set-aside",
}
"""Where the list behind each number of what needs a human is."""
_MARKS: Final = {"waiting": Mark.WARN, "unknown": Mark.WARN, "set_aside": Mark.WARN}


@dataclass(frozen=True, slots=True)
class Today:
    """`halted`: orders of people that stop this deployment, in words. `catalogue_known`: whether the mappings folder could be read; where
    it could not, nothing has a name and `next_due` is of what was decided alone."""

    head: Head
    successes: tuple[Success, ...]
    halted: tuple[str, ...]
    failed_run: PastRun | None
    waiting_count: int
    waiting: tuple[Waiting, ...]
    set_aside_count: int
    set_aside: tuple[SetAside, ...]
    late_count: int
    late: tuple[Duty, ...]
    stale: tuple[TeamStale, ...]
    open_count: int
    next_due: tuple[Duty, ...]
    catalogue_known: bool = True
    unknown_count: int = 0
    unknown: tuple[UnknownHere, ...] = ()

    @property
    def overdue(self) -> tuple[Success, ...]:
        return tuple(each for each in self.successes if each.overdue)

    @property
    def stale_count(self) -> int:
        return sum(each.stale for each in self.stale)

    def counts(self) -> Iterator[tuple[str, int]]:
        """What needs a human: of what kind, and how many."""
        yield "halted", len(self.halted)
        yield "overdue", len(self.overdue)
        yield "failed", int(self.failed_run is not None)
        yield "late", self.late_count
        yield "stale", self.stale_count
        yield "waiting", self.waiting_count
        yield "unknown", self.unknown_count
        yield "set_aside", self.set_aside_count


def today_document(today: Today, lang: str = "en") -> Document:
    """Numbers lead to the lists behind them, relative to the page's own address."""
    texts = texts_in(lang)
    wrong = [(kind, count) for kind, count in today.counts() if count]
    sections = (
        _needs(today, wrong, texts),
        _next_due(today, texts),
        _halted(today, texts),
        _late(today, texts),
        _stale(today, texts),
        waiting_section(today.waiting, today.waiting_count, texts),
        _unknown(today, texts),
        set_aside_section(today.set_aside, today.set_aside_count, texts),
    )
    return Document(
        title=texts.say("board.today", deployment=today.head.deployment),
        sentence=_sentence(today, wrong, texts),
        sections=tuple(section for section in sections if section is not None),
        mark=_mark(today, wrong),
        next_steps=() if today.head.as_of else (texts.say("board.empty.next"),),
        next_title=texts.say("next.title"),
    )


def _mark(today: Today, wrong: list[tuple[str, int]]) -> Mark:
    """Where no run has ended yet, nothing is known to be good."""
    if not wrong:
        return Mark.GOOD if today.head.as_of else Mark.WARN
    return Mark.BAD if any(kind not in _MARKS for kind, _ in wrong) else Mark.WARN


def _sentence(today: Today, wrong: list[tuple[str, int]], texts: Texts) -> str:
    if wrong:
        said = texts.join([texts.count(f"board.said.{kind}", count) for kind, count in wrong])
        return texts.say("board.sentence.wrong", said=said)
    if today.head.as_of is None:
        return texts.say("board.sentence.unknown")
    if not today.next_due:
        return texts.say("board.sentence.nothing")
    soonest = min(today.next_due, key=lambda duty: duty.due)
    if not today.open_count:
        return texts.say("board.sentence.planned", at=on_the_wall(soonest.due, soonest.zone, texts))
    return texts.count("board.sentence.fine", today.open_count, at=on_the_wall(soonest.due, soonest.zone, texts))


def _needs(today: Today, wrong: list[tuple[str, int]], texts: Texts) -> Section:
    title = texts.say("board.needs")
    if not wrong:
        said = texts.say("board.needs.nothing" if today.head.as_of else "board.as_of.never")
        return Section(title, (Paragraph(said, _mark(today, wrong)),), anchor="needs")
    headings = tuple(texts.say(f"board.column.{name}") for name in ("what", "count", "do"))
    rows = tuple(
        Row(
            (texts.say(f"board.what.{kind}"), Lead(f"{count:,}", _list(kind, today)), texts.say(f"board.do.{kind}")),
            _MARKS.get(kind, Mark.BAD),
        )
        for kind, count in wrong
    )
    return Section(title, (Table(headings, rows, numbers=frozenset({1})),), anchor="needs")


def _list(kind: str, today: Today) -> str:
    """Where the list behind a number is; what one run alone tells is on its own page."""
    failed = today.failed_run
    return run_page(failed.run_id) if kind == "failed" and failed is not None else LISTS[kind]


def _next_due(today: Today, texts: Texts) -> Section:
    title = texts.say("board.next")
    blocks: tuple[Block, ...] = () if today.catalogue_known else (unread(texts),)
    leads = (Lead(texts.say("board.next.all"), f"{duties.BOARD}#coming"),)
    if not today.next_due:
        blocks = (*blocks, Paragraph(texts.say("board.next.nothing")))
        return Section(title, blocks, anchor="next", leads=leads)
    return Section(title, (*blocks, _duties(today.next_due, texts)), anchor="next", leads=leads)


def _late(today: Today, texts: Texts) -> Section | None:
    if not today.late_count:
        return None
    blocks = cut_blocks((_duties(today.late, texts),), today.late_count, len(today.late), texts)
    return Section(texts.say("board.late", count=f"{today.late_count:,}"), blocks, anchor="late")


def _duties(found: Iterable[Duty], texts: Texts) -> Table:
    headings = tuple(texts.say(f"column.{name}") for name in ("team", "task", "due", "state", "ticket"))
    return Table(headings, tuple(_duty(each, texts) for each in found))


def _duty(duty: Duty, texts: Texts) -> Row:
    cells = (
        duties.team_text(duty.team, duty.team_name, texts),
        duties.task_lead(duty.task, duty.team, duty.task_name, texts),
        on_the_wall(duty.due, duty.zone, texts),
        duties.standing_text(duty.standing, texts),
        duties.ticket_cell(duty.number, duty.url),
    )
    return Row(cells, duties.standing_mark(duty.standing))


def _halted(today: Today, texts: Texts) -> Section | None:
    if not today.halted:
        return None
    lines = tuple(Paragraph(reason_text(line, texts), Mark.BAD) for line in today.halted)
    return Section(texts.say("board.halted"), lines, anchor="halted")


def _stale(today: Today, texts: Texts) -> Section | None:
    if not today.stale:
        return None
    headings = tuple(texts.say(f"board.column.{name}") for name in ("team", "day", "stale", "escalations"))
    rows = tuple(
        Row(
            (
                duties.team_text(each.team, each.team_name, texts),
                each.day.isoformat(),
                _escalations(each.stale, each, kind=BEHIND),
                _escalations(each.escalations, each),
            ),
            Mark.BAD,
        )
        for each in today.stale
    )
    return Section(texts.say("board.stale"), (Table(headings, rows, numbers=frozenset({2, 3})),), anchor="stale")


def _escalations(count: int, of: TeamStale, **chosen: str) -> Lead:
    asked = filtered(ESCALATIONS, team=of.team, day=of.day.isoformat(), **chosen)
    return Lead(f"{count:,}", f"{asked}#tickets")


def _unknown(today: Today, texts: Texts) -> Section | None:
    if not today.unknown:
        return None
    names = ("value", "field", "system", "raw_field", "profile", "most", "last")
    rows = tuple(
        Row(
            (
                shown(each.value, texts),
                texts.field(each.field),
                texts.side(each.side),
                each.name,
                Lead(each.profile, unknown_values(each.profile)),
                f"{each.most:,}",
                each.last.isoformat(),
            ),
            Mark.WARN,
        )
        for each in today.unknown
    )
    table = Table(tuple(texts.say(f"board.mapping.column.{name}") for name in names), rows, numbers=frozenset({5}))
    title = texts.say("board.unknown", count=f"{today.unknown_count:,}")
    return Section(title, cut_blocks((table,), today.unknown_count, len(rows), texts), anchor="unknown-values")


def waiting_section(waiting: tuple[Waiting, ...], count: int, texts: Texts) -> Section | None:
    if not count:
        return None
    blocks = cut_blocks((waiting_table(waiting, texts),), count, len(waiting), texts)
    title = texts.say("board.waiting", count=f"{count:,}")
    return Section(title, blocks, anchor="waiting", leads=_rest("waiting", count, len(waiting), texts))


def set_aside_section(set_aside: tuple[SetAside, ...], count: int, texts: Texts) -> Section | None:
    if not count:
        return None
    blocks = cut_blocks((overtaken_table(set_aside, texts),), count, len(set_aside), texts)
    title = texts.say("board.set_aside", count=f"{count:,}")
    return Section(title, blocks, anchor="set-aside", leads=_rest("overtaken", count, len(set_aside), texts))


def _rest(page: str, count: int, shown_count: int, texts: Texts) -> tuple[Lead, ...]:
    """To the page that has what is cut here."""
    return (Lead(texts.say("board.all_of_them"), page),) if count > shown_count else ()


def cut_blocks(blocks: tuple[Block, ...], count: int, shown_count: int, texts: Texts) -> tuple[Block, ...]:
    """The blocks, and that there is more than they show."""
    if count <= shown_count:
        return blocks
    return (*blocks, Paragraph(texts.say("board.cut", shown=f"{shown_count:,}", count=f"{count:,}")))


def length(seconds: float | None, texts: Texts) -> str:
    """A length of time as people say it; below a minute in seconds."""
    if seconds is None:
        return shown(None, texts)
    return (
        age(timedelta(seconds=seconds), texts) if seconds >= 60 else texts.say("board.seconds", count=f"{seconds:.0f}")
    )
