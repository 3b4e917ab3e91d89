"""What the core asks of the world, as Protocols. Implementations live at the edge; nothing reaches around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from watchkeeper.errors import LeaseHolder
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.activity import ActivityReport, Comment, CommentDraft, Principal, ReferenceKind, Resolution
from watchkeeper.model.audit import TeamDay
from watchkeeper.model.capabilities import Capabilities, Identity
from watchkeeper.model.chain import ChainHead, ChainReport
from watchkeeper.model.day_sheet import DaySheet
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, Link, LinkState
from watchkeeper.model.nudge import NudgeEntry, NudgeState
from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.owner_request import Asked, OwnerRequest, Standing
from watchkeeper.model.plan import Intent
from watchkeeper.model.population import Feed
from watchkeeper.model.probing import Probe, ProbeScope
from watchkeeper.model.progress import Phase
from watchkeeper.model.record import Absent, Draft, RawFields, Record, RecordRef, Revision, Side, Written
from watchkeeper.model.run import ActionResult, RunReport, WriteLogEntry
from watchkeeper.model.scan import ScanItem
from watchkeeper.model.tally import Tally
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.model.vocabulary import Columns, Orientation

if TYPE_CHECKING:
    import requests

T = TypeVar("T")

OLDER_COPY = "older-copy"
"""The fact of a store that says since when it is known to be an earlier copy of itself; empty or absent when it is not, or when that
was made up for."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        ...


class Monotonic(Protocol):
    def __call__(self) -> float:
        """Seconds on a clock that never steps back; only differences mean anything."""
        ...


class Sleep(Protocol):
    def __call__(self, seconds: float) -> None: ...


class Ids(Protocol):
    def __call__(self) -> str:
        """A fresh id: 32 hex digits."""
        ...


class Stop(Protocol):
    """Somebody's wish that this process ends, which comes with a signal or with the end of the run's time."""

    @property
    def is_asked(self) -> bool: ...

    @property
    def is_overdue(self) -> bool:
        """Whether what was under way when it was asked for has had its time, and is to be abandoned."""
        ...

    def check(self) -> None:
        """Raise Interrupted once a signal has asked for it, Deferred once the time is over."""
        ...

    def put_off(self) -> AbstractContextManager[None]:
        """Inside, the wish waits for a `check`."""
        ...

    def at_once(self) -> AbstractContextManager[None]:
        """Inside, a signal interrupts whatever is done. The end of the time never does."""
        ...


class Progress(Protocol):
    """Somebody who waits and wants to know how far long work has come. Told from any thread, and often; never raises."""

    def begin(self, phase: Phase, total: int | None = None) -> None:
        """A phase of so many steps begins (None: nobody knows of how many), and the one before is over."""
        ...

    def advance(self, steps: int = 1) -> None:
        """So many more steps of the phase are done; 0: nothing new, and work goes on."""
        ...


