"""What an asset owner asks for about something that it is to mend: that it is not theirs, or an exception.

Who asks and in which words was written by people: neutralise it before it is shown.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from watchkeeper.model import owner_ticket

MOST_A_DAY: Final = 10
"""Requests of one owner within 24 hours."""
LONGEST_REASON: Final = 1_000
LONGEST_NAME: Final = 200
"""Characters."""
LONGEST_EXCEPTION: Final = timedelta(days=366)
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode's categories of what nobody sees."""
_JOINERS: Final = frozenset("\u200c\u200d")
"""Which Persian, Indic scripts and emoji need."""


class RequestKind(StrEnum):
    NOT_MINE = owner_ticket.NOT_MINE
    EXCEPTION = owner_ticket.EXCEPTION


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a device group is an owner's. `origin`: which source says so (watchkeeper.evidence.ownership.Origin); `service`: the CMDB service
    that the group goes by, and `place`: the line of the deployment's own file, "" for none."""

    device_group: str
    origin: str
    service: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about, as it stood when it was made. `owner` and `recommendation` are the ids that keys are made of;
    `ticket` is the number of the owner's own ticket, "" where there is none."""

    owner: str
    owner_name: str
    recommendation: str
    title: str
    left: int
    target: int
    due: date | None = None
    ticket: str = ""
    grounds: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnerRequest:
    """`episode` counts the requests of one kind about one thing, 1 for the first: there is a next one once the ticket of the one before
    is closed. `asked_by` is what whoever vouches for people calls them, `origin` where they asked, as what (`role`) and from which network
    `address`. `until`: how long an exception is to last, None where that was not said."""

    kind: RequestKind
    subject: Subject
    episode: int
    reason: str
    asked_by: str
    asked_at: datetime
    origin: str
    until: date | None = None
    role: str = ""
    address: str = ""


class Flaw(StrEnum):
    """Why what somebody wrote is not taken."""

    EMPTY = "empty"
    TOO_LONG = "too-long"
    HIDDEN = "hidden"
    """It has characters that nobody sees."""
    NO_DATE = "no-date"
    PAST = "past"
    TOO_LATE = "too-late"


def reason_of(text: str) -> str | Flaw:
    """What somebody wrote, on one line; why not where it cannot be taken."""
    line = " ".join(unicodedata.normalize("NFC", text[: 4 * LONGEST_REASON]).split())
    if not line:
        return Flaw.EMPTY
    if len(line) > LONGEST_REASON or len(text) > 4 * LONGEST_REASON:
        return Flaw.TOO_LONG
    return Flaw.HIDDEN if any(map(_is_hidden, line)) else line


def until_of(text: str, today: date) -> date | Flaw | None:
    """The date that somebody wrote (YYYY-MM-DD), None for none; why not where it cannot be taken."""
    spelled = text.strip()
    if not spelled:
        return None
    try:
        day = date.fromisoformat(spelled) if len(spelled) == len("2026-01-31") else None
    except ValueError:
        day = None
    if day is None:
        return Flaw.NO_DATE
    if day <= today:
        return Flaw.PAST
    return Flaw.TOO_LATE if day > today + LONGEST_EXCEPTION else day


def name_of_person(text: str) -> str:
    """What somebody is called, on one line and with nothing hidden in it."""
    line = " ".join("".join(" " if _is_hidden(each) else each for each in text[:1_000]).split())
    return line[:LONGEST_NAME]


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN and character not in _JOINERS


class Asked(StrEnum):
    """What has become of an attempt to ask."""

    RAISED = "raised"
    """The next sync opens a ticket."""
    ALREADY = "already"
    """The same was asked before: nothing has changed."""
    TOO_MANY = "too-many"
    """The owner has asked for as much as it may within a day."""
    OUTDATED = "outdated"
    """Something has changed since the page was made: look again."""


class Stage(StrEnum):
    """How far the newest request of a series has come."""

    NONE = "none"
    """Nobody has asked."""
    WAITING = "waiting"
    """Its ticket is to be opened."""
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest request of a series, as far as anybody remembers. `request` is None where a lost store has taken it; `number` and `url`
    are the ticket's, "" where there is none."""

    stage: Stage = Stage.NONE
    episode: int = 0
    request: OwnerRequest | None = None
    number: str = ""
    url: str = ""

    @property
    def is_open(self) -> bool:
        return self.stage in {Stage.WAITING, Stage.OPEN}

    @property
    def next_episode(self) -> int:
        """Which one may be asked for; the same one again changes nothing."""
        return self.episode if self.is_open else self.episode + 1


NEVER: Final = Standing()


def episode_of(key: str) -> int:
    """Which request of its series a key is of."""
    number = key.rpartition("~")[2].partition("-")[2]
    return int(number) if number.isdecimal() else 1


def first_key(key: str) -> str:
    """The key of the first request of its series."""
    start, _, end = key.rpartition("~")
    return f"{start}~{end.partition('-')[0]}"
