"""What a live check could not look at, and so does not know to be fine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from watchkeeper.errors import Problem


class Lack(StrEnum):
    """Why something was not checked: our accounts may not read it, a system did not answer, or it cannot be known at all."""

    RIGHTS = "rights"
    ANSWER = "answer"
    KNOWLEDGE = "knowledge"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A sentence, and why."""

    what: str
    lack: Lack


Finding: TypeAlias = Problem | Unchecked
