"""Bringing a database file to this program's schema: one Alembic chain for SQLite and PostgreSQL.

Before a migration the file is copied and the copy is opened; a file of a newer program is refused, never half-read.
Alembic is imported only when there is something to do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from desktop.base.errors import Refused
from desktop.base.text import _
from desktop.database.engine import WRITER, faults

HEAD = "0001"


def revision_of(connection: Connection) -> str | None:
    """The schema revision of a database; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def needs_migration(engine: Engine) -> bool:
    """Whether the file must be brought forward before use.

    Errors:  Refused DBS-010 when the file was written by a newer program.
    """
    with faults(), engine.connect() as connection:
        revision = revision_of(connection)
    if revision is not None and revision > HEAD:
        raise Refused(
            "DBS-010",
            _("这份数据由更新版本的程序保存（{theirs}，本程序 {ours}），没有打开。请先升级本机程序").format(
                theirs=revision, ours=HEAD
            ),
        )
    return revision != HEAD


def migrate(engine: Engine) -> None:
    """Brings the database to `HEAD` in one transaction; a failure leaves it as it was."""
    from alembic import command  # noqa: PLC0415 - 0.5 s of import that a start without migration must not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    with faults(), engine.connect() as plain:
        connection = plain.execution_options(**{WRITER: True})
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, "head")


def migrations_folder() -> Path:
    """The folder of the chain, in the source tree and in the installed program."""
    root = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[2]))
    return root / "migrations"
