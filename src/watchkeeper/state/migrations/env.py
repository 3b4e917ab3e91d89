"""Run by alembic: migrate on the connection that watchkeeper.state.schema hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from watchkeeper.state.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
