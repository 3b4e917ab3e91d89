"""Another program's hand in the store's database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from tests.state.examples import SetClock

from watchkeeper.state import tables
from watchkeeper.state.codec import instant, instant_text

LEASE = tables.lease


@dataclass(frozen=True, slots=True)
class Beside:
    url: str

    def run(self, *statements: Any) -> Sequence[Any]:
        """Carry out statements in one transaction; returns the rows of the last."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.begin() as connection:
            results = [
                connection.exec_driver_sql(each) if isinstance(each, str) else connection.execute(each)
                for each in statements
            ]
            return results[-1].all() if results[-1].returns_rows else []

    @property
    def sessions_with_locks(self) -> Sequence[int]:
        """The processes of a PostgreSQL server that hold locks for sessions or writes."""
        rows = self.run("SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return [row.pid for row in rows]

    def see_the_dead_gone(self) -> None:
        """Wait until a server has noticed that a program is gone, which it does by itself."""
        while self.url.startswith("postgresql") and self.sessions_with_locks:
            pass

    def let_pass(self, clock: SetClock, time: timedelta) -> None:
        """Let leases grow older: by the clock of the program, and where a server has its own, by what is stored."""
        clock.advance(time)
        if self.url.startswith("sqlite"):
            return
        columns = (LEASE.c.taken_at, LEASE.c.renewed_at, LEASE.c.expires_at)
        for row in self.run(LEASE.select()):
            earlier = {each.name: instant_text(instant(getattr(row, each.name)) - time) for each in columns}
            self.run(LEASE.update().where(LEASE.c.deployment == row.deployment).values(**earlier))
