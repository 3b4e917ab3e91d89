"""Pairs of records that existed before Watchkeeper knew them."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.model.record import Record


@dataclass(frozen=True, slots=True)
class Pairing:
    """One pair to be: the key that it gets, its two records, or why it cannot be made. `names` are as they were given.
    `foreign`: another integration made it, and has mirrored what was said so far."""

    names: tuple[str, str]
    key: str = ""
    ticket: Record | None = None
    incident: Record | None = None
    problem: str = ""
    foreign: bool = False
