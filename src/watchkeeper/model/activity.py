"""Who did what to a record and when: comments to mirror, and evidence for the escalation audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from unicodedata import east_asian_width, normalize

from watchkeeper.model.attached import AttachedFile, RefusedFile
from watchkeeper.model.record import RecordRef, Side


@dataclass(frozen=True, slots=True)
class Actor:
    """An author as the side names it: `id` is stable (user_name, object id or UPN), `name` is for people to read."""

    side: Side
    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """Append-only text on a record: a ServiceNow work note, a Sentinel incident comment. `text` is untrusted. `refused`: of one that was
    just written, the files that should have gone with it and that the side did not take."""

    ref: RecordRef
    id: str
    author: Actor
    created_at: datetime
    text: str
    refused: tuple[RefusedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """A comment to add. `id` is the id we choose where the side takes one (Sentinel); elsewhere it is a marker only. `files` are on
    the record before the comment is, each once by its name; a side without attachments leaves them out."""

    ref: RecordRef
    id: str
    text: str
    files: tuple[AttachedFile, ...] = ()


class ActivityKind(StrEnum):
    COMMENT = "comment"
    FIELD = "field"


@dataclass(frozen=True, slots=True)
class Activity:
    """One deed on a record. For a comment `text_digest` and `text_length` describe the text; the text itself stays where
    it is (see `measure_text`). For a field change `field`, `old` and `new` are the side's spelling, as in Record.fields."""

    ref: RecordRef
    author: Actor
    at: datetime
    kind: ActivityKind
    field: str = ""
    old: str = ""
    new: str = ""
    text_digest: str = ""
    text_length: int = 0
    id: str = ""

    def __hash__(self) -> int:
        """By what nearly always tells two apart: an audit looks them up by the million."""
        return hash((self.id, self.at, self.field))

    def by(self, author: Actor) -> Activity:
        """The same deed under another name of its author."""
        what = self.kind, self.field, self.old, self.new, self.text_digest, self.text_length, self.id
        return Activity(self.ref, author, self.at, *what)

    @classmethod
    def of_comment(cls, comment: Comment) -> Activity:
        """What was done by writing a comment."""
        digest, length = measure_text(comment.text)
        return cls(
            comment.ref,
            comment.author,
            comment.created_at,
            ActivityKind.COMMENT,
            text_digest=digest,
            text_length=length,
            id=comment.id,
        )


@dataclass(frozen=True, slots=True)
class ActivityReport:
    """Everything that a side can tell about a window. `readable` is False where the side could not tell for sure
    (rights missing, cut answer, history not kept that long); `reason` says why. `unclear` are single records that it
    could not tell for sure about although the rest is readable (their history lags, or starts too late). `tells_us_apart` is False
    where a deed of ours may stand under a name that is not known to be ours. `error` names the class (errors.py) of what kept the
    history from being read, where something did. `uncommented` are records whose comments were left out, because each would have
    cost a call."""

    activities: tuple[Activity, ...]
    readable: bool = True
    reason: str = ""
    unclear: frozenset[RecordRef] = frozenset()
    tells_us_apart: bool = True
    error: str = ""
    uncommented: frozenset[RecordRef] = frozenset()


@dataclass(frozen=True, slots=True)
class Principal:
    """What a side knows about an account.

    `integration` marks accounts that no person logs in with (web service access only, service principals).
    `groups` are the side's own ids of the groups that it belongs to.
    """

    actor: Actor
    email: str = ""
    active: bool = True
    integration: bool = False
    groups: frozenset[str] = frozenset()


class ReferenceKind(StrEnum):
    GROUP = "group"
    USER = "user"


class Resolved(StrEnum):
    ONE = "one"
    NONE = "none"
    SEVERAL = "several"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a name stands for on a side: `id` when exactly one active record has it, else `near` names to suggest."""

    kind: ReferenceKind
    name: str
    outcome: Resolved
    id: str = ""
    near: tuple[str, ...] = ()


def measure_text(text: str) -> tuple[str, int]:
    """What an Activity says about a comment's text: its digest (64 hex digits) and its length.

    White space is collapsed and the text normalised (NFKC) first, so a copy in full-width letters or with other line breaks
    is the same text. A wide character (East Asian Width W or F, Unicode annex 11) counts as two: a Japanese word says as
    much in fewer characters.
    """
    plain = " ".join(normalize("NFKC", text).split())
    wide = 0 if plain.isascii() else sum(east_asian_width(character) in "WF" for character in plain)
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest(), len(plain) + wide
