"""The guards around every test fail when what they forbid is done."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.base.clock import today
from tests.helpers.clock import FixedClock
from tests.helpers.dialogs import DialogForbidden, dialogs_guarded
from tests.helpers.network import NetworkForbidden, is_loopback


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "2001:db8::1", "169.254.1.1"])
def test_reaching_another_machine_fails(host: str) -> None:
    with pytest.raises(NetworkForbidden):
        socket.create_connection((host, 80), timeout=1)


def test_sending_a_datagram_to_another_machine_fails() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(NetworkForbidden):
        sender.sendto(b"", ("192.0.2.1", 9))


def test_reaching_this_machine_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_once() -> None:
            server.accept()[0].close()

        answer = threading.Thread(target=answer_once)
        answer.start()
        with socket.create_connection(server.getsockname()[:2], timeout=5) as connection:
            assert connection.recv(1) == b""
        answer.join()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        (None, True),
        (b"127.0.0.1", True),
        ("10.0.0.1", False),
    ],
)
def test_is_loopback_knows_this_machine(host: object, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_blocking_dialog_fails_by_instance_and_by_static_function(qtbot: object) -> None:
    from PySide6 import QtWidgets

    with dialogs_guarded():
        dialog = QtWidgets.QDialog()
        with pytest.raises(DialogForbidden):
            dialog.exec()
        box = QtWidgets.QMessageBox  # noqa: TID251 - the guard is what is tested
        with pytest.raises(DialogForbidden):
            box.question(None, "删除", "确定吗？")
        chooser = QtWidgets.QFileDialog  # noqa: TID251 - the guard is what is tested
        with pytest.raises(DialogForbidden):
            chooser.getOpenFileName()


def test_clock_stands_until_it_is_moved(clock: FixedClock) -> None:
    assert clock.now() == datetime(2026, 3, 5, 0, 0, tzinfo=UTC)
    assert clock.now() == clock.now()

    clock.move(timedelta(hours=16))

    assert today(clock).isoformat() == "2026-03-06"


def test_room_folder_has_chinese_and_a_blank(room_folder: Path) -> None:
    assert room_folder.name == "青石 一室"
    assert list(room_folder.iterdir()) == []
