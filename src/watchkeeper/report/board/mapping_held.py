"""The tickets of a profile that hold a value, behind the numbers of its values in use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from watchkeeper.report.board.leads import LONGEST_VALUE, filtered, link_page, number
from watchkeeper.report.board.today import cut_blocks
from watchkeeper.report.document import Cell, Lead, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import shown

HELD: Final = "held"


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """One of the tickets. `raw`: what it holds, as both sides last agreed, part by part where a value has several raw fields. `mapped`:
    whether the field's table knows it."""

    key: str
    number: str
    raw: tuple[str, ...]
    mapped: bool


@dataclass(frozen=True, slots=True)
class Held:
    """The tickets that hold a value of a field on a side (`value`: its parts; None: any), of those that were looked at: `count` in all, value
    by value, of each the latest first."""

    field: str
    side: str
    value: tuple[str, ...] | None
    count: int
    tickets: tuple[HeldTicket, ...]


def spelled(value: tuple[str, ...]) -> str:
    """A value's parts in an address; `value_of` reads them."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def value_of(spelled_value: str) -> tuple[str, ...]:
    """Raises ValueError for what no text of a system can be."""
    found = json.loads(spelled_value)
    if not isinstance(found, list) or not found or not all(isinstance(each, str) for each in found):
        raise ValueError(f"a JSON list of texts is needed: {spelled_value!r:.40}")
    "".join(found).encode()  # no answer could spell half of a surrogate pair
    return tuple(found)


def held_count(count: int, field: str, side: str, value: tuple[str, ...] | None = None) -> Cell:
    """How many tickets hold a value, leading to them; nowhere for one that is longer than an address holds."""
    chosen = "" if value is None else spelled(value)
    place = f"{filtered('', field=field, side=side, value=chosen)}#{HELD}"
    return number(count, place if len(chosen) <= LONGEST_VALUE else "")


def held_section(held: Held, texts: Texts) -> Section:
    place = {"field": held.field, "system": texts.side(held.side), "count": f"{held.count:,}"}
    if held.value is None:
        title = texts.say("board.mapping.held.any", **place)
    else:
        title = texts.say("board.mapping.held", value=_told(held.value, texts), **place)
    if not held.tickets:
        return Section(title, (Paragraph(texts.say("board.list.nothing")),), anchor=HELD)
    names = ("ticket", "value", "key")
    headings = tuple(texts.say(f"board.mapping.column.{name}") for name in names)
    rows = tuple(
        Row(
            (Lead(each.number or each.key, link_page(each.key)), _told(each.raw, texts), each.key),
            Mark.NONE if each.mapped else Mark.BAD,
            "" if each.mapped else texts.say("board.mapping.held.unmapped"),
        )
        for each in held.tickets
    )
    return Section(title, cut_blocks((Table(headings, rows),), held.count, len(rows), texts), anchor=HELD)


def _told(value: tuple[str, ...], texts: Texts) -> str:
    return ", ".join(shown(part, texts) for part in value)
