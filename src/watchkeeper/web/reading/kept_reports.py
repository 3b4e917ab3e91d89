"""Reports on evidence, made once for as long as nothing that they are made of has changed: half a year of a large estate is read in seconds,
and changes once a day."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar, cast

from watchkeeper.evidence.kept import OWNER_TICKETS, OWNERSHIP, PROFILES, REMEDIATION, SCORES
from watchkeeper.report.compliance import Compliance
from watchkeeper.report.look_back import LookBack
from watchkeeper.report.period import Period
from watchkeeper.report.remediation import RemediationReport
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.web.reading.kept_days import KeptDays

READ: Final = (SCORES, PROFILES, REMEDIATION, OWNERSHIP, OWNER_TICKETS)
"""What these reports are made of."""
MOST: Final = 48
"""Reports that are held, and parts of some: those of the periods that a page offers, of a few deployments."""
R = TypeVar("R")


@dataclass(slots=True)
class KeptReports:
    """Safe to share between threads. The report that nobody has asked for longest goes first. `days`: what they were made of."""

    days: KeptDays = field(default_factory=KeptDays)
    _kept: OrderedDict[Any, Any] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def once(self, made_of: object, make: Callable[[], R]) -> R:
        """The report that is made of this; `made_of` tells everything that could make it another one."""
        with self._lock:
            if made_of in self._kept:
                self._kept.move_to_end(made_of)
                return cast("R", self._kept[made_of])
        made = make()
        with self._lock:
            self._kept[made_of] = made
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, slots=True)
class KeptLookBack(LookBack):
    """`stamp` is another one whenever something was kept or let go of that the reports are made of; `stamp_of_days` tells the same of
    judged days."""

    reports: KeptReports
    stamp: object
    stamp_of_days: Callable[[], object]

    def scores(self, chosen: Period, actions: int | None = None) -> ScoreReport:
        made = self.reports.once(
            ("scores", actions, *self._made_of(chosen)), lambda: LookBack.scores(self, chosen, actions)
        )
        return replace(made, as_of=self.now)

    def remediation(self, chosen: Period) -> RemediationReport:
        made = self.reports.once(("remediation", *self._made_of(chosen)), lambda: LookBack.remediation(self, chosen))
        return replace(made, as_of=self.now)

    def compliance(self, chosen: Period) -> Compliance:
        """As of when its days were read."""
        made_of = ("compliance", self.deployment, self.stamp_of_days(), chosen, _Same(self.catalog))
        return self.reports.once(made_of, lambda: LookBack.compliance(self, chosen))

    def _made_of(self, chosen: Period) -> tuple[object, ...]:
        return self.deployment, self.stamp, chosen, _Same(self.owners), _Same(self.rules)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A thing compared by being the very same, which it is until its file is read again."""

    thing: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)
