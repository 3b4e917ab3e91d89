"""The pairs of a deployment: page by page, or the one that somebody looks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchkeeper.model.link import LinkState
from watchkeeper.model.record import SENTINEL, SERVICENOW
from watchkeeper.report.board.leads import key_lead, next_page
from watchkeeper.report.board.nouns import Head
from watchkeeper.report.document import Document, Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, yes_no

SIDES: Final = (SERVICENOW, SENTINEL)
OPEN: Final = ("open", "closed", "any")
_HEADINGS: Final = ("number", "key", "side", "profile", "state", "closed", "confirmed")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One side of a pair, as LinkedRecord of its own page."""

    key: str
    side: str
    profile: str
    number: str
    url: str
    state: str
    closed: bool
    reason: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class LinkList:
    """What was chosen, and the links of one side that are so: by when they were last confirmed, newest first; those that say why something
    is left alone (`reason`) by key. Of a `name` (the exact number of a record, or a key) all that have it, whatever else is chosen.
    `goes_on` is what `after` has to be for more of them, "" where there are none."""

    head: Head
    profiles: tuple[str, ...]
    name: str
    profile: str
    side: str
    state: str
    open: str
    reason: bool
    links: tuple[LinkRow, ...]
    goes_on: str


def links_document(found: LinkList, lang: str = "en") -> Document:
    texts = texts_in(lang)
    chosen = {"profile": found.profile, "side": found.side, "state": found.state, "open": found.open}
    leads = next_page(found.goes_on, texts, **chosen, reason="yes" if found.reason else "")
    block = _table(found, texts) if found.links else Paragraph(texts.say("board.list.nothing"))
    about = "named" if found.name else "reasons" if found.reason else "links"
    return Document(
        texts.say("board.list.links", deployment=found.head.deployment),
        texts.say(f"board.about.{about}"),
        (Section("", (block,), anchor="list", leads=leads),),
    )


def _table(found: LinkList, texts: Texts) -> Table:
    rows = tuple(_row(link, texts) for link in found.links)
    headings = tuple(texts.say(f"board.links.{name}") for name in _HEADINGS)
    return Table(headings, rows, note_heading=texts.say("column.reason"))


def _row(link: LinkRow, texts: Texts) -> Row:
    live = link.state == LinkState.LIVE.value
    return Row(
        (
            Link(link.number or link.key, link.url),
            key_lead(link.key),
            texts.side(link.side),
            link.profile,
            texts.say(f"board.link.state.{link.state}"),
            yes_no(link.closed, texts),
            moment(link.confirmed_at, texts),
        ),
        Mark.WARN if link.reason or not live else Mark.NONE,
        reason_text(link.reason, texts),
    )
