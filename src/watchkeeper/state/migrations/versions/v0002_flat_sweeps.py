"""Sweeps that need no link row: indexes that hold what is compared, and which links were closed when both sides last agreed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _mark_closed_links()
    _index_links()
    _stage_by_record()


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")


def _mark_closed_links() -> None:
    """Every link counts as open until a run has looked at it: the values that it was agreed on are read with a mapping."""
    closed: sa.Column[bool] = sa.Column("closed", sa.Boolean(), nullable=False, server_default=sa.false())
    if _is_postgresql():
        op.add_column("link", closed)
        return
    with op.batch_alter_table("link", recreate="always") as table:
        table.add_column(closed, insert_after="reason")


def _index_links() -> None:
    compared = ["state", "revision_token", "fingerprint", "comments", "key"]
    op.create_index("ix_link_sweep", "link", ["deployment", "side", "table_name", "record_id", *compared])
    op.create_index("ix_link_age", "link", ["deployment", "profile", "state", "closed", "side", "confirmed_at", "key"])
    op.create_index("ix_link_number", "link", ["deployment", "number"])
    with_reason = sa.text("reason <> ''")
    op.create_index(
        "ix_link_reason", "link", ["deployment", "state", "key"], sqlite_where=with_reason, postgresql_where=with_reason
    )


def _stage_by_record() -> None:
    """The staging table is empty between runs, and is made anew in the order in which it is compared."""
    op.drop_table("observed")
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "observed",
        *(
            sa.Column(name, text, nullable=False)
            for name in ("deployment", "run_id", "side", "table_name", "record_id")
        ),
        sa.Column("key", text, nullable=True),
        *(sa.Column(name, text, nullable=False) for name in ("revision_token", "fingerprint")),
        sa.Column("comments", sa.Integer()),
        sa.Column("document", text, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "run_id", "side", "table_name", "record_id", name="pk_observed"),
        sqlite_with_rowid=False,
    )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
