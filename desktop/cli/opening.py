"""Opening the room that a command works on, and closing it whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _
from desktop.cli.console import Console
from desktop.staff.office import Office


@contextmanager
def opened(console: Console) -> Iterator[Office]:
    """The open room with the person who logged in.

    Errors:  as `Rooms.open`.
    """
    from desktop.staff.rooms import is_room  # noqa: PLC0415 - SQLAlchemy; `-h` does without

    if not is_room(console.home):
        raise EnvironmentFault(
            "ROM-002",
            _("{home} 里没有警务室。请先用 setup 新建、demo 建练习室，或用 --home 指明文件夹").format(
                home=console.home
            ),
        )
    office = console.rooms.open(console.home, console.user, console.password())
    try:
        yield office
    finally:
        office.database.close()
