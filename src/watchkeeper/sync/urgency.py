"""What goes first where there is more to write than a quota lets through: closes, then new records, severities, and comments last."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from watchkeeper.model.capabilities import Capabilities
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD
from watchkeeper.ports import Workers

_RANKS: Final = {Operation.CLOSE: 0, Operation.CREATE: 1, Operation.COMMENT: 5}
_FIELDS: Final = {STATUS_FIELD: 2, SEVERITY_FIELD: 3}
_OTHER_FIELDS: Final = 4


def urgency(actions: Iterable[Action]) -> int:
    """The rank of what is left to do for a key, lower first: its most urgent action counts, for which the others make way."""
    return min(map(_rank, actions))


def _rank(action: Action) -> int:
    fields = (_FIELDS.get(change.field, _OTHER_FIELDS) for change in action.changes)
    return _RANKS.get(action.operation, min(fields, default=_OTHER_FIELDS))


Work: TypeAlias = tuple[Callable[[], Any], Callable[[Any], None]]
"""What `ports.Workers.submit` takes: the work, and what to do with its result."""

Begin: TypeAlias = Callable[[], Work | None]
"""Asked when its turn has come; None when it is not wanted any more."""


@dataclass
class Queue:
    """Hands work to a side's workers by rank, and within a rank in the order in which it came.

    No more than twice what a side bears at once is handed over: enough that no worker waits for us, and little enough that
    what becomes urgent, or can be done only now, does not stand behind everything else. Used by one thread.
    """

    workers: Workers
    capabilities: Mapping[Side, Capabilities]
    _waiting: dict[Side, list[tuple[int, int, Begin]]] = field(default_factory=dict)
    _under_way: dict[Side, int] = field(default_factory=dict)
    _came: int = 0
    _handing_over: bool = False

    def put(self, side: Side, rank: int, begin: Begin) -> None:
        self._came += 1
        heapq.heappush(self._waiting.setdefault(side, []), (rank, self._came, begin))

    def work_off(self) -> None:
        """Return when everything is done, also what was added meanwhile."""
        self._hand_over()
        self.workers.drain()

    def _hand_over(self) -> None:
        if self._handing_over:  # workers that do their work at once come back here from within
            return
        self._handing_over = True
        try:
            while sides := [side for side in sorted(self._waiting) if self._has_room(side)]:
                for side in sides:
                    self._begin(side)
        finally:
            self._handing_over = False

    def _begin(self, side: Side) -> None:
        work = heapq.heappop(self._waiting[side])[2]()
        if work is not None:
            self._under_way[side] = self._under_way.get(side, 0) + 1
            self.workers.submit(side, work[0], self._after(side, work[1]))

    def _has_room(self, side: Side) -> bool:
        most = 2 * self.capabilities[side].workers + 2
        return bool(self._waiting[side]) and self._under_way.get(side, 0) < most

    def _after(self, side: Side, done: Callable[[Any], None]) -> Callable[[Any], None]:
        def after(result: Any) -> None:
            self._under_way[side] -= 1
            done(result)
            self._hand_over()

        return after
