"""Opening the room that a command works on, and closing it whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from desktop.base.errors import EnvironmentFault, Refused
from desktop.base.text import _
from desktop.cli.console import Console

if TYPE_CHECKING:
    # SQLAlchemy; `-h` does without.
    from desktop.staff.office import Office


@contextmanager
def opened(console: Console, *, with_given_password: bool = False) -> Iterator[Office]:
    """The open room with the person who logged in.

    A password that somebody else gave must be changed first: the window asks for a new one, a command is refused,
    aloud. `with_given_password` lets in the one command that changes it.

    Errors:  as `Rooms.open`; Refused STF-007.
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
        if not with_given_password and office.keys.must_change(office.actor.name):
            raise Refused(
                "STF-007",
                _("{user} 的密码是别人设的，什么都没有做。请先改密码：account password").format(
                    user=office.actor.name
                ),
            )
        console.tell(office.told)
        yield office
    finally:
        office.close()
