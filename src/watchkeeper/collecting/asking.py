"""Questions to the sources of evidence, and how each of them ended. One that fails is told and keeps no other from being asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from watchkeeper.errors import Interrupted, StateUnusable, WatchkeeperError
from watchkeeper.model.evidence import Listing
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.ports import Stop

S = TypeVar("S")
T = TypeVar("T")

_WORDS: Final = 300
"""Characters of a source's own words that are kept."""


@dataclass(slots=True)
class Inquiry:
    """The questions of one collection. What two duties ask is asked once."""

    stop: Stop
    _answers: dict[str, tuple[Piece, Listing[Any] | None]] = field(default_factory=dict)

    def ask(
        self, subject: str, source: S | None, question: Callable[[S], Listing[T]]
    ) -> tuple[Piece, Listing[T] | None]:
        """How a question ended, and its answer where there is one. `source` is None where none is set up for it.

        Raises Interrupted and Deferred when this process is to end, and StateUnusable.
        """
        if subject not in self._answers:
            self.stop.check()
            self._answers[subject] = self._asked(subject, source, question)
        return self._answers[subject]

    def is_whole(self, subject: str) -> bool:
        """Whether a question was answered with every row that the source has: none had to be set aside."""
        _, listing = self._answers.get(subject, (None, None))
        return listing is not None and not listing.set_aside

    def forget(self, subject: str) -> None:
        """Let go of an answer that no other duty asks for: a list of devices may take tens of MiB."""
        self._answers.pop(subject, None)

    def _asked(
        self, subject: str, source: S | None, question: Callable[[S], Listing[T]]
    ) -> tuple[Piece, Listing[T] | None]:
        if source is None:
            return Piece(subject, Found.NOT_ASKED), None
        try:
            listing = question(source)
        except (Interrupted, StateUnusable):
            raise
        except WatchkeeperError as error:
            self.stop.check()
            return Piece(subject, Found.MISSING, why=why_of(error)), None
        return _piece(subject, listing), listing


def why_of(error: WatchkeeperError) -> str:
    """What went wrong, and whole, however much the source has said of it, what to do about it."""
    told = error.message if len(error.message) <= _WORDS else f"{error.message[: _WORDS - 1]}…"
    return f"{told}; {error.remedy}" if error.remedy else told


def _piece(subject: str, listing: Listing[Any]) -> Piece:
    found = Found.COLLECTED if listing.rows or listing.set_aside else Found.EMPTY
    why = listing.empty.value if listing.empty else "; ".join(f"{each.place}: {each.why}" for each in listing.set_aside)
    return Piece(subject, found, listing.as_of, why[:_WORDS])
