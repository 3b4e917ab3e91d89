"""One store and every deployment in it, for who only looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from watchkeeper.model.link import ConflictRow, Dirty
from watchkeeper.model.record import RawFields, Side
from watchkeeper.ports import Clock
from watchkeeper.state import by_day, follow_up, schema, seen, tables, tally
from watchkeeper.state.codec import instant, instant_text
from watchkeeper.state.database import Database
from watchkeeper.state.listings import Listings
from watchkeeper.state.opening import is_empty
from watchkeeper.state.read_limit import ReadLimit
from watchkeeper.state.store import SqlStateStore

_META, _CONFLICT = tables.meta, tables.conflict
_NAMES = ("key", "field", "winner", "winning", "losing", "resolver", "run_id")

LONGEST_READ = 15.0
"""Seconds for which one question may take: nobody waits behind one that a lock or its own size holds up."""


class Library:
    """Safe to share between threads. A run may write meanwhile: every question is answered from one consistent view."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._stores: dict[str, SqlStateStore] = {}

    @classmethod
    def open(cls, url: str, clock: Clock, reading: ReadLimit | None = None) -> Library | None:
        """None where there is no store yet; nothing is created or upgraded. Raises StateUnusable when its schema is another one, and
        every question does that takes longer than `reading` allows."""
        if is_empty(url):
            return None
        database = Database(url, reading=reading)
        try:
            schema.require_current(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def require_current(self) -> None:
        """Raises StateUnusable where the schema has become another one since it was opened."""
        schema.require_current(self._database)

    def deployments(self) -> Sequence[str]:
        """Those that have begun here, sorted."""
        begun = select(_META.c.deployment).where(_META.c.name == "born").order_by(_META.c.deployment)
        with self._database.read() as connection:
            return list(connection.execute(begun).scalars())

    def store(self, deployment: str) -> SqlStateStore:
        """The memory of one of them. It is closed with the library."""
        if deployment not in self._stores:
            self._stores[deployment] = SqlStateStore(self._database, deployment, self._clock)
        return self._stores[deployment]

    def listings(self, deployment: str) -> Listings:
        """What of it is paged through."""
        return Listings(self._database, deployment)

    def conflicts_since(self, deployment: str, since: datetime, limit: int) -> tuple[int, Sequence[ConflictRow]]:
        """How many fields were set aside since then, and the latest of them, newest first."""
        recent = (_CONFLICT.c.deployment == deployment, _CONFLICT.c.at >= instant_text(since))
        latest = select(_CONFLICT).where(*recent).order_by(_CONFLICT.c.at.desc(), _CONFLICT.c.key).limit(limit)
        with self._database.read() as connection:
            count = connection.execute(select(func.count()).select_from(_CONFLICT).where(*recent)).scalar_one()
            rows = connection.execute(latest).mappings().all()
        return count, [ConflictRow(**{each: row[each] for each in _NAMES}, at=instant(row["at"])) for row in rows]

    def waiting(self, deployment: str, limit: int) -> tuple[int, Sequence[Dirty]]:
        """How many pairs wait for another look, and those that have waited longest. Raises StateUnusable for a damaged one."""
        with self._database.read() as connection:
            return follow_up.longest_waiting(connection, deployment, limit)

    def writes_since(self, deployment: str, since: datetime) -> Mapping[tuple[str, str, str], int]:
        """How many writes ended how on the day of an instant (UTC) and later, by system, operation and outcome."""
        with self._database.read() as connection:
            return tally.since(connection, deployment, since)

    def overtaken_by_day(self, deployment: str, first: date) -> Mapping[date, int]:
        """How many fields were set aside on each day (UTC) from one on."""
        with self._database.read() as connection:
            return by_day.overtaken_by_day(connection, deployment, first)

    def overtaken_on(self, deployment: str, day: date, limit: int) -> tuple[int, Sequence[ConflictRow]]:
        """How many fields were set aside on a day, and the latest of them."""
        with self._database.read() as connection:
            return by_day.overtaken_on(connection, deployment, day, limit)

    def runs_ended_on(
        self, deployment: str, day: date, limit: int, after: tuple[datetime, tuple[str, ...]] | None = None
    ) -> tuple[int, Sequence[Mapping[str, object]]]:
        """How many runs ended on a day, and the latest of them; `after`: from the one on that follows a run's start and id."""
        with self._database.read() as connection:
            return by_day.runs_ended_on(connection, deployment, day, limit, after)

    def explained(
        self, deployment: str, profile: str, besides: str, limit: int
    ) -> tuple[Sequence[seen.Explained], bool]:
        """See watchkeeper.state.seen.explained."""
        with self._database.read() as connection:
            return seen.explained(connection, deployment, profile, besides, limit)

    def latest_values(
        self, deployment: str, profile: str, side: Side, since: datetime, limit: int
    ) -> Sequence[tuple[str, RawFields, str]]:
        """See watchkeeper.state.seen.latest_values."""
        with self._database.read() as connection:
            return seen.latest_values(connection, deployment, profile, side, since, limit)

    def close(self) -> None:
        self._database.close()
