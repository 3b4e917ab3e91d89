"""Where a list goes on, as text that an address carries: whatever is wrong with it, there is nothing there."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from watchkeeper.errors import StateUnusable
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.web.asked import NothingHere, Parameter

AFTER: Final = Parameter("after", "Where the list goes on: what `goes_on` of the page before it said.")
_LARGEST: Final = 2**63 - 1


def place(at: datetime, *names: str) -> str:
    """A place in a list that is sorted by an instant and then by names."""
    return json.dumps([instant_text(at), *names], ensure_ascii=True, separators=(",", ":"))


def placed(text: str, names: int) -> tuple[datetime, tuple[str, ...]] | None:
    """The same read back; None where the list begins. Raises NothingHere."""
    if not text:
        return None
    try:
        parts = json.loads(text)
    except ValueError as error:
        raise NothingHere from error
    if not isinstance(parts, list) or len(parts) != names + 1 or not all(isinstance(each, str) for each in parts):
        raise NothingHere
    try:
        return instant(parts[0]), tuple(parts[1:])
    except StateUnusable as error:
        raise NothingHere from error


def sequence(text: str) -> int | None:
    """A place in the write log; None where the list begins. Raises NothingHere."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST):
        raise NothingHere
    return int(text)
