"""`--self-check FILE`: whether everything that the program needs works on this PC, as JSON; for support by telephone.

Touches no room and opens no socket: what it writes goes into a scratch folder that it takes away again. The installer's
rehearsal and a Windows runner ask the same questions.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import json
import locale
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop import VERSION
from desktop.base.clock import SystemClock
from desktop.base.errors import Failure, Refused
from desktop.base.paths import data_folder, resource, write_file
from desktop.base.windows import (
    bind_to_account,
    can_bind_to_account,
    open_bound,
    removable_drives,
    signature_of,
)

# Printing systems ask printers that are switched off; nobody waits longer than this to hear of one.
PRINTER_SECONDS = 20
IMPORTS = (
    "PySide6.QtNetwork", "PySide6.QtPrintSupport", "PySide6.QtSvg", "PySide6.QtWidgets", "alembic.command",
    "cryptography.hazmat.primitives.ciphers.aead", "httpx2", "psycopg", "pypdfium2", "pypinyin", "pyrage",
    "python_calamine", "reportlab.pdfgen.canvas", "segno", "sqlalchemy.orm", "sqlcipher3.dbapi2",
    "starlette.applications", "tuf.ngclient", "uvicorn", "xlsxwriter", "zstandard", "zoneinfo",
)  # fmt: skip
PASSWORD = "Ziwo-Jiancha-2026"  # noqa: S105 - of a scratch room that is gone a moment later

Check = Callable[[Path], Any]


def run_self_check(target: str) -> int:
    """Asks everything and writes the answer to a file, or to standard output for `-`; 0 when all is well, else 1.

    Shape:   `{"ok", "facts": {…}, "checks": [{"name", "ok", "seconds", "told"}]}`.
    """
    with tempfile.TemporaryDirectory(prefix="jingwushi 自检 ", ignore_cleanup_errors=True) as scratch:
        checks = [_asked(name, check, Path(scratch)) for name, check in CHECKS.items()]
    answer = {"ok": all(one["ok"] for one in checks), "facts": _facts(), "checks": checks}
    text = json.dumps(answer, ensure_ascii=False, indent=1, default=str) + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        write_file(Path(target), text.encode())
    return 0 if answer["ok"] else 1


def _asked(name: str, check: Check, scratch: Path) -> dict[str, Any]:
    started = time.perf_counter()
    folder = scratch / name
    folder.mkdir()
    try:
        told, is_well = check(folder), True
    except Exception as error:  # noqa: BLE001 - whatever is wrong here is the answer
        is_well, told = False, f"{type(error).__name__}: {error}"
    return {"name": name, "ok": is_well, "seconds": round(time.perf_counter() - started, 2), "told": told}


def _facts() -> dict[str, Any]:
    home = data_folder(None, os.environ)
    return {
        "version": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "program": sys.executable,
        "signature": signature_of(Path(sys.executable)).value,
        "home": str(home),
        "home_is_there": home.is_dir(),
        "time": SystemClock().now().isoformat(timespec="seconds"),
        "encoding": locale.getpreferredencoding(do_setlocale=False),
        "code_page": _code_page(),
        "removable": [str(drive) for drive in removable_drives()],
        "qt_platform": os.environ.get("QT_QPA_PLATFORM", ""),
    }


def _code_page() -> int:
    if sys.platform == "win32":
        return int(ctypes.WinDLL("kernel32").GetConsoleOutputCP())
    return 65001


class _Broken(Exception):  # noqa: N818 - read as a sentence
    """A check that did not find what it must."""


def _must(holds: object, sentence: str) -> None:
    if not holds:
        raise _Broken(sentence)


# -- the checks ----------------------------------------------------------------------------------------------------


def check_imports(_folder: Path) -> int:
    """Every package can be loaded, with what lies in its DLLs."""
    for name in IMPORTS:
        importlib.import_module(name)
    return len(IMPORTS)


def check_fonts(_folder: Path) -> list[str]:
    """The fonts of papers are there, whole; gives the Chinese families that the system itself has."""
    from PySide6.QtGui import QFontDatabase  # noqa: PLC0415 - a check may say that Qt is missing

    for line in resource("fonts", "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, name = line.split()
        found = hashlib.sha256(resource("fonts", name).read_bytes()).hexdigest()
        _must(found == digest, f"{name} is damaged")
    _application()
    return QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)[:12]


def check_letter_fonts(_folder: Path) -> dict[str, Any]:
    """Which fonts for letters this Windows has; letters are set in the bundled 宋 where there are none."""
    from desktop.printing.system_fonts import fonts_of_this_pc  # noqa: PLC0415 - as above

    fonts = fonts_of_this_pc()
    found = fonts.found()
    return {**found, "refused": {str(path): reason for path, reason in fonts.refused.items()}}


def check_room(folder: Path) -> dict[str, Any]:
    """A scratch room: made, closed, refused to a wrong password, opened, and as whole as a real one."""
    from desktop.bootstrap import make_rooms  # noqa: PLC0415 - as above
    from desktop.staff.rooms import NewRoom  # noqa: PLC0415
    from desktop.staff.status import back_up, verify_office  # noqa: PLC0415

    home = folder / "青石 一室" / "很长的名字"
    rooms = make_rooms(SystemClock())
    made = rooms.create(home, NewRoom("649901100201", "自检室", "自检", PASSWORD, practice=True))
    made.office.database.close()
    database = home / "room.db"
    _must(database.read_bytes()[:6] != b"SQLite", "the database is not encrypted")
    try:
        rooms.open(home, "自检", "wrong")
    except Refused:
        pass
    else:
        raise _Broken("a wrong password opened the room")
    office = rooms.open(home, "自检", PASSWORD)
    try:
        copy = back_up(office, None)
        found = verify_office(office, deep=True)
    finally:
        office.database.close()
    _must(found["ok"], f"the room is not whole: {found['problems']}")
    return {"path_characters": len(str(database)), "copy_bytes": copy.size_bytes}


def check_window(folder: Path) -> dict[str, Any]:
    """The password page, drawn: a picture with more than one colour, and Chinese letters in it."""
    from PySide6.QtGui import QImage, QPainter  # noqa: PLC0415 - as above

    from desktop.shell.room_door import RoomDoor  # noqa: PLC0415
    from desktop.shell.unlock import UnlockPage  # noqa: PLC0415
    from desktop.widgets.runner import Runner  # noqa: PLC0415

    app = _application()
    runner = Runner()
    page = UnlockPage(RoomDoor(folder, "", SystemClock(), lambda _clock: None), runner)
    page.resize(1366, 728)
    page.show()
    app.processEvents()
    picture = page.grab().toImage()
    page.close()
    runner.stop()
    colours = {picture.pixel(x, y) for x in range(0, 1366, 7) for y in range(0, 728, 5)}
    _must(len(colours) > 3, "the window is empty")
    blank = QImage(64, 64, QImage.Format.Format_Grayscale8)
    glyphs = []
    for sign in "警务":
        blank.fill(255)
        painter = QPainter(blank)
        painter.setFont(app.font())
        painter.drawText(8, 48, sign)
        painter.end()
        glyphs.append(bytes(blank.constBits()))
    _must(glyphs[0] != glyphs[1], "Chinese letters are drawn as boxes")
    return {"platform": app.platformName(), "colours": len(colours), "family": app.font().family()}


def check_paper(folder: Path) -> dict[str, Any]:
    """A paper made, previewed, and printed into a file as a printer would get it."""
    from PySide6.QtPrintSupport import QPrinter  # noqa: PLC0415 - as above

    from desktop.printing import preview, spool  # noqa: PLC0415
    from desktop.printing.fonts import Fonts  # noqa: PLC0415
    from desktop.printing.sheets import TextSheet  # noqa: PLC0415
    from desktop.printing.text import render_text  # noqa: PLC0415

    _application()
    words = "自检：矛盾纠纷、巡逻、隐患；𬱖、㼆、龘。"
    pdf = render_text(TextSheet(title="自检", paragraphs=(words,)), Fonts.load(resource("fonts")))
    _must("巡逻" in preview.page_text(pdf, 1), "the paper's text cannot be read back")
    _width, _height, _stride, dots = preview.page_grey(pdf, 1, 96)
    _must(min(dots) < 80, "the paper is empty")
    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printed = folder / "打印.pdf"
    printer.setOutputFileName(str(printed))
    outcome = spool.print_run(pdf, printer, [1])
    _must(outcome.is_whole and printed.stat().st_size > 1000, "printing gave nothing")
    return {"pdf_bytes": len(pdf), "printed_bytes": printed.stat().st_size}


def check_printers(_folder: Path) -> list[str]:
    """The system's printers, asked in a thread: a printer that is switched off must not hold the program."""
    from desktop.printing import spool  # noqa: PLC0415 - as above

    _application()
    found: list[str] = []
    asking = threading.Thread(target=lambda: found.extend(spool.printer_names()), daemon=True)
    asking.start()
    asking.join(PRINTER_SECONDS)
    _must(not asking.is_alive(), f"no answer about printers in {PRINTER_SECONDS} seconds")
    return found


