"""What can be chosen on the page for whoever oversees the SOC, and where it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.board.leads import filtered
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.oversight import Duty, Oversight
from watchkeeper.report.oversight_counts import PARTS

OPENED, BARE = "opened", "bare"
ENDS: Final[Mapping[str, tuple[DutyEnd, ...]]] = {name: ends for name, _, ends in PARTS}
CHOSEN: Final = ("", OPENED, *ENDS, BARE)
"""What can be chosen of the duties of a task or team: all, or what one column of the table counts."""


@dataclass(frozen=True, slots=True)
class OversightOfPeriod(OfPeriod[Oversight]):
    """`task`, `team` and `part` (a word of CHOSEN) are what is listed of the duties, `most` how many of them are shown. `verdicts_since`:
    the first day of which the store still has which ticket was judged how; None where it has of none."""

    task: str = ""
    team: str = ""
    part: str = ""
    most: int = MOST
    verdicts_since: date | None = None

    @property
    def listed(self) -> tuple[Duty, ...]:
        return tuple(each for each in self.report.duties if self._is_listed(each))

    def _is_listed(self, duty: Duty) -> bool:
        if (self.task and duty.task != self.task) or (self.team and duty.team != self.team):
            return False
        if self.part in ENDS:
            return duty.end in ENDS[self.part]
        return {"": True, OPENED: duty.opened, BARE: bool(duty.gaps)}[self.part]


def duties_place(found: OversightOfPeriod, **chosen: str) -> str:
    """Where the duties are listed of which something is chosen."""
    return f"{filtered('', period=found.spelled, **chosen)}#duties"


def days_place(period: str, team: str) -> str:
    """Where the judged days of a team are listed."""
    return f"{filtered('', period=period, team=team)}#days"
