"""Judges what the two systems and the state store hold after the trouble, without knowing how the program works.

Evidence is the emulators' own records and request log, the rows of the state store, and the diary of what people did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.chaos.books import Books, broken_link
from tests.chaos.diary import Diary, Edit
from tests.chaos.emulation import Entry, Records
from tests.chaos.pairs import OUR_USER, Pair, comments, grouped, pairs_of, work_notes

SHARED = ("status", "severity")
WRITING = {"POST", "PUT", "PATCH", "DELETE"}
GRAIN = timedelta(seconds=1)
"""ServiceNow's stamps have no fractions."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`books`: the state stores of the deployment, oldest first: one that was lost counts with what it held before.
    `parked`: (key, field) of what the last run left alone, giving the reason."""

    deployment: str
    records: Records
    requests: Sequence[Entry]
    books: Sequence[Books]
    diary: Diary
    parked: frozenset[tuple[str, str]] = frozenset()

    @property
    def pairs(self) -> Mapping[str, Pair]:
        return pairs_of(self.records, self.deployment)


def violations(evidence: Evidence) -> list[str]:
    """Every promise that is broken, in a sentence."""
    return [said for check in CHECKS for said in check(evidence)]


def repeated_notes(evidence: Evidence) -> list[str]:
    """Work notes that were carried more than once. ServiceNow takes no ids for them: a write whose answer was lost may come
    again, which is allowed and counted."""
    return [text for pair, text, times in _carried(evidence, "sentinel") if times > 1 and pair.is_whole]


def is_write(entry: Entry) -> bool:
    """Whether a request would change a record."""
    methods = [item.split(" ", 1)[0] for item in entry["items"]] or [entry["method"]]
    return (
        entry["system"] in {"servicenow", "arm"} and "oauth" not in entry["path"] and not WRITING.isdisjoint(methods)
    ) and not (entry["path"].endswith("/batch") and not entry["items"])


def _duplicates(evidence: Evidence) -> Iterator[str]:
    for key, pair in evidence.pairs.items():
        if len(pair.tickets) > 1 or len(pair.incidents) > 1:
            yield f"{key} has {len(pair.tickets)} tickets and {len(pair.incidents)} incidents"


def _missing(evidence: Evidence) -> Iterator[str]:
    for key, pair in evidence.pairs.items():
        if not (pair.tickets and pair.incidents):
            yield f"{key} is in one system alone"


def _agreement(evidence: Evidence) -> Iterator[str]:
    for key, pair in evidence.pairs.items():
        for what in SHARED if pair.is_whole else ():
            here, there = pair.meanings(what)
            if here != there and (key, what) not in evidence.parked:
                yield f"{key}: {what} is {here} in ServiceNow and {there} in Sentinel, and nobody says why"


def _lost_edits(evidence: Evidence) -> Iterator[str]:
    """The last deed on a field stands, or what stands instead is an edit of the same moments that a conflict row names."""
    last: dict[tuple[str, str], list[Edit]] = {}
    for edit in evidence.diary.edits:
        known = last.setdefault((edit.key, edit.what), [])
        if known and known[-1].epoch != edit.epoch:
            known.clear()
        known.append(edit)
    for (key, what), edits in last.items():
        pair = evidence.pairs.get(key)
        if pair is None or not pair.is_whole:
            continue  # told above
        final = pair.meanings(what)[0] if what in SHARED else pair.value(edits[-1].side, what)
        if final != edits[-1].value and (key, what) not in evidence.parked:
            earlier = {edit.value for edit in edits if edit.side != edits[-1].side}
            if final not in earlier or not _is_in_conflict(evidence, key, what):
                yield f"{key}: {what}={edits[-1].value} of {edits[-1].side} is lost, it is {final}"


def _is_in_conflict(evidence: Evidence, key: str, what: str) -> bool:
    return any(row["key"] == key and row["field"] == what for books in evidence.books for row in books.conflicts)


def _notes(evidence: Evidence) -> Iterator[str]:
    for side in ("servicenow", "sentinel"):
        for pair, text, times in _carried(evidence, side):
            if not times:
                yield f"{pair.key}: {text!r} of {side} was not carried over"
            if times > 1 and side == "servicenow":
                yield f"{pair.key}: {text!r} of {side} was carried over {times} times"
    for pair in evidence.pairs.values():
        yield from _echoes(evidence, pair)


def _carried(evidence: Evidence, side: str) -> Iterator[tuple[Pair, str, int]]:
    """What people wrote on a side, and how often the other side has it from us."""
    for key, pair in evidence.pairs.items():
        if not pair.is_whole:
            continue
        written = [note.text for note in evidence.diary.notes if (note.key, note.side) == (key, side)]
        from_us = (
            [text for ours, text in comments(pair.incident) if ours]
            if side == "servicenow"
            else [text for author, text in work_notes(pair.ticket) if author == OUR_USER]
        )
        counts = grouped(from_us, written)
        yield from ((pair, text, counts[text]) for text in written)


def _echoes(evidence: Evidence, pair: Pair) -> Iterator[str]:
    """Our own copies must not be carried back to where they came from."""
    if not pair.is_whole:
        return
    came = {note.text: note.side for note in evidence.diary.notes if note.key == pair.key}
    copies = [("sentinel", text) for ours, text in comments(pair.incident) if ours]
    copies += [("servicenow", text) for author, text in work_notes(pair.ticket) if author == OUR_USER]
    for side, copy in copies:
        for text, origin in came.items():
            if text in copy and origin == side:
                yield f"{pair.key}: {text!r} of {origin} came back to it"


def _unlogged_writes(evidence: Evidence) -> Iterator[str]:
    """Every write that a system saw of ours has a row that said so before."""
    intended = [
        (row["record_id"].lower(), row["side"], row["operation"], _instant(row["at"]))
        for books in evidence.books
        for row in books.log
        if row["kind"] == "intended"
    ]
    for entry in filter(is_write, evidence.requests):
        side = "servicenow" if entry["system"] == "servicenow" else "sentinel"
        path, at = entry["path"].lower(), _instant(entry["at"])
        creates = entry["method"] == "POST"
        if not any(
            side == of and when <= at and (operation == "create" if creates else record in path)
            for record, of, operation, when in intended
        ):
            yield f"{entry['method']} {entry['path']} at {entry['at']} has no intended row before it"
    yield from _unlogged_tickets(evidence, {(record, side): when for record, side, _, when in reversed(intended)})


def _unlogged_tickets(evidence: Evidence, first: Mapping[tuple[str, str], datetime]) -> Iterator[str]:
    """A POST does not name what it creates: the records do."""
    for pair in evidence.pairs.values():
        for ticket in pair.tickets:
            made = datetime.fromisoformat(f"{ticket['sys_created_on']}+00:00")
            intended = first.get((ticket["sys_id"].lower(), "servicenow"))
            if ticket["sys_created_by"] == OUR_USER and (intended is None or intended > made + GRAIN):
                yield f"ticket {ticket['number']} was created without an intended row before it"


def _chain(evidence: Evidence) -> Iterator[str]:
    for books in evidence.books:
        broken = broken_link(books.log)
        if broken is not None:
            yield f"the write log's chain breaks at row {broken}"


def _unfinished(evidence: Evidence) -> Iterator[str]:
    for row in evidence.books[-1].intents:
        yield f"the write {row['action_id']} of {row['key']} is still open"
    if evidence.books[-1].holder:
        yield f"run {evidence.books[-1].holder} still holds the lease"


def _unsettled_rows(evidence: Evidence) -> Iterator[str]:
    """Of every write, the log says what became of it."""
    for books in evidence.books[-1:]:
        told = {row["action_id"] for row in books.log if row["kind"] == "outcome"}
        for row in books.log:
            if row["kind"] == "intended" and row["action_id"] not in told:
                yield f"nothing tells what became of the write {row['action_id']} of {row['key']}"


CHECKS: Sequence[Callable[[Evidence], Iterator[str]]] = (
    _duplicates,
    _missing,
    _agreement,
    _lost_edits,
    _notes,
    _unlogged_writes,
    _chain,
    _unfinished,
    _unsettled_rows,
)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
