"""Why something is decided, written or stopped: stable codes with arguments, and the English sentence of each.

A `Reason` is its English sentence, so that logs, the state store and JSON hold something readable, and knows the codes that
it was made of, so that a report can say it in another language. A sentence that comes back from the store has lost them;
`parts_of` finds them again by the sentence's form.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from watchkeeper.model.trouble_sentences import ONE_TROUBLE, TROUBLES
from watchkeeper.model.troubles import Trouble

_BETWEEN: Final = "; "
_SHAPES: Final = {
    **dict.fromkeys(("count", "linked", "times", "limit", "total", "seen"), "[0-9]+"),
    **dict.fromkeys(("side", "profile", "period", "number", "task"), r"[^\s;]+"),
    **dict.fromkeys(("fields", "call"), "[^;]+?"),
    "status": "[0-9]{3}",
    "seconds": "[0-9]+",
    "system": "servicenow|sentinel|graph|defender|scripts",
}
"""What an argument looks like in a sentence; any other one is free text."""


class Because(StrEnum):
    # Decisions on occurrences
    OVERDUE = "overdue"
    DUE = "due"
    OPEN_ALREADY = "open-already"
    STILL_OPEN = "still-open"
    PASSED_WHILE_OPEN = "passed-while-open"
    BEFORE_FIRST_RUN = "before-first-run"
    NOT_OPENED_IN_TIME = "not-opened-in-time"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    NO_CATCH_UP = "no-catch-up"
    ONLY_LATEST = "only-latest"
    TOO_MANY_OVERDUE = "too-many-overdue"
    RAISED = "raised"
    TASK_REMOVED = "task-removed"
    ASKED_ANEW = "asked-anew"
    SERVED = "served"
    # Writes
    DUE_RAISED = "due-raised"
    ESCALATED = "escalated"
    TIES = "ties"
    CHANGED_ON = "changed-on"
    FOLLOWS_CATALOGUE = "follows-catalogue"
    FOLLOWS_SIDE = "follows-side"
    COUNTERPART_GONE = "counterpart-gone"
    KEEPS_LOSER = "keeps-loser"
    DUE_AGAIN = "due-again"
    EARLIER_MISSED = "earlier-missed"
    NEWER_TICKET = "newer-ticket"
    WROTE = "wrote"
    COMMENTS_FULL = "comments-full"
    UNDOES = "undoes"
    NOBODY_UPDATED = "nobody-updated"
    AUDITED = "audited"
    GATHERED = "gathered"
    FOUND_SINCE = "found-since"
    KEPT = "kept"
    SHOWS = "shows"
    SHOWS_REMEDIATION = "shows-remediation"
    MENDED = "mended"
    EXCEPTED = "excepted"
    CAME_BACK = "came-back"
    # Valves
    OTHER_PLACE = "other-place"
    NOT_SHOWN = "not-shown"
    VANISHED = "vanished"
    ALL_CHANGED = "all-changed"
    WOULD_CLOSE = "would-close"
    WOULD_CLOSE_BLIND = "would-close-blind"
    FIRST_IMPORT = "first-import"
    WOULD_CREATE = "would-create"
    MEANING = "meaning"
    FLAPPING = "flapping"
    PLANNED = "planned"
    # Their limits
    SAME_PLACE = "same-place"
    READABLE = "readable"
    A_PERSON = "a-person"
    SHARE_OF_RECORDS = "share-of-records"
    SHARE_OF_PAIRS = "share-of-pairs"
    WRITES_OF_A_FIELD = "writes-of-a-field"


SENTENCES: Mapping[Because, str] = MappingProxyType(
    {
        Because.OVERDUE: "overdue since {when}, within the deadline of {length}",
        Because.DUE: "due {when}",
        Because.OPEN_ALREADY: "its ticket is open already",
        Because.STILL_OPEN: "the ticket of {period} is still open",
        Because.PASSED_WHILE_OPEN: "its time passed while {period} was still open",
        Because.BEFORE_FIRST_RUN: "before the first run",
        Because.NOT_OPENED_IN_TIME: "no ticket was opened in its time",
        Because.SUPERSEDED: "superseded by {period}",
        Because.LAPSED: "more than {length} overdue before it could be opened",
        Because.NO_CATCH_UP: "overdue, and the task does not catch up",
        Because.ONLY_LATEST: "only the latest overdue period is caught up",
        Because.TOO_MANY_OVERDUE: "more than {limit} overdue at once",
        Because.RAISED: "raised: {cause}",
        Because.TASK_REMOVED: "the catalogue has no task {task} any more",
        Because.ASKED_ANEW: "a ticket of this key was closed before; asked anew as {key}",
        Because.SERVED: "the ticket of {task} for {period} serves it too",
        Because.DUE_RAISED: "due {when}: {cause}",
        Because.ESCALATED: "escalated on {side} as {number}",
        Because.TIES: "ties the record to its counterpart",
        Because.CHANGED_ON: "{side} changed {fields}",
        Because.FOLLOWS_CATALOGUE: "{fields} follows the catalogue",
        Because.FOLLOWS_SIDE: "{fields} follows {side}",
        Because.COUNTERPART_GONE: "its counterpart on {side} is gone",
        Because.KEEPS_LOSER: "keeps the value that lost",
        Because.DUE_AGAIN: "the duty fell due again while this was open",
        Because.EARLIER_MISSED: "earlier periods were missed",
        Because.NEWER_TICKET: "the duty has a newer ticket",
        Because.WROTE: "{author} wrote it on {side}",
        Because.COMMENTS_FULL: "the target's comment limit is near",
        Because.NOBODY_UPDATED: "nobody updated the escalation",
        Because.AUDITED: "tells what the audit of {period} found",
        Because.GATHERED: "brings the evidence gathered for {task}",
        Because.FOUND_SINCE: "tells what else the data asks {task} for",
        Because.KEPT: "the audit found every update made",
        Because.SHOWS: "{fields} shows how the escalation audit stands",
        Because.SHOWS_REMEDIATION: "{fields} shows how the remediation stands",
        Because.MENDED: "every device is mended",
        Because.EXCEPTED: "an exception was approved",
        Because.CAME_BACK: "devices need it again since {when}",
        Because.UNDOES: "gives back what it held before run {id}",
        Because.OTHER_PLACE: "{side} is {there} now and was {before} before",
        Because.NOT_SHOWN: "{side} no longer shows {number}, the longest linked open record",
        Because.VANISHED: "{count} of {linked} linked records on {side} are not in its full listing",
        Because.ALL_CHANGED: "{fields} changed on {count} of {linked} linked records on {side}",
        Because.WOULD_CLOSE: "{count} records would be closed in one run",
        Because.WOULD_CLOSE_BLIND: "{count} records would be closed without any memory of an agreement",
        Because.FIRST_IMPORT: "the first import of profile {profile} would create {count} records",
        Because.WOULD_CREATE: "{count} records would be created for profile {profile}",
        Because.MEANING: "the mapping of profile {profile} changed, and {count} of {linked} pairs would be written",
        Because.FLAPPING: "{count} fields were written {times} times within 24 hours already; "
        "something else keeps changing them back",
        Because.PLANNED: "{count} writes are planned",
        Because.SAME_PLACE: "The instance and the workspace must be those of the last run",
        Because.READABLE: "The oldest open pair must be readable",
        Because.A_PERSON: "A person opens it",
        Because.SHARE_OF_RECORDS: "{share} and {count} records",
        Because.SHARE_OF_PAIRS: "{share} of the pairs",
        Because.WRITES_OF_A_FIELD: "{count} writes of one field in 24 hours",
    }
)

SINGULAR: Mapping[Because, str] = MappingProxyType(
    {
        Because.WOULD_CLOSE: "1 record would be closed in one run",
        Because.WOULD_CLOSE_BLIND: "1 record would be closed without any memory of an agreement",
        Because.FIRST_IMPORT: "the first import of profile {profile} would create 1 record",
        Because.WOULD_CREATE: "1 record would be created for profile {profile}",
        Because.FLAPPING: "1 field was written {times} times within 24 hours already; something else keeps changing it back",
        Because.PLANNED: "1 write is planned",
        Because.SHARE_OF_RECORDS: "{share} and 1 record",
        Because.WRITES_OF_A_FIELD: "1 write of one field in 24 hours",
    }
)
"""Sentences that say `count` in another way when it is one."""


Code: TypeAlias = Because | Trouble

ALL: Mapping[Code, str] = MappingProxyType(dict([*SENTENCES.items(), *TROUBLES.items()]))
ALL_SINGULAR: Mapping[Code, str] = MappingProxyType(dict([*SINGULAR.items(), *ONE_TROUBLE.items()]))


@dataclass(frozen=True, slots=True)
class Part:
    """One code with what its sentence names. `fields` are names, separated by commas; `length` is a time in days or hours."""

    code: Code
    arguments: Mapping[str, str]

    @property
    def sentence(self) -> str:
        text = ALL_SINGULAR.get(self.code) if self.arguments.get("count") == "1" else None
        return (text or ALL[self.code]).format_map(self.arguments)


class Reason(str):
    """An English sentence that knows what it says. Equal to, and stored as, the plain text."""

    parts: tuple[Part, ...]

    def __new__(cls, parts: Iterable[Part]) -> Reason:
        found = tuple(parts)
        reason = super().__new__(cls, _BETWEEN.join(part.sentence for part in found))
        reason.parts = found
        return reason

    def __getnewargs__(self) -> tuple[tuple[Part, ...]]:  # type: ignore[override]
        return (self.parts,)


def because(code: Code, **arguments: object) -> Reason:
    """The reason with this code; KeyError when its sentence names more than `arguments`."""
    return Reason([Part(code, {name: str(value) for name, value in arguments.items()})])


NOTHING: Final = Reason(())
"""No reason: the empty sentence."""


def together(reasons: Iterable[Reason]) -> Reason:
    """Several reasons as one."""
    return Reason(part for reason in reasons for part in reason.parts)


def parts_of(text: str) -> tuple[Part, ...]:
    """What a reason says, from its codes or, after it was stored, from its form; () for a text that is not wholly ours."""
    pieces = pieces_of(text)
    parts = tuple(piece for piece in pieces if isinstance(piece, Part))
    return parts if len(parts) == len(pieces) else ()


def pieces_of(text: str) -> tuple[Part | str, ...]:
    """What a text says, piece by piece; a piece that is no sentence of ours (a system's own words) as it is."""
    if isinstance(text, Reason):
        return text.parts
    pieces: list[Part | str] = [_recognised(piece) or piece for piece in text.split(_BETWEEN)]
    if all(isinstance(piece, Part) for piece in pieces):
        return tuple(pieces)
    remedies: list[Part | str] = []
    while isinstance(last := pieces[-1], Part) and not last.arguments:
        remedies.insert(0, pieces.pop())
    head = _BETWEEN.join(text.split(_BETWEEN)[: len(pieces)])
    whole = _recognised(head)
    if whole is None or (whole.code is Trouble.ON_SIDE and isinstance(pieces[0], Part)):
        return (*pieces, *remedies)
    return (whole, *remedies)


@lru_cache(maxsize=512)
def _recognised(text: str) -> Part | None:
    """The sentence of ours that a text is. Remembered, because reports ask the same few of many rows."""
    for code, pattern, fixed in _patterns():
        match = pattern.fullmatch(text)
        if match:
            return Part(code, {**match.groupdict(), **fixed})
    return None


@cache
def _patterns() -> tuple[tuple[Code, re.Pattern[str], Mapping[str, str]], ...]:
    """Every sentence as a pattern, those with the most words of their own first: they fit the fewest texts."""
    plain: list[tuple[Code, str, dict[str, str]]] = [(code, text, {}) for code, text in ALL.items()]
    single = [(code, text, {"count": "1"}) for code, text in ALL_SINGULAR.items()]
    made = [(code, _pattern(text), fixed, _own_words(text)) for code, text, fixed in (*plain, *single)]
    return tuple((code, pattern, fixed) for code, pattern, fixed, _ in sorted(made, key=lambda row: -row[3]))


def _pattern(text: str) -> re.Pattern[str]:
    pieces = [
        re.escape(literal) + (f"(?P<{name}>{_SHAPES.get(name, '.+?')})" if name else "")
        for literal, name, _, _ in string.Formatter().parse(text)
    ]
    return re.compile("".join(pieces), re.DOTALL)


def _own_words(text: str) -> int:
    return sum(len(literal) for literal, _, _, _ in string.Formatter().parse(text))
