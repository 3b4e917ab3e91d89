"""The memory of one deployment in a SQL database: every method of the StateStore port, one transaction each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta

from sqlalchemy.engine import Connection

from watchkeeper.model.calls import CallRecord
from watchkeeper.model.chain import ChainHead, ChainReport
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, Link, LinkState
from watchkeeper.model.occurrence import Decided, Occurrence
from watchkeeper.model.plan import Intent
from watchkeeper.model.record import Record, RecordRef, Side
from watchkeeper.model.run import ActionResult, RunReport, WriteLogEntry
from watchkeeper.ports import Clock
from watchkeeper.state import chain, follow_up, intents, lease, lookups, pairing, runs, staging, sync_days, write_log
from watchkeeper.state.anew import forget_pairs
from watchkeeper.state.audit_book import AuditBook
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import Database
from watchkeeper.state.duty_book import DutyBook
from watchkeeper.state.evidence_book import EvidenceBook
from watchkeeper.state.landmark import Landmark, Reached
from watchkeeper.state.lease import DURATION, SqlLease
from watchkeeper.state.nudge_book import NudgeBook
from watchkeeper.state.request_book import RequestBook
from watchkeeper.state_ports import OLDER_COPY


class SqlStateStore(AuditBook, DutyBook, EvidenceBook, NudgeBook, RequestBook):
    """See watchkeeper.ports.StateStore, whose docstrings say what each method promises."""

    def __init__(
        self,
        database: Database,
        deployment: str,
        clock: Clock,
        *,
        unborn: bool = False,
        mended: Mapping[str, int] | None = None,
    ) -> None:
        """`unborn`: a scratch store that stands for one in which this deployment has not begun; its lineage is empty. `mended`:
        how many damaged rows were dropped, per table."""
        self.database = database
        self._deployment = deployment
        self._clock = clock
        self._lineage, self._born = self._introduce()
        self.mended: Mapping[str, int] = mended or {}
        self._landmark = Landmark.of(database.url, deployment)
        if unborn:
            self._lineage = ""

    def _introduce(self) -> tuple[str, datetime]:
        """The deployment's lineage and birth, chosen now if it is new here."""
        with self.database.read() as connection:
            lineage = runs.recall(connection, self._deployment, "lineage")
            born = runs.recall(connection, self._deployment, "born")
        if lineage is not None and born is not None:
            return lineage, instant(born)
        chosen = {"lineage": secrets.token_hex(16), "born": instant_text(self._clock.now())}
        with self.database.write() as connection:
            runs.remember_first(connection, self._deployment, chosen)
        return self._introduce()

    def compare_with(self, landmark: Landmark) -> None:
        """Say of a copy that the store it was made from is older than it once was."""
        known = landmark.read(self._lineage)
        with self.database.write() as connection:
            holder = lease.holder_in(connection, self._deployment)
            sequence, _ = chain.head(connection, self._deployment)
            if known is not None and known.is_beyond(Reached(holder.token if holder else 0, known.run_id, sequence)):
                runs.remember(connection, self._deployment, {OLDER_COPY: instant_text(self._clock.now())})

    def lease(self, holder: str, host: str, duration: timedelta = DURATION) -> SqlLease:
        """The lease of this deployment, for a holder (who or what runs) on a host."""
        return SqlLease(self.database, self._deployment, self._clock, holder, host, duration)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> SqlStateStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.database.write():
            yield

    def view(self) -> AbstractContextManager[None]:
        """Inside, all answers to this thread are of one moment, and come over one connection: whoever takes a lock between questions
        takes it inside, so that nobody waits for a connection with it while others wait for it with theirs."""
        return self.database.view()

    def together(self, work: Callable[[], None]) -> None:
        self.database.change(lambda _: work())

    # --- meta ---

    @property
    def deployment(self) -> str:
        return self._deployment

    @property
    def lineage(self) -> str:
        return self._lineage

    @property
    def born(self) -> datetime:
        return self._born

    @property
    def serial(self) -> int:
        """How many runs this lineage has finished: an older copy of the store shows a lower one."""
        return int(self.recall("serial") or 0)

    def recall(self, name: str) -> str | None:
        with self.database.read() as connection:
            return runs.recall(connection, self._deployment, name)

    def recall_many(self, names: Iterable[str]) -> Mapping[str, str]:
        with self.database.read() as connection:
            return runs.recall_many(connection, self._deployment, names)

    def remember(self, values: Mapping[str, str]) -> None:
        self.database.change(lambda connection: runs.remember(connection, self._deployment, values))

    # --- runs ---

    def start_run(self, run_id: str, command: str, at: datetime) -> None:
        """Besides what the port promises: under a lease, compare the store with how far it had come once (OLDER_COPY)."""
        with self.database.write() as connection:
            runs.start(connection, self._deployment, run_id, command, at)
            reached = self._reached(connection)
            known = self._landmark.read(self._lineage) if reached else None
            if reached is not None and known is not None and known.is_beyond(reached):
                runs.remember(connection, self._deployment, {OLDER_COPY: instant_text(at)})
        if reached is not None:
            self._landmark.write(self._lineage, reached)

    def _reached(self, connection: Connection) -> Reached | None:
        """How far this store has come; None where nobody holds the lease."""
        holder = lease.holder_in(connection, self._deployment)
        if holder is None or not holder.run_id:
            return None
        return Reached(holder.token, holder.run_id, chain.head(connection, self._deployment)[0])

    def finish_run(self, report: RunReport) -> None:
        """Store how a run ended with the write log's head, and count it."""

        def store(connection: Connection) -> Reached | None:
            sequence, digest = chain.head(connection, self._deployment)
            runs.finish(connection, self._deployment, report, ChainHead(sequence, digest))
            facts = {"serial": str(self.serial + 1), "write_log_head": f"{sequence} {digest}"}
            runs.remember(connection, self._deployment, facts)
            return self._reached(connection)

        reached = self.database.change(store)
        if reached is not None:
            self._landmark.write(self._lineage, reached)

    def count_calls(self, calls: CallRecord, at: datetime, command: str) -> None:
        """Add what a run that holds no lease asked of the systems to the day on which it ended."""
        self.database.change(lambda connection: sync_days.count_calls(connection, self._deployment, calls, at, command))

    def runs(self, limit: int) -> Sequence[Mapping[str, object]]:
        with self.database.read() as connection:
            return runs.latest(connection, self._deployment, limit)

    # --- observing ---

    def observe(self, run_id: str, rows: Iterable[tuple[Record, str | None, str]]) -> None:
        with self.database.write(durable=False) as connection:
            staging.stage(connection, self._deployment, run_id, rows)

    def differing(self, run_id: str) -> Sequence[tuple[Record, str | None]]:
        with self.database.read() as connection:
            return staging.differing(connection, self._deployment, run_id)

    def unseen(self, run_id: str, side: Side, table: str) -> Sequence[str]:
        with self.database.read() as connection:
            return staging.unseen(connection, self._deployment, run_id, side, table)

    def forget_observed(self, run_id: str) -> None:  # noqa: ARG002 - only one run at a time stages, so all of it goes
        with self.database.write() as connection:
            staging.forget(connection, self._deployment)

    def watermark(self, side: Side, table: str) -> tuple[str | None, datetime | None]:
        with self.database.read() as connection:
            return follow_up.watermark(connection, self._deployment, side, table)

    def advance(self, side: Side, table: str, watermark: str, swept_at: datetime | None) -> None:
        self.database.change(
            lambda connection: follow_up.advance(connection, self._deployment, side, table, watermark, swept_at)
        )

    # --- links ---

    def links(self, keys: Iterable[str] | None = None) -> Mapping[str, Mapping[Side, Link]]:
        with self.database.read() as connection:
            return pairing.by_key(connection, self._deployment, keys)

    def links_of(self, refs: Iterable[RecordRef]) -> Mapping[RecordRef, Link]:
        with self.database.read() as connection:
            return pairing.by_ref(connection, self._deployment, refs)

    def forget_pairs(self) -> None:
        with self.database.write() as connection:
            forget_pairs(connection, self._deployment)

    def log_rebuilt(self, run_id: str, facts: Mapping[str, int], at: datetime) -> None:
        with self.database.write() as connection:
            chain.append_event(connection, self._deployment, chain.REBUILT, run_id, "", facts, at)

    def keys_of(self, refs: Iterable[RecordRef]) -> Mapping[RecordRef, str]:
        with self.database.read() as connection:
            return staging.keys_of(connection, self._deployment, refs)

    def put_links(self, rows: Iterable[Link]) -> None:
        """Raises Conflict when a record is already linked to another key."""
        with self.database.write() as connection:
            pairing.put(connection, self._deployment, rows)

    # --- questions about all links ---

    def linked_profiles(self) -> Sequence[str]:
        with self.database.read() as connection:
            return lookups.profiles(connection, self._deployment)

    def unclosed_keys(self, besides: Collection[str]) -> frozenset[str]:
        with self.database.read() as connection:
            return lookups.unclosed(connection, self._deployment, besides)

    def oldest_links(
        self, side: Side, *, closed: bool, after: tuple[datetime, str] | None = None, limit: int = 20
    ) -> Sequence[Link]:
        with self.database.read() as connection:
            return lookups.oldest(connection, self._deployment, side, closed=closed, after=after, limit=limit)

    def count_records(self) -> Mapping[Side, int]:
        with self.database.read() as connection:
            return lookups.records_per_side(connection, self._deployment)

    def count_pairs(self, profile: str | None = None, state: LinkState | None = None) -> int:
        with self.database.read() as connection:
            return lookups.pairs(connection, self._deployment, profile, state)

    def was_processed(self, profile: str) -> bool:
        with self.database.read() as connection:
            return lookups.was_processed(connection, self._deployment, profile)

    def live_keys(self, profile: str, side: Side) -> Sequence[str]:
        with self.database.read() as connection:
            return lookups.live_keys(connection, self._deployment, profile, side)

    def links_of_profile(self, profile: str, after: str, limit: int = 500) -> Sequence[Link]:
        with self.database.read() as connection:
            return lookups.of_profile(connection, self._deployment, profile, after, limit)

    def keys_with_reason(self, besides: str) -> Sequence[str]:
        with self.database.read() as connection:
            return lookups.with_reason(connection, self._deployment, besides)

    def keys_by_number(self, numbers: Iterable[str]) -> Mapping[str, Mapping[Side, str]]:
        with self.database.read() as connection:
            return lookups.by_number(connection, self._deployment, numbers)

    def duty_keys(self, stem: str, since: date) -> Sequence[str]:
        with self.database.read() as connection:
            return lookups.duty_keys(connection, self._deployment, stem, since)

    # --- comments, dirty keys, conflicts, occurrences ---

    def ledger(self, keys: Iterable[str]) -> Sequence[LedgerEntry]:
        with self.database.read() as connection:
            return follow_up.ledger(connection, self._deployment, keys)

    def put_ledger(self, entries: Iterable[LedgerEntry]) -> None:
        with self.database.write() as connection:
            follow_up.put_ledger(connection, self._deployment, entries)

    def dirty(self) -> Sequence[Dirty]:
        with self.database.read() as connection:
            return follow_up.dirty(connection, self._deployment)

    def put_dirty(self, rows: Iterable[Dirty]) -> None:
        with self.database.write() as connection:
            follow_up.put_dirty(connection, self._deployment, rows)

    def clear_dirty(self, keys: Iterable[str]) -> None:
        with self.database.write() as connection:
            follow_up.clear_dirty(connection, self._deployment, keys)

    def put_conflicts(self, rows: Iterable[ConflictRow]) -> None:
        with self.database.write() as connection:
            follow_up.put_conflicts(connection, self._deployment, rows)

    def conflicts(self, keys: Iterable[str] | None = None) -> Sequence[ConflictRow]:
        with self.database.read() as connection:
            return follow_up.conflicts(connection, self._deployment, keys)

    def decisions(self, keys: Iterable[str] | None = None) -> Mapping[str, Decided]:
        with self.database.read() as connection:
            return follow_up.decisions(connection, self._deployment, keys)

    def put_decisions(self, rows: Iterable[Decided]) -> None:
        with self.database.write() as connection:
            follow_up.put_decisions(connection, self._deployment, rows)

    def raised(self) -> Sequence[Occurrence]:
        with self.database.read() as connection:
            return follow_up.raised(connection, self._deployment)

    def raise_occurrence(self, occurrence: Occurrence, at: datetime) -> bool:
        with self.database.write() as connection:
            return follow_up.raise_occurrence(connection, self._deployment, occurrence, at)

    def intents(self) -> Sequence[Intent]:
        with self.database.read() as connection:
            return intents.open_intents(connection, self._deployment)

    def intend(self, intent: Intent, at: datetime) -> None:
        self.database.change(lambda connection: intents.intend(connection, self._deployment, intent, at))

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
        """Besides what the port promises: a key whose action conflicted, failed or is unknown becomes dirty, with one more
        attempt, in the same transaction. A key is only ever cleared by `clear_dirty`.

        An outcome need not outlive a power failure: the intent before it does, and is then looked into like one whose
        outcome was never heard. That halves the waiting for the disk."""

        def store(connection: Connection) -> None:
            intents.settle(connection, self._deployment, intent, result, at, keep)
            pairing.put(connection, self._deployment, links)
            follow_up.put_ledger(connection, self._deployment, ledger)

        self.database.change(store, durable=False)

    def write_log(
        self, *, run_id: str | None = None, key: str | None = None, limit: int | None = 1000
    ) -> Sequence[WriteLogEntry]:
        with self.database.read() as connection:
            return write_log.entries(connection, self._deployment, run_id, key, limit)

    def write_log_head(self) -> ChainHead | None:
        with self.database.read() as connection:
            sequence, digest = chain.head(connection, self._deployment)
        return ChainHead(sequence, digest) if sequence else None

    def check_write_log(self) -> ChainReport:
        with self.database.read() as connection:
            heads = runs.heads(connection, self._deployment)
            return chain.verify(connection, self._deployment, heads, chain.checkpoint(connection, self._deployment))

    def write_log_has(self, head: ChainHead) -> bool | None:
        with self.database.read() as connection:
            return chain.has(connection, self._deployment, head)

    def closes_per_run(self, since: datetime) -> Sequence[int]:
        with self.database.read() as connection:
            return write_log.closes_per_run(connection, self._deployment, since)

    def recent_writes(self, since: datetime) -> Mapping[tuple[str, Side, str], int]:
        with self.database.read() as connection:
            return write_log.recent_writes(connection, self._deployment, since)

    def unanswered(self, since: datetime) -> frozenset[str]:
        with self.database.read() as connection:
            return write_log.unanswered(connection, self._deployment, since)
