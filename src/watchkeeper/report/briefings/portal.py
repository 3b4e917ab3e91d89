"""What the ticket of the weekly round of portals and licences is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.portal import Headroom, Supply
from watchkeeper.evidence.portal_round import Disturbance, Message, PortalRound
from watchkeeper.report.briefings.brevity import data_as_of, day_of, headings, items_of, named, rows_of, unread
from watchkeeper.report.document import Block, Document, Link, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in

SOON: Final = 7
"""Days before its date from which on a message is marked."""
SUPPLY_MARKS: Final = {
    Supply.OVERDRAWN: Mark.BAD,
    Supply.LAPSING: Mark.BAD,
    Supply.USED_UP: Mark.BAD,
    Supply.LOW: Mark.WARN,
    Supply.ENOUGH: Mark.GOOD,
}


def portal_document(found: PortalRound, language: str = "en") -> Document:
    """Messages to judge, dates to keep, disturbed services and licences that run out."""
    texts = texts_in(language)
    sections = (
        Section(texts.say("round.messages"), _messages(found, texts)),
        *_dates(found, texts),
        Section(texts.say("round.health"), _health(found, texts)),
        Section(texts.say("round.licences"), licence_blocks(found.licences, texts)),
        data_as_of(found.as_of, texts, found.since),
    )
    return Document(
        title=texts.say("round.title"),
        sentence=texts.say("round.sentence", parts=texts.join(tuple(_said(found, texts)))),
        sections=sections,
        mark=_mark(found),
        listing=_listing(found, texts),
    )


def _said(found: PortalRound, texts: Texts) -> Iterator[str]:
    if found.messages is not None:
        yield texts.count("round.said.messages", len(found.messages))
    if found.dated:
        yield texts.count("round.said.dated", len(found.dated), next=day_of(found.dated[0].act_by))
    if found.disturbances is not None:
        yield texts.count("round.said.health", len(found.disturbances))
    if found.licences is not None:
        yield texts.count("licences.said", len(found.scarce))
    if None in (found.messages, found.disturbances, found.licences):
        yield texts.say("briefing.said.unread")


def _mark(found: PortalRound) -> Mark:
    worst = {SUPPLY_MARKS[each.supply] for each in found.scarce} | {message_mark(each) for each in found.messages or ()}
    if Mark.BAD in worst:
        return Mark.BAD
    partly = None in (found.messages, found.disturbances, found.licences)
    return Mark.WARN if worst or found.disturbances or partly else Mark.GOOD


def _messages(found: PortalRound, texts: Texts) -> tuple[Block, ...]:
    if found.messages is None:
        return unread(texts)
    if not found.messages:
        return (Paragraph(texts.say("round.messages.none"), Mark.GOOD),)
    shown = headings(("message", "title", "act_by", "verdict"), texts)
    rows = rows_of(shown, found.messages, lambda each: _row(each, texts), texts)
    return Paragraph(texts.say("round.messages.how")), *rows


def _row(message: Message, texts: Texts) -> Row:
    shown = Link(named(message.id, 16), message.url)
    return Row(
        (shown, named(message.title, 80), by_text(message, texts), texts.say("briefing.blank")), message_mark(message)
    )


def by_text(message: Message, texts: Texts) -> str:
    left = message.days_left
    if left is None:
        return day_of(message.act_by)
    key = "round.by.over" if left < 0 else "round.by.left"
    return texts.count(key, abs(left), day=day_of(message.act_by))


def message_mark(message: Message) -> Mark:
    left = message.days_left
    if left is not None and left <= SOON:
        return Mark.BAD if left < 0 else Mark.WARN
    return Mark.WARN if message.major else Mark.ADD if message.fresh else Mark.OPEN


def _dates(found: PortalRound, texts: Texts) -> Iterator[Section]:
    """What is due as a list to tick off."""
    if found.dated:
        yield Section(texts.say("round.dates"), items_of(found.dated, lambda each: _date(each, texts), texts))


def _date(message: Message, texts: Texts) -> Paragraph:
    day, shown = day_of(message.act_by), named(message.title)
    return Paragraph(texts.say("round.date", day=day, id=named(message.id, 16), title=shown))


def _health(found: PortalRound, texts: Texts) -> tuple[Block, ...]:
    if found.disturbances is None:
        return unread(texts)
    if not found.disturbances:
        return (Paragraph(texts.say("round.health.none"), Mark.GOOD),)
    return items_of(found.disturbances, lambda each: _disturbance(each, texts), texts)


def _disturbance(disturbance: Disturbance, texts: Texts) -> Paragraph:
    """A service with the first thing that is wrong with it."""
    said = texts.say("round.disturbance", service=named(disturbance.service), status=_status(disturbance, texts))
    if disturbance.troubles:
        first = disturbance.troubles[0]
        said = texts.say("round.trouble", said=said, id=named(first.id, 16), title=named(first.title))
    return Paragraph(said, Mark.WARN)


def _status(disturbance: Disturbance, texts: Texts) -> str:
    """In words; a state that came into being after us, as the source spells it."""
    key = f"health.{disturbance.status}"
    return texts.say(key) if texts.has(key) else named(disturbance.status, 32)


def licence_blocks(licences: tuple[Headroom, ...] | None, texts: Texts) -> tuple[Block, ...]:
    """The licences that are low or worse, and how many are not."""
    if licences is None:
        return unread(texts)
    scarce = [each for each in licences if each.supply is not Supply.ENOUGH]
    left = len(licences) - len(scarce)
    enough = Paragraph(texts.count("licences.enough", left), Mark.NONE if scarce else Mark.GOOD)
    if not scarce:
        return (enough,)
    shown = headings(("licence", "state", "used", "units", "free"), texts)
    rows = rows_of(shown, scarce, lambda each: _licence(each, texts), texts, 2, 3, 4)
    return (*rows, enough) if left else rows


def _licence(headroom: Headroom, texts: Texts) -> Row:
    licence = headroom.licence
    numbers = (licence.consumed, licence.enabled + licence.warning, licence.headroom)
    cells = (named(licence.name), texts.say(f"supply.{headroom.supply.value}"), *(f"{each:,}" for each in numbers))
    return Row(cells, SUPPLY_MARKS[headroom.supply])


_COLUMNS: Final = ("kind", "id", "title", "state", "act_by", "used", "units", "free", "verdict", "owner", "url")


def _listing(found: PortalRound, texts: Texts) -> Table:
    rows = (*_message_lines(found, texts), *_health_lines(found, texts), *_licence_lines(found, texts))
    return Table(headings(_COLUMNS, texts), rows, frozenset({5, 6, 7}))


def _message_lines(found: PortalRound, texts: Texts) -> Iterator[Row]:
    kind = texts.say("round.kind.message")
    for each in found.messages or ():
        act_by = "" if each.act_by is None else each.act_by.isoformat()
        yield Row((kind, each.id, each.title, each.category, act_by, "", "", "", "", "", each.url))


def _health_lines(found: PortalRound, texts: Texts) -> Iterator[Row]:
    kind = texts.say("round.kind.service")
    for each in found.disturbances or ():
        for trouble in each.troubles:
            title = f"{each.service}: {trouble.title}"
            yield Row((kind, trouble.id, title, each.status, *("",) * 7))
        if not each.troubles:
            yield Row((kind, "", each.service, each.status, *("",) * 7))


def _licence_lines(found: PortalRound, texts: Texts) -> Iterator[Row]:
    kind = texts.say("round.kind.licence")
    for each in found.licences or ():
        licence, state = each.licence, texts.say(f"supply.{each.supply.value}")
        numbers = (licence.consumed, licence.enabled + licence.warning, licence.headroom)
        yield Row((kind, licence.id, licence.name, state, "", *(str(number) for number in numbers), "", "", ""))
