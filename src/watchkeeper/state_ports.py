"""What the core asks of its memory, as Protocols: the store of a deployment, its lease and the ledgers that lie in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from watchkeeper.errors import LeaseHolder
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.chain import ChainHead, ChainReport
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, Link, LinkState
from watchkeeper.model.nudge import NudgeEntry, NudgeState
from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.owner_request import Asked, OwnerRequest, Standing
from watchkeeper.model.plan import Intent
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.run import ActionResult, RunReport, WriteLogEntry
from watchkeeper.model.verdict import Verdict, VerdictKind

OLDER_COPY = "older-copy"
"""The fact of a store that says since when it is known to be an earlier copy of itself; empty or absent when it is not, or when that
was made up for."""


class LeaseHandle(Protocol):
    """A lease that this run holds. `token` grows with every taking of the lease (fencing)."""

    @property
    def token(self) -> int: ...

    def check(self) -> None:
        """Raise Locked when the lease is no longer ours; renew it when more than a third of its time has passed."""
        ...

    def release(self) -> None: ...


class Lease(Protocol):
    def take(self, run_id: str, operation: str) -> LeaseHandle:
        """Take the deployment's lease (compare and swap), or raise Locked with its holder."""
        ...

    def holder(self) -> LeaseHolder | None: ...

    def break_lease(self, run_id: str) -> bool:
        """Free the lease if this very run holds it (the `unlock` command)."""
        ...


class NudgeLedger(Protocol):
    """The memory of reminders: a message is written down before it is sent, so that none is sent twice unknowingly."""

    def recall(self, name: str) -> str | None: ...

    def remember(self, values: Mapping[str, str]) -> None: ...

    def nudges_since(self, day: date) -> Sequence[NudgeEntry]:
        """Messages of a day and of later ones, and older ones that are not settled."""
        ...

    def nudges_done(self, channels: Collection[str]) -> frozenset[str]:
        """Ids of the settled messages of some channels, however old."""
        ...

    def claim_nudge(self, entry: NudgeEntry) -> bool:
        """Durably write down a try before it is made; False when another run was first, or the message is settled."""
        ...

    def settle_nudge(self, nudge_id: str, state: NudgeState, tries: int, at: datetime) -> None:
        """What became of a try; `tries` counts those that may have left."""
        ...


class NoteBook(Protocol):
    """What the store is told of work notes that reminders write: they stand in the write log like every write, and in the ledger of
    comments, so that a sync knows them as ours. No intent stays behind: reminders look after their notes themselves."""

    def intend_note(self, intent: Intent, entry: LedgerEntry) -> None:
        """Durably, before the call is made."""
        ...

    def settle_note(self, intent: Intent, result: ActionResult, entry: LedgerEntry | None) -> None:
        """What became of it, and what the ledger shall say from now on."""
        ...


class RequestMemory(Protocol):
    """What asset owners have asked for. A series is the requests of one kind about one thing, named by the key of the first."""

    def ask(self, series: str, request: OwnerRequest, occurrence: Occurrence, now: datetime) -> Asked:
        """Raise the duty of a request and keep who asked for what, in one transaction: once, however often it is asked."""
        ...

    def renew_request(self, before: Decided, request: OwnerRequest, occurrence: Occurrence) -> None:
        """Raise a request under another key, and store what was decided about the one that it had, in one transaction."""
        ...

    def request_standings(self, series: Collection[str]) -> Mapping[str, Standing]:
        """The newest request of each series that there is anything of."""
        ...

    def requests(self, keys: Iterable[str]) -> Mapping[str, OwnerRequest]: ...

    def unopened_requests(self) -> Mapping[str, OwnerRequest]:
        """By key, those whose ticket is not there, or not any more."""
        ...


