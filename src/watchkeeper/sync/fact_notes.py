"""The work note with which an open ticket is told why the data asks for its duty once more, since no second ticket is opened meanwhile.

What it tells is named by the note's id, so that a fact is told once, and by a mark beside each fact, by which it is known again on the
ticket after a lost store. Reads the state store alone, and the tickets' notes where something is to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from watchkeeper.catalog.occurrences import key_of, parse_key
from watchkeeper.evidence.kept import FACTS
from watchkeeper.model.gathering import FRESH
from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.plan import Action
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import RecordRef
from watchkeeper.sync.comments import ENGINE, MIRRORED, engine_comment
from watchkeeper.sync.drafts import language_of
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.said import said_by_us, ticket_of

_FACTS: Final = "facts:"
"""How the id of a note begins that tells facts, whose periods follow with commas between."""
MOST: Final = 10
"""Facts of one note; the next run tells the rest."""
_HEADS: Final[Mapping[str, str]] = {
    "en": "The data asks for this duty again. No second ticket is opened while this one is open:",
    "ja": "データから、この作業が改めて必要になりました。このチケットが未完了の間は別のチケットを作成しません：",
}


def facts_told(ledger: Iterable[LedgerEntry]) -> set[str]:
    """The keys of the occurrences that tickets were told instead of having been raised."""
    told = [(parse_key(row.key), row.comment_id) for row in ledger if row.comment_id.startswith(_FACTS)]
    return {
        key_of(parsed[0], parsed[1], period)
        for parsed, note in told
        if parsed is not None
        for period in note.removeprefix(_FACTS).split(",")
    }


def fact_notes(prepared: Prepared, newest: Mapping[tuple[str, str], str]) -> list[Action]:
    """A note for each open ticket (`newest`, by task and team) that has not been told yet what else its duty is needed for."""
    facts = _at_hand(prepared)
    tickets = {newest[duty] for each in facts if (duty := (each.task, each.team)) in newest}
    told = facts_told(prepared.systems.store.ledger(tickets)) if tickets else set()
    untold: dict[str, list[Occurrence]] = {}
    for each in facts:
        ticket = newest.get((each.task, each.team))
        if ticket is not None and each.key not in told:
            untold.setdefault(ticket, []).append(each)
    refs = {key: ref for key in sorted(untold) if (ref := ticket_of(prepared, key)) is not None}
    said = said_by_us(prepared, refs.values()) if refs else {}
    return [
        _note(prepared, key, ref, left[:MOST])
        for key, ref in refs.items()
        if (left := _unsaid(prepared, key, untold[key], said.get(ref, ())))
    ]


def _at_hand(prepared: Prepared) -> Sequence[Occurrence]:
    """What was found lately, in an order of its own."""
    now = prepared.systems.clock.now()
    kept = prepared.systems.store.latest_snapshot(FACTS, now.date())
    if kept is None or now - kept.document.at > FRESH:
        return ()
    return sorted(kept.document.facts, key=lambda each: each.key)


def _unsaid(prepared: Prepared, key: str, facts: Sequence[Occurrence], said: Sequence[str]) -> list[Occurrence]:
    """The facts that the ticket does not hold from us already, although no memory says so; of the others there is one now."""
    there = [each for each in facts if any(_mark(each) in text for text in said)]
    if there:
        now = prepared.systems.clock.now()
        prepared.entries.append(LedgerEntry(key, RecordRef(ENGINE, "notes", key), _id(there), MIRRORED, at=now))
    return [each for each in facts if each not in there]


def _note(prepared: Prepared, key: str, ref: RecordRef, facts: Sequence[Occurrence]) -> Action:
    lines = [f"- {each.reason} {_mark(each)}" for each in facts]
    text = "\n".join([_HEADS.get(language_of(prepared.systems, key), _HEADS["en"]), *lines])
    why = because(Because.FOUND_SINCE, task=facts[0].task)
    return engine_comment(key, prepared.systems.profile_of(key), ref, _id(facts), text, why)


def _id(facts: Sequence[Occurrence]) -> str:
    return f"{_FACTS}{','.join(each.period for each in facts)}"


def _mark(fact: Occurrence) -> str:
    return f"({fact.period})"
