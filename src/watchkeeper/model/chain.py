"""The write log's hash chain: where it stands, and what is wrong with one that was tampered with or damaged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class ChainHead:
    """The last row of the write log at some moment: everything before it is in its hash (64 hex digits of SHA-256). Written
    down outside the store, it shows later whether the log is still the one that it was."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> ChainHead:
        """The head that `str` wrote. Raises ValueError on anything else."""
        sequence, _, digest = text.partition(":")
        if not (
            sequence.isascii() and sequence.isdigit() and len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        ):
            raise ValueError(f"{text!r} is not SEQUENCE:HASH as a run's report shows it")
        return cls(int(sequence), digest)


class Flaw(StrEnum):
    """What is wrong with a row of the chain."""

    MISSING = "missing"
    """It is not there, or not in its place."""
    CHANGED = "changed"
    """What it says, or the row before it, is not what its hash was made from."""
    CUT = "cut"
    """It stood in the log when a run ended, and the log ends before it."""
    REPLACED = "replaced"
    """The chain holds, but at the end of a run another row stood here: the log was written anew from here or before."""
    PRUNED = "pruned"
    """The log begins after it, and no row says that it was pruned there."""


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first row that does not fit, with the run and the key that it tells of, as far as it can be read."""

    sequence: int
    flaw: Flaw
    run_id: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the log was pruned: the last row that went, how many went with it since the log began, and when."""

    last: ChainHead
    count: int
    until: datetime


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a look through the whole log found. `head` is the last row that fits; `heads` how many ends of runs were
    compared."""

    rows: int
    head: ChainHead | None
    checkpoint: Checkpoint | None
    broken: ChainBreak | None
    heads: int = 0
