"""One run at a time per deployment: a lease with an expiry and a token that only grows.

A lease is taken over when it has expired, or at once when its run is known to be gone (`watchkeeper.state.presence`). A run that
slept through its expiry wakes up with old knowledge: from the taking of the lease on, nothing is written to the database in which
it is held any more unless it is held still.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection

from watchkeeper.errors import LeaseHolder, Locked
from watchkeeper.ports import Clock
from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import Database, insert_new
from watchkeeper.state.presence import FilePresence, Presence

_LEASE = tables.lease
_RENEWED = select(_LEASE.c.renewed_at).where(
    _LEASE.c.deployment == bindparam("of"), _LEASE.c.token == bindparam("held"), _LEASE.c.run_id == bindparam("by")
)
"""Built once: the lease is checked before every write."""
DURATION = timedelta(minutes=10)
"""How long a lease lasts unless renewed: longer than any single call with its retries, short enough that a killed run
blocks the next ones only for a while."""


class SqlLease:
    """The lease of a deployment, in the same database as its state."""

    def __init__(
        self,
        database: Database,
        deployment: str,
        clock: Clock,
        holder: str,
        host: str,
        duration: timedelta = DURATION,
    ) -> None:
        self._database = database
        self._deployment = deployment
        self._clock = clock
        self._holder = holder
        self._host = host
        self._duration = duration

    def take(self, run_id: str, operation: str) -> HeldLease:
        """Take the lease, or raise Locked with its holder. An expired one, and a dead run's, is taken over with a higher
        token."""
        presence = self._presence()
        present = presence.take()
        try:
            with self._database.write(fenced=False) as connection:
                now = _now(connection, self._clock)
                found = holder_in(connection, self._deployment)
                dead = present and found is not None and presence.proves_dead(found)
                if found is not None and found.run_id and found.expires_at > now and not dead:
                    raise _locked(found)
                token = self._claim(connection, found, run_id, operation, now)
                presence.name(run_id, connection)
        except BaseException:
            presence.let_go()
            raise
        held = HeldLease(self._database, self._deployment, self._clock, self._duration, run_id, token, presence)
        self._database.fence = held.prove
        return held

    def holder(self) -> LeaseHolder | None:
        """Who holds the lease, expired or not; None when it is free."""
        with self._database.read() as connection:
            found = holder_in(connection, self._deployment)
        return found if found is not None and found.run_id else None

    def break_lease(self, run_id: str) -> bool:
        with self._database.write(fenced=False) as connection:
            return _free(connection, self._deployment, _LEASE.c.run_id == run_id)

    def _presence(self) -> Presence:
        if not self._database.is_sqlite:
            from watchkeeper.state.session_presence import SessionPresence

            return SessionPresence(self._database, self._deployment)
        file = self._database.file
        return FilePresence(
            None if file is None else file.with_name(f"{file.name}-lease-{self._deployment}"), self._host
        )

    def _claim(
        self, connection: Connection, found: LeaseHolder | None, run_id: str, operation: str, now: datetime
    ) -> int:
        token = (found.token if found else 0) + 1
        row = {
            "run_id": run_id,
            "holder": self._holder,
            "host": self._host,
            "operation": operation,
            "taken_at": instant_text(now),
            "renewed_at": instant_text(now),
            "expires_at": instant_text(now + self._duration),
            "token": token,
        }
        if not self._swapped(connection, found, row):
            raise _locked(holder_in(connection, self._deployment))
        return token

    def _swapped(self, connection: Connection, found: LeaseHolder | None, row: Mapping[str, Any]) -> bool:
        """Compare and swap: only if the lease is still as it was found."""
        if found is None:
            return insert_new(connection, _LEASE, [{"deployment": self._deployment, **row}]) == 1
        seen = (_LEASE.c.deployment == self._deployment, _LEASE.c.token == found.token)
        return connection.execute(_LEASE.update().where(*seen).values(**row)).rowcount == 1


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that a run holds; `token` is what it was taken with."""

    _database: Database
    _deployment: str
    _clock: Clock
    _duration: timedelta
    _run_id: str
    token: int
    _presence: Presence

    def check(self) -> None:
        """Raise Locked when the lease is no longer ours; renew it when more than a third of its time has passed.

        A lease of ours that ran out while nobody took it is still ours: the token proves it.
        """
        with self._database.read() as connection:
            renewed_at = self.prove(connection)
            now = _now(connection, self._clock)
        self._presence.keep()
        if now - renewed_at > self._duration / 3:
            self._renew(now)

    def prove(self, connection: Connection) -> datetime:
        """When the lease was renewed last, as a transaction sees it; raises Locked when it is no longer ours."""
        mine = {"of": self._deployment, "held": self.token, "by": self._run_id}
        renewed_at = connection.execute(_RENEWED, mine).scalar_one_or_none()
        if renewed_at is None:
            raise _locked(holder_in(connection, self._deployment), lost_by=self._run_id)
        return instant(renewed_at)

    def release(self) -> None:
        """Free the lease if it is still ours; harmless otherwise."""
        try:
            self._database.change(lambda connection: _free(connection, self._deployment, *self._mine()), fenced=False)
        finally:
            self._presence.let_go()

    def _renew(self, now: datetime) -> None:
        values = {"renewed_at": instant_text(now), "expires_at": instant_text(now + self._duration)}

        def renew(connection: Connection) -> None:
            if connection.execute(_LEASE.update().where(*self._mine()).values(**values)).rowcount != 1:
                raise _locked(holder_in(connection, self._deployment), lost_by=self._run_id)

        self._database.change(renew)

    def _mine(self) -> tuple[Any, ...]:
        return (_LEASE.c.deployment == self._deployment, _LEASE.c.token == self.token, _LEASE.c.run_id == self._run_id)


def _now(connection: Connection, clock: Clock) -> datetime:
    """The time by which leases of this store are judged: a server's own, because its runs are on machines that disagree."""
    if connection.dialect.name != "postgresql":
        return clock.now()
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


def _free(connection: Connection, deployment: str, *where: Any) -> bool:
    """Forget the holder and keep the token, which must never be used again."""
    statement = _LEASE.update().where(_LEASE.c.deployment == deployment, _LEASE.c.run_id != "", *where)
    return connection.execute(statement.values(run_id="")).rowcount == 1


def holder_in(connection: Connection, deployment: str) -> LeaseHolder | None:
    """Who holds the lease or held it last (then without a run); None when nobody ever did."""
    row = connection.execute(select(_LEASE).where(_LEASE.c.deployment == deployment)).mappings().first()
    if row is None:
        return None
    return LeaseHolder(
        run_id=row["run_id"],
        holder=row["holder"],
        host=row["host"],
        operation=row["operation"],
        taken_at=instant(row["taken_at"]),
        expires_at=instant(row["expires_at"]),
        token=row["token"],
    )


def _locked(found: LeaseHolder | None, lost_by: str = "") -> Locked:
    lost = f"run {lost_by} has lost the lease" if lost_by else "the lease is taken"
    if found is None or not found.run_id:
        return Locked(f"{lost}: it was freed or taken meanwhile", remedy="run again")
    return Locked(
        f"{lost}: {found.operation} run {found.run_id} of {found.holder} on {found.host} holds it "
        f"since {instant_text(found.taken_at)}, until {instant_text(found.expires_at)} at the latest",
        holder=found,
        remedy=f"wait for it; if that run is dead, `watchkeeper unlock {found.run_id}` frees the lease now",
    )
