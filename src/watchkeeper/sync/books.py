"""What a run writes into its memory around its writes to the systems, so that no crash can lose a key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from watchkeeper.model.link import ConflictRow, Dirty, Link, LinkState
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.plan import ConflictNote, json_value
from watchkeeper.model.run import ActionResult, Outcome
from watchkeeper.sync.admission import is_refusal, not_taken, refusal, superseding, token_of_action
from watchkeeper.sync.apply import Applied
from watchkeeper.sync.identity import remember_identities
from watchkeeper.sync.older import forget_age
from watchkeeper.sync.pins import remember_profiles
from watchkeeper.sync.prepared import LACKING, Prepared
from watchkeeper.sync.taken import token_of_field
from watchkeeper.sync.undone import is_undone
from watchkeeper.sync.unknown_values import remember_unknown

IN_PROGRESS = "in progress"
NOT_FOUND = "not found by id"
MORE_TO_DO = "an interrupted write is made up for; the rest follows"


def open_books(prepared: Prepared) -> None:
    """Store what is known before the first write: decisions, conflicts, comments that need no write, links of pairs that need
    none. A key that is about to be written is dirty until its last write is confirmed."""
    store = prepared.systems.store
    writing = {action.key for action in prepared.actions}
    unfinished = {key: _unfinished(prepared, key, IN_PROGRESS) for key in sorted(writing)} | prepared.held
    untold = {each.occurrence.key for rows in prepared.notes.values() for each in rows}
    with store.transaction():
        _mark(prepared, unfinished)
        store.put_decisions(each for each in prepared.decided if each.occurrence.key not in untold)
        store.put_conflicts(_conflict_row(prepared, row) for row in prepared.conflicts)
        store.put_ledger(prepared.entries)
        store.put_links(_settled_links(prepared, unfinished))
        store.put_links(prepared.absent)
        store.clear_dirty(prepared.looked_into - unfinished.keys())
        remember_profiles(prepared.systems)


def close_books(prepared: Prepared, applied: Applied) -> None:
    """Store how the round's writes went: which keys are done, and what is left of the others and why."""
    store = prepared.systems.store
    left = {key: _why_left(prepared, applied, key) for key in sorted(applied.dirty)}
    left |= {key: prepared.held[key] for key in sorted(applied.complete & prepared.held.keys())}
    kept = sorted({row.action.key for row in applied.results if row.kept} & applied.complete)
    left |= {key: _why_left(prepared, applied, key) for key in kept}
    rest = sorted(key for key in applied.complete & prepared.replayed if key not in left)
    left |= {key: _unfinished(prepared, key, MORE_TO_DO) for key in rest}
    with store.transaction():
        store.clear_dirty(applied.complete - left.keys())
        store.put_decisions(_told(prepared, applied))
        _mark(prepared, left)


def advance(prepared: Prepared) -> None:
    """Move the cursors, remember whom we spoke to and under which mappings, and what these do not know: everything that the cursors
    pass is linked, unchanged or dirty by now."""
    systems = prepared.systems
    remember_unknown(prepared)
    remember_identities(systems)
    if prepared.options.narrowed:
        return
    if not prepared.age_open:
        forget_age(systems, prepared.observation)
    for result in prepared.observation.results:
        if result.watermark is not None:
            swept_at = systems.clock.now() if result.swept else None
            systems.store.advance(result.feed.side, result.feed.table, result.watermark, swept_at)
    lacking = {f"{LACKING}:{profile.name}": "\n".join(profile.lacking) for profile in systems.profiles.values()}
    told = systems.store.recall_many(lacking)
    systems.store.remember(
        {f"mapping:{name}": profile.fingerprint for name, profile in systems.profiles.items()}
        | {name: words for name, words in lacking.items() if words != told.get(name, "")}
    )


def remember_absence(prepared: Prepared, links: Collection[Link]) -> None:
    """Store that linked records were not to be seen, which holds also where a valve stops the run: the next one looks again,
    and then they are gone or there."""
    store = prepared.systems.store
    waiting = {row.key for row in store.dirty()}
    with store.transaction():
        store.put_links(replace(link, state=LinkState.MISSING, reason=NOT_FOUND) for link in links)
        _mark(prepared, {link.key: NOT_FOUND for link in links if link.key not in waiting})


def _mark(prepared: Prepared, reasons: Mapping[str, str]) -> None:
    """Make keys dirty. One that is dirty already keeps its age and its attempts, which the store counts."""
    store, now = prepared.systems.store, prepared.systems.clock.now()
    known = {row.key: row for row in store.dirty()}
    reasons = {key: _lasting(reason, prepared.held.get(key), known.get(key)) for key, reason in reasons.items()}
    store.put_dirty(_dirty_row(prepared, key, reason, known.get(key), now) for key, reason in reasons.items())


def _lasting(reason: str, held: str | None, known: Dirty | None) -> str:
    """The reason to keep: that a run was undone is not forgotten over anything that keeps its key from being settled."""
    earlier = (held or "", known.reason if known else "")
    return next((each for each in earlier if is_undone(each)), reason)


def _dirty_row(prepared: Prepared, key: str, reason: str, known: Dirty | None, now: datetime) -> Dirty:
    profile = prepared.systems.profile_of(key).name
    return Dirty(key, profile, reason, known.since if known else now, known.attempts if known else 0)


def _settled_links(prepared: Prepared, unfinished: Mapping[str, str]) -> Iterable[Link]:
    """Links of pairs that are as they should be. An escalation without a counterpart is no pair: it stays unlinked, and is
    looked at again whenever it shows up."""
    for key, memory in prepared.memories.items():
        if key not in unfinished and prepared.is_pair(key):
            yield from memory.settled()


def _why_left(prepared: Prepared, applied: Applied, key: str) -> str:
    results = [row for row in applied.results if row.action.key == key]
    said = [row.message or not_taken(row) for row in results if row.error == "Rejected" or row.kept]
    before = [prepared.held[key]] if is_refusal(prepared.held.get(key, "")) else []
    if said and (key in applied.complete or any(row.error == "Rejected" for row in results)):
        return refusal([token for row in results for token in _refused_tokens(prepared, row)], "; ".join(said), before)
    return before[0] if before else _unfinished(prepared, key, applied.dirty[key])


def _refused_tokens(prepared: Prepared, result: ActionResult) -> Iterable[str]:
    action, memory = result.action, prepared.memories[result.action.key]
    if result.error == "Rejected":
        yield token_of_action(action)
    for field in result.kept:
        yield token_of_field(memory.profile, action, field, memory.records[action.ref.side].fields)


def _unfinished(prepared: Prepared, key: str, why: str) -> str:
    """The reason of an unfinished key. That it gives way to a newer one is known in no other place."""
    newer = prepared.superseded.get(key)
    return superseding(newer, why) if newer else why


def _told(prepared: Prepared, applied: Applied) -> list[Decided]:
    """Decisions whose note is on its ticket now."""
    written = {result.action.id for result in applied.results if result.outcome is Outcome.DONE}
    return [each for note, rows in prepared.notes.items() if note in written for each in rows]


def _conflict_row(prepared: Prepared, conflict: ConflictNote) -> ConflictRow:
    return ConflictRow(
        conflict.key,
        conflict.field,
        conflict.winner,
        json_value(conflict.winning),
        json_value(conflict.losing),
        conflict.resolver,
        prepared.run_id,
        prepared.systems.clock.now(),
    )
