"""Opens a room as the next version of the program would, with one more migration; run as a program by tests/staff.

`python -m tests.helpers.upgrader FOLDER MIGRATIONS MOMENT`: MOMENT is where the plug is pulled, or `never`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.database import backup, schema
from desktop.staff import rooms
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

MOMENTS = (
    "before the copy",
    "during the copy",
    "after the copy",
    "during the migration",
    "after the migration",
)
PULLED = 77
# As `rooms` imported it.
COPY = "copy_before_migration"
MIGRATE = "migrate"
NEXT = '''"""One more column, one more table."""

import os

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("CREATE TABLE next_things (name TEXT)")
    op.execute("INSERT INTO next_things SELECT 'x' FROM account")
    if os.environ.get("JINGWUSHI_MIGRATION") == "pull":
        os._exit(77)
    if os.environ.get("JINGWUSHI_MIGRATION") == "fail":
        op.execute("INSERT INTO no_such_table VALUES (1)")


def downgrade():
    op.execute("DROP TABLE next_things")
'''


def next_chain(folder: Path) -> Path:
    """The chain of a next version."""
    shutil.copytree(schema.migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "0002_next.py").write_text(NEXT, encoding="utf-8")
    return folder


def become_next_version(chain: Path, replace: Callable[[Any, str, Any], None] = setattr) -> None:
    """Makes this process the next version of the program."""
    replace(schema, "HEAD", "0002")
    replace(schema, "migrations_folder", lambda: chain)


def _pull(*_arguments: object, **_named: object) -> Any:
    os._exit(PULLED)


def _pull_at(moment: str) -> None:
    copy, migrate = backup.copy_before_migration, schema.migrate

    def after_copy(*arguments: Any) -> Any:
        copy(*arguments)
        _pull()

    def after_migration(*arguments: Any) -> Any:
        migrate(*arguments)
        _pull()

    if moment == "before the copy":
        setattr(rooms, COPY, _pull)
    elif moment == "during the copy":
        backup.check_copy = _pull
    elif moment == "after the copy":
        setattr(rooms, COPY, after_copy)
    elif moment == "during the migration":
        os.environ["JINGWUSHI_MIGRATION"] = "pull"
    elif moment == "after the migration":
        setattr(schema, MIGRATE, after_migration)


def main(home: str, chain: str, moment: str) -> None:
    """Opens the room, or dies at the moment."""
    become_next_version(Path(chain))
    _pull_at(moment)
    toy_rooms(FixedClock()).open(Path(home), USER, PASSWORD).database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
