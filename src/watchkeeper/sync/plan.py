"""From what was observed to what would be written: the steps of a run up to the valves. Writes to no system."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from watchkeeper.catalog.decisions import due as decide_due
from watchkeeper.mapping.profile import Profile, ProfileKind
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.plan import Action, ConflictNote, Operation, Parked, Plan, Settled
from watchkeeper.model.record import SERVICENOW, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.sync.cases import Cases, Wanted, build_cases
from watchkeeper.sync.comments import carried_comment, conflict_comment
from watchkeeper.sync.drafts import ALL_TEAMS, home_of
from watchkeeper.sync.identity import check_identities
from watchkeeper.sync.match import Matched, match
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.mirror import mirror_comments
from watchkeeper.sync.observe import Observation, observe
from watchkeeper.sync.reconcile import Case, SideView, Sighting, in_order, reconcile
from watchkeeper.sync.recover import Recovered, recover
from watchkeeper.sync.references import with_groups
from watchkeeper.sync.scrutiny import with_closers, with_touched
from watchkeeper.sync.systems import Systems, fingerprint


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asked for. `open_valves`: name → digest. `only`: action id → expected revision token of a saved plan."""

    command: str = "sync"
    full: bool = False
    profile: str | None = None
    task: str | None = None
    max_writes: int | None = None
    open_valves: Mapping[str, str] = field(default_factory=dict)
    backfill_since: datetime | None = None
    only: Mapping[str, str] | None = None


@dataclass(slots=True)
class Prepared:
    """Everything that is known and decided before the first write. `memories` hold the pairs' links as they will be."""

    systems: Systems
    run_id: str
    options: Options
    observation: Observation
    recovered: Recovered = field(default_factory=Recovered)
    identity_changes: tuple[str, ...] = ()
    decided: tuple[Decided, ...] = ()
    cases: dict[str, Case] = field(default_factory=dict)
    memories: dict[str, PairMemory] = field(default_factory=dict)
    actions: tuple[Action, ...] = ()
    parked: list[Parked] = field(default_factory=list)
    conflicts: list[ConflictNote] = field(default_factory=list)
    absent: list[Link] = field(default_factory=list)
    vanished: dict[Side, tuple[str, ...]] = field(default_factory=dict)
    links: Mapping[str, Mapping[Side, Link]] = field(default_factory=dict)

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


def mapping_fingerprint(profiles: Iterable[Profile]) -> str:
    return "+".join(sorted(f"{profile.name}:{profile.fingerprint[:16]}" for profile in profiles))


def prepare(systems: Systems, run_id: str, options: Options) -> Prepared:
    """Recover, observe, decide what is due, match, build the cases and reconcile them. Stops after observing when a side
    could not be read: `Prepared.observation` says so."""
    identity_changes = check_identities(systems)
    systems = with_groups(systems)
    recovered = recover(systems)
    full = options.full or bool(changed_mappings(systems))
    observation = observe(systems, run_id, full=full)
    prepared = Prepared(systems, run_id, options, observation, recovered, identity_changes)
    if observation.errors:
        return prepared
    staged = systems.store.differing(run_id)
    matched = match(systems, staged)
    prepared.parked += [*matched.parked, *matched.duplicates, *_unreadable(observation)]
    prepared.links = systems.store.links()
    prepared.decided = _decide(prepared, matched)
    loud, quiet = _sort_out(systems, matched, prepared.links)
    gone = _unseen(prepared)
    keys = {*loud, *gone, *recovered.keys, *_dirty_keys(prepared), *_to_create(prepared.decided)}
    wanted = Wanted(
        frozenset(key for key in keys if _chosen(prepared, key)),
        {key: sides for key, sides in matched.records.items() if key in keys},
        _due(prepared, keys),
        import_since(prepared),
        matched.foreign,
    )
    settle_cases(prepared, wanted)
    _plan_comments(prepared, {key: matched.records[key] for key in quiet if _chosen(prepared, key)}, matched.foreign)
    _finish(prepared)
    return prepared


def settle_cases(prepared: Prepared, wanted: Wanted) -> None:
    """Build and reconcile cases, and add what follows to the prepared run."""
    systems = prepared.systems
    built: Cases = build_cases(systems, wanted)
    cases = with_closers(systems, built.cases)
    outcomes = {case.key: reconcile(case) for case in cases}
    touched = with_touched(systems, cases, [action for outcome in outcomes.values() for action in outcome.actions])
    outcomes |= {case.key: reconcile(case) for case in touched}
    prepared.cases |= {case.key: case for case in [*cases, *touched]}
    prepared.parked += [*built.parked, *built.duplicates]
    prepared.absent += built.absent
    now = systems.clock.now()
    for key, outcome in sorted(outcomes.items()):
        prepared.parked += outcome.parked
        prepared.conflicts += outcome.conflicts
        settled: Settled = outcome.settled or Settled(key, {})
        prepared.memories[key] = PairMemory.of(prepared.cases[key], settled.bases, now)
        prepared.actions += outcome.actions


