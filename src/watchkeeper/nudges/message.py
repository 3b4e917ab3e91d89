"""What a recipient reads, before it becomes a mail, a card or a call. Pure. Texts of tickets are neutralised here, once for all
channels: one line each, nothing hidden."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from watchkeeper.model.nudge import NotePlace, Nudge, NudgeItem, Role
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.report.neutralise import markdown_url, plain
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import shortened

LONGEST_LIST = 100
"""Tickets in one message; more are counted."""


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket: `number` and `url` to open it by, `title`, and `facts` about it."""

    number: str
    url: str
    title: str
    facts: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where a work note goes; see `NotePlace`."""

    key: str
    table: str
    id: str
    since: str

    @classmethod
    def of(cls, place: NotePlace) -> Ticket:
        return cls(place.key, place.ref.table, place.ref.id, place.since.isoformat())

    @property
    def ref(self) -> RecordRef:
        return RecordRef(SERVICENOW, self.table, self.id)

    @property
    def began(self) -> datetime:
        """A note of ours from then on is of this episode."""
        return datetime.fromisoformat(self.since)


@dataclass(frozen=True, slots=True)
class Message:
    """`unlisted`: how many tickets there are beyond those of the lines. `ticket`: of a work note alone."""

    id: str
    kind: str
    deployment: str
    recipient: str
    day: str
    language: str
    subject: str
    lines: tuple[Line, ...]
    unlisted: int
    ticket: Ticket | None = None

    @property
    def texts(self) -> Texts:
        return texts_in(self.language)

    def unlisted_beyond(self, shown: int) -> str:
        """What stands under the first lines instead of the other tickets; nothing when these are all."""
        left = len(self.lines) - shown + self.unlisted
        return self.texts.count("nudge.more", left) if left else ""

    def as_json(self) -> str:
        """ASCII; the same message is the same text."""
        fields = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps(fields, ensure_ascii=True, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Message:
        """The message of which `as_json` gave the text."""
        fields: dict[str, Any] = json.loads(text)
        lines = tuple(Line(**line) for line in fields.pop("lines"))
        place = fields.pop("ticket", None)
        return cls(lines=lines, ticket=Ticket(**place) if place else None, **fields)


def message_of(nudge: Nudge) -> Message:
    """In the recipient's language."""
    texts = texts_in(nudge.language)
    count = len(nudge.items)
    return Message(
        id=nudge.id,
        kind=nudge.kind.value,
        deployment=nudge.deployment,
        recipient=nudge.recipient,
        day=nudge.day.isoformat(),
        language=nudge.language,
        subject=_subject(nudge, texts),
        lines=tuple(_line(item, texts) for item in nudge.items[:LONGEST_LIST]),
        unlisted=max(0, count - LONGEST_LIST),
        ticket=Ticket.of(nudge.note) if nudge.note else None,
    )


def _subject(nudge: Nudge, texts: Texts) -> str:
    day = nudge.day.isoformat()
    if nudge.note is not None:
        return texts.count("nudge.note", nudge.items[0].working_days, day=day)
    return texts.count(f"nudge.subject.{nudge.kind.value}", len(nudge.items), day=day)


def _line(item: NudgeItem, texts: Texts) -> Line:
    facts = [_role(item, texts)]
    if item.working_days:
        facts.insert(0, texts.count("nudge.days", item.working_days))
    if item.due is not None:
        clock = item.due.isoformat(timespec="minutes").partition("T")[2]
        facts.insert(0, texts.say("nudge.due", time=clock[:5], offset=f"UTC{clock[5:]}"))
    severity = f"severity.{item.severity}"
    if texts.has(severity):
        facts.insert(0, texts.say(severity))
    title = shortened(item.title, texts)
    url = markdown_url(item.url) or ""
    return Line(plain(item.number), url, plain(title), " · ".join(plain(fact) for fact in facts))


def _role(item: NudgeItem, texts: Texts) -> str:
    if item.role is Role.ASSIGNEE:
        return texts.say("nudge.role.assignee")
    who = item.assignee or texts.say("nudge.nobody")
    return texts.say(f"nudge.role.{item.role.value}", assignee=who, team=item.team_name.get(texts.language, item.team))
