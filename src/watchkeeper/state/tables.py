"""The tables. Every one carries the deployment, so that one store can serve many.

Portable between SQLite and PostgreSQL: instants are fixed-width UTC text, documents are JSON as text, and every text is
cleaned of what one of the two could not hold.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from watchkeeper.state.codec import clean

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Text(TypeDecorator[str]):
    """Text that every database stores alike."""

    impl = PlainText
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else clean(value)


_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
_WIDTH = 27
_STAMP = String(_WIDTH).with_variant(String(_WIDTH, collation="C"), "postgresql")
"""Sorted by code point everywhere, as SQLite does; a server's own order would depend on its language."""


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _TEXT, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, _STAMP, nullable=nullable)


def instants(table: Table) -> tuple[str, ...]:
    """The columns of a table that hold an instant."""
    return tuple(
        column.name for column in table.columns if isinstance(column.type, String) and column.type.length == _WIDTH
    )


def _digest() -> Column[str]:
    """See watchkeeper.state.digests. Null only in a column that is being added to rows; such a row counts as damaged."""
    return _text("digest", nullable=True)


def _table(name: str, primary_key: tuple[str, ...], *columns: Column[str] | Column[int] | Column[bool]) -> Table:
    return Table(name, metadata, _text("deployment"), *columns, PrimaryKeyConstraint("deployment", *primary_key))


meta = _table("meta", ("name",), _text("name"), _text("value"), _digest())

lease = _table(
    "lease",
    (),
    _text("run_id"),
    _text("holder"),
    _text("host"),
    _text("operation"),
    _instant("taken_at"),
    _instant("renewed_at"),
    _instant("expires_at"),
    Column("token", BigInteger, nullable=False),
)

link = _table(
    "link",
    ("key", "side"),
    _text("key"),
    _text("side"),
    _text("profile"),
    _text("table_name"),
    _text("record_id"),
    _text("number"),
    _text("url"),
    _text("revision_token"),
    Column("revision_order", BigInteger),
    _text("fingerprint"),
    _instant("confirmed_at"),
    _text("base"),
    _text("asked"),
    Column("comments", Integer),
    _text("state"),
    _text("reason"),
    Column("closed", Boolean, nullable=False, server_default=false()),
    _text("digest"),
)
link.append_constraint(UniqueConstraint("deployment", "side", "record_id"))
Index(
    "ix_link_sweep",
    link.c.deployment,
    link.c.side,
    link.c.table_name,
    link.c.record_id,
    link.c.state,
    link.c.revision_token,
    link.c.fingerprint,
    link.c.comments,
    link.c.key,
)
"""Everything that a listing is compared with: a sweep reads this index beside the staged records, and no link row."""
Index(
    "ix_link_age",
    link.c.deployment,
    link.c.profile,
    link.c.state,
    link.c.closed,
    link.c.side,
    link.c.confirmed_at,
    link.c.key,
)
"""Links of a profile that are open or closed, the longest unchanged first."""
Index("ix_link_number", link.c.deployment, link.c.number)
Index(
    "ix_link_reason",
    link.c.deployment,
    link.c.state,
    link.c.key,
    sqlite_where=text("reason <> ''"),
)
"""Only links with a reason: fields that are left alone, and records that are not to be seen. PostgreSQL's index is as partial (its
migration says so); to say it here would load that dialect, a tenth of a short run, for everybody."""
Index(
    "ix_link_left_alone",
    link.c.deployment,
    link.c.profile,
    link.c.state,
    link.c.key,
    sqlite_where=text("reason <> ''"),
)
"""The same, profile by profile: the first of them, by key, however many another profile has."""

observed = _table(
    "observed",
    ("run_id", "side", "table_name", "record_id"),
    _text("run_id"),
    _text("side"),
    _text("table_name"),
    _text("record_id"),
    _text("key", nullable=True),
    _text("revision_token"),
    _text("fingerprint"),
    Column("comments", Integer),
    _text("document"),
)
observed.kwargs["sqlite_with_rowid"] = False

comment = _table(
    "comment",
    ("key", "side", "record_id", "comment_id"),
    _text("key"),
    _text("side"),
    _text("table_name"),
    _text("record_id"),
    _text("comment_id"),
    _text("outcome"),
    _text("mirror_id"),
    _instant("at", nullable=True),
    _digest(),
)

intent = _table(
    "intent",
    ("action_id",),
    _text("action_id"),
    _text("key"),
    _text("run_id"),
    _instant("started_at"),
    _text("document"),
    _digest(),
)

