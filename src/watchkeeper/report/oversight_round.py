"""The part of the report for SOC Oversight that is about licences and the Message center: what runs out, and what has to be judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from watchkeeper.evidence.portal import Headroom
from watchkeeper.evidence.portal_round import Message, PortalRound
from watchkeeper.report.briefings.brevity import day_of, named, unread
from watchkeeper.report.briefings.portal import SUPPLY_MARKS, by_text, message_mark
from watchkeeper.report.document import Block, Cell, Link, Mark, Pairs, Paragraph, Row, Section
from watchkeeper.report.figures import points
from watchkeeper.report.oversight import Duty, Oversight, counted
from watchkeeper.report.oversight_counts import PARTS
from watchkeeper.report.oversight_evidence import NOWHERE, Onward, collected_on, listed, uncollected
from watchkeeper.report.texts import Texts

TASK: Final = "portal-licences"
_TITLE: Final = 80


def round_section(oversight: Oversight, texts: Texts, onward: Onward = NOWHERE) -> Section:
    title, kept = texts.say("oversight.round"), oversight.round
    rounds = _rounds(oversight.by_task.get(TASK, ()), texts, onward)
    if kept is None:
        return Section(title, (*uncollected(texts), *rounds), anchor="round")
    found = kept.document
    licences = Section(texts.say("oversight.licences"), _licences(found, texts, onward), anchor="licences")
    posts = Section(texts.say("oversight.posts"), _posts(found, texts, onward), anchor="posts")
    blocks = (_said(found, texts), *rounds, collected_on(kept, oversight, texts))
    return Section(title, blocks, (licences, posts), anchor="round")


def _said(found: PortalRound, texts: Texts) -> Paragraph:
    parts = []
    if found.licences is not None:
        parts.append(texts.count("licences.said", len(found.scarce)))
    if found.messages is not None:
        parts.append(texts.count("round.said.messages", len(found.messages)))
    if found.dated:
        parts.append(texts.count("round.said.dated", len(found.dated), next=day_of(found.dated[0].act_by)))
    if None in (found.licences, found.messages):
        parts.append(texts.say("briefing.said.unread"))
    return Paragraph(texts.say("oversight.round.said", parts=texts.join(parts)), _mark(found))


def _mark(found: PortalRound) -> Mark:
    marks = {SUPPLY_MARKS[each.supply] for each in found.scarce} | {message_mark(each) for each in found.messages or ()}
    if Mark.BAD in marks:
        return Mark.BAD
    return Mark.WARN if marks or None in (found.licences, found.messages) else Mark.GOOD


def _rounds(duties: Sequence[Duty], texts: Texts, onward: Onward) -> tuple[Block, ...]:
    """What became of the period's rounds, on whose tickets the verdicts are written: nobody else knows them."""
    if not duties:
        return (Paragraph(texts.say("oversight.round.none")),)
    counts = counted(duties)
    ends = ((name, sum(counts[end] for end in ends)) for name, _, ends in PARTS)
    stand = tuple(
        (texts.say(f"oversight.part.{name}"), onward.duties(count, task=TASK, part=name))
        for name, count in ends
        if count
    )
    latest = duties[-1].record
    rows: tuple[tuple[str, Cell], ...] = (
        (texts.say("oversight.round.due"), onward.duties(len(duties), task=TASK)),
        *stand,
        (texts.say("oversight.round.latest"), onward.key(latest.decided.occurrence.key)),
    )
    ticket = latest.ticket
    if ticket is not None and ticket.number:
        shown = Link(ticket.number, ticket.url) if ticket.url else ticket.number
        rows = (*rows, (texts.say("oversight.round.ticket"), shown))
    return Paragraph(texts.say("oversight.round.verdicts")), Pairs(rows)


def _licences(found: PortalRound, texts: Texts, onward: Onward) -> tuple[Block, ...]:
    if found.licences is None:
        return unread(texts)
    if not found.licences:
        return (Paragraph(texts.say("oversight.licences.none")),)
    columns = ("licence", "state", "used", "units", "free")
    return listed(columns, found.licences, lambda each: _licence(each, texts), texts, onward, 2, 3, 4)


def _licence(headroom: Headroom, texts: Texts) -> Row:
    licence = headroom.licence
    numbers = (licence.consumed, licence.enabled + licence.warning, licence.headroom)
    cells = (named(licence.name), texts.say(f"supply.{headroom.supply.value}"), *map(points, numbers))
    return Row(cells, SUPPLY_MARKS[headroom.supply])


def _posts(found: PortalRound, texts: Texts, onward: Onward) -> tuple[Block, ...]:
    if found.messages is None:
        return unread(texts)
    if not found.messages:
        return (Paragraph(texts.say("round.messages.none"), Mark.GOOD),)
    columns = ("post", "post_title", "act_by", "state")
    return listed(columns, found.messages, lambda each: _post(each, texts), texts, onward)


def _post(message: Message, texts: Texts) -> Row:
    cells = (
        Link(named(message.id, 16), message.url),
        named(message.title, _TITLE),
        by_text(message, texts),
        texts.say(f"oversight.post.{'fresh' if message.fresh else 'known'}"),
    )
    return Row(cells, message_mark(message))


def round_json(oversight: Oversight) -> dict[str, Any] | None:
    """None where nothing was collected yet."""
    kept = oversight.round
    if kept is None:
        return None
    licences, messages = kept.document.licences, kept.document.messages
    return {
        "collected_at": kept.taken_at,
        "since": kept.document.since,
        "licences": None if licences is None else [_licence_json(each) for each in licences],
        "posts": None if messages is None else [_post_json(each) for each in messages],
    }


def _licence_json(headroom: Headroom) -> dict[str, Any]:
    licence = headroom.licence
    return {
        "name": licence.name,
        "supply": headroom.supply,
        "used": licence.consumed,
        "units": licence.enabled + licence.warning,
        "free": licence.headroom,
    }


def _post_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "title": message.title,
        "category": message.category,
        "services": list(message.services),
        "major": message.major,
        "act_by": message.act_by,
        "fresh": message.fresh,
        "url": message.url,
    }
