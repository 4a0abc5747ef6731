"""Alembic's entry: runs the chain on the connection that the program hands over; never opens one itself."""

from __future__ import annotations

from alembic import context

from desktop.database.record import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
