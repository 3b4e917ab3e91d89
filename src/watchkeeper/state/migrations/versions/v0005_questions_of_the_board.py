"""What the watch board asks, answered without walking the whole store (indexes by time, the write log's outcomes counted by day), and what
asset owners ask on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PORTION = 500
_COUNT = sa.text(
    """
    INSERT INTO tally (deployment, day, side, operation, outcome, writes)
    SELECT deployment, substr(at, 1, 10), side, operation, outcome, count(*)
    FROM write_log
    WHERE deployment = :of AND sequence <= :counted AND kind = 'outcome'
    GROUP BY deployment, substr(at, 1, 10), side, operation, outcome
    """
)
"""The database counts, in its own bounded memory however long the log is."""
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_STAMP = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_index("ix_occurrence_deployment_due_key", "occurrence", ["deployment", "due", "key"])
    op.create_index("ix_conflict_deployment_at", "conflict", ["deployment", "at"])
    op.create_index("ix_dirty_deployment_since_key", "dirty", ["deployment", "since", "key"])
    op.create_index("ix_snapshot_deployment_name_taken_at", "snapshot", ["deployment", "name", "taken_at"])
    with_reason = sa.text("reason <> ''")
    names = ["deployment", "profile", "state", "key"]
    op.create_index("ix_link_left_alone", "link", names, sqlite_where=with_reason, postgresql_where=with_reason)
    op.drop_index("ix_write_log_deployment_key", "write_log")
    op.create_index("ix_write_log_deployment_key_sequence", "write_log", ["deployment", "key", "sequence"])
    op.create_index("ix_write_log_deployment_run_id_sequence", "write_log", ["deployment", "run_id", "sequence"])
    exceptions = sa.text("outcome NOT IN ('', 'done')")
    columns = ["deployment", "outcome", "sequence"]
    op.create_index(
        "ix_write_log_exception", "write_log", columns, sqlite_where=exceptions, postgresql_where=exceptions
    )
    _tally()
    _requests()


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")


def _tally() -> None:
    names = ("deployment", "day", "side", "operation", "outcome")
    op.create_table(
        "tally",
        *(sa.Column(name, _TEXT, nullable=False) for name in names),
        sa.Column("writes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_tally"),
    )
    connection = op.get_bind()
    ends = connection.execute(sa.text("SELECT deployment, max(sequence) FROM write_log GROUP BY deployment")).all()
    for deployment, last in ends:
        connection.execute(_COUNT, {"of": deployment, "counted": last // _PORTION * _PORTION})


def _requests() -> None:
    op.create_table(
        "owner_request",
        *(sa.Column(name, _TEXT, nullable=False) for name in ("deployment", "key", "owner")),
        sa.Column("asked_at", _STAMP, nullable=False),
        sa.Column("document", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("deployment", "key", name="pk_owner_request"),
    )
    op.create_index("ix_owner_request_deployment_owner_asked_at", "owner_request", ["deployment", "owner", "asked_at"])