def check_account_key(folder: Path) -> str:
    """Sealing for the Windows account (DPAPI), and a key file with that second wrap, where there is such a thing."""
    from desktop.database.keys import KeyRing  # noqa: PLC0415 - as above

    if not can_bind_to_account():
        return "not on this system"
    sealed = bind_to_account(b"jingwushi", b"self-check")
    _must(b"jingwushi" not in sealed, "DPAPI sealed nothing")
    _must(open_bound(sealed, b"self-check") == b"jingwushi", "DPAPI opened something else")
    clock, name = SystemClock(), "自检"
    new = KeyRing.create(
        folder / "keys.json", name=name, password=PASSWORD, room="64990101", practice=True, clock=clock
    )
    new.ring.set_bound(new.data_key, is_bound=True)
    _must(new.ring.unlock(name, PASSWORD, clock) == new.data_key, "the bound key does not open")
    _must(
        new.ring.unlock_with_recovery(new.recovery_key, clock) == new.data_key,
        "the recovery key does not open",
    )
    new.ring.set_bound(new.data_key, is_bound=False)
    _must(new.ring.unlock(name, PASSWORD, clock) == new.data_key, "the key that was let go does not open")
    return "works"


def check_files(folder: Path) -> dict[str, Any]:
    """Files are written whole while somebody looks at them, and a held one is told as held."""
    path = folder / "正在查看 的文件.json"
    write_file(path, b"1")
    write_file(path, b"2")
    _must(path.read_bytes() == b"2", "a file was not replaced")
    told = "replaced"
    with path.open("rb"):
        try:
            write_file(path, b"3", wait=lambda _seconds: None)
        except Failure as failure:
            told = failure.code
    _must(told in {"replaced", "ENV-002", "ENV-004"}, f"a held file was told as {told}")
    return {"held_file": told}


