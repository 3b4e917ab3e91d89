"""Our own vocabulary: canonical values that both sides are translated into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Status(StrEnum):
    """Canonical status, in the order of a ticket's life (see `furthest` in watchkeeper.sync.merge)."""

    NEW = "new"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_closed(self) -> bool:
        return self in _CLOSED


_CLOSED = frozenset({Status.RESOLVED, Status.CLOSED, Status.CANCELLED})


class Severity(StrEnum):
    """Canonical severity, lowest first in RANK."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFORMATIONAL = "informational"

    @property
    def rank(self) -> int:
        """0 for informational up to 3 for high."""
        return _SEVERITY_RANK[self]


_SEVERITY_RANK = {Severity.INFORMATIONAL: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3}

Canonical: TypeAlias = str | tuple[str, ...] | None
"""A canonical value: text (a Status or Severity value, a title), a sorted tuple (labels), or None for empty."""

STATUS_FIELD = "status"
"""The canonical field whose values are Status and whose changes are transitions."""
SEVERITY_FIELD = "severity"


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A raw value that the mapping does not know; the field is left alone on both sides and reported."""

    fields: tuple[str, ...]
    value: str
    reason: str = ""
