"""One execution of the engine, as it is stored and reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchkeeper.model.budget import Forecast
from watchkeeper.model.calls import NO_CALLS_KEPT, CallRecord
from watchkeeper.model.chain import ChainHead
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.plan import Action, Parked, Plan, ValveTrip
from watchkeeper.model.record import Revision
from watchkeeper.model.traffic import Traffic

NO_TRAFFIC = Traffic()


class Outcome(StrEnum):
    DONE = "done"
    ADOPTED = "adopted"
    """The write had already happened (an earlier run's, or somebody else's record under our id)."""
    CONFLICT = "conflict"
    """The record moved; merged afresh in this run or the next."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not tried, or turned away until later: an earlier action of the key did not succeed, its side stopped or asked to wait, or
    the run's time or calls are used up."""
    UNKNOWN = "unknown"
    """Sent without a usable answer; the next run finds out."""


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What became of one action. `number` is the record's display number; `refused` names fields the side
    did not take as sent, `kept` those of our own fields among them that it left as they were, `revision` is the record's
    confirmed one, and `waited` how many seconds the change that it carries over stood on the other side alone."""

    action: Action
    outcome: Outcome
    number: str = ""
    url: str = ""
    message: str = ""
    error: str = ""
    refused: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    revision: Revision | None = None
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class SideReport:
    """How one side did: `complete` listing or not, `clock_skew` in seconds (remote minus ours), and what it was asked."""

    side: str
    reachable: bool
    complete: bool
    traffic: Traffic = NO_TRAFFIC
    clock_skew: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where the next run goes on after one that was deferred: how many writes are `done`, how many items are known to be `left`
    (of a run that could look at nothing: those of the runs before it), which `key` comes first ("": whatever is found then), and the instant before which a side does not want to be asked again."""

    done: int
    left: int
    key: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """The answer to: what changed, what failed, what do I do.

    `exit_code` follows the CLI contract; `reasons` lists every reason that applies, first wins. `forecast` is what the plan's
    writes were expected to cost; `resume` says where a deferred run goes on; `notes` what people have to know
    of the systems, whatever came of the run. `head` is where the write log stood at its end, and `calls` what the systems were asked,
    of which `sides` have the sums.
    """

    run_id: str
    command: str
    deployment: str
    mode: str
    started_at: datetime
    ended_at: datetime
    plan: Plan
    results: tuple[ActionResult, ...]
    decided: tuple[Decided, ...]
    valves: tuple[ValveTrip, ...]
    sides: tuple[SideReport, ...]
    parked: tuple[Parked, ...]
    problems: tuple[str, ...]
    exit_code: int
    reasons: tuple[str, ...] = ()
    swept: bool = False
    forecast: tuple[Forecast, ...] = ()
    resume: Resume | None = None
    notes: tuple[str, ...] = ()
    head: ChainHead | None = None
    calls: CallRecord = NO_CALLS_KEPT


@dataclass(frozen=True, slots=True)
class WriteLogEntry:
    """One row of the append-only write log. `kind` is `intended` or `outcome`, or `pruned` or `rebuilt` for what was done to the
    store itself, of no key; comment text appears only as a digest. `before` and `after` are raw fields as JSON, `agreed` what both
    sides had agreed on in the changed fields, and `rules` for each raw field the field of ours that it carries and the place of the
    rule behind it ("" where that is not on record)."""

    sequence: int
    run_id: str
    at: datetime
    kind: str
    action_id: str
    key: str
    side: str
    table: str
    record_id: str
    operation: str
    reason: str
    before: str
    after: str
    outcome: str
    hash: str
    agreed: str = ""
    rules: str = ""
