"""A message as an adaptive card for a Teams Workflows webhook. Pure.

What comes from tickets stands in text runs, which know no Markdown (learn.microsoft.com/adaptive-cards/authoring-cards/text-features),
and with its double braces parted, which clients would take for a date function or a template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from watchkeeper.nudges.message import Line, Message

LIMIT = 20_000
"""Bytes of a whole call. Teams takes about 28 KB with everything that it makes of it (learn.microsoft.com/connectors/teams); others have
measured refusals from 21 KB on (rubydoc.info/gems/msteams_hermes)."""

_VERSION = "1.4"
"""What the Teams clients of computers and telephones show alike."""

Json = Mapping[str, Any]


def card_of(message: Message, copy: int, limit: int = LIMIT) -> bytes:
    """The call's body, with as many tickets as fit, and the others counted."""
    for shown in range(len(message.lines), -1, -1):
        body = _call(message, message.lines[:shown], copy)
        if len(body) <= limit:
            return body
    raise ValueError("a card without any ticket is too large")


def _call(message: Message, lines: Sequence[Line], copy: int) -> bytes:
    blocks = [_text(message.subject, weight="Bolder", size="Medium")]
    if copy > 1:
        blocks.append(_text(message.texts.say("nudge.again"), color="Attention"))
    blocks += [_ticket(line) for line in lines]
    if more := message.unlisted_beyond(len(lines)):
        blocks.append(_text(more))
    blocks.append(_text(message.texts.say("nudge.request"), isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": _VERSION,
        "lang": message.language,
        "fallbackText": _inert(message.subject),
        "body": blocks,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    call = {"type": "message", "attachments": [attachment]}
    return json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _ticket(line: Line) -> Json:
    number: dict[str, Any] = {"type": "TextRun", "text": _inert(line.number), "weight": "Bolder"}
    if line.url:
        number["selectAction"] = {"type": "Action.OpenUrl", "url": line.url}
    runs = [number, _run(f"  {line.title}"), _run(f"  {line.facts}", isSubtle=True)]
    return {"type": "RichTextBlock", "inlines": runs, "separator": True}


def _text(text: str, **looks: object) -> Json:
    return {"type": "RichTextBlock", "inlines": [_run(text, **looks)]}


def _run(text: str, **looks: object) -> Json:
    return {"type": "TextRun", "text": _inert(text), **looks}


def _inert(text: str) -> str:
    """Without what a client fills in: `{{DATE(…)}}`, `${…}`, `<at>…</at>`."""
    return text.replace("{{", "{ {").replace("}}", "} }").replace("${", "$ {").replace("<", "‹").replace(">", "›")