def changed_mappings(systems: Systems) -> tuple[str, ...]:
    """Profiles whose mapping is not the one of the last run that wrote."""
    return tuple(
        name
        for name, profile in sorted(systems.profiles.items())
        if systems.store.recall(f"mapping:{name}") not in {None, profile.fingerprint}
    )


def import_since(prepared: Prepared) -> datetime | None:
    """Escalations from before this instant are not imported: the backfill's date, else the deployment's go-live day."""
    if prepared.options.backfill_since is not None:
        return prepared.options.backfill_since
    home = prepared.systems.catalog.deployment
    return datetime.combine(home.go_live, time.min, home.zone).astimezone(UTC) if home.go_live else None


def _unreadable(observation: Observation) -> list[Parked]:
    return [
        Parked(
            "",
            row.ref.id,
            f"a record on {row.ref.side} could not be read: {row.reason}",
            "the others went on; look at this record",
            row.ref.id,
        )
        for result in observation.results
        for row in result.unreadable
    ]


def _decide(prepared: Prepared, matched: Matched) -> tuple[Decided, ...]:
    systems = prepared.systems
    known = systems.store.decisions()
    decided = decide_due(
        systems.catalog, systems.clock.now(), known.keys(), _open_keys(prepared, matched), systems.store.raised()
    )
    task = prepared.options.task
    return tuple(each for each in decided if task is None or each.occurrence.task == task)


def _open_keys(prepared: Prepared, matched: Matched) -> frozenset[str]:
    """Occurrences whose ticket is open, as seen in this run or when both sides last agreed."""
    profile = prepared.systems.maintenance
    lenses = profile.field(STATUS_FIELD).lenses
    open_keys = set()
    for key in {*prepared.links, *matched.records}:
        if prepared.systems.profile_of(key).kind is not ProfileKind.MAINTENANCE:
            continue
        records, links = matched.records.get(key, {}), prepared.links.get(key, {})
        states = [
            lenses[side].get(records[side].fields if side in records else links[side].base)
            for side in lenses
            if side in records or (side in links and links[side].state is LinkState.LIVE)
        ]
        if states and all(isinstance(state, str) and not Status(state).is_closed for state in states):
            open_keys.add(key)
    return frozenset(open_keys)


def _sort_out(
    systems: Systems, matched: Matched, links: Mapping[str, Mapping[Side, Link]]
) -> tuple[frozenset[str], frozenset[str]]:
    """Keys in which a mapped field moved (or that are new), and keys in which only the revision did."""
    loud: set[str] = set()
    quiet: set[str] = set()
    for key, records in matched.records.items():
        profile = systems.profile_of(key)
        known = links.get(key, {})
        moved = any(
            record.ref != known[side].ref or fingerprint(profile, record) != known[side].fingerprint
            if side in known
            else True
            for side, record in records.items()
        )
        (loud if moved else quiet).add(key)
    return frozenset(loud), frozenset(quiet)


def _unseen(prepared: Prepared) -> frozenset[str]:
    """Keys of linked records that a complete sweep did not list."""
    keys: set[str] = set()
    for result in prepared.observation.results:
        if result.swept and result.complete:
            links = prepared.systems.store.unseen(prepared.run_id, result.feed.side, result.feed.table)
            missing = tuple(sorted(link.key for link in links))
            prepared.vanished[result.feed.side] = (*prepared.vanished.get(result.feed.side, ()), *missing)
            keys.update(missing)
    return frozenset(keys)


def _dirty_keys(prepared: Prepared) -> frozenset[str]:
    return frozenset(row.key for row in prepared.systems.store.dirty())


def _to_create(decided: Iterable[Decided]) -> frozenset[str]:
    return frozenset(each.occurrence.key for each in decided if each.decision is Decision.CREATE)


def _due(prepared: Prepared, keys: Collection[str]) -> Mapping[str, Occurrence]:
    """The occurrences among the keys that are, or were, to be opened."""
    stored = prepared.systems.store.decisions(keys)
    both = [*stored.values(), *prepared.decided]
    return {
        each.occurrence.key: each.occurrence
        for each in both
        if each.decision is Decision.CREATE and each.occurrence.task in prepared.systems.catalog.tasks
    }


def _chosen(prepared: Prepared, key: str) -> bool:
    """Whether `--profile` and `--task` leave the key in this run."""
    options = prepared.options
    profile = prepared.systems.profile_of(key)
    if options.profile is not None and profile.name != options.profile:
        return False
    return options.task is None or key.split("/", 1)[0] == options.task


def _plan_comments(prepared: Prepared, quiet: Mapping[str, Mapping[Side, Record]], foreign: frozenset[str]) -> None:
    """Mirror comments of every case and of every pair in which only the revision moved."""
    systems, now = prepared.systems, prepared.systems.clock.now()
    for key, records in sorted(quiet.items()):
        links = prepared.links.get(key, {})
        sides = {
            side: SideView(Sighting.FOUND if side in records else Sighting.UNCHANGED, records.get(side), link)
            for side, link in links.items()
        }
        case = Case(key, systems.profile_of(key), sides)
        prepared.cases[key] = case
        prepared.memories[key] = PairMemory.of(case, {}, now)
    mirrored, entries = mirror_comments(systems, list(prepared.cases.values()), foreign)
    prepared.actions += mirrored
    systems.store.put_ledger(entries)


