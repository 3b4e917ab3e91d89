"""The work note with which a duty's ticket gets the evidence that was gathered for it. Reads the state store alone.

A ticket gets it once: as soon as there is any, and once more where something was missing then and is there now. What is gathered
later is in the reports; a ticket that was told every day would be mailed to its watchers every day.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from watchkeeper.catalog.occurrences import parse_key
from watchkeeper.evidence.kept import COLLECTED_AT
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.plan import Action
from watchkeeper.model.reasons import Because, because
from watchkeeper.model.record import RecordRef
from watchkeeper.sync.comments import engine_comment
from watchkeeper.sync.drafts import language_of
from watchkeeper.sync.evidence_files import COMPLETE, PARTIAL, gathered_lately
from watchkeeper.sync.fact_notes import fact_notes
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.said import ticket_of, unsaid

_HEADS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        COMPLETE: "Evidence gathered for {period}.",
        PARTIAL: "Evidence gathered for {period}; some is missing.",
    },
    "ja": {
        COMPLETE: "{period} の証跡を集めました。",
        PARTIAL: "{period} の証跡を集めました（一部が不足しています）。",
    },
}


def evidence_notes(prepared: Prepared) -> list[Action]:
    """A note for each open ticket of a duty that has not been told yet what was gathered for it, and one for each that its duty is
    needed for once more."""
    if prepared.systems.store.recall(COLLECTED_AT) is None:
        return []
    keys = _newest(prepared)
    return [*_gathered_notes(prepared, keys), *fact_notes(prepared, keys)]


def _gathered_notes(prepared: Prepared, keys: Mapping[tuple[str, str], str]) -> list[Action]:
    told = {(row.key, row.comment_id) for row in prepared.systems.store.ledger(set(keys.values()))}
    gathered = gathered_lately(
        prepared.systems, {task for (task, _), key in keys.items() if (key, COMPLETE) not in told}
    )
    notes = []
    for (task, _), key in sorted(keys.items()):
        found = gathered.get(task)
        if found is None or not told.isdisjoint({(key, COMPLETE), (key, _id(found))}):
            continue
        if (ref := ticket_of(prepared, key)) is not None:
            notes.append(_note(prepared, key, ref, found))
    return unsaid(prepared, notes)


def _newest(prepared: Prepared) -> Mapping[tuple[str, str], str]:
    """By task and team, the newest ticket that is open, or about to be: what is gathered now is not about an older period."""
    opened = {
        each.occurrence.key
        for each in prepared.decided
        if each.decision is Decision.CREATE and each.occurrence.key in prepared.cases
    }
    newest: dict[tuple[str, str], str] = {}
    for key in sorted({*prepared.open_duties, *opened}):
        parsed = parse_key(key)
        if parsed is not None and prepared.chosen(key):
            newest[parsed[0], parsed[1]] = key
    return newest


def _id(found: Gathering) -> str:
    return COMPLETE if found.complete else PARTIAL


def _note(prepared: Prepared, key: str, ref: RecordRef, found: Gathering) -> tuple[Action, tuple[str, ...]]:
    """The note, and the heads by which it is known again on the ticket: what is not complete is no news where all of it was told."""
    language, period = language_of(prepared.systems, key), key.rpartition("@")[2].partition("~")[0]
    heads = {each: text.format(period=period) for each, text in _HEADS.get(language, _HEADS["en"]).items()}
    text = f"{heads[_id(found)]}\n\n{found.texts.get(language) or found.texts['en']}"
    profile: Profile = prepared.systems.profile_of(key)
    why = because(Because.GATHERED, task=found.task)
    return engine_comment(key, profile, ref, _id(found), text, why), tuple({heads[_id(found)], heads[COMPLETE]})
