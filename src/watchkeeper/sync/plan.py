"""From what was observed to what would be written: the steps of a run up to the valves. Writes to no system."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from watchkeeper.catalog.decisions import candidates, decide
from watchkeeper.catalog.model import Overlap
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import LinkState
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.plan import Action, Operation, Parked, Settled
from watchkeeper.model.progress import Phase
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Record, Side
from watchkeeper.model.ticket import STATUS_FIELD
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import OLDER_COPY
from watchkeeper.sync.admission import admit, superseded_by
from watchkeeper.sync.audited import audit_results, conclusions, half_closed, standings
from watchkeeper.sync.case import Case
from watchkeeper.sync.cases import Cases, Wanted, build_cases, of_no_concern
from watchkeeper.sync.changed import changed_mappings, changed_words, look_again_at
from watchkeeper.sync.drafts import ALL_TEAMS
from watchkeeper.sync.fields import check_fields
from watchkeeper.sync.identity import check_identities
from watchkeeper.sync.late_writes import take_in_late_writes
from watchkeeper.sync.left_alone import still_parked, to_decide_again
from watchkeeper.sync.match import Matched, match
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.mirror import mirror_comments
from watchkeeper.sync.notes import owed_notes
from watchkeeper.sync.observe import Observation, observe, unreadable_rows
from watchkeeper.sync.older import make_up_for_age
from watchkeeper.sync.openings import first_moment
from watchkeeper.sync.otherwise import remembered, still_otherwise
from watchkeeper.sync.owned import owned_work, settle_owners, still_waits, with_owners
from watchkeeper.sync.pins import with_pins, with_pins_of_records
from watchkeeper.sync.prepared import Options, Prepared, mapping_fingerprint
from watchkeeper.sync.quiet import add_quiet
from watchkeeper.sync.reconcile import Reconciled, in_order, reconcile
from watchkeeper.sync.recover import drop, recover
from watchkeeper.sync.references import known_names
from watchkeeper.sync.remapped import remarks_on
from watchkeeper.sync.requested import renewed, with_requests
from watchkeeper.sync.scrutiny import undecided_closes, with_closers, with_touched
from watchkeeper.sync.standing import known_duties, links_of_run, open_duties
from watchkeeper.sync.systems import Systems, fingerprint
from watchkeeper.sync.unknown_values import not_let_in, unread_status

__all__ = ["Options", "Prepared", "mapping_fingerprint", "prepare", "prepare_some", "with_more"]

IDENTITY_VALVE = "identity"

Staged: TypeAlias = tuple[Record, str | None]
"""A record that was read, and its key where it is known."""


def prepare(systems: Systems, run_id: str, options: Options) -> Prepared:
    """Recover, observe, decide what is due, match, build the cases and reconcile them.

    Stops early when a side is another instance than before (`identity_changes`, unless the caller opened that valve) or could
    not be read (`observation.errors`): nothing is concluded then.
    """
    identity_changes = check_identities(systems)
    if identity_changes and IDENTITY_VALVE not in options.open_valves:
        return Prepared(systems, run_id, options, Observation(()), identity_changes=identity_changes)
    systems, unknown_names = known_names(systems)
    systems = with_requests(with_pins(systems))
    systems, told = with_owners(systems)
    recovered = recover(systems)
    changed = changed_mappings(systems)
    doubtful = {*changed, *changed_words(systems)}
    look_again_at(systems, doubtful)
    full = (
        options.full or bool(doubtful) or options.backfill_since is not None or bool(systems.store.recall(OLDER_COPY))
    )
    observation = observe(systems, run_id, full=full)
    prepared = Prepared(systems, run_id, options, observation, recovered, identity_changes)
    if observation.errors:
        return prepared
    matched = match(systems, systems.store.differing(run_id))
    prepared.systems = systems = renewed(with_pins_of_records(systems, matched.records), matched.records)
    prepared.parked += [*unknown_names, *matched.parked, *matched.duplicates, *unreadable_rows(observation)]
    prepared.fields = check_fields(systems, options.profile)
    prepared.parked += prepared.fields.parked
    prepared.links = links_of_run(systems, matched.records)
    _mind_late_writes(prepared, matched)
    _mind_age(prepared, matched)
    prepared.remarks += told
    _mind_duties(prepared, matched)
    loud, quiet = _sort_out(prepared, matched)
    prepared.superseded = _superseded(prepared)
    keys = loud | _unseen(prepared) | _owed(prepared) | _to_create(prepared.decided) | prepared.superseded.keys()
    prepared.open_duties = open_duties(systems, prepared.links, matched.records)
    prepared.audited = audit_results(prepared, prepared.open_duties)
    prepared.concluded = conclusions(prepared)
    prepared.standing, prepared.half_closed = standings(prepared), half_closed(prepared)
    keys |= prepared.owned.news.keys() | prepared.owned.pending
    keys |= prepared.concluded.keys() | prepared.standing.keys() | prepared.half_closed.keys()
    keys |= to_decide_again(prepared)
    chosen = frozenset(key for key in keys if prepared.chosen(key))
    _settle_cases(prepared, chosen, matched.records)
    add_quiet(prepared, {key: matched.records[key] for key in quiet - keys if prepared.chosen(key)})
    prepared.parked += still_parked(prepared, chosen)
    _finish(prepared, matched.foreign, {row.key: row.reason for row in systems.store.dirty()})
    prepared.remarks += remarks_on(prepared, changed)
    return prepared


def prepare_some(
    systems: Systems,
    run_id: str,
    options: Options,
    choose: Callable[[Systems], tuple[Sequence[Staged], frozenset[str]]],
) -> tuple[Prepared, Matched]:
    """What a run would decide about some records and keys, whatever else it would see. `choose` finds them, given the systems in
    the instance's own words. Nothing is decided where a side is another instance than before."""
    identity_changes = check_identities(systems)
    if identity_changes:
        return Prepared(systems, run_id, options, Observation(()), identity_changes=identity_changes), Matched({})
    systems, unknown_names = known_names(systems)
    systems = with_requests(with_pins(systems))
    look_again_at(systems, {*changed_mappings(systems), *changed_words(systems)})
    staged, named = choose(systems)
    matched = match(systems, staged)
    systems = with_pins_of_records(systems, matched.records)
    prepared = Prepared(systems, run_id, options, Observation(()), recover(systems))
    prepared.parked += [*unknown_names, *matched.parked, *matched.duplicates]
    prepared.fields = check_fields(systems, options.profile)
    prepared.links = links_of_run(systems, {**{key: {} for key in named}, **matched.records})
    wanted = frozenset(key for key in {*named, *matched.records} if prepared.chosen(key))
    prepared.decided = tuple(each for each in _decide(prepared, matched) if each.occurrence.key in wanted)
    prepared.superseded = _superseded(prepared)
    loud, quiet = _sort_out(prepared, matched)
    _settle_cases(prepared, wanted & (named | loud | quiet), matched.records)
    _finish(prepared, matched.foreign, {row.key: row.reason for row in systems.store.dirty()})
    return prepared, matched


