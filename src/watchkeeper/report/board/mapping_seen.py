"""What the tickets of a profile show of its mapping: values that no table knows, fields that are left alone, how many of the values in use
are mapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.report.board.leads import filtered, link_page, number
from watchkeeper.report.board.mapping_held import Held, held_count, held_section
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Block, Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import shown

UNKNOWN: Final = "unknown-values"
TICKETS: Final = "unknown-tickets"
LEFT_ALONE: Final = "left-alone"
COVERAGE: Final = "coverage"


@dataclass(frozen=True, slots=True)
class UnknownSeen:
    """A value of a side that no table of the field knows. `tickets`: those that hold it now and are in the store as pairs, at least; `most`:
    those that held it at once on one of the days from `first` to `last` (None: not remembered yet). `has_row`: a table knows it by now, and the
    next sync looks at these tickets again."""

    field: str
    side: str
    name: str
    value: str
    tickets: int
    most: int
    first: date | None
    last: date | None
    has_row: bool


@dataclass(frozen=True, slots=True)
class UnknownTicket:
    """A ticket with such a value. `paired`: it has a page; one that could not be paired has none. `now`: it holds the value still; for any
    other one `last` is the day on which a run last saw that."""

    field: str
    side: str
    name: str
    value: str
    key: str
    number: str
    paired: bool
    now: bool
    last: date | None


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A field that is left alone for a reason, in so many pairs at least; `key` and `number` are of one of them."""

    field: str
    reason: str
    tickets: int
    key: str
    number: str


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A value that a table knows, in so many of the tickets that were looked at."""

    field: str
    side: str
    raw: tuple[str, ...]
    tickets: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of the values that were seen on a side a field's table knows, and how many it does not."""

    field: str
    side: str
    names: tuple[str, ...]
    tickets: int
    known: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Seen:
    """`since`: the first day that is looked back on. `cut`: more pairs have something that is left alone than were looked at. `looked_at`:
    tickets of which values were counted. `held`: those that hold what was asked for, None where nothing was."""

    since: date
    unknown_count: int
    unknown: tuple[UnknownSeen, ...]
    ticket_count: int
    tickets: tuple[UnknownTicket, ...]
    left_alone_count: int
    left_alone: tuple[LeftAlone, ...]
    rows: tuple[SeenRow, ...]
    coverage: tuple[Coverage, ...]
    looked_at: int
    cut: bool
    held: Held | None = None


def seen_sections(seen: Seen, profile: str, texts: Texts) -> Iterator[Section]:
    """Where the store knows of no ticket, only that there is nothing to tell."""
    yield _unknown(seen, texts)
    if seen.tickets:
        yield _tickets(seen, profile, texts)
    yield _left_alone(seen, profile, texts)
    yield _coverage(seen, texts)
    if seen.held is not None:
        yield held_section(seen.held, texts)


def _headings(names: tuple[str, ...], texts: Texts) -> tuple[str, ...]:
    return tuple(texts.say(f"board.mapping.column.{name}") for name in names)


def _unknown(seen: Seen, texts: Texts) -> Section:
    title = texts.say("board.mapping.unknown")
    if not seen.unknown:
        said = texts.say("board.mapping.unknown.none", since=seen.since.isoformat())
        return Section(title, (Paragraph(said, Mark.GOOD),), anchor=UNKNOWN)
    names = ("field", "system", "raw_field", "value", "tickets_now", "most", "first", "last")
    rows = tuple(_unknown_row(each, seen, texts) for each in seen.unknown)
    table = Table(_headings(names, texts), rows, numbers=frozenset({4, 5}))
    told = cut_blocks((table,), seen.unknown_count, len(rows), texts)
    blocks: list[Block] = [*told, Paragraph(texts.say("board.mapping.unknown.do"))]
    if seen.cut:
        blocks.append(Paragraph(texts.say("board.mapping.cut"), Mark.WARN))
    return Section(title, tuple(blocks), anchor=UNKNOWN)


def _unknown_row(each: UnknownSeen, seen: Seen, texts: Texts) -> Row:
    is_listed = any(each.value == one.value and each.name == one.name and each.side == one.side for one in seen.tickets)
    now, most = (number(count, f"#{TICKETS}" if is_listed else "") for count in (each.tickets, each.most))
    days = ("" if day is None else day.isoformat() for day in (each.first, each.last))
    cells = (each.field, texts.side(each.side), each.name, shown(each.value, texts), now, most, *days)
    if each.has_row:
        return Row(cells, Mark.OPEN, texts.say("board.mapping.has_row"))
    return Row(cells, Mark.BAD if each.tickets else Mark.WARN)


