"""The tickets of a profile that hold a value, behind the numbers of its values in use."""

from __future__ import annotations

import json
from dataclasses import dataclass

from watchkeeper.report.board.leads import filtered, link_page, number
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Cell, Lead, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import shown

HELD = "held"


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """One of the tickets. `raw`: what it holds, as both sides last agreed, part by part where a value has several raw fields."""

    key: str
    number: str
    raw: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """The tickets that hold a value of a field on a side (`value`: its parts; None: any), of those that were looked at: `count` in all, the
    latest first."""

    field: str
    side: str
    value: tuple[str, ...] | None
    count: int
    tickets: tuple[HeldTicket, ...]


def spelled(value: tuple[str, ...]) -> str:
    """A value's parts in an address; `value_of` reads them."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def value_of(spelled_value: str) -> tuple[str, ...]:
    """Raises ValueError for what `spelled` did not write."""
    found = json.loads(spelled_value)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"a JSON list of texts is needed: {spelled_value!r:.40}")
    return tuple(found)


def held_count(count: int, field: str, side: str, value: tuple[str, ...] | None = None) -> Cell:
    """How many tickets hold a value, leading to them."""
    chosen = "" if value is None else spelled(value)
    return number(count, f"{filtered('', field=field, side=side, value=chosen)}#{HELD}")


def held_section(held: Held, texts: Texts) -> Section:
    value = texts.say("board.mapping.held.any") if held.value is None else _told(held.value, texts)
    title = texts.say(
        "board.mapping.held", field=held.field, system=texts.side(held.side), value=value, count=f"{held.count:,}"
    )
    if not held.tickets:
        return Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor=HELD)
    names = ("ticket", "value", "key")
    headings = tuple(texts.say(f"board.mapping.column.{name}") for name in names)
    rows = tuple(
        Row((Lead(each.number or each.key, link_page(each.key)), _told(each.raw, texts), each.key))
        for each in held.tickets
    )
    return Section(title, cut_blocks((Table(headings, rows),), held.count, len(rows), texts), anchor=HELD)


def _told(value: tuple[str, ...], texts: Texts) -> str:
    return ", ".join(shown(part, texts) for part in value)