def check_one_window(folder: Path) -> str:
    """A second start finds the first one and hands its bundle over."""
    from desktop.shell.single import SingleWindow  # noqa: PLC0415 - as above

    app = _application()
    one, two = SingleWindow(folder), SingleWindow(folder)
    taken: list[Path] = []
    one.asked_to_take.connect(taken.append)
    try:
        _must(one.is_first(), "the first window is not the first")
        one.listen()
        _must(not two.is_first(), "two windows hold one folder")
        bundle = folder / "数据 包.jwb"
        # As from another program: this one must go on to hear it.
        call = threading.Thread(target=two.call_first, args=(bundle,), daemon=True)
        call.start()
        while call.is_alive():
            app.processEvents()
            call.join(0.02)
        _must(taken == [bundle], "the first window does not hear")
    finally:
        two.close()
        one.close()
    return "heard"


def _application() -> Any:
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - as above

    from desktop.shell.application import make_app  # noqa: PLC0415

    return QApplication.instance() or make_app(sys.argv[:1], scale=100, language="zh")


CHECKS: dict[str, Check] = {
    "imports": check_imports,
    "fonts": check_fonts,
    "letter_fonts": check_letter_fonts,
    "room": check_room,
    "window": check_window,
    "paper": check_paper,
    "printers": check_printers,
    "account_key": check_account_key,
    "files": check_files,
    "one_window": check_one_window,
}
