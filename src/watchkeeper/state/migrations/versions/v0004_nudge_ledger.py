"""The ledger of reminders: a message is written down before it is sent. The table was never written to until now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_STAMP = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")


def upgrade() -> None:
    op.drop_table("nudge")
    names = ("deployment", "id", "kind", "channel", "recipient", "day", "state")
    op.create_table(
        "nudge",
        *(sa.Column(name, _TEXT, nullable=False) for name in names),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", _STAMP, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("deployment", "id", name="pk_nudge"),
    )
    op.create_index("ix_nudge_deployment_day", "nudge", ["deployment", "day"])


def downgrade() -> None:
    raise NotImplementedError("a store is never taken back to an older schema; restore a backup instead")
