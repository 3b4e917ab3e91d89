"""Reminders that escalations wait for a person: what is said to whom, by which rules, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum

from watchkeeper.model.record import RecordRef
from watchkeeper.model.ticket import Severity


class NudgeMode(StrEnum):
    """Whether anything leaves the house, or only the report says what would."""

    REPORT_ONLY = "report-only"
    SEND = "send"


class NudgeKind(StrEnum):
    DUE_TODAY = "due-today"
    OVERDUE = "overdue"


class ChannelKind(StrEnum):
    EMAIL = "email"
    TEAMS = "teams"
    WEBHOOK = "webhook"
    WORK_NOTE = "work-note"


class Role(StrEnum):
    """Why somebody hears of a ticket; a `room` is a team's, not a person's, and `ticket` is the ticket itself."""

    ASSIGNEE = "assignee"
    LEAD = "lead"
    MANAGER = "manager"
    ROOM = "room"
    TICKET = "ticket"


class Held(StrEnum):
    """Why a reminder that would be due is not sent (yet)."""

    QUIET_HOURS = "quiet-hours"
    DAY_OFF = "day-off"
    CAP = "cap"
    AMNESTY = "amnesty"
    NO_ADDRESS = "no-address"
    MODE = "mode"


class NudgeState(StrEnum):
    """What became of a message. Of an `intended` one nobody knows yet whether it left."""

    INTENDED = "intended"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    OVERTAKEN = "overtaken"
    WOULD_SEND = "would-send"

    @property
    def is_settled(self) -> bool:
        """Nothing more happens to the message."""
        return self not in {NudgeState.INTENDED, NudgeState.FAILED}


@dataclass(frozen=True, slots=True)
class Rung:
    """From how many working days without an update on the lead and the manager hear of a ticket, and a work note says so in it."""

    lead: int
    manager: int
    note: int


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """A way out. Messages of `kinds` about tickets of `teams` (ids; empty: all) go there: by e-mail to persons, as a work note into
    the ticket, else to the room behind the address that the environment gives for the channel's id. `host` is the only one that
    this address may have."""

    id: str
    kind: ChannelKind
    kinds: frozenset[NudgeKind]
    teams: frozenset[str] = frozenset()
    host: str = ""
    place: str = ""

    @property
    def is_room(self) -> bool:
        return self.kind in {ChannelKind.TEAMS, ChannelKind.WEBHOOK}


@dataclass(frozen=True, slots=True)
class NudgePolicy:
    """`due_today_hours` before the cut-off the first reminder is due (0: never). Nothing is sent from `quiet_from` until
    `quiet_until` (local; equal: no quiet hours). `cap`: messages per recipient and day. `amnesty_days`: for so many days from the
    first run that sends on, what was silent before it is left alone."""

    mode: NudgeMode
    due_today_hours: int
    quiet_from: time
    quiet_until: time
    cap: int
    amnesty_days: int
    ladder: Mapping[Severity, Rung]
    channels: tuple[ChannelRule, ...]

    @property
    def writes_notes(self) -> bool:
        """Whether reminders write into ServiceNow."""
        by_note = any(channel.kind is ChannelKind.WORK_NOTE for channel in self.channels)
        return self.mode is NudgeMode.SEND and by_note


@dataclass(frozen=True, slots=True)
class NudgeItem:
    """One ticket in a message. `title` is untrusted; `team_name`: what people call its team, by language; `due`: until when a person
    has to update it, by its team's clock, where that is still to come."""

    key: str
    number: str
    url: str
    title: str
    team: str
    severity: str
    assignee: str
    working_days: int
    role: Role
    team_name: Mapping[str, str] = field(default_factory=dict)
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotePlace:
    """Where a work note goes. `episode` names the ticket's present silence: the same as long as it lasts, another one after the next
    human update. A note of ours that is not older than `since` belongs to it."""

    key: str
    ref: RecordRef
    episode: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Nudge:
    """One message to one recipient (an e-mail address, a team's id for its room, or a ticket's number) through one channel on one
    local day. `note`: of a work note alone."""

    kind: NudgeKind
    channel: str
    recipient: str
    day: date
    language: str
    items: tuple[NudgeItem, ...]
    deployment: str
    note: NotePlace | None = None

    @property
    def id(self) -> str:
        """32 hex digits: the same in every run and on every machine, whatever tickets the message names; of a work note the same on
        every day of an episode."""
        about = (self.kind.value, self.recipient, self.day.isoformat())
        parts = (self.deployment, self.channel, *((self.note.key, self.note.episode) if self.note else about))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """`who` would have been told of some tickets (their numbers), and why not."""

    why: Held
    who: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NudgePlan:
    """`waiting`: ids of messages that only the hour, the day or the cap holds back, and of work notes whose episode may go on."""

    nudges: tuple[Nudge, ...]
    held: tuple[HeldBack, ...] = ()
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NudgeEntry:
    """A message as the ledger holds it: written down before it is sent. `tries` counts how often it may have left; `body` is
    exactly what is sent, and goes once its fate is known."""

    id: str
    kind: NudgeKind
    channel: str
    recipient: str
    day: date
    state: NudgeState
    tries: int
    at: datetime
    body: str = ""


@dataclass(frozen=True, slots=True)
class NudgeOutcome:
    """`detail` says why, where something went wrong. `copy` is 2 and more for a message that may have arrived before."""

    nudge: Nudge
    state: NudgeState
    detail: str = ""
    copy: int = 1


@dataclass(frozen=True, slots=True)
class NudgeReport:
    """`stopped`: the run had to end before everybody was told, or was not allowed to begin."""

    mode: NudgeMode
    outcomes: tuple[NudgeOutcome, ...]
    held: tuple[HeldBack, ...] = field(default=())
    stopped: bool = False