def _tickets(seen: Seen, profile: str, texts: Texts) -> Section:
    rows = tuple(_ticket(each, texts) for each in seen.tickets)
    table = Table(_headings(("ticket", "value", "now", "field", "system", "raw_field", "key"), texts), rows)
    title = texts.say("board.mapping.tickets", count=f"{seen.ticket_count:,}")
    blocks = cut_blocks((table,), seen.ticket_count, len(rows), texts)
    return Section(title, blocks, anchor=TICKETS, leads=_all_pairs(profile, texts))


def _all_pairs(profile: str, texts: Texts) -> tuple[Lead, ...]:
    """To the list that is paged through, however long it is."""
    return (Lead(texts.say("board.mapping.all_pairs"), _pairs_page(profile)),)


def _pairs_page(profile: str) -> str:
    return filtered("links", profile=profile, reason="yes", open="any")


def _ticket(each: UnknownTicket, texts: Texts) -> Row:
    name = each.number or each.key
    ticket: Cell = Lead(name, link_page(each.key)) if each.paired else name
    standing = "now" if each.now else "earlier" if each.paired else "unpaired"
    said = texts.say(f"board.mapping.holds.{standing}", last="" if each.last is None else each.last.isoformat())
    cells = (ticket, shown(each.value, texts), said, each.field, texts.side(each.side), each.name, each.key)
    return Row(cells, {"now": Mark.BAD, "earlier": Mark.NONE, "unpaired": Mark.WARN}[standing])


def _left_alone(seen: Seen, profile: str, texts: Texts) -> Section:
    title = texts.say("board.mapping.left_alone")
    if not seen.left_alone:
        return Section(title, (Paragraph(texts.say("board.mapping.left_alone.none"), Mark.GOOD),), anchor=LEFT_ALONE)
    rows = tuple(
        Row(
            (
                each.field,
                reason_text(each.reason, texts),
                Lead(f"{each.tickets:,}", _pairs_page(profile)),
                Lead(each.number or each.key, link_page(each.key)),
            ),
            Mark.WARN,
        )
        for each in seen.left_alone
    )
    table = Table(_headings(("field", "why", "pairs", "one_of_them"), texts), rows, numbers=frozenset({2}))
    cut = (Paragraph(texts.say("board.mapping.cut"), Mark.WARN),) if seen.cut else ()
    blocks = (*cut_blocks((table,), seen.left_alone_count, len(rows), texts), *cut)
    return Section(title, blocks, anchor=LEFT_ALONE, leads=_all_pairs(profile, texts))


def _coverage(seen: Seen, texts: Texts) -> Section:
    title, since = texts.say("board.mapping.coverage"), seen.since.isoformat()
    if not seen.coverage:
        said = texts.say("board.mapping.coverage.none", since=since)
        return Section(title, (Paragraph(said),), anchor=COVERAGE)
    names = ("field", "system", "raw_field", "known", "unknown", "share", "tickets_seen")
    listed = {(each.field, each.side) for each in seen.unknown if not each.has_row}
    rows = tuple(_covered(each, texts, is_listed=(each.field, each.side) in listed) for each in seen.coverage)
    table = Table(_headings(names, texts), rows, numbers=frozenset({3, 4, 5, 6}))
    told = Paragraph(texts.say("board.mapping.coverage.of", count=f"{seen.looked_at:,}", since=since))
    return Section(title, (table, told), anchor=COVERAGE)


def _covered(each: Coverage, texts: Texts, *, is_listed: bool) -> Row:
    """`is_listed`: whether its unmapped values stand in the list of those."""
    share = each.known / (each.known + each.unknown)
    unknown = number(each.unknown, f"#{UNKNOWN}") if is_listed else held_count(each.unknown, each.field, each.side)
    cells = (
        each.field,
        texts.side(each.side),
        ", ".join(each.names),
        held_count(each.known, each.field, each.side),
        unknown,
        f"{share:.0%}" if not each.unknown else f"{min(int(share * 100), 99)}%",
        held_count(each.tickets, each.field, each.side),
    )
    return Row(cells, Mark.WARN if each.unknown else Mark.GOOD)
