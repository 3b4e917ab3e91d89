"""What may have been meant by a name that is not known: one measure of likeness for every message."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

LIKENESS: Final = 0.6
"""From which share of equal characters on a name counts as near (0 to 1)."""
SUGGESTIONS: Final = 3


def nearest(word: str, known: Iterable[str], *, most: int = SUGGESTIONS, likeness: float = LIKENESS) -> tuple[str, ...]:
    """Known names that look like `word`, the likest first, whatever their letters' case; of names that differ in case alone the
    last one stands."""
    by_fold = {name.casefold(): name for name in known}
    return tuple(by_fold[each] for each in get_close_matches(word.casefold(), by_fold, n=most, cutoff=likeness))


def suggest(word: str, known: Iterable[str], *, likeness: float = LIKENESS) -> str:
    """The known name that was probably meant, or ""."""
    return next(iter(nearest(word, known, most=1, likeness=likeness)), "")