cursor = _table(
    "cursor",
    ("side", "table_name"),
    _text("side"),
    _text("table_name"),
    _text("watermark"),
    _instant("swept_at", nullable=True),
    _digest(),
)

dirty = _table(
    "dirty",
    ("key",),
    _text("key"),
    _text("profile"),
    _text("reason"),
    _instant("since"),
    Column("attempts", Integer, nullable=False),
    _digest(),
)
Index(None, dirty.c.deployment, dirty.c.since, dirty.c.key)


def _occurrence_columns() -> list[Column[str]]:
    names = ("key", "task", "team", "period", "nominal", "due", "zone", "cause")
    return [_text(name) for name in names]


occurrence = _table(
    "occurrence",
    ("key",),
    *_occurrence_columns(),
    _text("decision"),
    _text("reason"),
    _instant("decided_at"),
    _digest(),
)
Index(None, occurrence.c.deployment, occurrence.c.due, occurrence.c.key)

raised = _table("raised", ("key",), *_occurrence_columns(), _instant("raised_at"), _digest())

owner_request = _table(
    "owner_request",
    ("key",),
    _text("key"),
    _text("owner"),
    _instant("asked_at"),
    _text("document"),
    _digest(),
)
Index(None, owner_request.c.deployment, owner_request.c.owner, owner_request.c.asked_at)
"""Who asked for what, when and why, of the raised duties that are requests of asset owners."""

conflict = _table(
    "conflict",
    ("key", "field", "run_id"),
    _text("key"),
    _text("field"),
    _text("run_id"),
    _text("winner"),
    _text("winning"),
    _text("losing"),
    _text("resolver"),
    _instant("at"),
)
Index(None, conflict.c.deployment, conflict.c.at)

run = _table(
    "run",
    ("run_id",),
    _text("run_id"),
    _text("command"),
    _instant("started_at"),
    _instant("ended_at", nullable=True),
    Column("exit_code", Integer),
    _text("summary"),
)
Index(None, run.c.deployment, run.c.started_at)

write_log = _table(
    "write_log",
    ("sequence",),
    Column("sequence", BigInteger, nullable=False),
    _text("run_id"),
    _instant("at"),
    _text("kind"),
    _text("action_id"),
    _text("key"),
    _text("side"),
    _text("table_name"),
    _text("record_id"),
    _text("operation"),
    _text("reason"),
    _text("before"),
    _text("after"),
    _text("outcome"),
    _text("hash"),
)
Index(None, write_log.c.deployment, write_log.c.run_id, write_log.c.action_id)
Index(None, write_log.c.deployment, write_log.c.key, write_log.c.sequence)
Index(None, write_log.c.deployment, write_log.c.at)
Index(None, write_log.c.deployment, write_log.c.run_id, write_log.c.sequence)
Index(
    "ix_write_log_exception",
    write_log.c.deployment,
    write_log.c.outcome,
    write_log.c.sequence,
    sqlite_where=text("outcome NOT IN ('', 'done')"),
)
"""Only ends of writes that are to be looked at, which are few among many. PostgreSQL's index is as partial."""

tally = _table(
    "tally",
    ("day", "side", "operation", "outcome"),
    *(_text(name) for name in ("day", "side", "operation", "outcome")),
    Column("writes", BigInteger, nullable=False),
)
"""How many rows of the write log say so of a day, in whole portions of the log (watchkeeper.state.tally)."""

verdict = _table(
    "verdict",
    ("key", "day"),
    _text("key"),
    _text("day"),
    _text("team"),
    _text("kind"),
    Column("final", Boolean, nullable=False),
    _text("inputs_digest"),
    _text("run_id"),
    _text("document"),
)
Index(None, verdict.c.deployment, verdict.c.day)

nudge = _table(
    "nudge",
    ("id",),
    *(_text(name) for name in ("id", "kind", "channel", "recipient", "day", "state")),
    Column("tries", Integer, nullable=False),
    _instant("at"),
    _text("body"),
)
Index(None, nudge.c.deployment, nudge.c.day)

snapshot = _table("snapshot", ("name", "day"), _text("name"), _text("day"), _text("document"), _instant("taken_at"))
Index(None, snapshot.c.deployment, snapshot.c.name, snapshot.c.taken_at)

author = _table(
    "author",
    ("side", "account"),
    _text("side"),
    _text("account"),
    _text("author_class"),
    _instant("confirmed_at"),
)
