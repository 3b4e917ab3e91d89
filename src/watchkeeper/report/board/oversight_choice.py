"""What can be chosen on the page for whoever oversees the SOC, and where it is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.board.leads import filtered
from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.board.of_period import OfPeriod
from watchkeeper.report.oversight import Duty, Oversight
from watchkeeper.report.oversight_counts import PARTS
from watchkeeper.report.oversight_packs import COLUMNS, DONE

OPENED, BARE = "opened", "bare"
ENDS: Final[dict[str, tuple[DutyEnd, ...]]] = {name: ends for name, _, ends in PARTS}
CHOSEN: Final = ("", OPENED, *ENDS, BARE)
"""What can be chosen of the duties of a task or team: all, or what one column of the table counts."""
FURTHER: Final[dict[str, tuple[DutyEnd, ...]]] = {"done": DONE}
"""What can be chosen besides: what several columns count."""
_BY_END: Final = ENDS | FURTHER
PARTS_OF: Final = (*CHOSEN, *FURTHER)
USES: Final = ("", *COLUMNS)
"""What can be chosen of the tasks of packs."""


@dataclass(frozen=True, slots=True)
class OversightOfPeriod(OfPeriod[Oversight]):
    """`task`, `team`, `pack` and `part` (a word of PARTS_OF) are what is listed of the duties, `pack` and `use` (a word of USES) what is of
    the tasks of packs, `most` how much of a list is shown. `verdicts_since`:
    the first day of which the store still has which ticket was judged how; None where it has of none."""

    task: str = ""
    team: str = ""
    pack: str = ""
    part: str = ""
    use: str = ""
    most: int = MOST
    verdicts_since: date | None = None

    @property
    def listed(self) -> tuple[Duty, ...]:
        tasks = frozenset(task.id for pack in self.report.packs if pack.id == self.pack for task in pack.tasks)
        return tuple(each for each in self.report.duties if self._is_listed(each, tasks))

    def _is_listed(self, duty: Duty, tasks: frozenset[str]) -> bool:
        if (self.task and duty.task != self.task) or (self.team and duty.team != self.team):
            return False
        if self.pack and duty.task not in tasks:
            return False
        if self.part in _BY_END:
            return duty.end in _BY_END[self.part]
        return {"": True, OPENED: duty.opened, BARE: bool(duty.gaps)}[self.part]


def duties_place(found: OversightOfPeriod, **chosen: str) -> str:
    """Where the duties are listed of which something is chosen."""
    return f"{filtered('', period=found.spelled, **chosen)}#duties"


def days_place(period: str, team: str) -> str:
    """Where the judged days of a team are listed."""
    return f"{filtered('', period=period, team=team)}#days"


def tasks_place(found: OversightOfPeriod, pack: str, use: str) -> str:
    """Where the tasks of a pack are listed that are used so."""
    return f"{filtered('', period=found.spelled, pack=pack, use=use)}#pack-tasks"
