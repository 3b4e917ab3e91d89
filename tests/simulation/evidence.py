"""What a history leaves behind for the checker: what people did, what each run sent and said, and what the systems recorded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.simulation.schedule import Deed, History, Run

from watchkeeper.emulators.world import World
from watchkeeper.model.run import RunReport


@dataclass(frozen=True, slots=True)
class Done:
    """A deed that a system let happen, and the record that it was done to (ServiceNow's sys_id, or the incident's name)."""

    deed: Deed
    at: datetime
    record: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A writing call that left a run. `intended`: whether the store held its intention at that moment."""

    run: str
    at: datetime
    system: str
    method: str
    path: str
    intended: bool


@dataclass(slots=True)
class Taken:
    """How one run went. `report` is None where it was killed, found the lease taken, or could not use the store: then `code` says
    how it ended. `crash`: an exception that no run may end with. `unanswered`: when a fault fell on its questions to the workspace's
    table."""

    run: Run
    began: datetime
    ended: datetime | None = None
    report: RunReport | None = None
    code: int | None = None
    killed: bool = False
    waited: float = 0.0
    boundaries: int = 0
    crash: str = ""
    settling: bool = False
    unanswered: list[datetime] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Said:
    """A value that lost, and by what, or a field that was left alone, as the program told it at some time."""

    key: str
    field: str
    value: str = ""
    by: str = ""


@dataclass(slots=True)
class Evidence:
    history: History
    world: World
    database: Path
    done: list[Done] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    conflicts: set[Said] = field(default_factory=set)
    parked: set[Said] = field(default_factory=set)
    dirty: dict[str, str] = field(default_factory=dict)
    """Keys that are unfinished in the end, and what the program says about them."""
    plans: list[str] = field(default_factory=list)
    """What is wrong with plans that were made twice."""
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(kind of call, fault): how often it fell."""
    rest_writes: list[Sent] = field(default_factory=list)
    rest_calls: int = 0
    lost: bool = False

    @property
    def overslept(self) -> bool:
        """Whether a run stood still for as long as a lease lasts, so that two may have gone on at the same time."""
        return any(each.waited >= LEASE_SECONDS for each in self.taken)


LEASE_SECONDS = 600.0
