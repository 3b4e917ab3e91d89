"""Is a store sound: structure, digests, the write log's chain, and whether its tables agree with each other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

from sqlalchemy import Table, exists, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from watchkeeper.errors import StateUnusable
from watchkeeper.model.chain import ChainHead
from watchkeeper.model.upkeep import CheckReport, Damage, Finding
from watchkeeper.state import chain, runs, schema, tables, tally
from watchkeeper.state.damage import damage_of
from watchkeeper.state.database import Database, secret_of, shown
from watchkeeper.state.digests import name_of
from watchkeeper.state.failures import out_of_reach, said_by
from watchkeeper.state.inspection import looking
from watchkeeper.state.opening import is_empty
from watchkeeper.state.write_log import INTENDED

NAMED = 20
"""So many damaged rows of one table are named; the others are counted."""

_AT_ONCE = 1000
_FAILURES = (SQLAlchemyError, sqlite3.Error, OSError, ValueError, TypeError, KeyError, OverflowError)
"""What reading a damaged file can raise: the driver's own errors, and whatever a value that makes no sense does to its reader."""


def check_store(url: str) -> CheckReport:
    """Look through the store at an address as far as it can be read. Raises StateUnusable for an address that is none, and where
    the store is out of reach: locked, on a disk that is full, not for this account."""
    parsed = Database.parse(url)
    name = shown(parsed)
    if is_empty(url):
        return CheckReport(name, "", {}, ())
    look = _Look()
    try:
        with looking(url) as connection:
            look.through(connection)
    except _FAILURES as error:
        beyond = out_of_reach(name, error, secret_of(parsed))
        if beyond is not None:
            raise beyond from error
        look.found(Damage.UNREADABLE, words=said_by(getattr(error, "orig", None) or error))
    return CheckReport(name, look.schema, look.rows, tuple(look.findings), look.heads)


@dataclass(slots=True)
class _Look:
    schema: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    heads: dict[str, ChainHead] = field(default_factory=dict)

    def through(self, connection: Connection) -> None:
        self._structure(connection)
        self.schema = schema.version(connection) or ""
        if not self._knows_schema():
            return
        for table in tables.metadata.sorted_tables:
            with self._reading(connection, table.name):
                self._table(connection, table)
        with self._reading(connection, tables.write_log.name):
            self._chains(connection)
        with self._reading(connection, tables.tally.name):
            self._counts(connection)
        with self._reading(connection, tables.intent.name):
            self._unlogged(connection)
        with self._reading(connection, tables.link.name):
            self._references(connection)
        with self._reading(connection, tables.run.name):
            if not runs.ended_cleanly(connection):
                self.found(Damage.UNENDED)

    def found(self, damage: Damage, **args: str) -> None:
        self.findings.append(Finding(damage, args))

    @contextmanager
    def _reading(self, connection: Connection, table: str) -> Iterator[None]:
        """What cannot be read is a finding, and the rest is looked at all the same: after a failure PostgreSQL takes nothing more
        in a transaction, except from a savepoint on."""
        try:
            with connection.begin_nested() if connection.dialect.name == "postgresql" else nullcontext():
                yield
        except StateUnusable as error:
            self.found(Damage.TABLE, table=table, words=error.message)
        except _FAILURES as error:
            self.found(Damage.TABLE, table=table, words=said_by(getattr(error, "orig", None) or error))

    def _structure(self, connection: Connection) -> None:
        """What the database itself says of its pages and indexes. PostgreSQL checks its pages while they are read."""
        if connection.dialect.name != "sqlite":
            return
        for words in connection.exec_driver_sql(f"PRAGMA integrity_check({NAMED})").scalars():
            if words != "ok":
                self.found(Damage.PAGES, words=str(words))

    def _knows_schema(self) -> bool:
        if self.schema == schema.HEAD:
            return True
        if not self.schema:
            self.found(Damage.TABLES)
        else:
            older = self.schema in schema.REVISIONS
            self.found(Damage.OLDER if older else Damage.NEWER, found=self.schema, needed=schema.HEAD)
        return False

    def _table(self, connection: Connection, table: Table) -> None:
        """Read every row of a table; compare it with its digest, and its document with what it should be."""
        damaged = 0
        self.rows[table.name] = 0
        with connection.execute(select(table).execution_options(yield_per=_AT_ONCE)) as rows:
            for row in rows.mappings():
                self.rows[table.name] += 1
                damage = damage_of(table, row)
                damaged += damage is not None
                if damage is not None and damaged <= NAMED:
                    self.found(damage, table=table.name, row=name_of(table, row), deployment=str(row["deployment"]))
        if damaged > NAMED:
            self.found(Damage.MORE, table=table.name, count=str(damaged - NAMED))

    def _chains(self, connection: Connection) -> None:
        for deployment in _deployments(connection):
            report = chain.verify(
                connection,
                deployment,
                runs.heads(connection, deployment),
                chain.checkpoint(connection, deployment),
            )
            if report.head is not None:
                self.heads[deployment] = report.head
            broken = report.broken
            if broken is not None:
                named = {"flaw": broken.flaw.value, "run": broken.run_id, "key": broken.key}
                self.found(Damage.CHAIN, sequence=str(broken.sequence), deployment=deployment, **named)

    def _counts(self, connection: Connection) -> None:
        miscounted = tally.miscounted(connection)
        if miscounted:
            self.found(Damage.MISCOUNTED, count=str(miscounted))

    def _unlogged(self, connection: Connection) -> None:
        """Open intents without the row that was written together with them."""
        intent, log = tables.intent, tables.write_log
        logged = exists().where(
            log.c.deployment == intent.c.deployment, log.c.action_id == intent.c.action_id, log.c.kind == INTENDED
        )
        for key in connection.execute(select(intent.c.key).where(~logged).order_by(intent.c.key)).scalars():
            self.found(Damage.UNLOGGED, key=str(key))

    def _references(self, connection: Connection) -> None:
        """Keys that one table knows and another does not: to be expected now and then, and worth a look when there are many."""
        link, comment = tables.link, tables.comment
        sides = select(link.c.key).group_by(link.c.deployment, link.c.key).having(func.count() == 1).subquery()
        known = exists().where(link.c.deployment == comment.c.deployment, link.c.key == comment.c.key)
        stray = select(comment.c.deployment, comment.c.key).where(~known).distinct().subquery()
        for damage, found in ((Damage.HALF, sides), (Damage.LEDGER, stray)):
            count = connection.execute(select(func.count()).select_from(found)).scalar_one()
            if count:
                self.found(damage, count=str(count))


def _deployments(connection: Connection) -> list[str]:
    log, fact = tables.write_log, tables.meta
    rows = connection.execute(select(log.c.deployment).union(select(fact.c.deployment)))
    return sorted(str(name) for name in rows.scalars())
