"""What the tickets of asset owners are to say, as it is kept from day to day: one ticket per owner and recommendation.

Names and titles were written elsewhere: neutralise them before they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

NOT_MINE = "not-mine"
EXCEPTION = "exception"


class Fate(StrEnum):
    """What has become of that which an owner was asked to mend."""

    WAITING = "waiting"
    FIXED = "fixed"
    """Every device is mended."""
    EXEMPT = "exempt"
    """An exception was approved."""
    MARKED = "marked"
    """Somebody marked it as completed although devices are left, which mends none."""
    WITHDRAWN = "withdrawn"
    """The source lists it no more, and nothing proves that it is done."""
    MOVED = "moved"
    """Others own the devices now."""

    @property
    def is_done(self) -> bool:
        """Whether it is proven that nothing is left to do."""
        return self in {Fate.FIXED, Fate.EXEMPT}


@dataclass(frozen=True, slots=True)
class OwnerTicket:
    """One owner and one recommendation. `name` stands for the two: 10 hex digits, the same on every day and in every store.

    `names`: what the owner is called, by language, where that is not `owner_name`. `group` is the owner's assignment group, "" for that
    of the oversight team; `language` and `zone` (IANA) are "" for the deployment's. `device_groups` are those of the owner that were
    asked; `shared`: those of others were as well, and the numbers are those of all. `due` is the first date of what is left, and
    `overdue` whether it was over on that day. `spell` counts how often it came up, 1 for the first time, and `since` is the day on
    which it last did. `listed` is the last day on which the source showed it; `marked_by` who marked it as completed.
    """

    name: str
    owner: str
    owner_name: str
    names: tuple[tuple[str, str], ...]
    group: str
    contact: str
    language: str
    zone: str
    recommendation: str
    title: str
    priority: str
    fate: Fate
    fixed: int
    target: int
    left: int
    due: date | None
    overdue: bool
    device_groups: tuple[str, ...]
    spell: int
    since: date
    listed: date
    marked_by: str = ""
    shared: bool = False

    def called(self, language: str) -> str:
        return dict(self.names).get(language, self.owner_name)

    @property
    def done(self) -> bool:
        return self.fate.is_done


@dataclass(frozen=True, slots=True)
class Untold:
    """What got no ticket because its owner had enough of new ones that day."""

    owner: str
    recommendation: str
    title: str
    left: int
    due: date | None


@dataclass(frozen=True, slots=True)
class OwnerTickets:
    """A day's tickets, and what got none (`digest`), the most urgent first. `ways`: the text of an AddressTemplate
    by what it is for (NOT_MINE, EXCEPTION)."""

    tickets: tuple[OwnerTicket, ...]
    digest: tuple[Untold, ...] = ()
    ways: Mapping[str, str] = field(default_factory=dict)

    @property
    def by_name(self) -> Mapping[str, OwnerTicket]:
        return {each.name: each for each in self.tickets}


def period_of(name: str, spell: int) -> str:
    """What ends the key of a ticket; it begins with `~`, as that of a raised duty does after its day."""
    return f"~{name}" if spell == 1 else f"~{name}-{spell}"
