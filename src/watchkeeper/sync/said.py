"""What our own account has said on tickets already, so that no note of ours stands there twice, and where a note goes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from watchkeeper.model.link import LedgerEntry
from watchkeeper.model.plan import Action
from watchkeeper.model.record import SERVICENOW, RecordRef
from watchkeeper.sync.case import Case, SideView, Sighting
from watchkeeper.sync.comments import ENGINE, MIRRORED, is_mirror
from watchkeeper.sync.memory import PairMemory
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.reading import read_comments


def unsaid(prepared: Prepared, notes: Sequence[tuple[Action, Collection[str]]]) -> list[Action]:
    """The notes that are needed: of each, the ticket holds none of these rows from us already, although no memory says so."""
    said = said_by_us(prepared, {note.ref for note, _ in notes})
    held = {ref: [_words(text) for text in texts] for ref, texts in said.items()}
    there = [
        note
        for note, needless in notes
        if any(_words(rows) in text for rows in needless for text in held.get(note.ref, ()))
    ]
    now = prepared.systems.clock.now()
    prepared.entries += [
        LedgerEntry(note.key, RecordRef(ENGINE, "notes", note.key), note.comment_id, MIRRORED, at=now) for note in there
    ]
    return [note for note, _ in notes if note not in there]


def _words(text: str) -> str:
    """A text as it is compared with what a side made of it."""
    return " ".join(text.split())


def said_by_us(prepared: Prepared, tickets: Iterable[RecordRef]) -> Mapping[RecordRef, Sequence[str]]:
    """Our own account's notes on tickets that exist: after a lost store they are the only memory of what was said."""
    account = prepared.systems.store.recall(f"account:{SERVICENOW}")
    found = read_comments(prepared.systems, tickets).found
    return {
        ref: [comment.text for comment in comments if comment.author.id == account and not is_mirror(comment.text)]
        for ref, comments in found.items()
    }


def ticket_of(prepared: Prepared, key: str) -> RecordRef | None:
    """The ServiceNow ticket of a key, also one that this run creates; its memory is at hand then."""
    case = prepared.cases.get(key)
    if case is not None:
        return case.sides[SERVICENOW].ref if SERVICENOW in case.sides else None
    link = prepared.links.get(key, {}).get(SERVICENOW)
    if link is None:
        return None
    prepared.memories[key] = _memory_of_links(prepared, key)
    return link.ref


def _memory_of_links(prepared: Prepared, key: str) -> PairMemory:
    sides = {side: SideView(Sighting.UNCHANGED, None, link) for side, link in prepared.links[key].items()}
    return PairMemory.of(Case(key, prepared.systems.profile_of(key), sides), {}, prepared.systems.clock.now())
