"""Work notes that the engine itself owes: the value that lost a conflict, periods that an open ticket carries, and what the audits
found of them."""

from __future__ import annotations

from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.plan import Action
from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.audit_text import told_rows
from watchkeeper.sync.comments import (
    audit_comment,
    audit_note_id,
    carried_comment,
    conflict_comment,
    followed_comment,
    missed_comment,
)
from watchkeeper.sync.drafts import language_of
from watchkeeper.sync.evidence_notes import evidence_notes
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.said import said_by_us, ticket_of, unsaid


def owed_notes(prepared: Prepared) -> tuple[Action, ...]:
    """The engine's notes that are not on their ticket yet. Decisions that a note tells about go into `prepared.notes`."""
    notes = [
        *_conflict_notes(prepared),
        *_duty_notes(prepared),
        *_followed_notes(prepared),
        *_audit_notes(prepared),
        *evidence_notes(prepared),
    ]
    ledger = {(row.key, row.comment_id) for row in prepared.systems.store.ledger({note.key for note in notes})}
    written = [note for note in notes if (note.key, note.comment_id) in ledger]
    for note in written:
        prepared.notes.pop(note.id, None)
    return tuple(note for note in notes if note not in written)


def _conflict_notes(prepared: Prepared) -> list[Action]:
    """One work note per conflict in which people on both sides changed a field."""
    notes = []
    language = prepared.systems.catalog.deployment.language
    for conflict in prepared.conflicts:
        case = prepared.cases[conflict.key]
        view = case.sides.get(SERVICENOW)
        if conflict.known_before and view is not None and view.record is not None:
            notes.append(conflict_comment(conflict, case.profile, view.record.ref, language=language))
    return notes


def _duty_notes(prepared: Prepared) -> list[Action]:
    """A line in the ticket that carries them, for the periods of a duty that got no ticket of their own."""
    rows_of: dict[tuple[str, Decision], list[Decided]] = {}
    for each in prepared.decided:
        if each.decision in {Decision.CARRIED, Decision.MISSED} and each.related:
            rows_of.setdefault((each.related[0], each.decision), []).append(each)
    tickets = {key: ref for key in {key for key, _ in rows_of} if (ref := ticket_of(prepared, key)) is not None}
    said = said_by_us(prepared, tickets.values())
    notes = []
    for (key, decision), decided in sorted(rows_of.items()):
        ref = tickets.get(key)
        rows = (
            [each for each in decided if not any(each.occurrence.period in text for text in said.get(ref, ()))]
            if ref
            else []
        )
        if ref is None or not rows:
            continue
        text = carried_comment if decision is Decision.CARRIED else missed_comment
        periods = [each.occurrence.period for each in rows]
        language = language_of(prepared.systems, rows[0].occurrence.key)
        note = text(key, prepared.systems.profile_of(key), ref, periods, language=language)
        prepared.notes[note.id] = tuple(rows)
        notes.append(note)
    return notes


def _followed_notes(prepared: Prepared) -> list[Action]:
    """A line in each open ticket of a duty that gets a newer one in this run."""
    notes = []
    for each in prepared.decided:
        if each.decision is not Decision.CREATE or each.occurrence.key not in prepared.cases:
            continue
        for key in each.related:
            ref = ticket_of(prepared, key)
            if ref is not None:
                note = followed_comment(
                    key,
                    prepared.systems.profile_of(key),
                    ref,
                    each.occurrence.period,
                    superseded=key in prepared.superseded,
                    language=language_of(prepared.systems, key),
                )
                notes.append(note)
    return notes


def _audit_notes(prepared: Prepared) -> list[Action]:
    """What the audits found of each day that an open ticket stands for. A rerun of the same result says nothing new."""
    now = prepared.systems.clock.now()
    told = [(key, each) for key, results in prepared.audited.items() for each in results if each.is_told(now)]
    ledger = {(row.key, row.comment_id) for row in prepared.systems.store.ledger({key for key, _ in told})}
    notes = []
    for key, result in told:
        if (key, audit_note_id(result)) in ledger or (ref := ticket_of(prepared, key)) is None:
            continue
        language = language_of(prepared.systems, key)
        note = audit_comment(key, prepared.systems.profile_of(key), ref, result, language=language)
        notes.append((note, (told_rows(result, language),)))
    return unsaid(prepared, notes)
