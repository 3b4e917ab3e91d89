"""Let go of what is older than a day: history that nobody needs any more, and the personal data in it.

Nothing goes that a later run could miss: open intents and dirty keys, what live pairs remember, the newest decision of each duty and
team (what lies before it is settled: see watchkeeper.catalog.decisions), and tombstones, of which only the values go. The counts of each
team's days and of each day's runs stay, for trends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, and_, exists, func, not_, or_, select
from sqlalchemy.engine import Connection

from watchkeeper.evidence.kept import SCORES
from watchkeeper.model.chain import ChainHead, Checkpoint
from watchkeeper.model.link import LinkState
from watchkeeper.model.record import NO_FIELDS
from watchkeeper.model.sync_day import SYNC_DAYS
from watchkeeper.model.upkeep import Pruning
from watchkeeper.state import chain, pairing, tables, tally
from watchkeeper.state.codec import instant_text
from watchkeeper.state.database import batches
from watchkeeper.state.sheets import is_sheet
from watchkeeper.state.store import SqlStateStore

_RUN, _LOG, _LINK, _DUTY = tables.run, tables.write_log, tables.link, tables.occurrence
_NOTHING = "{}"
"""Fields of a tombstone that holds no values any more, as JSON."""


def prune(store: SqlStateStore, before: datetime, run_id: str, at: datetime, *, apply: bool) -> Pruning:
    """Count, and with `apply` drop, what is older than `before`. The write log is cut at the end of a run, and a row in it, of
    `run_id`, says where. One transaction; what goes is overwritten in the file."""
    if not apply:
        with store.database.read() as connection:
            return _Pruning(connection, store.deployment, before).counted()
    with store.database.write() as connection:
        if store.database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        pruned = _Pruning(connection, store.deployment, before).applied(run_id, at)
    if store.database.is_sqlite:
        with store.database.engine.connect() as connection:
            # What was deleted also stands in the write-ahead log, as it was before.
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    return pruned


@dataclass(slots=True)
class _Pruning:
    """Which rows of a deployment are old, as conditions; every one is an `of` the table that it chooses from."""

    connection: Connection
    deployment: str
    before: datetime

    def counted(self) -> Pruning:
        cut = self._cut()
        rows = {table.name: self._count(table, condition) for table, condition in self._old(cut).items()}
        checkpoint = cut.last if cut else None
        return Pruning(self.before, rows, len(self._tombstones()), checkpoint, done=False)

    def applied(self, run_id: str, at: datetime) -> Pruning:
        counted, cut = self.counted(), self._cut()
        if cut is not None:
            # Written before the rows go: the log is never empty, and its sequence never begins anew.
            chain.append_event(self.connection, self.deployment, chain.PRUNED, run_id, "", chain.facts_of(cut), at)
            chain.set_checkpoint(self.connection, self.deployment, cut)
            tally.forget(self.connection, self.deployment, cut.last.sequence)
        self._empty_tombstones()
        for table, condition in self._old(cut).items():
            self.connection.execute(table.delete().where(table.c.deployment == self.deployment, condition))
        return replace(counted, done=True)

    def _old(self, cut: Checkpoint | None) -> Mapping[Table, ColumnElement[bool]]:
        """What goes, table by table, in an order in which no condition misses rows that another took away."""
        comment, raised, verdict = tables.comment, tables.raised, tables.verdict
        return {
            raised: exists().where(
                _DUTY.c.deployment == raised.c.deployment, _DUTY.c.key == raised.c.key, self._settled()
            ),
            tables.owner_request: self._answered(),
            _DUTY: self._settled(),
            comment: self._buried(comment.c.key),
            tables.conflict: tables.conflict.c.at < self._instant,
            verdict: verdict.c.day < self.before.date().isoformat(),
            tables.nudge: tables.nudge.c.at < self._instant,
            tables.snapshot: and_(tables.snapshot.c.taken_at < self._instant, not_(_is_history())),
            tables.meta: tables.meta.c.name.like("valve:%"),
            _LOG: _LOG.c.sequence <= (cut.last.sequence if cut else 0),
            _RUN: self._over(cut),
        }

    @property
    def _instant(self) -> str:
        return instant_text(self.before)

    def _count(self, table: Table, condition: ColumnElement[bool]) -> int:
        chosen = select(func.count()).select_from(table).where(table.c.deployment == self.deployment, condition)
        return int(self.connection.execute(chosen).scalar_one())

    # --- keys ---

    def _waiting(self, key: Column[str]) -> ColumnElement[bool]:
        """A later run has to look at the key."""
        dirty, intent = tables.dirty, tables.intent
        return or_(
            exists().where(dirty.c.deployment == self.deployment, dirty.c.key == key),
            exists().where(intent.c.deployment == self.deployment, intent.c.key == key),
        )

    def _linked(self, key: Column[str]) -> ColumnElement[bool]:
        link = _LINK.alias()
        return exists().where(link.c.deployment == self.deployment, link.c.key == key)

    def _alive(self, key: Column[str]) -> ColumnElement[bool]:
        """A record of the key is there, or was until lately."""
        link = _LINK.alias()
        lately = or_(link.c.state != LinkState.GONE.value, link.c.confirmed_at >= self._instant)
        return exists().where(link.c.deployment == self.deployment, link.c.key == key, lately)

    def _buried(self, key: Column[str]) -> ColumnElement[bool]:
        """Every record of the key is known to be gone, and has been for long enough."""
        return and_(self._linked(key), not_(self._alive(key)), not_(self._waiting(key)))

    def _settled(self) -> ColumnElement[bool]:
        """Old decisions of keys without a record that lives, where the same duty and team have a newer one."""
        newer = _DUTY.alias()
        superseded = exists().where(
            newer.c.deployment == _DUTY.c.deployment,
            newer.c.task == _DUTY.c.task,
            newer.c.team == _DUTY.c.team,
            newer.c.nominal > _DUTY.c.nominal,
        )
        needed = or_(self._alive(_DUTY.c.key), self._waiting(_DUTY.c.key))
        return and_(_DUTY.c.due < self._instant, superseded, not_(needed))

    def _answered(self) -> ColumnElement[bool]:
        """Old requests of owners whose ticket was opened and is closed: it tells what was asked as well."""
        request, link = tables.owner_request, _LINK.alias()
        open_still = exists().where(
            link.c.deployment == self.deployment,
            link.c.key == request.c.key,
            link.c.state != LinkState.GONE.value,
            not_(link.c.closed),
        )
        opened, needed = self._linked(request.c.key), or_(open_still, self._waiting(request.c.key))
        return and_(request.c.asked_at < self._instant, opened, not_(needed))

    # --- runs and their writes ---

    def _cut(self) -> Checkpoint | None:
        """The last row before which no run is cut in two, no row is young, and no write is open."""
        first_kept = self._first_kept()
        runs = select(func.min(_LOG.c.sequence), func.max(_LOG.c.sequence)).where(_LOG.c.deployment == self.deployment)
        last = end = 0
        for begins, ends in sorted((row[0], row[1]) for row in self.connection.execute(runs.group_by(_LOG.c.run_id))):
            if begins > end:
                last = end
            end = max(end, ends)
            if end >= first_kept:
                break
        else:
            last = end
        return self._checkpoint(last) if last else None

    def _first_kept(self) -> int:
        intent = tables.intent
        still_open = exists().where(intent.c.deployment == _LOG.c.deployment, intent.c.action_id == _LOG.c.action_id)
        kept = or_(_LOG.c.at >= self._instant, still_open)
        chosen = select(func.min(_LOG.c.sequence)).where(_LOG.c.deployment == self.deployment, kept)
        found = self.connection.execute(chosen).scalar_one()
        return int(found) if found is not None else 2**62

    def _checkpoint(self, sequence: int) -> Checkpoint:
        mine = _LOG.c.deployment == self.deployment
        chosen = select(_LOG.c.hash).where(mine, _LOG.c.sequence == sequence)
        digest = str(self.connection.execute(chosen).scalar_one())
        gone = self._count(_LOG, _LOG.c.sequence <= sequence)
        earlier = chain.checkpoint(self.connection, self.deployment)
        return Checkpoint(ChainHead(sequence, digest), gone + (earlier.count if earlier else 0), self.before)

    def _over(self, cut: Checkpoint | None) -> ColumnElement[bool]:
        """Old runs of whose writes none is left in the log; the last run stays, whatever its age."""
        log, last = _LOG.alias(), _RUN.alias()
        told = exists().where(
            log.c.deployment == self.deployment,
            log.c.run_id == _RUN.c.run_id,
            log.c.sequence > (cut.last.sequence if cut else 0),
        )
        newest = select(func.max(last.c.started_at)).where(last.c.deployment == self.deployment).scalar_subquery()
        ended = func.coalesce(_RUN.c.ended_at, _RUN.c.started_at)
        return and_(ended < self._instant, not_(told), _RUN.c.started_at < newest)

    # --- tombstones ---

    def _tombstones(self) -> list[str]:
        """Keys of buried pairs whose links still hold values."""
        holds = or_(_LINK.c.base != _NOTHING, _LINK.c.asked != _NOTHING)
        chosen = select(_LINK.c.key).where(_LINK.c.deployment == self.deployment, holds, self._buried(_LINK.c.key))
        return sorted(set(self.connection.execute(chosen).scalars()))

    def _empty_tombstones(self) -> None:
        for keys in batches(self._tombstones()):
            links = [
                link
                for sides in pairing.by_key(self.connection, self.deployment, keys).values()
                for link in sides.values()
            ]
            pairing.put(
                self.connection, self.deployment, [replace(link, base=NO_FIELDS, asked=NO_FIELDS) for link in links]
            )


def _is_history() -> ColumnElement[bool]:
    """Snapshots without personal data, which trends over years are made of and no source has any more."""
    return or_(is_sheet(), tables.snapshot.c.name.in_([SCORES.name, SYNC_DAYS.name]))
