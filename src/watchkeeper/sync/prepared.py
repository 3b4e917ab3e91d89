"""A run before its first write: what the caller asked for, and everything that is known and decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.activity import Comment
from watchkeeper.model.link import LedgerEntry, Link
from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.plan import Action, ConflictNote, Parked, Plan
from watchkeeper.model.reasons import Reason
from watchkeeper.model.record import Side
from watchkeeper.sync.audit_result import DayResult
from watchkeeper.sync.case import Case, RemediationNews, Sighting
from watchkeeper.sync.fields import FieldCheck
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.observe import Observation
from watchkeeper.sync.reading import Reading
from watchkeeper.sync.recover import Recovered
from watchkeeper.sync.systems import Systems

LACKING = "lacking"
"""Under which name the store remembers the choices that a profile names and the instance does not have, by profile."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Which run's writes to take back. `pauses`: whether the deployment is paused before the first of them. `while_paused`: write
    also where a person has paused it."""

    run: str
    pauses: bool = True
    while_paused: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for. `open_valves`: name → digest. `only`: action id → expected revision token of a saved plan.
    `undo`: take a run back instead of bringing both systems in step. `memoryless`: nothing is expected to be remembered of any
    pair."""

    command: str = "sync"
    full: bool = False
    profile: str | None = None
    task: str | None = None
    max_writes: int | None = None
    open_valves: Mapping[str, str] = field(default_factory=dict)
    backfill_since: datetime | None = None
    only: Mapping[str, str] | None = None
    undo: Undo | None = None
    memoryless: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether some keys are left out of the run, so that it cannot vouch for what the feeds have shown."""
        return self.profile is not None or self.task is not None or self.undo is not None


@dataclass(frozen=True, slots=True)
class Owned:
    """What a run does about the tickets of asset owners. `fresh`: those to be opened; `decided`: what stands already, of ones that serve
    once more; `news` by key; `reopened`: the decision on each key that is opened again, stored once it is; `pending`: keys of tickets
    that were to be opened before and are not there."""

    fresh: tuple[Occurrence, ...] = ()
    decided: tuple[Decided, ...] = ()
    news: Mapping[str, RemediationNews] = field(default_factory=dict)
    reopened: Mapping[str, Decided] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    parked: tuple[Parked, ...] = ()
    remarks: tuple[Reason, ...] = ()


@dataclass(slots=True)
class Prepared:
    """Everything that is known and decided before the first write.

    `links`: what is remembered of the records that were seen and of open duties, by key; never of all pairs, of which there may
    be a million. `memories` hold the pairs' links as they will be. `looked_into`: every key that was decided in this round. `held`: keys
    that a later run must look at again although no feed will say so, and why. `replayed`: keys for which an earlier run's
    unfinished write comes first, and the rest after it. `notes`: id of a note's action → the decisions that it tells about,
    which are stored once it is written. `superseded`: keys whose open ticket gives way to a newer one, and that one's key.
    `open_duties`: keys of duties whose ticket is open. `audited`: what the escalation audits found of the days that an open ticket stands for, by key, and `concluded`: which of these
    tickets are resolved with it, and in which words; `standing`: whose text is to show how that stands;
    `half_closed`: of which an earlier run resolved the record on this side alone.
    `owned`: the same of asset owners' tickets.
    `unread`: escalations that are not let in because no table knows their status, so that nobody can tell whether they are open.
    `undone`: the fields (key, name) that are left alone because a person had undone what would be written again.
    `remarks`: what people have to know of the memory; `age_open`: it is older than
    what we wrote, and that is not made up for yet. `talks`: comments that were read beside the records. `whole`: for a run that only looks, whether it saw everything.
    """

    systems: Systems
    run_id: str
    options: Options
    observation: Observation
    recovered: Recovered = field(default_factory=Recovered)
    identity_changes: tuple[Reason, ...] = ()
    decided: tuple[Decided, ...] = ()
    cases: dict[str, Case] = field(default_factory=dict)
    memories: dict[str, PairMemory] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    parked: list[Parked] = field(default_factory=list)
    conflicts: list[ConflictNote] = field(default_factory=list)
    absent: list[Link] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    vanished: dict[Side, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, Mapping[Side, Link]] = field(default_factory=dict)
    looked_into: frozenset[str] = frozenset()
    held: dict[str, str] = field(default_factory=dict)
    replayed: frozenset[str] = frozenset()
    notes: dict[str, tuple[Decided, ...]] = field(default_factory=dict)
    superseded: Mapping[str, str] = field(default_factory=dict)
    fields: FieldCheck = field(default_factory=FieldCheck)
    open_duties: frozenset[str] = frozenset()
    audited: Mapping[str, tuple[DayResult, ...]] = field(default_factory=dict)
    concluded: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)
    half_closed: Mapping[str, Side] = field(default_factory=dict)
    owned: Owned = field(default_factory=Owned)
    unread: list[Parked] = field(default_factory=list)
    undone: set[tuple[str, str]] = field(default_factory=set)
    talks: Reading[Sequence[Comment]] = field(default_factory=Reading)
    remarks: tuple[Reason, ...] = ()
    age_open: bool = False
    whole: bool = False

    @property
    def plan(self) -> Plan:
        return Plan(
            self.actions,
            tuple(self.parked),
            tuple(self.conflicts),
            lineage=self.systems.store.lineage,
            mapping_fingerprint=mapping_fingerprint(self.systems.profiles.values()),
            made_at=self.systems.clock.now(),
        )

    def is_pair(self, key: str) -> bool:
        """Whether what was found of a key is to be remembered: an escalation without a counterpart is no pair. It stays
        unlinked, and is looked at again whenever it shows up."""
        case = self.cases.get(key)
        alone = case is not None and any(view.sighting is Sighting.NEVER for view in case.sides.values())
        return not (alone and self.memories[key].profile.kind is ProfileKind.ESCALATION)

    def chosen(self, key: str) -> bool:
        """Whether `--profile` and `--task` leave the key in this run."""
        if self.options.profile is not None and self.systems.profile_of(key).name != self.options.profile:
            return False
        return self.options.task is None or key.split("/", 1)[0] == self.options.task


def mapping_fingerprint(profiles: Iterable[Profile]) -> str:
    return "+".join(sorted(f"{profile.name}:{profile.fingerprint[:16]}" for profile in profiles))
