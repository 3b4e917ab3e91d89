"""Build the memory of all pairs anew from what both systems hold. Writes to no system: what differs is shown as the plan of the next
sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from watchkeeper.model.limits import Limits
from watchkeeper.model.link import Dirty, Link
from watchkeeper.model.reasons import because
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import OLDER_COPY, StateStore
from watchkeeper.sync.plan import Options, Prepared
from watchkeeper.sync.run import look_run
from watchkeeper.sync.side_reports import Books
from watchkeeper.sync.systems import Systems

COMMAND = "db rebuild"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`report` is the plan of the next sync. `before` and `links`: how many links were and are, or would be, remembered; `agreed`:
    pairs that need no write. `numbers`: what people call the records, by key and side. `whole` is False when a system could not be read in full: then nothing is stored."""

    report: RunReport
    before: int
    links: int
    agreed: int
    whole: bool
    stored: bool = False
    numbers: Mapping[str, Mapping[Side, str]] = field(default_factory=dict)


def look_anew(systems: Systems, limits: Limits, books: Books) -> tuple[Rebuilt, Prepared]:
    """Read both systems in full and pair what they hold. `systems` are over a scratch copy, which forgets its pairs."""
    before = sum(systems.store.count_records().values())
    systems.store.forget_pairs()
    systems.store.remember({OLDER_COPY: ""})
    prepared, report = look_run(systems, Options(COMMAND, full=True, memoryless=True), limits, books)
    links = list(_links(prepared))
    agreed = prepared.memories.keys() - {action.key for action in prepared.actions} - prepared.held.keys()
    numbers: dict[str, dict[Side, str]] = {}
    for link in links:
        numbers.setdefault(link.key, {})[link.ref.side] = link.number
    return Rebuilt(report, before, len(links), len(agreed), prepared.whole, numbers=numbers), prepared


def store_anew(store: StateStore, prepared: Prepared, report: RunReport) -> None:
    """Put the pairs that were found in the place of those that are remembered, in one transaction, and say so in the write log.
    Everything else stays: write log, verdicts, conflicts, decisions, open intents. The next sync reads everything once more, and
    looks at every pair that does not agree."""
    now = prepared.systems.clock.now()
    links = list(_links(prepared))
    with store.transaction():
        store.forget_pairs()
        store.put_links(links)
        store.put_ledger(prepared.entries)
        store.put_dirty(_unfinished(prepared, {row.key for row in store.dirty()}))
        store.remember({OLDER_COPY: ""})
        store.log_rebuilt(report.run_id, {"links": len(links), "to_write": len(prepared.actions)}, now)


def _links(prepared: Prepared) -> Iterable[Link]:
    """Links of everything that was found. A pair that is to be written keeps what both sides agree on already, and counts as
    unprocessed."""
    writing = {action.key for action in prepared.actions} | prepared.held.keys()
    for key, memory in prepared.memories.items():
        if prepared.is_pair(key):
            yield from (memory.working if key in writing else memory.final).values()


def _unfinished(prepared: Prepared, known: set[str]) -> Iterable[Dirty]:
    now = prepared.systems.clock.now()
    for key in sorted(({action.key for action in prepared.actions} | prepared.held.keys()) - known):
        profile = prepared.systems.profile_of(key).name
        yield Dirty(key, profile, because(Trouble.REBUILT), now)