class Workers(Protocol):
    """Runs work side by side; one pool per side, at most that side's `workers` calls at once."""

    def submit(self, side: Side, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Run `work` on the side's pool, then `done` with its result on the thread that called `drain`. `work` must not
        raise."""
        ...

    def drain(self) -> None:
        """Return when everything submitted, also by `done` callbacks, has finished. Raises what `Stop.check` raises when a stop
        was asked for and is overdue: of what is still under way then, nobody hears."""
        ...


class SessionFactory(Protocol):
    """Opens HTTP sessions that obey timeouts, retries, pacing, redaction, TLS rules and WATCHKEEPER_MODE."""

    def session(self, side: Side) -> requests.Session:
        """A new session with a cookie jar of its own; give each worker thread its own one."""
        ...


class Connector(Protocol):
    """One side. Thread-safe: the engine calls it from `capabilities.workers` threads at once.

    Every method raises from watchkeeper.errors only; NotFound and a hidden record are `Absent` where a read by id is meant.
    """

    @property
    def side(self) -> Side: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def identity(self) -> Identity: ...

    def server_now(self) -> datetime:
        """The remote's clock as of its latest answer (asking for one if there was none), UTC."""
        ...

    def scan(self, feed: Feed, since: str | None) -> Iterator[ScanItem]:
        """Pages of the feed's records changed since a watermark (None: everything), then one ScanEnd."""
        ...

    def cursor_at(self, table: str, moment: datetime) -> str | None:
        """A watermark with which `scan` yields what changed since an instant; None where the side must read everything."""
        ...

    def get(self, refs: Sequence[RecordRef], fields: frozenset[str]) -> Mapping[RecordRef, Record | Absent]:
        """Records by id, each read now."""
        ...

    def find(self, table: str, markers: Sequence[str], fields: frozenset[str]) -> Mapping[str, tuple[Record, ...]]:
        """Records by correlation marker; more than one for a marker is possible and is reported, never resolved here."""
        ...

    def look_up(self, table: str, name: str, fields: frozenset[str]) -> tuple[Record, ...]:
        """Records that a person means by a number, an id or an address; empty when there is none."""
        ...

    def chosen_ref(self, table: str, marker: str) -> RecordRef:
        """The id that a create for this marker will use: derived, the same for ever."""
        ...

    def mark(self, record: Record, marker: str) -> RawFields:
        """The raw fields that tie a record which we did not create to a marker: empty when it carries the marker already,
        when another integration's marker stands there (never overwritten), or when this side has no place for one."""
        ...

    def url_of(self, ref: RecordRef) -> str:
        """Where people open the record; computed, no call."""
        ...

    def create(self, draft: Draft) -> Written:
        """Create under the chosen id. AlreadyExists when it is taken. The caller has read the id just before."""
        ...

    def update(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """Write only `changes`, if the record is still at `expect` (else PreconditionFailed)."""
        ...

    def close(self, ref: RecordRef, changes: RawFields, expect: Revision) -> Written:
        """The closing transition: like `update`, after checking what the side demands of a closed record."""
        ...

    def comments(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, tuple[Comment, ...]]:
        """All comments of each record, oldest first."""
        ...

    def add_comment(self, draft: CommentDraft) -> Comment: ...

    def chosen_comment_id(self, ref: RecordRef, draft_id: str) -> str | None:
        """The id that a comment draft will get on this record; None where the side chooses comment ids itself."""
        ...

    def activity(
        self, table: str, since: datetime, until: datetime, ids: Sequence[str] | None = None, *, bulk: bool = False
    ) -> ActivityReport:
        """Who did what to the table's records (to some of them) from `since` to `until`, both included. With `bulk` nothing is
        read record by record: the answer then names the records whose comments it leaves out."""
        ...

    def principals(self, ids: Sequence[str]) -> Mapping[str, Principal]:
        """What the side knows about accounts (by Actor.id); unknown ones are left out."""
        ...

    def resolve(self, kind: ReferenceKind, names: Sequence[str]) -> Mapping[str, Resolution]: ...

    def names_like(self, kind: ReferenceKind, text: str) -> tuple[str, ...]:
        """Names of active records that contain a text or look like it, the likest first, for a person to choose from; a few at
        most. None where the side has no such list, or shows us none."""
        ...

    def orient(self, groups: Sequence[str], fields: Mapping[str, frozenset[str]], memo: str | None) -> Orientation:
        """What a run needs to know before it reads, in as few calls as the side allows: which record each group's name stands for,
        and the choice lists of raw fields (by table). `memo` is the last orientation's, which the side may rely on for a day."""
        ...

    def columns(self, tables: Sequence[str]) -> Mapping[str, Columns]:
        """The fields that tables have; a table that the side cannot describe is left out."""
        ...

    def tally(self, feed: Feed, since: datetime, by: Sequence[str], signs: Sequence[str]) -> Tally:
        """How many records of the feed that changed since an instant hold each combination of the raw fields `by`, as the side
        counts them. Of our own records those whose marker begins with one of `signs`, and no others."""
        ...

    def probes(self, scope: ProbeScope) -> Sequence[Probe]:
        """What `doctor` can tell of this side by reading alone. One check that fails hides no other; never raises."""
        ...

    def write_probes(self, scope: ProbeScope) -> Sequence[Probe]:
        """What only a write can show, tried on one record that is made for it and resolved; empty where nothing needs one.
        Never raises."""
        ...


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
