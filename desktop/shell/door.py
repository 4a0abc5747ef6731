"""What the pages before a room is open ask of `bootstrap`: unlock, make, restore, join. No database module here.

Every method is called on the database thread by way of the runner; `prepare` loads the heavy modules while somebody
types the password.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

Tell = Callable[[str, int, int], None]


class NewRoomFacts(NamedTuple):
    """What a technician says when a room is made in the window."""

    code: str
    name: str
    station: str
    user: str
    password: str


class Opened(NamedTuple):
    """An open room, and what must be shown once: the recovery sheet of a new room, or a sentence."""

    office: Any
    recovery_sheet: bytes = b""
    words: str = ""
    must_change_password: bool = False


class Enrolment(NamedTuple):
    """A request to join a county that was written, with the six words to compare by telephone."""

    path: Path
    words: Sequence[str]


class Door(Protocol):
    """The way into the room of one data folder."""

    home: Path
    version: str

    def may_join(self) -> bool:
        """Whether this program can join a county by files."""

    def has_practice(self) -> bool:
        """Whether a practice room was made here before."""

    def is_room(self) -> bool:
        """Whether a room lies in the folder; fast, asked before anything is shown."""

    def room_name(self) -> str:
        """The name on the door, as far as it is known before unlocking; may be empty."""

    def is_practice(self) -> bool:
        """Whether it is a practice room."""

    def account_names(self) -> Sequence[str]:
        """Who may log in, as far as it is known before unlocking."""

    def prepare(self) -> None:
        """Loads what opening will need."""

    def open(self, name: str, password: str) -> Opened:
        """Opens the room. Errors: Refused KEY-002 wrong, KEY-003 wait, with fact `wait_seconds` where known."""

    def recover(self, name: str, recovery_key: str, password: str) -> None:
        """Gives an account a new password by the recovery sheet."""

    def create(self, facts: NewRoomFacts) -> Opened:
        """Makes an empty room."""

    def practise(self, tell: Tell) -> Opened:
        """Opens the practice room of invented people; makes it the first time."""

    def restore(self, copy: Path, name: str, password: str, tell: Tell) -> Opened:
        """Takes a room out of a backup folder."""

    def backups(self) -> Sequence[Path]:
        """The backup folders that lie beside the room, newest first."""

    def restore_over(self, copy: Path, name: str, password: str) -> Opened:
        """Takes the room out of a backup where its own files are damaged or gone; they are kept beside it."""

    def request_enrolment(self, slot: Path, out: Path, name: str, password: str) -> Enrolment:
        """Writes the request that the county approves."""

    def finish_enrolment(self, approval: Path, name: str, password: str) -> Opened:
        """Joins the county with its approval."""

    def build_window(self, opened: Opened, runner: Any) -> Any:
        """The main window over the open room; called on the window's thread after `prepare`."""

    def close(self, opened: Opened) -> None:
        """Closes the room's files."""
