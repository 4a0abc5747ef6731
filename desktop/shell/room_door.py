"""The door of one data folder: what `shell.door.Door` promises, over `staff.rooms`, loaded when it is needed.

Imported before the first paint, so nothing heavy stands at the top: the rest comes in `prepare`, while somebody reads
the password page.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from desktop import VERSION
from desktop.base.clock import Clock
from desktop.base.errors import Refused
from desktop.base.text import _
from desktop.shell.door import Enrolment, NewRoomFacts, Opened, Tell

PRACTICE_FOLDER = "practice"
PRACTICE_USER = "演练"
PRACTICE_PASSWORD = "Yanlian-2026"  # noqa: S105 - invented people only, and the window shows it
KEYS_NAME = "keys.json"
DATABASE_NAME = "room.db"

MakeRooms = Callable[[Clock], Any]
MakePages = Callable[[], Sequence[Any]]


class Joining(NamedTuple):
    """How a room joins a county by files, as `bootstrap` knows it."""

    request: Callable[[Path, Path, Path, str, str], Enrolment]
    finish: Callable[[Path, Path, str, str], Any]


class RoomDoor:
    """Unlocks, makes, restores and joins rooms for the window."""

    def __init__(
        self,
        home: Path,
        user: str,
        clock: Clock,
        make_rooms: MakeRooms,
        *,
        make_pages: MakePages = tuple,
        joining: Joining | None = None,
    ) -> None:
        self.home = home
        self.version = VERSION
        self._user = user
        self._clock = clock
        self._make_rooms = make_rooms
        self._make_pages = make_pages
        self._joining = joining
        self._rooms: Any = None
        self._is_prepared = False
        self._lock = threading.Lock()
        self._head = _read_head(home / KEYS_NAME)

    # -- before anything is open -----------------------------------------------------------------------------------

    def is_room(self) -> bool:
        """Whether a room lies in the folder; fast, asked before anything is shown."""
        return (self.home / KEYS_NAME).exists() or (self.home / DATABASE_NAME).exists()

    def has_practice(self) -> bool:
        """Whether a practice room was made here before."""
        return (self.home / PRACTICE_FOLDER / KEYS_NAME).exists()

    def may_join(self) -> bool:
        """Whether this program can join a county by files."""
        return self._joining is not None

    def room_name(self) -> str:
        """The code of the room; its name is inside the encrypted file."""
        code = str(self._head.get("room") or "")
        return _("警务室代码 {code}").format(code=code) if code else ""

    def is_practice(self) -> bool:
        """Whether it is a practice room."""
        return bool(self._head.get("practice"))

    def account_names(self) -> Sequence[str]:
        """Who may log in; the one named on the command line first."""
        slots = self._head.get("accounts")
        names = (
            [str(one.get("name")) for one in slots if isinstance(one, dict)]
            if isinstance(slots, list)
            else []
        )
        return sorted(names, key=lambda name: name != self._user)

    def prepare(self) -> None:
        """Loads what opening will need: SQLAlchemy, the features, the main window."""
        self._is_prepared = bool(self._loaded().catalogue.steps)
        import desktop.shell.room_office  # noqa: F401, PLC0415 - the same

    def _loaded(self) -> Any:
        with self._lock:
            if self._rooms is None:
                self._rooms = self._make_rooms(self._clock)
            return self._rooms

    # -- ways in ---------------------------------------------------------------------------------------------------

    def open(self, name: str, password: str) -> Opened:
        """Opens the room."""
        from desktop.staff.updating import outcome_of_update  # noqa: PLC0415 - see prepare

        room = self._loaded().open(self.home, name, password)
        words = outcome_of_update(self.home) or room.told
        return Opened(room, must_change_password=room.keys.must_change(room.actor.name), words=words)

    def recover(self, name: str, recovery_key: str, password: str) -> None:
        """Gives an account a new password by the recovery sheet."""
        self._loaded().recover(self.home, name, recovery_key, password)

    def create(self, facts: NewRoomFacts) -> Opened:
        """Makes an empty room, with its recovery sheet to print."""
        from desktop.staff.rooms import NewRoom  # noqa: PLC0415 - see prepare
        from desktop.staff.sheets import write_recovery_sheet  # noqa: PLC0415

        new = NewRoom(
            code=facts.code, name=facts.name, user=facts.user, password=facts.password, station=facts.station
        )
        made = self._loaded().create(self.home, new)
        sheet = write_recovery_sheet(made.office, made.recovery_key)
        words = _("已建好。恢复单也存在 {path}，打印后请删掉这个文件").format(path=sheet)
        return Opened(made.office, sheet.read_bytes(), words)

    def practise(self, tell: Tell) -> Opened:
        """Opens the practice room of invented people; makes it the first time."""
        from desktop.ledgers.practice import fill_practice_room, practice_room  # noqa: PLC0415 - tables of names

        folder, rooms = self.home / PRACTICE_FOLDER, self._loaded()
        words = _("这是练习室，账号 {user}，密码 {password}；数据都是编的").format(
            user=PRACTICE_USER, password=PRACTICE_PASSWORD
        )
        if self.has_practice():
            return Opened(rooms.open(folder, PRACTICE_USER, PRACTICE_PASSWORD), words=words)
        made = rooms.create(folder, practice_room("small", user=PRACTICE_USER, password=PRACTICE_PASSWORD))
        try:
            fill_practice_room(
                made.office, size="small", seed=1, months=3, progress=lambda stage: tell(stage, 0, 0)
            )
        except BaseException:
            # Half a practice room would be taken for a whole one the next time; nothing real is ever in it.
            made.office.database.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return Opened(made.office, words=words)

    def restore(self, copy: Path, name: str, password: str, tell: Tell) -> Opened:
        """Takes a room out of a backup folder."""
        tell(_("正在检查备份"), 0, 0)
        return Opened(
            self._loaded().restore(copy, self.home, name, lambda: password),
            words=_("已从备份恢复。备份以后登记的内容，下次与县局交换时会回来"),
        )

    def backups(self) -> Sequence[Path]:
        """The backup folders that lie beside the room, newest first."""
        from desktop.database.backup import list_backups  # noqa: PLC0415 - see prepare

        return list_backups(self.home)[::-1]

    def restore_over(self, copy: Path, name: str, password: str) -> Opened:
        """Takes the room out of a backup where its own files are damaged or gone."""
        from desktop.staff.rescue import restore_over  # noqa: PLC0415 - see prepare

        office, aside = restore_over(self._loaded(), copy, self.home, name, lambda: password)
        words = _("已从备份恢复。坏了的文件在 {folder}，请先别删；备份以后登记的内容，下次与县局交换时会回来")
        return Opened(office, words=words.format(folder=aside.name))

    def request_enrolment(self, slot: Path, out: Path, name: str, password: str) -> Enrolment:
        """Writes the request that the county approves."""
        return self._known_joining().request(self.home, slot, out, name, password)

    def finish_enrolment(self, approval: Path, name: str, password: str) -> Opened:
        """Joins the county with its approval."""
        return Opened(
            self._known_joining().finish(self.home, approval, name, password), words=_("已加入县局")
        )

    def _known_joining(self) -> Joining:
        if self._joining is None:
            raise Refused("ENR-000", _("这个版本的程序不能用文件加入县局，请找技术员"))
        return self._joining

    # -- inside ----------------------------------------------------------------------------------------------------

    def build_window(self, opened: Opened, runner: Any) -> Any:
        """The main window over the open room."""
        from desktop.database.keys import KeyRing  # noqa: PLC0415 - see prepare
        from desktop.shell.desk import Desk  # noqa: PLC0415
        from desktop.shell.main_window import MainWindow  # noqa: PLC0415
        from desktop.shell.printers import Printers  # noqa: PLC0415
        from desktop.shell.room_office import RoomOffice  # noqa: PLC0415
        from desktop.widgets.ask import WindowAsk  # noqa: PLC0415
        from desktop.widgets.drafts import Drafts  # noqa: PLC0415
        from desktop.widgets.keep import FILE_NAME, Keep  # noqa: PLC0415

        room = opened.office
        drafts = Drafts(room.home / "drafts", KeyRing.derive(room.data_key, "drafts"))
        keep = Keep(room.home / FILE_NAME)
        desk = Desk(
            RoomOffice(room),
            runner,
            WindowAsk(),
            keep,
            self._clock,
            drafts=drafts,
            spool=Printers(room.home),
        )
        return MainWindow(desk, self._make_pages())

    def close(self, opened: Opened) -> None:
        """Closes the room's files."""
        opened.office.close()


def _read_head(path: Path) -> dict[str, Any]:
    """What the key file tells to anybody; opening judges the file itself and says what is wrong with it."""
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return head if isinstance(head, dict) else {}