def with_more(prepared: Prepared, keys: Collection[str]) -> Prepared:
    """A further round of the same run for keys whose records moved while it wrote, or of which only a replayed write is done:
    read both sides and decide afresh."""
    systems = prepared.systems
    further = Prepared(systems, prepared.run_id, prepared.options, prepared.observation, recover(systems))
    further.fields = prepared.fields
    further.links = systems.store.links(keys)
    further.superseded = _superseded(further)
    _settle_cases(further, frozenset(key for key in keys if prepared.chosen(key)), {})
    _finish(further, frozenset(), {})
    return further


def _mind_late_writes(prepared: Prepared, matched: Matched) -> None:
    """Take in writes of earlier runs that have arrived only now."""
    unfinished = {*prepared.recovered.keys, *prepared.recovered.held}
    late = take_in_late_writes(prepared.systems, matched.records, prepared.links, unfinished)
    prepared.recovered.settled += late.settled
    prepared.recovered.held |= late.waiting
    if late.settled:
        prepared.links = links_of_run(prepared.systems, matched.records)


def _mind_age(prepared: Prepared, matched: Matched) -> None:
    """Mend what is remembered where that is older than what we wrote."""
    if prepared.options.memoryless:
        return
    unfinished = {*prepared.recovered.keys, *(row.key for row in prepared.systems.store.dirty())}
    aged = make_up_for_age(prepared.systems, matched.records, prepared.links, unfinished)
    prepared.remarks = aged.remarks
    prepared.age_open = bool(aged.waiting)
    prepared.recovered.held |= dict.fromkeys(aged.waiting, because(Trouble.EARLIER_NOT_YET))
    if aged.mended:
        prepared.links = links_of_run(prepared.systems, matched.records)


def _mind_duties(prepared: Prepared, matched: Matched) -> None:
    """What is due, with what becomes of the tickets of asset owners."""
    prepared.owned = owned_work(prepared, matched.records)
    prepared.decided = (*_decide(prepared, matched), *prepared.owned.decided)
    prepared.parked += prepared.owned.parked
    prepared.remarks += prepared.owned.remarks


