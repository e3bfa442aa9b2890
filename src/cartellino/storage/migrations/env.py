"""The environment of Alembic: runs the migrations on the connection that `Database.migrate` has opened."""

from __future__ import annotations

from alembic import context

from cartellino.storage.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
