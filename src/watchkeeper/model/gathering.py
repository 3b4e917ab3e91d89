"""What collecting has found for a duty, as it is kept: which evidence is there, which is missing and why, and what its ticket is told.

Texts are by language tag ("en", "ja") and ready to be written into a ticket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watchkeeper.model.attached import AttachedFile

FRESH: Final = timedelta(hours=36)
"""What was gathered longer ago is not told as news: gathering is daily, and may be late once."""


class Found(StrEnum):
    """How asking for one piece of evidence ended."""

    COLLECTED = "collected"
    EMPTY = "empty"
    """It was asked for, and there is none."""
    MISSING = "missing"
    """It could not be read: the source failed, refused or answered in part."""
    NOT_ASKED = "not-asked"
    """No settings say where its source is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that was asked for. `subject` is a source and what of it (`graph/secure-scores`), `as_of` the source's own clock
    at its last answer, `why` in words of the source or of an error."""

    subject: str
    found: Found
    as_of: datetime | None = None
    why: str = ""

    @property
    def is_there(self) -> bool:
        return self.found is Found.COLLECTED or self.found is Found.EMPTY


@dataclass(frozen=True, slots=True)
class BriefedFile:
    """A file for the ticket, as text, by language. `stem` and `ending` make its name, the duty's period between them."""

    stem: str
    ending: str
    content_type: str
    content: Mapping[str, str]

    def attached(self, period: str, language: str) -> AttachedFile:
        content = self.content.get(language) or self.content["en"]
        return AttachedFile(f"{self.stem}-{period}.{self.ending}", self.content_type, content.encode())


@dataclass(frozen=True, slots=True)
class Gathering:
    """What was gathered for a duty (a task's id) at an instant. `texts` says it, empty where there is nothing to tell; `on_ticket`:
    whether its ticket is told, with the files."""

    task: str
    at: datetime
    pieces: tuple[Piece, ...]
    texts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[BriefedFile, ...] = ()
    on_ticket: bool = True

    def slim(self) -> Gathering:
        """Without the files, which only the latest is asked for."""
        return replace(self, files=())

    def is_news(self, now: datetime) -> bool:
        """Whether a ticket may still be told it."""
        return now - self.at <= FRESH

    @property
    def missing(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if not piece.is_there)

    @property
    def unread(self) -> tuple[Piece, ...]:
        """Those that were asked for and could not be read."""
        return tuple(piece for piece in self.pieces if piece.found is Found.MISSING)

    @property
    def complete(self) -> bool:
        return bool(self.pieces) and not self.missing