def _decide(prepared: Prepared, matched: Matched) -> tuple[Decided, ...]:
    """What is due now and not decided yet. A key whose record is found on a side counts as decided, also where the memory of
    it was lost; one whose ticket is open is adopted."""
    systems, now = prepared.systems, prepared.systems.clock.now()
    open_keys = open_duties(systems, prepared.links, matched.records)
    occurrences = candidates(systems.catalog, now, (*systems.store.raised(), *prepared.owned.fresh))
    known = {*known_duties(systems.store, occurrences), *matched.records} - open_keys
    known |= systems.store.decisions(open_keys).keys()
    decided = decide(occurrences, known, open_keys, now, systems.catalog)
    return tuple(each for each in decided if prepared.chosen(each.occurrence.key))


def _sort_out(prepared: Prepared, matched: Matched) -> tuple[frozenset[str], frozenset[str]]:
    """Keys in which a mapped field moved (or that are new), and keys in which only the revision did. Escalations that are none
    of our business are in neither."""
    loud: set[str] = set()
    quiet: set[str] = set()
    for key, records in matched.records.items():
        profile = prepared.systems.profile_of(key)
        known = prepared.links.get(key, {})
        if not known and of_no_concern(profile, key, records.values(), since := _import_since(prepared, profile)):
            prepared.unread += unread_status(profile, key, records.values(), since)
            continue
        moved = any(
            side not in known
            or record.ref != known[side].ref
            or known[side].state is not LinkState.LIVE
            or fingerprint(profile, record) != known[side].fingerprint
            for side, record in records.items()
        )
        (loud if moved else quiet).add(key)
    prepared.parked += not_let_in(prepared.systems, (row for row in prepared.unread if prepared.chosen(row.key)))
    return frozenset(loud), frozenset(quiet)


def _unseen(prepared: Prepared) -> frozenset[str]:
    """Keys of linked records that a complete sweep did not list."""
    keys: set[str] = set()
    for result in prepared.observation.results:
        if result.swept and result.complete:
            missing = tuple(prepared.systems.store.unseen(prepared.run_id, result.feed.side, result.feed.table))
            prepared.vanished[result.feed.side] = (*prepared.vanished.get(result.feed.side, ()), *missing)
            keys.update(missing)
    return frozenset(keys)


def _owed(prepared: Prepared) -> frozenset[str]:
    """Keys that an earlier run left unfinished, and those of linked records whose row in a feed could not be read."""
    store = prepared.systems.store
    rows = [row.ref for result in prepared.observation.results for row in result.unreadable]
    broken = store.keys_of(rows).values()
    return frozenset({*prepared.recovered.keys, *(row.key for row in store.dirty()), *broken})


def _superseded(prepared: Prepared) -> Mapping[str, str]:
    """Keys whose open ticket gives way to a newer one that this run opens, or that a run opened which then came to an end."""
    tasks = prepared.systems.catalog.tasks
    found = {row.key: newer for row in prepared.systems.store.dirty() if (newer := superseded_by(row.reason))}
    for each in prepared.decided:
        if each.decision is Decision.CREATE and tasks[each.occurrence.task].overlap is Overlap.SUPERSEDE:
            found |= dict.fromkeys(each.related, each.occurrence.key)
    return found


def _to_create(decided: Iterable[Decided]) -> frozenset[str]:
    return frozenset(each.occurrence.key for each in decided if each.decision is Decision.CREATE)


def _import_since(prepared: Prepared, profile: Profile) -> datetime | None:
    """A profile's escalations from before this instant are not imported: the backfill's date, else the first moment."""
    if prepared.options.backfill_since is not None:
        return prepared.options.backfill_since
    return first_moment(prepared.systems.catalog.deployment, profile)


def _due(prepared: Prepared, keys: Collection[str]) -> Mapping[str, Occurrence]:
    """The occurrences among the keys that are, or were, to be opened, and that the catalogue still knows."""
    systems, catalog = prepared.systems, prepared.systems.catalog
    decided = [*systems.store.decisions(keys).values(), *prepared.decided]
    return {
        each.occurrence.key: each.occurrence
        for each in decided
        if each.decision is Decision.CREATE
        and each.occurrence.task in catalog.tasks
        and (each.occurrence.team == ALL_TEAMS or each.occurrence.team in catalog.teams or still_waits(systems, each))
    }


