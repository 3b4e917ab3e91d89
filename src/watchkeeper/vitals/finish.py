"""How one execution of a scheduled command ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watchkeeper.model.exit_code import Upshot, upshot_of


@dataclass(frozen=True, slots=True)
class Finish:
    """`ended` by this machine's clock, which is the one that whoever watches compares with; `seconds` is how long it took.
    `sentence` says what came of it without a word from a ticket."""

    command: str
    deployment: str
    exit_code: int
    ended: datetime
    seconds: float
    sentence: str

    @property
    def upshot(self) -> Upshot:
        return upshot_of(self.exit_code)
