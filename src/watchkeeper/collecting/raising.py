"""Raises the duties that the data asks for, each fact once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from watchkeeper.catalog.occurrences import key_of, parse_key
from watchkeeper.catalog.raising import raised_by
from watchkeeper.collecting.desk import Desk
from watchkeeper.evidence.kept import FACTS, FactsAtHand
from watchkeeper.evidence.triggers import Found, triggers
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.sync.fact_notes import facts_told
from watchkeeper.sync.standing import open_tickets


def raise_for(desk: Desk, findings: Iterable[Found]) -> tuple[Occurrence, ...]:
    """The occurrences that are new; the next sync opens their tickets. Where the duty's team has an open ticket already, the next sync
    tells that one, and no other is opened for a fact that a ticket was told; one that closes before it was leaves the fact to be raised."""
    asked = [each for found in findings for each in triggers(found, desk.today, wave=desk.rules.phishing_wave)]
    fresh = _unknown(desk, raised_by(desk.catalog, asked, desk.now))
    if not fresh:
        return ()
    standing = {parsed[:2] for key in open_tickets(desk.memory, desk.profiles) if (parsed := parse_key(key))}
    served = [each for each in fresh if (each.task, each.team) in standing]
    _leave(desk, served)
    return tuple(each for each in fresh if each not in served and desk.memory.raise_occurrence(each, desk.now))


def _unknown(desk: Desk, wanted: Sequence[Occurrence]) -> list[Occurrence]:
    """Those that were not raised before, and that no ticket of their duty was told."""
    if not wanted:
        return []
    memory = desk.memory
    raised = {each.key for each in memory.raised()} | memory.decisions([each.key for each in wanted]).keys()
    stems = sorted({key_of(each.task, each.team, "") for each in wanted})
    told = facts_told(memory.ledger([key for stem in stems for key in memory.duty_keys(stem, date.min)]))
    return [each for each in wanted if each.key not in raised | told]


def _leave(desk: Desk, served: Sequence[Occurrence]) -> None:
    """For the sync, beside what was left today already: a collection may be of some duties alone."""
    before = desk.memory.latest_snapshot(FACTS, desk.today)
    left = before.document.facts if before is not None and before.day == desk.today else ()
    facts = {each.key: each for each in (*left, *served)}
    if facts:
        desk.keep(Snapshot(FACTS, desk.today, desk.now, FactsAtHand(desk.now, tuple(facts.values()))))