def _settle_cases(prepared: Prepared, keys: frozenset[str], records: Mapping[str, Mapping[Side, Record]]) -> None:
    """Build and reconcile cases, and add what follows to the prepared run."""
    systems, now = prepared.systems, prepared.systems.clock.now()
    known = {key: sides for key, sides in records.items() if key in keys}
    since = {name: _import_since(prepared, profile) for name, profile in prepared.systems.profiles.items()}
    wanted = Wanted(keys, known, _due(prepared, keys), since, prepared.superseded)
    built: Cases = build_cases(systems, wanted)
    cases = {case.key: _with_audit(prepared, case) for case in with_closers(systems, built.cases)}
    outcomes = _reconciled(systems, cases)
    actions = [action for outcome in outcomes.values() for action in outcome.actions]
    touches = with_touched(systems, list(cases.values()), actions)
    touched = {case.key: case for case in touches.cases}
    prepared.recovered.held |= touches.waiting
    outcomes |= {key: reconcile(case) for key, case in touched.items()}
    prepared.cases |= cases | touched
    prepared.looked_into |= keys
    prepared.parked += [*built.parked, *built.duplicates]
    prepared.absent += built.absent
    prepared.talks = built.talks
    prepared.held |= built.held
    prepared.held |= undecided_closes(cases.values())
    created_first = {each.key for each in prepared.recovered.replays if each.operation is Operation.CREATE}
    for key, outcome in sorted(outcomes.items()):
        parked = [*outcome.parked, *still_otherwise(prepared.cases[key], outcome)]
        prepared.parked += parked
        prepared.conflicts += outcome.conflicts
        prepared.actions += outcome.actions
        if outcome.held:
            prepared.held[key] = outcome.held
        # Nothing is agreed upon yet with a record that an earlier run's write is still to make.
        settled = Settled(key, {}) if key in created_first or not outcome.settled else outcome.settled
        prepared.memories[key] = PairMemory.of(prepared.cases[key], settled.bases, now, remembered(parked))


def _reconciled(systems: Systems, cases: Mapping[str, Case]) -> dict[str, Reconciled]:
    """What each pair needs. Raises Interrupted or Deferred where the run is to end meanwhile."""
    outcomes = {}
    systems.progress.begin(Phase.DECIDING, len(cases))
    for key, case in cases.items():
        systems.stop.check()
        outcomes[key] = reconcile(case)
        systems.progress.advance()
    return outcomes


def _with_audit(prepared: Prepared, case: Case) -> Case:
    """The case with what the escalation audit has to say of it."""
    conclusion, standing = prepared.concluded.get(case.key, ""), prepared.standing.get(case.key, "")
    half = prepared.half_closed.get(case.key)
    sides = {
        side: replace(view, touched=view.touched | {STATUS_FIELD}) if side == half else view
        for side, view in case.sides.items()
    }
    news = prepared.owned.news.get(case.key, case.remediation)
    return replace(case, sides=sides, conclusion=conclusion, standing=standing, remediation=news)


def _finish(prepared: Prepared, foreign: frozenset[str], waiting: Mapping[str, str]) -> None:
    """Add comments and the engine's own notes, put earlier runs' unfinished writes first, leave out what is not allowed, and
    give everything its final order."""
    mirrors = mirror_comments(prepared.systems, list(prepared.cases.values()), foreign, waiting, prepared.talks)
    prepared.entries += mirrors.entries
    prepared.held |= mirrors.unread
    prepared.parked += [Parked(key, "comments", reason) for key, reason in sorted(mirrors.unread.items())]
    prepared.actions += (*mirrors.actions, *owed_notes(prepared))
    _replay(prepared)
    planned = {action.id: action.key for action in prepared.actions if action.operation is Operation.COMMENT}
    admit(prepared)
    left_out = {planned[id_] for id_ in planned.keys() - {action.id for action in prepared.actions}}
    for key in left_out | mirrors.unread.keys() | mirrors.apart:
        prepared.memories[key].leave_comments_unread()
    by_key: dict[str, list[Action]] = {}
    for action in prepared.actions:
        by_key.setdefault(action.key, []).append(action)
    prepared.actions = tuple(action for key in sorted(by_key) for action in in_order(by_key[key]))
    settle_owners(prepared)


def _replay(prepared: Prepared) -> None:
    """Let an earlier run's unfinished write take the place of its key's fresh actions: what is left is decided after it."""
    first = {action.key: action for action in reversed(prepared.recovered.replays) if prepared.chosen(action.key)}
    for key, reason in prepared.recovered.held.items():
        prepared.held[key] = reason
        prepared.parked.append(Parked(key, "", reason, because(Trouble.LOOKS_AGAIN)))
    unwanted = [key for key in first if key not in prepared.memories and key not in prepared.held]
    for key in unwanted:
        drop(prepared.systems, first.pop(key))
    waiting = prepared.held.keys() & first.keys()
    replays = {key: action for key, action in first.items() if key not in waiting}
    blocked = {*first, *prepared.recovered.held}
    fresh = (action for action in prepared.actions if action.key not in blocked)
    prepared.actions = (*replays.values(), *fresh)
    prepared.conflicts = [row for row in prepared.conflicts if row.key not in blocked]
    prepared.replayed = frozenset(replays)