def _finish(prepared: Prepared) -> None:
    """Notes that the engine owes, earlier runs' unfinished writes in place of fresh ones, the mode, and the final order."""
    actions = [*prepared.actions, *_conflict_notes(prepared), *_carried_notes(prepared)]
    replays = {action.key: action for action in reversed(prepared.recovered.replays) if _chosen(prepared, action.key)}
    actions = [*replays.values(), *(action for action in actions if action.key not in replays)]
    actions = _allowed(prepared, actions)
    by_key: dict[str, list[Action]] = {}
    for action in actions:
        by_key.setdefault(action.key, []).append(action)
    prepared.actions = tuple(action for key in sorted(by_key) for action in in_order(by_key[key]))


def _allowed(prepared: Prepared, actions: Sequence[Action]) -> list[Action]:
    """Leave out what WATCHKEEPER_MODE does not allow, what a saved plan does not hold, and what was refused already."""
    systems, only = prepared.systems, prepared.options.only
    refused = {
        row.reason.removeprefix("refused ").split(":", 1)[0]
        for row in systems.store.dirty()
        if row.reason.startswith("refused ")
    }
    kept = []
    for action in actions:
        if systems.mode == "maintenance" and systems.profile_of(action.key).kind is not ProfileKind.MAINTENANCE:
            prepared.parked.append(
                Parked(action.key, "", "WATCHKEEPER_MODE=maintenance allows the maintenance profile alone")
            )
        elif only is not None and only.get(action.id) != (action.expect.token if action.expect else ""):
            prepared.parked.append(
                Parked(action.key, "", "not in the saved plan, or the record moved since", "make a new plan")
            )
        elif action.id in refused:
            prepared.parked.append(
                Parked(action.key, "", "was refused before exactly as it is; change the record or the mapping")
            )
        else:
            kept.append(action)
    return kept


def _conflict_notes(prepared: Prepared) -> list[Action]:
    """One work note per conflict in which people on both sides changed a field."""
    notes = []
    language = prepared.systems.catalog.deployment.language
    for conflict in prepared.conflicts:
        case = prepared.cases[conflict.key]
        view = case.sides.get(SERVICENOW)
        if conflict.known_before and view is not None and view.record is not None:
            notes.append(conflict_comment(conflict, case.profile, view.record.ref, language=language))
    return _unwritten(prepared, notes)


def _carried_notes(prepared: Prepared) -> list[Action]:
    """A line in the open ticket for every period of a daily duty that fell due while it was open."""
    profile = prepared.systems.maintenance
    notes = []
    for each in prepared.decided:
        if each.decision is not Decision.CARRIED:
            continue
        holder = _holder(prepared, each.occurrence)
        if holder is not None:
            home = home_of(prepared.systems, each.occurrence.team) if each.occurrence.team != ALL_TEAMS else None
            language = home.language if home else prepared.systems.catalog.deployment.language
            notes.append(carried_comment(holder.key, profile, holder.ref, [each.occurrence.period], language=language))
            prepared.memories.setdefault(holder.key, _memory_of_links(prepared, holder.key))
    return _unwritten(prepared, notes)


def _holder(prepared: Prepared, occurrence: Occurrence) -> Link | None:
    """The open ServiceNow ticket that carries a period: the latest of its task and team."""
    prefix = f"{occurrence.task}/{occurrence.team}@"
    keys = [
        key
        for key in prepared.links
        if key.startswith(prefix) and key < occurrence.key and SERVICENOW in prepared.links[key]
    ]
    return prepared.links[max(keys)][SERVICENOW] if keys else None


def _memory_of_links(prepared: Prepared, key: str) -> PairMemory:
    links = prepared.links[key]
    sides = {side: SideView(Sighting.UNCHANGED, None, link) for side, link in links.items()}
    case = Case(key, prepared.systems.profile_of(key), sides)
    return PairMemory.of(case, {}, prepared.systems.clock.now())


def _unwritten(prepared: Prepared, notes: Sequence[Action]) -> list[Action]:
    """The notes of the engine that are not on their ticket yet."""
    ledger = {(row.key, row.comment_id) for row in prepared.systems.store.ledger({note.key for note in notes})}
    fresh = [note for note in notes if (note.key, note.comment_id) not in ledger]
    return [note for note in fresh if note.operation is Operation.COMMENT]


def with_more(prepared: Prepared, keys: Collection[str]) -> Prepared:
    """A further round of the same run for keys whose records moved while it wrote: read both sides and decide afresh."""
    systems = prepared.systems
    further = replace(
        prepared, cases={}, memories={}, actions=(), parked=[], conflicts=[], absent=[], decided=(), vanished={}
    )
    further.recovered = recover(systems)
    further.links = systems.store.links()
    chosen = frozenset(key for key in keys if _chosen(prepared, key))
    settle_cases(further, Wanted(chosen, {}, _due(prepared, chosen), import_since(prepared)))
    _plan_comments(further, {}, frozenset())
    _finish(further)
    return further
