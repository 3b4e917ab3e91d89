"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_STAMP = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")


def _text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, _TEXT, nullable=nullable) for name in names]


def _instant(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _STAMP, nullable=nullable)


def upgrade() -> None:
    for create in _TABLES:
        create()


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")


def _meta() -> None:
    op.create_table(
        "meta", *_text("deployment", "name", "value"), sa.PrimaryKeyConstraint("deployment", "name", name="pk_meta")
    )


def _lease() -> None:
    op.create_table(
        "lease",
        *_text("deployment", "run_id", "holder", "host", "operation"),
        _instant("taken_at"),
        _instant("renewed_at"),
        _instant("expires_at"),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", name="pk_lease"),
    )


def _link() -> None:
    op.create_table(
        "link",
        *_text("deployment", "key", "side", "profile", "table_name", "record_id", "number", "url", "revision_token"),
        sa.Column("revision_order", sa.BigInteger()),
        *_text("fingerprint"),
        _instant("confirmed_at"),
        *_text("base", "asked"),
        sa.Column("comments", sa.Integer()),
        *_text("state", "reason", "digest"),
        sa.PrimaryKeyConstraint("deployment", "key", "side", name="pk_link"),
        sa.UniqueConstraint("deployment", "side", "record_id", name="uq_link_deployment_side_record_id"),
    )


def _observed() -> None:
    op.create_table(
        "observed",
        *_text("deployment", "run_id", "side", "table_name", "record_id"),
        *_text("key", nullable=True),
        *_text("revision_token", "fingerprint"),
        sa.Column("comments", sa.Integer()),
        *_text("document"),
        sa.PrimaryKeyConstraint("deployment", "run_id", "side", "table_name", "record_id", name="pk_observed"),
    )


def _comment() -> None:
    op.create_table(
        "comment",
        *_text("deployment", "key", "side", "table_name", "record_id", "comment_id", "outcome", "mirror_id"),
        _instant("at", nullable=True),
        sa.PrimaryKeyConstraint("deployment", "key", "side", "record_id", "comment_id", name="pk_comment"),
    )


def _intent() -> None:
    op.create_table(
        "intent",
        *_text("deployment", "action_id", "key", "run_id"),
        _instant("started_at"),
        *_text("document"),
        sa.PrimaryKeyConstraint("deployment", "action_id", name="pk_intent"),
    )


def _cursor() -> None:
    op.create_table(
        "cursor",
        *_text("deployment", "side", "table_name", "watermark"),
        _instant("swept_at", nullable=True),
        sa.PrimaryKeyConstraint("deployment", "side", "table_name", name="pk_cursor"),
    )


def _dirty() -> None:
    op.create_table(
        "dirty",
        *_text("deployment", "key", "profile", "reason"),
        _instant("since"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("deployment", "key", name="pk_dirty"),
    )


def _occurrence() -> None:
    op.create_table(
        "occurrence",
        *_text("deployment", "key", "task", "team", "period", "nominal", "due", "zone", "cause", "decision", "reason"),
        _instant("decided_at"),
        sa.PrimaryKeyConstraint("deployment", "key", name="pk_occurrence"),
    )


def _raised() -> None:
    op.create_table(
        "raised",
        *_text("deployment", "key", "task", "team", "period", "nominal", "due", "zone", "cause"),
        _instant("raised_at"),
        sa.PrimaryKeyConstraint("deployment", "key", name="pk_raised"),
    )


def _conflict() -> None:
    op.create_table(
        "conflict",
        *_text("deployment", "key", "field", "run_id", "winner", "winning", "losing", "resolver"),
        _instant("at"),
        sa.PrimaryKeyConstraint("deployment", "key", "field", "run_id", name="pk_conflict"),
    )


def _run() -> None:
    op.create_table(
        "run",
        *_text("deployment", "run_id", "command"),
        _instant("started_at"),
        _instant("ended_at", nullable=True),
        sa.Column("exit_code", sa.Integer()),
        *_text("summary"),
        sa.PrimaryKeyConstraint("deployment", "run_id", name="pk_run"),
    )
    op.create_index("ix_run_deployment_started_at", "run", ["deployment", "started_at"])


def _write_log() -> None:
    op.create_table(
        "write_log",
        *_text("deployment"),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        *_text("run_id"),
        _instant("at"),
        *_text(
            "kind",
            "action_id",
            "key",
            "side",
            "table_name",
            "record_id",
            "operation",
            "reason",
            "before",
            "after",
            "outcome",
            "hash",
        ),
        sa.PrimaryKeyConstraint("deployment", "sequence", name="pk_write_log"),
    )
    op.create_index("ix_write_log_deployment_at", "write_log", ["deployment", "at"])
    op.create_index("ix_write_log_deployment_key", "write_log", ["deployment", "key"])
    op.create_index("ix_write_log_deployment_run_id_action_id", "write_log", ["deployment", "run_id", "action_id"])


def _verdict() -> None:
    op.create_table(
        "verdict",
        *_text("deployment", "key", "day", "team", "kind"),
        sa.Column("final", sa.Boolean(), nullable=False),
        *_text("inputs_digest", "run_id", "document"),
        sa.PrimaryKeyConstraint("deployment", "key", "day", name="pk_verdict"),
    )
    op.create_index("ix_verdict_deployment_day", "verdict", ["deployment", "day"])


def _nudge() -> None:
    op.create_table(
        "nudge",
        *_text("deployment", "key", "day", "level", "recipient"),
        _instant("sent_at"),
        sa.PrimaryKeyConstraint("deployment", "key", "day", "level", "recipient", name="pk_nudge"),
    )


def _snapshot() -> None:
    op.create_table(
        "snapshot",
        *_text("deployment", "name", "day", "document"),
        _instant("taken_at"),
        sa.PrimaryKeyConstraint("deployment", "name", "day", name="pk_snapshot"),
    )


def _author() -> None:
    op.create_table(
        "author",
        *_text("deployment", "side", "account", "author_class"),
        _instant("confirmed_at"),
        sa.PrimaryKeyConstraint("deployment", "side", "account", name="pk_author"),
    )


_TABLES = (
    _meta,
    _lease,
    _link,
    _observed,
    _comment,
    _intent,
    _cursor,
    _dirty,
    _occurrence,
    _raised,
    _conflict,
    _run,
    _write_log,
    _verdict,
    _nudge,
    _snapshot,
    _author,
)