class StateStore(EvidenceMemory, RequestMemory, Protocol):
    """The memory of one deployment. Every method is one transaction and safe to call from several threads.

    Raises StateUnusable when the store is newer than this program, corrupt, full, locked for too long or read-only.
    """

    # --- meta: lineage, identities, fingerprints, cached probes ---
    @property
    def lineage(self) -> str: ...

    @property
    def born(self) -> datetime: ...

    def recall(self, name: str) -> str | None:
        """A small remembered text: `identity:servicenow`, `mapping_fingerprint:maintenance`, `probe:…`."""
        ...

    def recall_many(self, names: Iterable[str]) -> Mapping[str, str]:
        """Those of these texts that there are, by their names, as they stood at one moment."""
        ...

    def remember(self, values: Mapping[str, str]) -> None: ...

    # --- runs ---
    def start_run(self, run_id: str, command: str, at: datetime) -> None: ...

    def finish_run(self, report: RunReport) -> None: ...

    def runs(self, limit: int) -> Sequence[Mapping[str, object]]:
        """The latest runs, newest first: run_id, command, started_at, ended_at, exit_code, counts."""
        ...

    # --- observing ---
    def observe(self, run_id: str, rows: Iterable[tuple[Record, str | None, str]]) -> None:
        """Stage records of a run as (record, key, fingerprint); a later row for the same record replaces the earlier. Of one
        that is as its link says, only that it was seen is kept: links must not change between this and `differing`."""
        ...

    def differing(self, run_id: str) -> Sequence[tuple[Record, str | None]]:
        """Staged records whose revision or fingerprint is not the linked one, or which have no link (found by SQL)."""
        ...

    def unseen(self, run_id: str, side: Side, table: str) -> Sequence[str]:
        """Keys of live and missing links of a side and table with no staged record in this run, sorted; meaningful after a
        complete sweep."""
        ...

    def forget_observed(self, run_id: str) -> None:
        """Drop the staging of this run and of every earlier one."""
        ...

    def watermark(self, side: Side, table: str) -> tuple[str | None, datetime | None]:
        """The cursor of a feed, and when its last complete sweep ended."""
        ...

    def advance(self, side: Side, table: str, watermark: str, swept_at: datetime | None) -> None: ...

    # --- links ---
    def links(self, keys: Iterable[str] | None = None) -> Mapping[str, Mapping[Side, Link]]:
        """Links by key and side; all keys for None, which a run must never ask for: there may be millions."""
        ...

    def links_of(self, refs: Iterable[RecordRef]) -> Mapping[RecordRef, Link]: ...

    def forget_pairs(self) -> None:
        """Drop links and cursors, tombstones excepted: a rebuild puts others in their place in the same transaction."""
        ...

    def log_rebuilt(self, run_id: str, facts: Mapping[str, int], at: datetime) -> None:
        """Say in the write log that the memory was built anew."""
        ...

    def keys_of(self, refs: Iterable[RecordRef]) -> Mapping[RecordRef, str]:
        """The keys of those among the records that are linked."""
        ...

    def put_links(self, links: Iterable[Link]) -> None: ...

    # --- questions about all links, answered without loading them ---
    def linked_profiles(self) -> Sequence[str]:
        """The profiles that have links."""
        ...

    def unclosed_keys(self, besides: Collection[str]) -> frozenset[str]:
        """Keys with a live link that is not known to be closed, of all profiles but some."""
        ...

    def oldest_links(
        self, side: Side, *, closed: bool, after: tuple[datetime, str] | None = None, limit: int = 20
    ) -> Sequence[Link]:
        """The live links of a side that are (or are not) known to be closed, by `confirmed_at` and key, after such a place."""
        ...

    def count_records(self) -> Mapping[Side, int]:
        """How many links of each side are live or missing."""
        ...

    def count_pairs(self, profile: str | None = None, state: LinkState | None = None) -> int:
        """How many keys have a link of a profile (None: any) in a state (None: any)."""
        ...

    def was_processed(self, profile: str) -> bool:
        """Whether any link of a profile has been through a run, and was not only paired by hand."""
        ...

    def live_keys(self, profile: str, side: Side) -> Sequence[str]:
        """Keys of a profile with a live link on a side."""
        ...

    def links_of_profile(self, profile: str, after: str, limit: int = 500) -> Sequence[Link]:
        """The links of a profile's next keys after a key, in order."""
        ...

    def keys_with_reason(self, besides: str) -> Sequence[str]:
        """Keys with a live link that gives a reason, other than one, sorted."""
        ...

    def keys_by_number(self, numbers: Iterable[str]) -> Mapping[str, Mapping[Side, str]]:
        """Keys by record number and side."""
        ...

    def duty_keys(self, stem: str, since: date) -> Sequence[str]:
        """Keys of a duty (`stem`: all of its keys up to the period) that are decided or linked: those of periods from a day on,
        and the newest scheduled one before it."""
        ...

    # --- comments, dirty keys, conflicts, occurrences ---
    def ledger(self, keys: Iterable[str]) -> Sequence[LedgerEntry]: ...

    def put_ledger(self, entries: Iterable[LedgerEntry]) -> None: ...

    def dirty(self) -> Sequence[Dirty]: ...

    def put_dirty(self, rows: Iterable[Dirty]) -> None: ...

    def clear_dirty(self, keys: Iterable[str]) -> None: ...

    def put_conflicts(self, rows: Iterable[ConflictRow]) -> None: ...

    def conflicts(self, keys: Iterable[str] | None = None) -> Sequence[ConflictRow]: ...

    def decisions(self, keys: Iterable[str] | None = None) -> Mapping[str, Decided]: ...

    def put_decisions(self, rows: Iterable[Decided]) -> None: ...

    def raised(self) -> Sequence[Occurrence]:
        """As-needed occurrences that were raised and not yet decided or still open."""
        ...

    def raise_occurrence(self, occurrence: Occurrence, at: datetime) -> bool:
        """Record a raised occurrence; False when the same one is already there."""
        ...

    # --- intents and the write log: the only two-phase part ---
    def intents(self) -> Sequence[Intent]: ...

    def intend(self, intent: Intent, at: datetime) -> None:
        """Durably store the intent together with its `intended` write-log row."""
        ...

    def settle(
        self,
        intent: Intent,
        result: ActionResult,
        at: datetime,
        *,
        links: Sequence[Link] = (),
        ledger: Sequence[LedgerEntry] = (),
        keep: bool = False,
    ) -> None:
        """In one transaction: the outcome row in the write log, the links and ledger entries it proves, and the end of the
        intent (kept open for a later run when `keep`, because nobody knows whether it happened)."""
        ...

    def write_log(
        self, *, run_id: str | None = None, key: str | None = None, limit: int | None = 1000
    ) -> Sequence[WriteLogEntry]: ...

    def write_log_head(self) -> ChainHead | None:
        """The last row of the write log; None while nothing was ever written."""
        ...

    def check_write_log(self) -> ChainReport:
        """Follow the hash chain through the whole write log; tells the first row that does not fit."""
        ...

    def write_log_has(self, head: ChainHead) -> bool | None:
        """Whether a head of an earlier report is still in the log; None when rows up to there were pruned."""
        ...

    def closes_per_run(self, since: datetime) -> Sequence[int]:
        """How many closes each run since then made."""
        ...

    def recent_writes(self, since: datetime) -> Mapping[tuple[str, Side, str], int]:
        """How often each (key, side, raw field) was written since then."""
        ...

    def unanswered(self, since: datetime) -> frozenset[str]:
        """Keys of updates and closes that were intended since then and never answered, whatever a later look has told of them."""
        ...

    # --- audit ---
    def verdicts(self, day_from: str, day_to: str, keys: Collection[str] | None = None) -> Sequence[Verdict]:
        """Those on these days (both included), by day and key; with `keys` of these tickets alone."""

    def judged(self, day_from: str, day_to: str) -> Sequence[tuple[str, date, bool]]:
        """Which tickets were judged on which of these days, and whether for good, without what the verdicts say."""

    def judgements(self, day_from: str, day_to: str) -> Iterable[tuple[str, date, str, VerdictKind]]:
        """Ticket, day, team and verdict of every one on these days (both included), by day and ticket, without the evidence."""
        ...

    def last_updates_known(self, keys: Collection[str], before: date) -> Mapping[str, datetime]:
        """The last human update that each ticket's latest stored verdict of an earlier day knows of, where it knows one."""
        ...

    def put_verdicts(self, verdicts: Iterable[Verdict], run_id: str) -> None:
        """Store verdicts; a final one for the same key and day is never rewritten."""
        ...

    def day_sheets(self, day_from: str, day_to: str) -> Sequence[DaySheet]:
        """What the audits have left of each team's local days (both ends included), by day and team, without the verdicts
        themselves: as many rows as teams and days, however many tickets there were."""
        ...

    def count_days(self, days: Collection[TeamDay], run_id: str, at: datetime, *, whole: bool) -> None:
        """Count the stored verdicts of these days. `whole`: whether the audit could list every escalation."""
        ...

    def confirmed_authors(self) -> Mapping[tuple[Side, str], str]:
        """Author classes that a person confirmed with `audit --authors --confirm`."""
        ...

    def confirm_authors(self, classes: Mapping[tuple[Side, str], str], at: datetime) -> None: ...

    def transaction(self) -> AbstractContextManager[None]:
        """Make the calls inside one transaction (of the calling thread)."""
        ...

    def together(self, work: Callable[[], None]) -> None:
        """Make the calls of `work` one transaction. It is called once more when the connection to a server was cut and nothing
        had been stored, so it does nothing but call this store and leases in it."""
        ...
