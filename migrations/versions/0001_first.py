"""The first schema. There are no earlier rooms, so there is nothing to carry over and nothing to go back to."""

from __future__ import annotations

from alembic import op

from desktop.database.record import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes every table; on SQLite also the full-text table."""
    connection = op.get_bind()
    METADATA.create_all(connection)
    if connection.dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(words, content='', contentless_delete=1, tokenize='unicode61')"
        )
