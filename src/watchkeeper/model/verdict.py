"""The escalation audit's answer for one ticket on one working day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from watchkeeper.model.activity import Activity
from watchkeeper.model.record import RecordRef


class VerdictKind(StrEnum):
    FRESH = "fresh"
    DUE = "due"
    STALE = "stale"
    VERY_STALE = "very-stale"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"


class AuditWindow(StrEnum):
    """How often a person has to update an escalation; the words are those of a profile."""

    BUSINESS_DAY = "business_day"
    ROLLING_24H = "rolling_24h"
    PER_SHIFT = "per_shift"


class AuthorClass(StrEnum):
    HUMAN = "human"
    BOT = "bot"
    UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Deed:
    """One activity with how it was judged: who really wrote it, whether it counts, and why (not)."""

    activity: Activity
    author_class: AuthorClass
    counts: bool
    why: str
    flags: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.activity)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`day` is the owning team's local working day; `final` once that day is over. `evidence` is what was looked at, newest
    first. `working_days` is the number of working days without a human update: whole ones, and the judged day too once its
    cut-off has passed. `inputs_digest` covers everything the verdict was computed from.

    `reason` is the English sentence; `reason_code` and `reason_args` (name, value) let a report say the same in another
    language. `group` is the assignment group when no team in the catalogue has it (`team` is then the oversight team that
    owns the row), else empty. `zone` is the team's, an IANA name; "" in verdicts that were stored without it. `unread`: each side
    that could not tell everything about the ticket, and why."""

    key: str
    refs: tuple[RecordRef, ...]
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    title: str
    team: str
    severity: str
    assignee: str
    day: date
    kind: VerdictKind
    final: bool
    reason: str
    evidence: tuple[Deed, ...]
    last_human_update: datetime | None
    working_days: int
    flags: tuple[str, ...] = ()
    inputs_digest: str = ""
    reason_code: str = ""
    reason_args: tuple[tuple[str, str], ...] = ()
    group: str = ""
    unread: tuple[tuple[str, str], ...] = ()
    zone: str = ""
    assignee_account: str = ""
    """The assignee as the side names accounts; `assignee` is what people call them."""
