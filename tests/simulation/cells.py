"""Which fault is brought to which kind of call: every one to every one, but for what is left out here with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tests.faults.kinds import CALLS, FAULTS, FIRST, SELDOM
from tests.simulation.schedule import Blow, Profile, Run

Cell: TypeAlias = tuple[str, str]
"""(kind of call, fault)."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Faults that no history brings to these calls, and why. Empty `calls` or `faults`: all of them. `profile`: only there."""

    why: str
    calls: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()
    profile: Profile | None = None

    def has(self, cell: Cell, profile: Profile) -> bool:
        call, fault = cell
        here = self.profile in {None, profile}
        return here and call in (self.calls or {call}) and fault in (self.faults or {fault})


TOGETHER = frozenset({"ServiceNow groups", "ServiceNow dictionary", "ServiceNow choices"})
"""Calls that are made by themselves only where the batch of them is refused."""

LEFT_OUT = (
    LeftOut(
        "the simulated catalogue keeps no duty as a task of an incident: tests/faults makes these calls",
        calls=frozenset({"Sentinel tasks", "Sentinel task create"}),
    ),
    LeftOut(
        "the first call over a connection cannot find it closed for having been idle",
        calls=FIRST,
        faults=frozenset({"idle_close"}),
    ),
    LeftOut(
        "they change texts and ids on their way, which a write then gives back as they were read: tests/faults looks at that",
        faults=frozenset({"hostile nul", "hostile surrogate"}),
    ),
    LeftOut(
        "listings that lack rows and do not say so: only a sweep makes up for them",
        faults=frozenset({"truncate fewer_rows", "truncate empty_list", "hostile repeated_keys", "close_delimited"}),
        profile="delta-only",
    ),
    LeftOut(
        "a history of edits that lacks rows and does not say so: nothing else tells of an edit that was given back",
        calls=frozenset({"ServiceNow audit"}),
        faults=frozenset({"truncate fewer_rows", "truncate empty_list", "hostile repeated_keys", "close_delimited"}),
    ),
    LeftOut(
        "what they tell is asked for once a day, and is no matter of cursors: the other profile has them",
        calls=TOGETHER,
        profile="delta-only",
    ),
)


AIMED_ONLY = frozenset({"status 429 for an hour"})
"""Faults that chance does not draw: a run that is told to come back in an hour does nothing else. Aimed histories bring them."""


@lru_cache(maxsize=2)
def cells(profile: Profile) -> tuple[Cell, ...]:
    """Every (call, fault) that histories bring together, call by call."""
    every = ((call.name, fault.name) for call in (*CALLS, *SELDOM) for fault in FAULTS)
    return tuple(cell for cell in every if not any(each.has(cell, profile) for each in LEFT_OUT))


@lru_cache(maxsize=2)
def drawn(profile: Profile) -> tuple[Cell, ...]:
    """Those among them that chance may bring to any run."""
    seldom = {call.name for call in SELDOM}
    return tuple(cell for cell in cells(profile) if cell[1] not in AIMED_ONLY and cell[0] not in seldom)


LIE: Cell = ("Sentinel incident", "status 404")
"""That an incident is not there, of one that is. Two such answers in two runs are proof, until a sweep shows it again."""


def when_repeated(run: Run, profile: Profile) -> tuple[Blow, ...]:
    """The faults of a run that a person repeats with a valve opened: the same, but for a lie that nothing would make up for."""
    return tuple(blow for blow in run.blows if profile == "default" or (blow.call, blow.fault) != LIE)
